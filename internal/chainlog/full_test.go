//go:build linux || darwin

package chainlog

import (
	"os"
	"os/signal"
	"syscall"
	"testing"
)

// TestFullDisk: of a line that did not fit nothing stays, and when there is room again the
// log goes on as if nothing had been. A limit to the size of files stands for the disk.
func TestFullDisk(t *testing.T) {
	path, text := written(t)
	l, err := Open(path, secret)
	if err != nil {
		t.Fatal(err)
	}
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	full := before
	full.Cur = uint64(len(text) + 20)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &full); err != nil {
		t.Fatal(err)
	}
	_, err = l.Append(start, "lost")
	if back := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); back != nil {
		t.Fatal(back)
	}
	if after, _ := os.ReadFile(path); err == nil || string(after) != string(text) || l.Head().Number != 5 {
		t.Errorf("%v: %q", err, after)
	}
	if line, err := l.Append(start, "next"); err != nil || line.Number != 6 {
		t.Error(line, err)
	}
	if lines, err := Read(path, secret); err != nil || len(lines) != 6 {
		t.Error(lines, err)
	}
}
