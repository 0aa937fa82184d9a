package browser

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"pavise/test/tools"
	"testing"
	"time"
)

// Need skips the test where a package of Debian is missing, or what npm installs
// for the browser or in the folder of the test.
func Need(t *testing.T, packages ...string) {
	t.Helper()
	for _, p := range packages {
		tools.Need(t, p)
	}
	version := `process.exit(process.versions.node.split(".")[0] >= 18 ? 0 : 1)`
	if exec.CommandContext(t.Context(), "node", "-e", version).Run() != nil {
		tools.Lack(t, "node is too old: 18 is the oldest that will do")
	}
	for _, folder := range []string{"../browser", "."} {
		Install(t, folder)
	}
}

// Install brings what package-lock.json of a folder names, if there is one, once.
func Install(t *testing.T, folder string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(folder, "package-lock.json")); err != nil {
		return
	}
	if _, err := os.Stat(filepath.Join(folder, "node_modules/.package-lock.json")); err == nil {
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "ci")
	npm.Dir = folder
	if out, err := npm.CombinedOutput(); err != nil {
		path, _ := filepath.Abs(folder)
		tools.Lack(t, "the packages of test/%s are missing: npm ci: %v: %s", filepath.Base(path), err, out)
	}
}
