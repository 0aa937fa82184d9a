package site

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/diff"

	"pavise/internal/atomicfile"
)

// A source is a file as it was read.
type source struct {
	name   string // as it was given
	path   string // of the file itself, behind symbolic links
	before []byte
	info   fs.FileInfo // nil: it is not there
}

func open(name string) (source, error) {
	s := source{name: name, path: name}
	path, err := filepath.EvalSymlinks(name)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Lstat(name); err == nil {
			return s, fmt.Errorf("%s is a link to a file that is not there", name)
		}
		return s, nil
	}
	if err != nil {
		return s, err
	}
	s.path = path
	if s.info, err = os.Stat(path); err != nil {
		return s, err
	}
	if !s.info.Mode().IsRegular() {
		return s, fmt.Errorf("%s is no file", name)
	}
	s.before, err = read(path)
	return s, err
}

// New reports whether there is no such file yet.
func (doc *Document) New() bool { return doc.file.info == nil }

// Changed reports whether the file will say another thing than it does.
func (doc *Document) Changed() bool { return doc.text != string(doc.file.before) }

// Diff is what [Document.Save] changes, as a unified diff, "" where that is nothing.
func (doc *Document) Diff() string {
	if !doc.Changed() {
		return ""
	}
	from, name := doc.file.name, doc.file.name
	if doc.New() {
		from = "/dev/null"
	}
	d := diff.Diff(from, doc.file.before, name, []byte(doc.text))
	if i := bytes.IndexByte(d, '\n'); bytes.HasPrefix(d, []byte("diff ")) && i >= 0 {
		d = d[i+1:]
	}
	return string(d)
}

// A ChangedError is that somebody else has changed the file since it was opened.
type ChangedError struct{ Name string }

func (e *ChangedError) Error() string { return e.Name + " has been changed meanwhile" }

// Hint says that nothing is lost.
func (e *ChangedError) Hint() string { return "nothing was written; do it again" }

// Save checks the text as a whole and puts it in the place of the file, at once or not
// at all; its mode and owner stay, and a new one gets its folder. A mistake in the text is reported as [Errors].
func (doc *Document) Save() error {
	if _, err := doc.Check(); err != nil {
		return err
	}
	if !doc.Changed() {
		return nil
	}
	if doc.New() {
		if err := os.MkdirAll(filepath.Dir(doc.file.path), 0o755); err != nil {
			return err
		}
	}
	temp, err := doc.writeBeside()
	if err != nil {
		return err
	}
	defer os.Remove(temp)
	if err := doc.file.same(); err != nil {
		return err
	}
	if doc.New() { // a link does not take the place of a file that is there by now
		err = os.Link(temp, doc.file.path)
		if errors.Is(err, fs.ErrExist) {
			return &ChangedError{doc.file.name}
		}
	} else {
		err = os.Rename(temp, doc.file.path)
	}
	if err != nil {
		return err
	}
	syncFolder(filepath.Dir(doc.file.path))
	doc.file, err = open(doc.file.name)
	return err
}

// writeBeside writes the text to a file in the same folder, and sees that the disk has it.
func (doc *Document) writeBeside() (name string, err error) {
	f, err := os.CreateTemp(filepath.Dir(doc.file.path), "."+filepath.Base(doc.file.path)+".*")
	if err != nil {
		return "", err
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			os.Remove(f.Name())
		}
	}()
	if _, err := f.WriteString(doc.text); err != nil {
		return "", err
	}
	mode := fs.FileMode(0o644)
	if doc.file.info != nil {
		mode = doc.file.info.Mode().Perm()
		if err := atomicfile.Own(f, doc.file.info); err != nil {
			return "", fmt.Errorf("the owner of %s cannot be kept: %w", doc.file.name, err)
		}
	}
	return f.Name(), errors.Join(f.Chmod(mode), f.Sync())
}

// same reports with an error that the file is not what was read.
func (s source) same() error {
	now, err := open(s.name)
	if err != nil {
		return err
	}
	if (now.info == nil) != (s.info == nil) || now.path != s.path || !bytes.Equal(now.before, s.before) {
		return &ChangedError{s.name}
	}
	return nil
}

// syncFolder has the disk know the name of a file. Not every file system can.
func syncFolder(path string) {
	if dir, err := os.Open(path); err == nil {
		dir.Sync()
		dir.Close()
	}
}
