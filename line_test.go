package pavise

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestShowLine(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"app.js", "-n", "it's $HOME.js", "a;b.js"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("one\ntwo\nthree\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		command := exec.Command("sh", "-c", ShowLine(name, 2))
		command.Dir = dir
		if shown, err := command.CombinedOutput(); err != nil || string(shown) != "two\n" {
			t.Errorf("%s: %q, %v", ShowLine(name, 2), shown, err)
		}
	}
}
