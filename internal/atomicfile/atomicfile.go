// Package atomicfile writes files whole or not at all: who reads one meanwhile, or after a
// crash, sees what was there before or what is there now. A file belongs to whom its folder
// does, so that what root puts into the state of a service can be read by it.
package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Write puts a file in the place of the one that is there, if there is one.
func Write(path string, data []byte, mode os.FileMode) error {
	fresh, err := beside(path, data, mode)
	if err != nil {
		return err
	}
	if err := os.Rename(fresh, path); err != nil {
		os.Remove(fresh)
		return err
	}
	return nil
}

// Create writes a file only if there is none, else the error is [io/fs.ErrExist]: of two
// processes one succeeds.
func Create(path string, data []byte, mode os.FileMode) error {
	fresh, err := beside(path, data, mode)
	if err != nil {
		return err
	}
	defer os.Remove(fresh)
	return os.Link(fresh, path)
}

// Folder makes one in another that is there, unless it is there itself.
func Folder(path string, mode os.FileMode) error {
	err := os.Mkdir(path, mode)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	in, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return err
	}
	return asFarAsMay(ownFolder(path, in))
}

// asFarAsMay lets what belongs to us stay so where we may not give it away: not being root,
// we write as the one who reads.
func asFarAsMay(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return nil
	}
	return err
}

// beside writes a file into the folder of another, and sees that the disk has it.
func beside(path string, data []byte, mode os.FileMode) (string, error) {
	in, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return "", err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	own := func() error { return asFarAsMay(Own(f, in)) }
	for _, step := range []func() error{own, func() error { return f.Chmod(mode) }, f.Sync, f.Close} {
		if e := step(); err == nil {
			err = e
		}
	}
	if err != nil {
		os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}
