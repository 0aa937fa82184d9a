package mend

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestForgedJournal: a project may bring a .pavise of its own. Nothing is put back by it
// that no change of ours would have touched, and nothing waits.
func TestForgedJournal(t *testing.T) {
	const evil = "#!/bin/sh\n"
	for _, name := range []string{".git/hooks/pre-commit", ".GIT/config", "../outside", "/tmp/pavise-outside", "a/../../outside", "node_modules/.bin/npm", ".pavise/x", "a\x1b[2Jb"} {
		dir := filepath.Join(t.TempDir(), "shop")
		os.MkdirAll(filepath.Join(dir, ".git/hooks"), 0o755)
		at := filepath.Join(dir, ".pavise/mend/forged")
		os.MkdirAll(at, 0o755)
		os.WriteFile(filepath.Join(at, "0"), []byte(evil), 0o755)
		journal := fmt.Sprintf(`{"id": "forged", "state": "placing", "files": [{"name": %q, "before": %q, "mode": 493}]}`, strings.ReplaceAll(name, "\x1b", "?"), digest([]byte(evil)))
		os.WriteFile(filepath.Join(at, "journal.json"), []byte(strings.ReplaceAll(journal, "?", `\u001b`)), 0o600)
		if k, back, err := Hold(dir, ".pavise/mend", nil); err == nil {
			k.Release()
			t.Errorf("%q: put back %q", name, back)
		} else if strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%q: it says %q", name, err)
		}
		if _, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(name))); err == nil {
			t.Errorf("%q was written", name)
		}
	}
}
