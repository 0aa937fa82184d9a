package accesslog

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Rotate says when a file is put away, and how many are kept beside the one in use.
type Rotate struct {
	Size     int64         // bytes; 0 is never
	Age      time.Duration // 0 is never
	Keep     int
	Compress bool
}

// A file is the log on disk, and those that were put away.
type file struct {
	path   string
	rotate Rotate
	now    func() time.Time
	say    func(string, ...any)
	out    *os.File
	info   fs.FileInfo // of out
	size   int64
	begun  time.Time
	looked time.Time // whether it is still where it was
	stuck  time.Time // when it could not be put away; zero is never since it could
	tidy   sync.WaitGroup
	alone  sync.Mutex // of those who tidy
}

func openFile(o Options) (*file, error) {
	f := &file{path: o.To, rotate: o.Rotate, now: o.Now, say: o.Say}
	return f, f.open()
}

func (f *file) open() error {
	if info, err := os.Stat(f.path); err == nil && info.Mode()&fs.ModeNamedPipe != 0 { // which would wait for its reader
		return fmt.Errorf("%s is a pipe", f.path)
	}
	out, err := os.OpenFile(f.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o640)
	if err != nil {
		return err
	}
	info, err := out.Stat()
	if err != nil {
		return errors.Join(err, out.Close())
	}
	if f.out != nil {
		f.out.Close()
	}
	f.out, f.info, f.size = out, info, info.Size()
	f.begun = f.now()
	if put := f.putAway(); f.size > 0 && len(put) > 0 { // it was begun when the last one was put away
		f.begun = stampOf(f.path, put[len(put)-1], f.begun)
	} else if f.size > 0 {
		f.begun = info.ModTime()
	}
	return nil
}

// write writes whole lines: of one that did not fit nothing stays.
func (f *file) write(batch []byte, o order) (uint64, error) {
	if o.reopen || f.moved() {
		if err := f.open(); err != nil {
			return 0, err
		}
	}
	if !o.keep && f.due(len(batch)) {
		f.turn()
	}
	n, err := f.out.Write(batch)
	if err != nil {
		if whole := bytes.LastIndexByte(batch[:n], '\n') + 1; whole != n && f.info.Mode().IsRegular() {
			if info, err := f.out.Stat(); err == nil { // another process may write into it, too
				f.out.Truncate(info.Size() - int64(n-whole))
			}
			n = whole
		}
	}
	f.size += int64(n)
	return ends(batch[:n]), err
}

// ends is how many lines end in it.
func ends(b []byte) uint64 { return uint64(bytes.Count(b, []byte{'\n'})) }

// moved reports whether somebody has put the file away, or taken it; it looks once a
// second.
func (f *file) moved() bool {
	now := f.now()
	if since := now.Sub(f.looked); since >= 0 && since < time.Second {
		return false
	}
	f.looked = now
	info, err := os.Stat(f.path)
	return errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(info, f.info)
}

func (f *file) due(more int) bool {
	if !f.info.Mode().IsRegular() || f.size == 0 {
		return false
	}
	now := f.now()
	if since := now.Sub(f.stuck); since >= 0 && since < retry {
		return false
	}
	if f.begun.After(now) { // by a clock that was ahead
		f.begun = now
	}
	return f.rotate.Size > 0 && f.size+int64(more) > f.rotate.Size || f.rotate.Age > 0 && now.Sub(f.begun) >= f.rotate.Age
}

// stamp is how the name of a file that was put away ends.
const stamp = "20060102T150405.000"

// retry is how long a file that could not be put away is written on before it is tried again.
const retry = time.Minute

// turn puts the file away and begins another. Where that cannot be, lines go on into the one
// that is open.
func (f *file) turn() {
	if err := f.putItAway(); err != nil {
		if f.stuck.IsZero() {
			f.say("warning: the access log cannot be put away, and grows: %v", err)
		}
		f.stuck = f.now()
		return
	}
	f.begun, f.stuck = f.now(), time.Time{}
	f.tidy.Go(f.clean)
}

func (f *file) putItAway() error {
	away, err := f.free()
	if err != nil {
		return err
	}
	if err := os.Rename(f.path, away); err != nil {
		return err
	}
	return f.open()
}

// free is a name to put the file away by that no other file has.
func (f *file) free() (string, error) {
	away := f.path + "." + f.now().UTC().Format(stamp)
	for range 100 {
		_, err := os.Lstat(away)
		if errors.Is(err, fs.ErrNotExist) {
			return away, nil
		} else if err != nil {
			return "", err
		}
		away += "0"
	}
	return "", fmt.Errorf("%s is taken", away)
}

// putAway are the files that were put away, the oldest first. Before them stand those of the
// future: a clock that was ahead has named them.
func (f *file) putAway() []string {
	entries, _ := os.ReadDir(filepath.Dir(f.path))
	var list []string
	for _, e := range entries {
		if rest, ok := strings.CutPrefix(e.Name(), filepath.Base(f.path)+"."); ok && e.Type().IsRegular() && stamped(rest) {
			list = append(list, filepath.Join(filepath.Dir(f.path), e.Name()))
		}
	}
	ahead := f.path + "." + f.now().Add(time.Second).UTC().Format(stamp)
	slices.SortFunc(list, func(a, b string) int {
		if a > ahead != (b > ahead) {
			return -cmp.Compare(a, b)
		}
		return cmp.Compare(a, b)
	})
	return list
}

func stamped(rest string) bool {
	rest = strings.TrimSuffix(rest, ".gz")
	if len(rest) < len(stamp) || strings.Trim(rest[len(stamp):], "0") != "" {
		return false
	}
	_, err := time.Parse(stamp, rest[:len(stamp)])
	return err == nil
}

func stampOf(path, away string, otherwise time.Time) time.Time {
	rest := strings.TrimPrefix(away, path+".")
	at, err := time.Parse(stamp, rest[:min(len(rest), len(stamp))])
	if err != nil {
		return otherwise
	}
	return at
}

// clean takes away what is too old, and compresses the rest.
func (f *file) clean() {
	f.alone.Lock()
	defer f.alone.Unlock()
	put := f.putAway()
	old := max(0, len(put)-f.rotate.Keep)
	for _, path := range put[:old] {
		os.Remove(path)
	}
	for _, path := range put[old:] {
		if f.rotate.Compress && !strings.HasSuffix(path, ".gz") {
			compress(path)
		}
	}
}

// compress puts a file into another, which takes its place once it is whole.
func compress(path string) (err error) {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	part := path + ".part"
	out, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o640)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(part)
		}
	}()
	zip := gzip.NewWriter(out)
	_, err = io.Copy(zip, in)
	if err = errors.Join(err, zip.Close(), out.Sync(), out.Close()); err != nil {
		return err
	}
	if err = os.Rename(part, path+".gz"); err != nil {
		return err
	}
	return os.Remove(path)
}

func (f *file) close() error {
	f.tidy.Wait()
	return f.out.Close()
}
