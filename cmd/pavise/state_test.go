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
	first, second := plan{state: dir}, plan{state: dir}
	if err := errors.Join(first.keepSecret(), second.keepSecret()); err != nil {
		t.Fatal(err)
	}
	if len(first.cfg.Secret) != 32 || !bytes.Equal(first.cfg.Secret, second.cfg.Secret) || first.notes != nil {
		t.Errorf("%d bytes, %q", len(first.cfg.Secret), first.notes)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	third := plan{state: filepath.Join(file, "state")}
	if err := third.keepSecret(); err != nil || third.cfg.Secret != nil || len(third.notes) != 1 || !strings.HasPrefix(third.notes[0], "warning: ") {
		t.Errorf("%d bytes, %q", len(third.cfg.Secret), third.notes)
	}
}
