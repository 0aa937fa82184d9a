package vex

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	"pavise"
)

const sample = `{"@context":"https://openvex.dev/ns/v0.2.0","@id":"https://a.test/1","author":"Ann","timestamp":"2026-01-02T00:00:00Z","version":1,"statements":[
{"vulnerability":{"name":"CVE-1","aliases":["GHSA-1"]},"products":[{"@id":"pkg:npm/%40scope/a@1.0.0"},{"@id":"pkg:npm/shop@1","subcomponents":[{"@id":"pkg:npm/qs@6.5.2"}]}],"status":"not_affected","justification":"vulnerable_code_not_in_execute_path"},
{"vulnerability":"CVE-2","products":["pkg:golang/golang.org/x/net"],"status":"fixed"},
{"vulnerability":{"name":"CVE-3"},"products":[{"@id":"https://a.test","identifiers":{"purl":"pkg:pypi/Flask_Login@1?x=y#z"}}],"status":"affected","action_statement":"wait"}]}`

func TestRead(t *testing.T) {
	d, err := Read("a.json", strings.NewReader(sample))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		i                        int
		ecosystem, name, version string
		id                       string
		want                     bool
	}{
		{0, pavise.NPM, "@scope/a", "1.0.0", "GHSA-1", true},
		{0, pavise.NPM, "@scope/a", "1.0.1", "CVE-1", false},
		{0, pavise.NPM, "qs", "6.5.2", "CVE-1", true},
		{0, pavise.NPM, "shop", "1", "CVE-1", false}, // but for its part
		{0, pavise.NPM, "qs", "6.5.2", "CVE-9", false},
		{1, pavise.GoModules, "golang.org/x/net", "v0.1.0", "CVE-2", true},
		{1, pavise.NPM, "golang.org/x/net", "v0.1.0", "CVE-2", false},
		{2, pavise.PyPI, "flask-login", "1", "CVE-3", true},
	} {
		if s := d.Statements[tt.i]; (s.About(tt.ecosystem, tt.name, tt.version) && s.Names(tt.id)) != tt.want {
			t.Errorf("%+v", tt)
		}
	}
	if !d.Statements[0].Clears() || !d.Statements[1].Clears() || d.Statements[2].Clears() {
		t.Error("what is affected is not cleared, and the others are")
	}
	var out bytes.Buffer
	if err := d.Write(&out); err != nil {
		t.Fatal(err)
	}
	if again, err := Read("b.json", &out); err != nil || !reflect.DeepEqual(again, d) {
		t.Errorf("%v: %+v, want %+v", err, again, d)
	}
}

func TestReadSaysWhatIsWrong(t *testing.T) {
	one := func(s string) string { return `{"statements":[` + s + `]}` }
	for data, want := range map[string]string{
		"":                  "a.json:1: unexpected end",
		"{\n\"version\":\"": "a.json:2:",
		`{}`:                "one to 50000 are wanted, not 0",
		one(`{"products":["pkg:npm/a"],"status":"fixed"}`):                                                          "statements[0]: vulnerability: a name",
		one(`{"vulnerability":"x","status":"fixed"}`):                                                               "products: at least one",
		one(`{"vulnerability":"x","products":["pkg:npm/a"],"status":"fine"}`):                                       `status must be not_affected, affected, fixed or under_investigation, not "fine"`,
		one(`{"vulnerability":"x","products":["pkg:npm/a"],"status":"not_affected"}`):                               "not_affected wants a justification",
		one(`{"vulnerability":"x","products":["pkg:npm/a"],"status":"not_affected","justification":"i-think-not"}`): "justification must be one of",
	} {
		if _, err := Read("a.json", strings.NewReader(data)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", data, err, want)
		}
	}
	if _, err := Read("a.json", strings.NewReader(strings.Repeat(" ", maxDocument+1))); err == nil || !strings.Contains(err.Error(), "longer than 16 MB") {
		t.Error(err)
	}
	if err := (&Document{Statements: []Statement{{Vulnerability: "x"}}}).Write(&bytes.Buffer{}); err == nil {
		t.Error("a statement about nothing is written")
	}
}

func TestPURL(t *testing.T) {
	for want, p := range map[string]Package{
		"pkg:npm/%40scope/a@1.0.0-rc.1":          {pavise.NPM, "@scope/a", "1.0.0-rc.1"},
		"pkg:golang/golang.org/x/net@v1.0.0%2Bx": {pavise.GoModules, "golang.org/x/net", "1.0.0+x"},
		"pkg:composer/laravel/framework":         {pavise.Packagist, "laravel/framework", ""},
		"pkg:pypi/flask-login@1":                 {pavise.PyPI, "flask-login", "1"},
		"pkg:gem/rails@7.0":                      {pavise.RubyGems, "rails", "7.0"},
	} {
		if got := PURL(p.Ecosystem, p.Name, p.Version); got != want {
			t.Errorf("%+v: %s, want %s", p, got, want)
		}
		if got, ok := ParsePURL(want); !ok || got != p {
			t.Errorf("%s: %+v, want %+v", want, got, p)
		}
	}
	for _, bad := range []string{"", "qs", "pkg:", "pkg:npm", "pkg:npm/", "pkg:nuget/a", "pkg:npm/%zz"} {
		if p, ok := ParsePURL(bad); ok {
			t.Errorf("%q is %+v", bad, p)
		}
	}
	if PURL("nuget", "a", "1") != "" {
		t.Error("an ecosystem that nobody knows has a package URL")
	}
}

func FuzzRead(f *testing.F) {
	f.Add(sample)
	f.Fuzz(func(t *testing.T, data string) {
		d, err := Read("a.json", strings.NewReader(data))
		if err != nil {
			return
		}
		for _, s := range d.Statements {
			s.About(pavise.NPM, "a", "1")
		}
		d.Timestamp = time.Time{}
		if err := d.Write(&bytes.Buffer{}); err != nil && !strings.Contains(err.Error(), "year") {
			t.Error(err)
		}
	})
}
