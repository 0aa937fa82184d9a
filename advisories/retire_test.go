package advisories

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pavise"
	"pavise/test/tools"
)

// realRetire is the repository of RetireJS as it stood in 2026-08.
func realRetire(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "shared", "data", "retirejs-v5.json"))
	if err != nil {
		t.Skip("the repository of RetireJS is not here: ../shared/data/retirejs-v5.json")
	}
	return data
}

func importBytes(t testing.TB, i Importer, name string, data []byte) Part {
	t.Helper()
	part := Part{Source: i.Source()}
	if err := i.Import(&part, name, bytes.NewReader(data)); err != nil {
		t.Fatal(err)
	}
	return part
}

const small = `{
  "retire-example": {"vulnerabilities": [], "extractors": {}},
  "Lib": {
    "vulnerabilities": [
      {"below": "1.2.0", "severity": "high", "cwe": ["CWE-79"], "identifiers": {"CVE": ["CVE-2020-1"], "githubID": "GHSA-x"}, "info": ["nonsense", "https://a.test/1"]},
      {"atOrAbove": "2.0.0-rc.1", "below": "2.1", "severity": "low", "identifiers": {"CVE": "CVE-2020-2"}},
      {"below": "1.999", "severity": "low", "cwe": ["CWE-1104"], "excludes": ["1.0.0-lts"], "identifiers": {"retid": "7"}}
    ],
    "extractors": {
      "uri": ["/(§§version§§)/lib\\.js"], "filename": ["lib-(§§version§§)\\.js"],
      "filecontent": ["/\\*! lib (§§version§§)", "([a-z])=\\1(§§version§§)"],
      "filecontentreplace": ["/major:([0-9]+),minor:([0-9]+)/$1.$2.0/"],
      "hashes": {"a9993e364706816aba3e25717850c26c9cd0d89d": "0.9"}, "func": ["lib.version"], "ast": ["//x"]
    }
  }
}`

func TestRetire(t *testing.T) {
	part := importBytes(t, retire{}, "small.json", []byte(small))
	if len(part.Entries) != 3 || len(part.Signs) != 6 {
		t.Fatalf("%+v", part)
	}
	n := part.Entries[0].Notice
	if n.ID != "CVE-2020-1" || n.Severity != pavise.High || n.Fixed != "1.2.0" || n.Source != "https://a.test/1" || part.Entries[0].Name != "lib" {
		t.Errorf("%+v", n)
	}
	if end := part.Entries[2]; end.Notice.ID != pavise.EndOfLife || end.Notice.Fixed != "" || end.about("1.0.0-lts") || !end.about("1.5") || end.about("2.0") {
		t.Errorf("%+v", end)
	}
	r := NewRecogniser(part.Signs)
	if r.Dropped() != 1 {
		t.Errorf("%d signs were dropped, not the one with a back reference", r.Dropped())
	}
	for _, tt := range []struct{ address, text, want string }{
		{"https://a.test/lib-1.1.0.js?v=2", "", "name 1.1.0"},
		{"https://a.test/x/1.3/lib.js", "", "name 1.3"},
		{"https://a.test/other.js", "/*! lib 1.4.0 (c) */", "content 1.4.0"},
		{"https://a.test/lib-9.9.9.js", "/*! lib 1.4.0 (c) */", "content 1.4.0"}, // the text tells more
		{"https://a.test/other.js", "x={major:3,minor:7}", "content 3.7.0"},
		{"https://a.test/other.js", "abc", "hash 0.9"},
		{"https://a.test/other.js", "nothing", ""},
		{"https://a.test/mylib-1.1.0.js", "", ""},
		{"https://a.test/?f=/1.3/lib.js", "", ""},
		{"%zz", "/*! lib 1.4.0 (c) */", "content 1.4.0"},
	} {
		got := ""
		for _, lib := range r.Recognise(tt.address, []byte(tt.text)) {
			got += lib.By + " " + lib.Version
		}
		if got != tt.want {
			t.Errorf("%s %q: %q, want %q", tt.address, tt.text, got, tt.want)
		}
	}
}

// TestRetireIsWhole reads all of the real repository.
func TestRetireIsWhole(t *testing.T) {
	part := importBytes(t, retire{}, "retirejs-v5.json", realRetire(t))
	r := NewRecogniser(part.Signs)
	t.Logf("%d entries, %d signs, %d dropped", len(part.Entries), len(part.Signs), r.Dropped())
	if len(part.Entries) < 700 || len(part.Signs) < 340 || r.Dropped() > len(part.Signs)/20 {
		t.Errorf("%d entries, %d signs, %d dropped", len(part.Entries), len(part.Signs), r.Dropped())
	}
	for name, tt := range map[string]struct{ address, text, want string }{
		"jquery":         {"https://a.test/app.js", "/*! jQuery v1.12.4 | (c) jQuery Foundation | jquery.org/license */", "jquery 1.12.4"},
		"by name":        {"https://code.jquery.com/jquery-3.4.1.min.js", "", "jquery 3.4.1"},
		"angularjs":      {"https://a.test/v.js", "/*\n AngularJS v1.5.8\n (c) 2010-2016 Google, Inc. http://angularjs.org\n*/", "angularjs 1.5.8"},
		"bootstrap":      {"https://a.test/v.js", "/*!\n * Bootstrap v3.3.7 (http://getbootstrap.com)", "bootstrap 3.3.7"},
		"by replacement": {"https://a.test/v.js", "const QuaternionLinearInterpolant=q;q.REVISION='120'", "threejs 0.120.0"},
		"no library":     {"https://a.test/app.js", `"use strict"; const v = "1.2.3";`, ""},
	} {
		got := ""
		for _, lib := range r.Recognise(tt.address, []byte(tt.text)) {
			got += lib.Name + " " + lib.Version
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// TestRealLibrary: what an app from npm serves holds the libraries that it says.
func TestRealLibrary(t *testing.T) {
	r := NewRecogniser(importBytes(t, retire{}, "retirejs-v5.json", realRetire(t)).Signs)
	data, err := os.ReadFile("../test/apps/node_modules/@node-red/editor-client/public/vendor/vendor.js")
	if err != nil {
		tools.Lack(t, "Node-RED is missing: run .ci/deps: %v", err)
	}
	found := map[string]bool{}
	for _, lib := range r.Recognise("https://a.test/vendor.js", data) {
		found[lib.Name] = lib.Version != ""
	}
	for _, name := range []string{"jquery", "dompurify"} {
		if !found[name] {
			t.Errorf("%s is not recognised, only %v", name, found)
		}
	}
}

// TestRecogniseIsBounded: a script is looked into up to a bound, and a pattern without
// end is not taken. Go's regular expressions then take time in proportion.
func TestRecogniseIsBounded(t *testing.T) {
	signs := append(importBytes(t, retire{}, "small.json", []byte(small)).Signs, Own().Signs...)
	signs = append(signs, Sign{Library: "x", Kind: byContent, Pattern: strings.Repeat("(a+)", 1000)})
	r := NewRecogniser(signs)
	if r.Dropped() != 2 {
		t.Errorf("%d were dropped: a pattern without end was taken", r.Dropped())
	}
	text := []byte(strings.Repeat("/*! lib ", 1<<19))
	if got := r.Recognise("https://a.test/"+strings.Repeat("lib-", 1<<12), text); got != nil {
		t.Error(got)
	}
	for at, want := range map[int]int{maxScript - 20: 1, maxScript + 20: 0} {
		script := append(bytes.Repeat([]byte(" "), at), "/*! lib 1.4.0"...)
		if got := r.Recognise("https://a.test/x.js", script); len(got) != want {
			t.Errorf("a sign behind %d bytes: %v", at, got)
		}
	}
}

func TestRetireSaysWhatIsWrong(t *testing.T) {
	for data, want := range map[string]string{
		"":                  `bad.json:1: a JSON object is wanted: EOF`,
		"[]":                `bad.json:1: a JSON object is wanted`,
		"{\n\"a\": {\"x\":": `bad.json:2: "a": unexpected EOF`,
		"{\n\"a\": 7\n}":    `bad.json:2: "a": an object is wanted, not a number`,
		"{\n\"a\": {\n\"vulnerabilities\": [{\"below\": 3}]}}":     `bad.json:3: "a": vulnerabilities.below: a string is wanted, not a number`,
		"{\n\"a\": {\"vulnerabilities\": [{\"severity\":\"x\"}]}}": `bad.json:2: "a": vulnerabilities: one has neither below nor atOrAbove, and would be about every version`,
	} {
		err := retire{}.Import(&Part{}, "bad.json", strings.NewReader(data))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", data, err, want)
		}
	}
}

func FuzzRetire(f *testing.F) {
	f.Add([]byte(small))
	f.Fuzz(func(t *testing.T, data []byte) {
		part := Part{}
		if (retire{}).Import(&part, "fuzz.json", bytes.NewReader(data)) == nil {
			NewRecogniser(part.Signs).Recognise("https://a.test/lib-1.js", []byte("lib 1"))
		}
	})
}

func BenchmarkRecognise(b *testing.B) {
	r := NewRecogniser(importBytes(b, retire{}, "retirejs-v5.json", realRetire(b)).Signs)
	text := []byte(strings.Repeat("function a(b){return b.version=\"1.2.3\",c.prototype}\n", 1<<20/52))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		r.Recognise("https://a.test/app.js", text)
	}
}
