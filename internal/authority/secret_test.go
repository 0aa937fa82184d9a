package authority

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// TestSecret: whoever comes first makes it, everybody has the same, and nobody
// else can read it.
func TestSecret(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	got := make([][]byte, 8)
	var wait sync.WaitGroup
	for i := range got {
		wait.Go(func() {
			var err error
			if got[i], err = Secret(dir); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	for _, s := range got {
		if len(s) != secretSize || !bytes.Equal(s, got[0]) {
			t.Errorf("%d bytes, the same: %v", len(s), bytes.Equal(s, got[0]))
		}
	}
	path := filepath.Join(dir, secretFile)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info, err)
	}
	if err := os.WriteFile(path, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := Secret(dir); err == nil {
		t.Errorf("took %q", s)
	}
}
