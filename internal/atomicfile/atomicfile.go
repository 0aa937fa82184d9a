// Package atomicfile writes files whole or not at all: who reads one meanwhile, or after a
// crash, sees what was there before or what is there now.
package atomicfile

import (
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

// beside writes a file into the folder of another, and sees that the disk has it.
func beside(path string, data []byte, mode os.FileMode) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	for _, step := range []func() error{func() error { return f.Chmod(mode) }, f.Sync, f.Close} {
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
