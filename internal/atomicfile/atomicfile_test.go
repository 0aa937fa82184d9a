package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestWholeOrNot: what fails leaves what was there, and nothing beside it.
func TestWholeOrNot(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	if err := Create(path, []byte("first"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Create(path, []byte("second"), 0o600); !errors.Is(err, fs.ErrExist) {
		t.Errorf("created over another: %v", err)
	}
	holds(t, path, "first", 0o600)
	if err := Write(path, []byte("third"), 0o644); err != nil {
		t.Fatal(err)
	}
	holds(t, path, "third", 0o644)
	folder := filepath.Join(dir, "folder", "in")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Write(filepath.Dir(folder), []byte("fourth"), 0o600); err == nil {
		t.Error("a file took the place of a folder")
	}
	if err := Write(filepath.Join(dir, "none", "f"), nil, 0o600); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("where there is no folder: %v", err)
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 2 {
		t.Errorf("left behind: %v, %v", list, err)
	}
}

func holds(t *testing.T, path, want string, mode fs.FileMode) {
	t.Helper()
	text, err := os.ReadFile(path)
	info, _ := os.Stat(path)
	if err != nil || string(text) != want || info.Mode().Perm() != mode {
		t.Errorf("%q, %v, %v", text, info.Mode(), err)
	}
}
