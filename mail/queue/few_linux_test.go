package queue

import (
	"errors"
	"path/filepath"
	"syscall"
	"testing"
)

// TestNoMoreFiles: a message in the drop that cannot be opened just now is still one.
func TestNoMoreFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "q")
	q, _, _ := open(t, dir, wide)
	if err := Leave(dir, "a@b.test", []string{"c@d.test"}, []byte("x")); err != nil {
		t.Fatal(err)
	}
	ids, err := q.Drops()
	if err != nil || len(ids) != 1 {
		t.Fatal(ids, err)
	}
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 0, Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	_, err = q.Pick(ids[0], 100)
	syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before)
	if !errors.Is(err, syscall.EMFILE) || errors.Is(err, ErrDrop) {
		t.Error(err)
	}
	if d, err := q.Pick(ids[0], 100); err != nil || d.Close() != nil {
		t.Error(err)
	}
}
