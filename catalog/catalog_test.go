package catalog

import (
	"regexp"
	"strings"
	"testing"

	"pavise"
	"pavise/site"
)

// TestDocsAreComplete: everything that people read of a control comes from here.
func TestDocsAreComplete(t *testing.T) {
	kebab := regexp.MustCompile(`^[a-z]+\.[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	seen := map[string]bool{}
	for _, c := range All() {
		d := c.Doc()
		if !kebab.MatchString(d.ID) || seen[d.ID] {
			t.Errorf("%q: no good id, or twice", d.ID)
		}
		seen[d.ID] = true
		for name, text := range map[string]string{"title": d.Title, "why": d.Why, "verifies": d.Verifies} {
			if text == "" {
				t.Errorf("%s: no %s", d.ID, name)
			}
		}
		if strings.HasSuffix(d.Title, ".") || !strings.HasSuffix(d.Why, ".") || (d.Enforces == "") == pavise.Enforceable(c) {
			t.Errorf("%s: title %q, why %q, enforces %q", d.ID, d.Title, d.Why, d.Enforces)
		}
		if err := c.Validate(); err != nil {
			t.Errorf("%s: the zero value is what we recommend: %v", d.ID, err)
		}
		unseen := strings.HasPrefix(d.Verifies, "Not by a scan: ") // it says why, and then has no rule
		if _, ok := c.(pavise.Checker); ok == unseen || len(d.Rules) == 0 != unseen {
			t.Errorf("%s: nothing verifies it", d.ID)
		}
		for _, r := range d.Rules {
			checkRule(t, d.ID, r, seen)
		}
	}
}

// TestSettingsReadAlike: what is said of a setting is a fragment that can stand in
// a table, in a schema and before a default in brackets.
func TestSettingsReadAlike(t *testing.T) {
	fragment := regexp.MustCompile(`^[^A-Z].*[^.]$`)
	for _, c := range Controls() {
		for _, s := range site.Settings(c) {
			if !fragment.MatchString(s.Doc) || s.Default == "" {
				t.Errorf("%s: %s: %q, default %q", c.Doc().ID, s.Key, s.Doc, s.Default)
			}
		}
	}
}

func checkRule(t *testing.T, control string, r pavise.Rule, seen map[string]bool) {
	name, ok := strings.CutPrefix(r.ID, control+".")
	if !ok || !regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`).MatchString(name) || seen[r.ID] {
		t.Errorf("%q: no good id below %s, or twice", r.ID, control)
	}
	seen[r.ID] = true
	if r.Title == "" || strings.HasSuffix(r.Title, ".") || r.Severity < pavise.Info || r.Severity > pavise.Critical || len(r.References) == 0 {
		t.Errorf("%s: title %q, severity %d, references %q", r.ID, r.Title, r.Severity, r.References)
	}
	checkScore(t, r)
	if r.Fix.Nginx != "" && r.Fix.Apache == "" && !strings.HasPrefix(control, "host.nginx") {
		t.Errorf("%s: nginx is told how to mend it, and Apache is not", r.ID)
	}
	if regexp.MustCompile(`(?m)^[^#\n].*#`).MatchString(r.Fix.Apache) {
		t.Errorf("%s: to Apache a comment behind a directive is part of it", r.ID)
	}
	if r.Fix.Express == "" && r.Fix.Nginx == "" && r.Fix.Other == "" && control != "host.apache" || r.Fix.Pavise == "" && !r.Owner && pavise.Enforceable(Find(control)) {
		t.Errorf("%s: nothing mends it: %+v", r.ID, r.Fix)
	}
}

// checkScore: the severity agrees with the score. Without one a rule is a second
// line of defence, and no more than Low.
func checkScore(t *testing.T, r pavise.Rule) {
	if r.CVSS == "" {
		if r.Severity > pavise.Low || r.Automatic != "" {
			t.Errorf("%s: %s without a CVSS vector", r.ID, r.Severity)
		}
		return
	}
	c, err := pavise.ParseCVSS(r.CVSS)
	if err != nil || !strings.HasPrefix(r.CVSS, "CVSS:3.1/") {
		t.Errorf("%s: %q: %v", r.ID, r.CVSS, err)
	} else if c.Severity() != r.Severity {
		t.Errorf("%s: %s, but its score is %v", r.ID, r.Severity, c.Score())
	}
}

// TestRefuses: who may refuse can be observed, and says so.
func TestRefuses(t *testing.T) {
	for _, c := range Controls() {
		e, ok := c.(pavise.Enforcer)
		if !ok {
			continue
		}
		hooks, err := e.Enforce(pavise.Env{Site: pavise.Site{Hosts: []string{"a.test"}}})
		if err != nil {
			t.Fatal(err)
		}
		d := c.Doc()
		redirects := d.ID == "transport.redirect" // what it turns away it leads elsewhere
		if (hooks.Admit != nil) != (d.Refuses || redirects) {
			t.Errorf("%s: refuses %v, admits %v", d.ID, d.Refuses, hooks.Admit != nil)
		}
	}
}

func TestFind(t *testing.T) {
	if c := Find("transport.hsts"); c == nil || c.Doc().ID != "transport.hsts" {
		t.Error(c)
	}
	if c := Find("joined.ports"); c == nil || c.Doc().ID != "joined.ports" {
		t.Error(c)
	}
	if c := Find("transport.nothing"); c != nil {
		t.Error(c)
	}
}
