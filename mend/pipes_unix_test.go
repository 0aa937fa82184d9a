//go:build unix

package mend

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestPipesAreNotWaitedFor(t *testing.T) {
	for _, name := range []string{".gitignore", "lock", "x/journal.json"} {
		dir := t.TempDir()
		at := filepath.Join(dir, ".pavise/mend", name)
		os.MkdirAll(filepath.Dir(at), 0o755)
		if err := syscall.Mkfifo(at, 0o600); err != nil {
			t.Fatal(err)
		}
		said := make(chan error, 1)
		go func() {
			k, _, err := Hold(dir, ".pavise/mend", nil)
			if err == nil {
				k.Release()
			}
			said <- err
		}()
		select {
		case err := <-said:
			if err == nil || !strings.Contains(err.Error(), "no regular file") {
				t.Errorf("%s: it said %v", name, err)
			}
		case <-time.After(5 * time.Second):
			t.Fatalf("%s: it waits", name)
		}
	}
}
