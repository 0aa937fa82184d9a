package mend

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"time"
)

// A File is one that is changed: what stands in it before and after. nil is that there
// is none.
type File struct {
	Name          string // below the root, with slashes
	Before, After []byte
}

// A Keeper changes files of one folder: all of a change, or nothing. What it replaces it
// keeps, and a journal says how far it came, so that the next one mends what was broken
// off. While one is held there is no other.
type Keeper struct {
	root *os.Root
	keep string // folder below the root
	lock *os.File
	// step hears of each step that touches the disk; its error breaks off there.
	step func(what string) error
}

// MaxKept bounds what is read of a file that is to be changed.
const MaxKept = 64 << 20

// Hold takes a folder, and keeps originals in another below it. What an earlier change
// had left half done is put back, and its files are named.
func Hold(dir, keep string, step func(what string) error) (k *Keeper, back []string, err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, nil, err
	}
	k = &Keeper{root: root, keep: keep, step: step}
	if k.step == nil {
		k.step = func(string) error { return nil }
	}
	if err := k.prepare(); err != nil {
		root.Close()
		return nil, nil, err
	}
	back, err = k.recover()
	if err != nil {
		k.Release()
		return nil, back, err
	}
	return k, back, nil
}

// prepare makes the folder that keeps, which no version control takes, and locks it.
func (k *Keeper) prepare() error {
	if err := k.root.MkdirAll(k.keep, 0o700); err != nil {
		return err
	}
	for _, name := range []string{".gitignore", "lock"} { // a project may have brought a link or a pipe
		if info, err := k.root.Lstat(path.Join(k.keep, name)); err == nil && !info.Mode().IsRegular() {
			return fmt.Errorf("%s is no regular file: remove it", path.Join(k.root.Name(), k.keep, name))
		}
	}
	if err := k.root.WriteFile(path.Join(k.keep, ".gitignore"), []byte("*\n"), 0o600); err != nil {
		return err
	}
	f, err := k.root.OpenFile(path.Join(k.keep, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err := lock(f); err != nil {
		f.Close()
		return fmt.Errorf("another pavise changes %s at this moment", k.root.Name())
	}
	k.lock = f
	return nil
}

// Release lets the folder go.
func (k *Keeper) Release() error { return errors.Join(k.lock.Close(), k.root.Close()) }

// Read returns a regular file as it stands, nil where there is none.
func (k *Keeper) Read(name string) ([]byte, error) { return readRegular(k.root, name) }

func readRegular(root *os.Root, name string) ([]byte, error) {
	info, err := root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no regular file, and is not changed", name)
	case info.Size() > MaxKept:
		return nil, fmt.Errorf("%s is longer than %d MB, and is not changed", name, MaxKept>>20)
	}
	data, err := root.ReadFile(name)
	if data == nil && err == nil {
		data = []byte{}
	}
	return data, err
}

// Place writes a change. An error means that every file is as it was, unless it says
// that one could not be put back.
func (k *Keeper) Place(title string, files []File) error {
	for _, f := range files {
		if now, err := k.Read(f.Name); err != nil {
			return err
		} else if digest(now) != digest(f.Before) {
			return fmt.Errorf("%s has changed in the meantime; nothing was written", f.Name)
		}
	}
	j := newJournal(title, files)
	if err := k.change(j, files); err != nil {
		return errors.Join(err, k.restore(j))
	}
	return k.forget(j.ID)
}

// change takes the steps of a change. The journal stands before the first step that a
// restart would have to take back.
func (k *Keeper) change(j *journal, files []File) error {
	if err := k.root.Mkdir(k.at(j), 0o700); err != nil {
		return err
	}
	for i, e := range j.Files {
		if e.Before == "" {
			continue
		}
		if err := k.step("keep " + e.Name); err != nil {
			return err
		}
		if err := k.original(j, i); err != nil {
			return err
		}
	}
	if err := k.write(j, placing); err != nil {
		return err
	}
	for i, f := range files {
		if f.After == nil {
			continue
		}
		if err := k.step("write " + f.Name); err != nil {
			return err
		}
		if err := k.fill(j.beside(i), f.After, j.Files[i]); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	for i, f := range files {
		if err := k.step("place " + f.Name); err != nil {
			return err
		}
		if err := k.put(j, i); err != nil {
			return err
		}
	}
	return k.write(j, done)
}

// original keeps the file itself, by a second name for it: then it can be put back on a
// disk that is full. Where the disk has no such names a copy is kept.
func (k *Keeper) original(j *journal, i int) error {
	e := &j.Files[i]
	info, err := k.root.Lstat(e.Name)
	if err != nil {
		return err
	}
	e.Mode = info.Mode().Perm()
	if k.root.Link(e.Name, k.kept(j, i)) == nil {
		return nil
	}
	data, err := k.Read(e.Name)
	if err != nil {
		return err
	}
	return k.fill(k.kept(j, i), data, *e)
}

// fill writes a new file through to the disk, as the one that it stands for: its mode,
// and its owner where we may.
func (k *Keeper) fill(name string, data []byte, e entry) error {
	f, err := k.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if e.Before == "" {
		return k.root.Chmod(name, 0o644)
	}
	if info, err := k.root.Lstat(e.Name); err == nil {
		own(k.root, name, info)
	}
	return k.root.Chmod(name, e.Mode)
}

// put brings what is written beside a file into its place, at once.
func (k *Keeper) put(j *journal, i int) error {
	e := j.Files[i]
	now, err := k.Read(e.Name)
	switch {
	case err != nil:
		return err
	case digest(now) != e.Before:
		return fmt.Errorf("%s has changed in the meantime", e.Name)
	case e.After == "":
		err = k.root.Remove(e.Name)
	default:
		err = k.root.Rename(j.beside(i), e.Name)
	}
	return errors.Join(err, k.sync(path.Dir(e.Name)))
}

// sync brings the names of a folder to the disk.
func (k *Keeper) sync(dir string) error {
	d, err := k.root.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return syncFolder(d)
}

// restore puts every file back as the journal says it was, and forgets the change. What
// somebody has changed since is left to them, and its original is kept.
func (k *Keeper) restore(j *journal) error {
	var failed []error
	for i, e := range j.Files {
		k.root.Remove(j.beside(i))
		if err := k.restoreFile(j, i); err != nil {
			failed = append(failed, fmt.Errorf("%s could not be put back, its original is %s: %w", e.Name, path.Join(k.root.Name(), k.kept(j, i)), err))
		}
	}
	if len(failed) > 0 {
		return errors.Join(failed...)
	}
	return k.root.RemoveAll(k.at(j))
}

func (k *Keeper) restoreFile(j *journal, i int) error {
	e := j.Files[i]
	now, err := k.Read(e.Name)
	switch was := digest(now); {
	case err != nil:
		return err
	case was == e.Before:
		return nil
	case was != e.After:
		return errors.New("it has changed since")
	case e.Before == "":
		return errors.Join(k.root.Remove(e.Name), k.sync(path.Dir(e.Name)))
	}
	if err := k.step("put back " + e.Name); err != nil {
		return err
	}
	if k.root.Link(k.kept(j, i), j.beside(i)) != nil {
		data, err := k.Read(k.kept(j, i))
		if err != nil {
			return err
		}
		if err := k.fill(j.beside(i), data, e); err != nil {
			return err
		}
	}
	return errors.Join(k.root.Rename(j.beside(i), e.Name), k.sync(path.Dir(e.Name)))
}

// recover puts back what earlier changes have left half done.
func (k *Keeper) recover() (back []string, err error) {
	list, err := k.journals()
	if err != nil {
		return nil, err
	}
	for _, j := range list {
		switch j.State {
		case done:
		case "": // it never came to a file
			err = errors.Join(err, k.root.RemoveAll(k.at(j)))
		default:
			for _, e := range j.Files {
				back = append(back, e.Name)
			}
			err = errors.Join(err, k.restore(j))
		}
	}
	return back, err
}

// forget drops all that is kept but one change: only the last can be undone.
func (k *Keeper) forget(but string) error {
	list, err := k.journals()
	for _, j := range list {
		if j.ID != but {
			err = errors.Join(err, k.root.RemoveAll(k.at(j)))
		}
	}
	return err
}

// Last is the change that Undo would take back: its title, when it was made and its
// files. There is none where the title is "".
func (k *Keeper) Last() (title string, made time.Time, files []File, err error) {
	j, err := k.last()
	if j == nil || err != nil {
		return "", time.Time{}, nil, err
	}
	for i, e := range j.Files {
		f := File{Name: e.Name}
		if f.After, err = k.Read(e.Name); err != nil {
			return "", time.Time{}, nil, err
		}
		if e.Before != "" {
			if f.Before, err = k.Read(k.kept(j, i)); err != nil {
				return "", time.Time{}, nil, err
			}
		}
		files = append(files, f)
	}
	return j.Title, j.Made, files, nil
}

func (k *Keeper) last() (*journal, error) {
	list, err := k.journals()
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return slices.MaxFunc(list, func(a, b *journal) int { return a.Made.Compare(b.Made) }), nil
}

// Changed are the files that are no longer as the last change left them.
func (k *Keeper) Changed() ([]string, error) {
	j, err := k.last()
	if j == nil || err != nil {
		return nil, err
	}
	var list []string
	for _, e := range j.Files {
		now, err := k.Read(e.Name)
		if err != nil {
			return nil, err
		}
		if digest(now) != e.After {
			list = append(list, e.Name)
		}
	}
	return list, nil
}

// Undo takes the last change back. It does nothing where a file has changed since.
func (k *Keeper) Undo() error {
	j, err := k.last()
	if j == nil || err != nil {
		return err
	}
	if changed, err := k.Changed(); err != nil || len(changed) > 0 {
		return errors.Join(err, fmt.Errorf("changed since: %q", changed))
	}
	if err := k.write(j, undoing); err != nil {
		return err
	}
	return k.restore(j)
}
