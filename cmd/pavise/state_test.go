package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestKeepSecret: the next run has the same secret; where none can be kept there is
// a warning, and no end.
func TestKeepSecret(t *testing.T) {
	dir := t.TempDir()
	var first, second, third ground
	if err := errors.Join(first.keepSecret(&plan{state: dir}), second.keepSecret(&plan{state: dir})); err != nil {
		t.Fatal(err)
	}
	if len(first.secret) != 32 || !bytes.Equal(first.secret, second.secret) || first.notes != nil {
		t.Errorf("%d bytes, %q", len(first.secret), first.notes)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := third.keepSecret(&plan{state: filepath.Join(file, "state")}); err != nil || third.secret != nil || len(third.notes) != 1 || !strings.HasPrefix(third.notes[0], "warning: ") {
		t.Errorf("%d bytes, %q", len(third.secret), third.notes)
	}
}

// TestRunningState: who has none running asks the service, if there is one.
func TestRunningState(t *testing.T) {
	own, service := filepath.Join(t.TempDir(), "own"), t.TempDir()
	if got := ownOrService(own, service); got != service {
		t.Error(got)
	}
	if got := ownOrService(own, filepath.Join(service, "none")); got != own {
		t.Error(got)
	}
	if err := os.MkdirAll(filepath.Join(own, "run"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(own, "run", "1.sock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := ownOrService(own, service); got != own {
		t.Error(got)
	}
	if got, err := runningState(own); got != own || err != nil {
		t.Error(got, err)
	}
}
