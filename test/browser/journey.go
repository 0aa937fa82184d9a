// Package browser sends a real browser through an app, for tests that live in
// folders beside it: it starts the app and Pavise, and makes the journey that a
// program built on traveller.mjs tells.
package browser

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// root is the module as seen from the folder of a test.
const root = "../.."

// A Journey is what traveller.mjs prints.
type Journey struct {
	Steps       []string
	Errors      []string
	Provoked    []string
	Cookies     []Cookie
	Held        []string // what the browser keeps of the cookies that the app sees
	Script      string   // what a script can read of the browser's cookies
	Protocols   []string
	HTTP404Body string
	HTTP500Body string
}

// A Cookie is one that the browser holds.
type Cookie struct {
	Name     string
	Secure   bool
	HTTPOnly bool
	SameSite string
}

// Travel makes the journey that a script tells, with flags for it; each of its
// steps must pass. The browser believes the authorities that this home trusts.
func Travel(t *testing.T, script, base, home string, flags ...string) Journey {
	t.Helper()
	watchSources(t)
	ctx, cancel := context.WithTimeout(t.Context(), 150*time.Second)
	defer cancel()
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, "node", append([]string{script, base}, flags...)...)
	cmd.Env = append(os.Environ(), "HOME="+home, "CHROMIUM="+chromium)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // the browser goes too
	cmd.WaitDelay = 10 * time.Second
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("journey to %s: %v\n%s%s", base, err, out, &stderr)
	}
	var j Journey
	if err := json.Unmarshal(out, &j); err != nil {
		t.Fatalf("journey to %s: %v\n%s", base, err, out)
	}
	if len(j.Steps) == 0 {
		t.Error("the journey had no steps")
	}
	t.Logf("passed: %s; provoked: %s", strings.Join(j.Steps, ", "), strings.Join(j.Provoked, ", "))
	return j
}

// Shielded fails the test unless all that the browser knows of the session is a handle
// of Pavise's.
func (j Journey) Shielded(t *testing.T) {
	t.Helper()
	if len(j.Cookies) == 0 {
		t.Error("there is no cookie")
	}
	for _, c := range j.Cookies {
		if want := (Cookie{Name: c.Name, Secure: true, HTTPOnly: true, SameSite: "Lax"}); c != want || !strings.HasPrefix(c.Name, "__Host-") {
			t.Errorf("cookie is %+v, want __Host-, Secure, HttpOnly and SameSite=Lax", c)
		}
	}
	if len(j.Held) > 0 || j.Script != "" {
		t.Errorf("the browser holds %q of what the app sees, and a script reads %q", j.Held, j.Script)
	}
}

// Trust makes browsers with this home believe the authority.
func Trust(t *testing.T, home, authority string) {
	t.Helper()
	db := filepath.Join(home, ".pki", "nssdb")
	if err := os.MkdirAll(db, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"-N", "--empty-password"},
		{"-A", "-t", "C,,", "-n", "pavise", "-i", authority},
	} {
		cmd := exec.CommandContext(t.Context(), "certutil", append([]string{"-d", "sql:" + db}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", cmd, err, out)
		}
	}
}

// watchSources looks into every folder, so that go test knows what the outcome
// depends on and does not take an old one from its cache.
func watchSources(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		hidden := path != root && strings.HasPrefix(d.Name(), ".")
		if err == nil && d.IsDir() && (hidden || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
