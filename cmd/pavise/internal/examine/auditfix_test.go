package examine

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/cmd/pavise/internal/cli"
	"pavise/mend"
)

func asked(answers string) (*dialogue, *bytes.Buffer) {
	var out bytes.Buffer
	return &dialogue{in: lines(strings.NewReader(answers)), out: &out}, &out
}

func stuck() *mend.Problem {
	return &mend.Problem{Ecosystem: pavise.NPM, Name: "qs", Version: "4.0.0", Default: -1,
		Findings: []pavise.Finding{{Dependency: &pavise.Dependency{Advisory: "GHSA-qs", Title: "\x1b[31mred", Paths: [][]string{{"express", "qs"}}}}},
		Blocks:   "express 3.21.2 asks for qs 4.0.0",
		Choices: []mend.Choice{{Kind: mend.Major, Text: "express 3.21.2 → 4.21.2 in package.json", Warn: "may break"},
			{Kind: mend.Override, Text: "qs 4.0.0 → 6.14.0 for express"}, {Kind: mend.Accept}, {Kind: mend.Skip}}}
}

func TestDialogue(t *testing.T) {
	for _, c := range []struct {
		name, answers string
		want          int
		says          string
	}{
		{"a number", "2\n", 1, ""},
		{"a letter", "m\n", 0, ""},
		{"nothing, where there is no default", "\nO\n", 1, "There is no default here"},
		{"what is none", "9\nx\nk\n", 3, `"x" is none of them`},
		{"quit", "q\n", -1, ""},
		{"the end", "", -1, ""},
	} {
		d, out := asked(c.answers)
		got, err := d.choose(stuck(), 1, 3)
		if got != c.want || (err != nil) != (c.want < 0) {
			t.Errorf("%s: %d, %v", c.name, got, err)
		}
		for _, says := range []string{"[1/3] qs 4.0.0", "by express › qs", "1 m  MAJOR", "! may break", c.says} {
			if !strings.Contains(out.String(), says) {
				t.Errorf("%s: it does not say %q:\n%s", c.name, says, out)
			}
		}
		if strings.Contains(out.String(), "\x1b") {
			t.Errorf("%s: the advisory speaks to the terminal", c.name)
		}
	}
	p := stuck()
	p.Default = 1
	d, out := asked("\n")
	if got, _ := d.choose(p, 1, 1); got != 1 || !strings.Contains(out.String(), "for express  (default)") {
		t.Errorf("the default gave %d\n%s", got, out)
	}
}

func TestDialogueOfAcceptance(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	d, out := asked("\nonly at build\nAda\n2020-01-01\n2999-01-01\nsoon\n2027-01-31\n")
	a, err := d.acceptance(now)
	if err != nil || a.Reason != "only at build" || a.Owner != "Ada" || a.Until.Format(time.DateOnly) != "2027-01-31" {
		t.Errorf("%+v, %v", a, err)
	}
	if n := strings.Count(out.String(), "within a year"); n != 3 {
		t.Errorf("%d days were refused, not 3\n%s", n, out)
	}
	if _, err := (func() (mend.Acceptance, error) { d, _ := asked("why\nq\n"); return d.acceptance(now) })(); err == nil {
		t.Error("q is taken for an owner")
	}
}

// careless is a project whose settings can be mendedApp.
func careless(t *testing.T) string {
	dir := t.TempDir()
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	for name, text := range map[string]string{
		"package.json": `{"name": "shop", "dependencies": {"express": "^5.1.0", "express-session": "^1.18.0"}}`,
		"app.js": "const express = require(\"express\")\r\nconst session = require(\"express-session\")\r\nconst app = express()\r\n" +
			"app.use(session({secret: \"s3Cur3\", cookie: {}}))\r\napp.listen(3000, () => {})\r\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const mendedApp = "const express = require(\"express\")\r\nconst session = require(\"express-session\")\r\nconst app = express()\r\n" +
	"app.disable(\"x-powered-by\")\r\napp.set(\"trust proxy\", \"loopback\")\r\n" +
	"app.use(session({resave: false, saveUninitialized: false, name: \"sid\", secret: \"s3Cur3\", cookie: { sameSite: \"lax\", secure: true }}))\r\napp.listen(3000, \"127.0.0.1\", () => {})\r\n"

func TestFixSettingsAndUndo(t *testing.T) {
	dir := careless(t)
	was, _ := os.ReadFile(filepath.Join(dir, "app.js"))
	var out, said bytes.Buffer
	if code := run([]string{"audit", "--fix=settings", "--dry-run", dir}, &out, &said); code == cli.ExitUsage {
		t.Fatalf("exit %d: %s%s", code, &out, &said)
	}
	if now, _ := os.ReadFile(filepath.Join(dir, "app.js")); string(now) != string(was) {
		t.Error("the dry run wrote")
	}
	if _, err := os.Stat(filepath.Join(dir, ".pavise")); err == nil {
		t.Error("the dry run left a folder")
	}
	if strings.Contains(out.String(), "s3Cur3") || !strings.Contains(out.String(), `secret: '***'`) {
		t.Errorf("the secret is not masked:\n%s", &out)
	}
	out.Reset()
	if code := run([]string{"audit", "--fix=settings", "--yes", dir}, &out, &said); code == cli.ExitUsage {
		t.Fatalf("exit %d: %s%s", code, &out, &said)
	}
	if now, _ := os.ReadFile(filepath.Join(dir, "app.js")); string(now) != mendedApp {
		t.Errorf("app.js became\n%s", now)
	}
	if code := run([]string{"audit", "--undo", dir}, &out, &said); code != cli.ExitClean {
		t.Errorf("undo: exit %d: %s", code, &said)
	}
	if now, _ := os.ReadFile(filepath.Join(dir, "app.js")); string(now) != string(was) {
		t.Errorf("undo left\n%s", now)
	}
	if code := run([]string{"audit", "--undo", dir}, &out, &said); code != cli.ExitFailed {
		t.Errorf("a second undo: exit %d", code)
	}
}

func TestUndoShowsWhatHasChangedSince(t *testing.T) {
	dir := careless(t)
	var out, said bytes.Buffer
	run([]string{"audit", "--fix=settings", "--yes", dir}, &out, &said)
	os.WriteFile(filepath.Join(dir, "app.js"), []byte(mendedApp+"// mine\n"), 0o640)
	out.Reset()
	code := run([]string{"audit", "--undo", dir}, &out, &said)
	if code != cli.ExitFailed || !strings.Contains(out.String(), "-// mine") || !strings.Contains(said.String(), "changed since") {
		t.Errorf("exit %d\n%s%s", code, &out, &said)
	}
}

func TestFixSaysWhatIsMissing(t *testing.T) {
	dir := careless(t)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--fix=all", dir}, "--fix must be one of"},
		{[]string{"--yes", dir}, "go with --fix"},
		{[]string{"--fix", "--yes", dir}, "--fix alone asks about each"},
		{[]string{"--fix=settings", dir}, "there is nobody to ask"},
		{[]string{"--host", "--fix=safe"}, "a host has settings"},
		{[]string{"--fix", "--evidence", "x.json"}, "mends what is there now"},
		{[]string{"--fix=safe", "--yes", filepath.Join(dir, "none")}, "there is no folder"},
	} {
		var out, said bytes.Buffer
		if code := run(append([]string{"audit"}, c.args...), &out, &said); code != cli.ExitUsage || !strings.Contains(said.String(), c.want) {
			t.Errorf("%q: exit %d, %s", c.args, code, &said)
		}
	}
}

// TestFixTellsWhatFailed: what failed does not stand among what is done and proven.
func TestFixTellsWhatFailed(t *testing.T) {
	dir := careless(t)
	write(t, filepath.Join(dir, "package.json"), `{"name": "shop", "dependencies": {"qs": "6.5.0"}}`)
	write(t, filepath.Join(dir, "package-lock.json"), `{"name": "shop", "lockfileVersion": 3, "packages": {"": {"dependencies": {"qs": "6.5.0"}},
		"node_modules/qs": {"version": "6.5.0", "integrity": "sha512-AA=="}}}`)
	t.Setenv("PATH", t.TempDir())
	t.Setenv("npm_config_registry", "http://127.0.0.1:1/")
	var out, said bytes.Buffer
	run([]string{"audit", "--fix=safe", "--yes", dir}, &out, &said)
	if text := out.String(); !strings.Contains(text, "Tried, and taken back:") || !strings.Contains(text, "npm is not installed") || strings.Contains(text, "Done, and proven") {
		t.Errorf("it says\n%s%s", text, &said)
	}
}
