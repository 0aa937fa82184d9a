// Package tree reads a folder that may be anybody's: nothing outside of it, nothing
// without a bound.
package tree

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"pavise"
)

// Bounds of what is read.
const (
	MaxFiles = 200_000  // names of one folder and all below it
	MaxDepth = 64       // folders in one another
	MaxFile  = 64 << 20 // bytes of one file
)

// skipped are folders in which nothing of the project's own stands.
var skipped = []string{"node_modules", "bower_components", ".git", ".hg", ".svn", "vendor", ".yarn", ".pnpm-store", "__pycache__", ".venv", "venv"}

// A Tree is a folder. Links that lead out of it are not followed (CWE-59). It may be
// read by several at once.
type Tree struct {
	Dir   string // absolute
	root  *os.Root
	host  bool // its links are those of a host: see [OpenHost]
	files func() []string

	mu     sync.Mutex
	unread []pavise.Unread
}

// Open opens a folder.
func Open(ctx context.Context, dir string) (*Tree, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	t := &Tree{Dir: root.Name(), root: root}
	t.files = sync.OnceValue(func() []string { return t.walk(ctx) })
	return t, nil
}

// Close closes it.
func (t *Tree) Close() error { return t.root.Close() }

// Files are the names of all regular files, slashes between their parts, sorted. Folders
// of what others wrote are left out: node_modules, vendor, .git and the like.
func (t *Tree) Files() []string { return t.files() }

// Read returns what stands in a regular file of at most so many bytes, 0 for MaxFile. A
// file that is too long is an error, and none of it is returned.
func (t *Tree) Read(name string, most int64) ([]byte, error) {
	if most == 0 {
		most = MaxFile
	}
	f, err := t.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	_ = f.SetReadDeadline(time.Now().Add(maxWait)) // what is no file for the kernel, such as /proc/kmsg, may wait
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, plain(err)
	case !info.Mode().IsRegular():
		return nil, errors.New("it is no file")
	case info.Size() > most:
		return nil, tooLong(most)
	}
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, plain(err)
	}
	if int64(len(data)) > most { // it grew, or is of a kind that has no size
		return nil, tooLong(most)
	}
	return data, nil
}

// maxWait is how long a file may wait with its first byte.
const maxWait = 5 * time.Second

// open opens a file or folder; that nobody writes into a pipe is nothing to wait for.
func (t *Tree) open(name string) (*os.File, error) {
	at, err := t.at(name)
	if err != nil {
		return nil, err
	}
	f, err := t.root.OpenFile(at, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	return f, plain(err)
}

func tooLong(most int64) error { return fmt.Errorf("it is longer than %d kB", most>>10) }

// plain takes the path out of an error: whoever says it names the file.
func plain(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// Open opens a regular file, of which only parts are wanted.
func (t *Tree) Open(name string) (*os.File, error) {
	f, err := t.root.Open(name)
	if err != nil {
		return nil, plain(err)
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		f.Close()
		return nil, errors.New("it is no file")
	}
	return f, nil
}

// Exists reports whether there is a file or folder of the name.
func (t *Tree) Exists(name string) bool {
	_, err := t.Stat(name)
	return err == nil
}

// Stat describes a file; a link is followed as far as it stays in the tree.
func (t *Tree) Stat(name string) (fs.FileInfo, error) {
	at, err := t.at(name)
	if err != nil {
		return nil, err
	}
	info, err := t.root.Stat(at)
	return info, plain(err)
}

// List returns what stands in a folder, sorted by name.
func (t *Tree) List(name string) ([]fs.DirEntry, error) {
	f, err := t.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	list, err := f.ReadDir(MaxFiles)
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return list, err
}

// Miss notes what could not be read, and which controls go by it.
func (t *Tree) Miss(what, why string, controls ...string) {
	why = strings.TrimPrefix(why, what+": ") // an error may name it, too
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.unread) < maxUnread {
		t.unread = append(t.unread, pavise.Unread{What: what, Why: why, For: controls})
	}
}

const maxUnread = 1000

// Unread is what could not be read so far.
func (t *Tree) Unread() []pavise.Unread {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.unread)
}

func (t *Tree) walk(ctx context.Context) []string {
	var files []string
	more := true
	var folder func(name string, depth int)
	folder = func(name string, depth int) {
		if depth > MaxDepth {
			t.Miss(name, fmt.Sprintf("it is more than %d folders deep", MaxDepth))
			return
		}
		list, err := t.List(name)
		if err != nil {
			t.Miss(name, err.Error())
		}
		for _, e := range list {
			switch at := path.Join(name, e.Name()); {
			case !more || ctx.Err() != nil:
				return
			case e.IsDir() && !slices.Contains(skipped, e.Name()):
				folder(at, depth+1)
			case e.Type().IsRegular() && len(files) == MaxFiles:
				more = false
				t.Miss(name, fmt.Sprintf("there are more than %d files", MaxFiles))
			case e.Type().IsRegular():
				files = append(files, at)
			}
		}
	}
	folder(".", 0)
	if err := ctx.Err(); err != nil {
		t.Miss(".", "the time was over")
	}
	return files
}
