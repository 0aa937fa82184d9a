package browser

import (
	"cmp"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// commands are what packages of Debian are looked for by, where the name of the
// package is none.
var commands = map[string]string{"nodejs": "node", "libnss3-tools": "certutil", "php-cli": "php", "testssl.sh": "testssl"}

// Lack skips the test for want of something; where PAVISE_TEST_NO_SKIP is 1 it
// fails instead.
func Lack(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("PAVISE_TEST_NO_SKIP") == "1" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// Need skips the test where a package of Debian is missing, or what npm installs
// for the browser or in the folder of the test.
func Need(t *testing.T, packages ...string) {
	t.Helper()
	for _, p := range packages {
		if _, err := exec.LookPath(cmp.Or(commands[p], p)); err != nil {
			Lack(t, "%s is missing: run .ci/deps, or apt-get install %[1]s", p)
		}
	}
	version := `process.exit(process.versions.node.split(".")[0] >= 18 ? 0 : 1)`
	if exec.CommandContext(t.Context(), "node", "-e", version).Run() != nil {
		Lack(t, "node is too old: 18 is the oldest that will do")
	}
	for _, folder := range []string{"../browser", "."} {
		install(t, folder)
	}
}

// install brings what package-lock.json names, if there is one, once.
func install(t *testing.T, folder string) {
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
		Lack(t, "the packages of test/%s are missing: npm ci: %v: %s", filepath.Base(path), err, out)
	}
}
