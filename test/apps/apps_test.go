// Package apps_test sends a browser through apps that nobody here wrote, once
// directly and once through pavise serve with the very file that docs/apps
// shows: the same steps must pass, with nothing more to complain of. Then the
// site is scanned: it must be clean but for what that page names.
package apps_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pavise/test/browser"
	"pavise/test/servers"
)

// An app is one of docs/apps.
type app struct {
	page, host string // docs/apps/PAGE.md, and the name that it gives the site
	local      string // the name on this machine; with localhost in it browsers need no DNS
	journey    string
	// start runs the app on a port of loopback until the test ends. It is told
	// by which address people come.
	start func(t *testing.T, port, public string)
	// before, where it is not nil, comes before the journey: what people do
	// without a browser. Without Pavise there is no authority.
	before func(t *testing.T, base, authority string)
}

func (a app) test(t *testing.T) {
	direct := a.direct(t)
	site := a.shielded(t)
	through := a.visit(t, site.base, site.home, site.authority())
	if !slices.Equal(through.Steps, direct.Steps) {
		t.Errorf("through Pavise these steps passed: %q; directly these: %q", through.Steps, direct.Steps)
	}
	for _, e := range through.Errors {
		if !slices.Contains(direct.Errors, e) {
			t.Errorf("only through Pavise: %s", e)
		}
	}
	site.scan(t)
}

// direct makes the journey without Pavise. What the app says against itself is
// what it may say through Pavise too.
func (a app) direct(t *testing.T) browser.Journey {
	t.Helper()
	port := servers.FreePort(t)
	base := "http://127.0.0.1:" + port
	a.start(t, port, base)
	j := a.visit(t, base, t.TempDir(), "")
	for _, e := range j.Errors {
		t.Logf("the app alone: %s", e)
	}
	return j
}

func (a app) visit(t *testing.T, base, home, authority string) browser.Journey {
	t.Helper()
	if a.before != nil {
		a.before(t, base, authority)
	}
	return browser.Travel(t, a.journey, base, home)
}

// A shielded app is one behind pavise serve.
type shielded struct {
	app
	binary, state, config string
	base, home            string
}

func (a app) shielded(t *testing.T) shielded {
	t.Helper()
	dir := t.TempDir()
	s := shielded{app: a, binary: browser.Build(t), home: dir,
		state: filepath.Join(dir, "state"), config: filepath.Join(dir, "pavise.yaml")}
	yaml := strings.ReplaceAll(a.section(t, "```yaml\n", "```"), a.host, a.local)
	if err := os.WriteFile(s.config, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	port := servers.FreePort(t)
	s.base = browser.Serve(t, s.binary, s.state, "--config", s.config, "--to", "127.0.0.1:"+port)
	browser.Trust(t, s.home, s.authority())
	a.start(t, port, s.base)
	return s
}

func (s shielded) authority() string { return filepath.Join(s.state, "authority.crt") }

// section returns what stands between two marks on the app's page.
func (a app) section(t *testing.T, from, to string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../docs/apps", a.page))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), from)
	section, _, ended := strings.Cut(rest, to)
	if !found || !ended {
		t.Fatalf("docs/apps/%s has no section from %q to %q", a.page, from, to)
	}
	return section
}

// exempted are the rules that the page says the scan still reports.
func (a app) exempted(t *testing.T) []string {
	t.Helper()
	var rules []string
	row := regexp.MustCompile("(?m)^\\| `([a-z.-]+)` \\| \\S.* \\|$")
	for _, m := range row.FindAllStringSubmatch(a.section(t, "\n## What the scan says\n", "\n## "), -1) {
		rules = append(rules, m[1])
	}
	return rules
}

// scan fails the test for every rule that does not hold and is not exempted, and
// for every exemption that nothing needs.
func (s shielded) scan(t *testing.T) {
	t.Helper()
	at, err := url.Parse(s.base)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), s.binary, "scan", s.base, "--config", s.config, "--ca", s.authority(),
		"--resolve", at.Host+":"+net.JoinHostPort("127.0.0.1", at.Port()), "--format", "json", "--timeout", "60s")
	out, err := cmd.Output()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	var report struct {
		Verdict, Grade string
		Findings       []struct{ Rule, Outcome, Where, Saw string }
	}
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("scan: %v\n%s", err, out)
	}
	exempted, held := s.exempted(t), 0
	needed := map[string]bool{}
	for _, f := range report.Findings {
		switch {
		case f.Outcome == "pass":
			held++
		case f.Outcome == "skip":
		case slices.Contains(exempted, f.Rule):
			needed[f.Rule] = true
		default:
			t.Errorf("scan: %s: %s at %s: %s", f.Outcome, f.Rule, f.Where, f.Saw)
		}
	}
	for _, rule := range exempted {
		if !needed[rule] {
			t.Errorf("docs/apps/%s excuses %s, and nothing is wrong with it", s.page, rule)
		}
	}
	if held == 0 {
		t.Errorf("scan: no rule holds:\n%s", out)
	}
	t.Logf("scan: %s, grade %s, %d rules hold, exempted: %s", report.Verdict, report.Grade, held, fmt.Sprint(exempted))
}
