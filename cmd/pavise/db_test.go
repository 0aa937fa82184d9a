package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pavise/advisories"
)

const (
	someLibraries = `{"lib": {"vulnerabilities": [{"below": "2.0", "severity": "high", "identifiers": {"CVE": ["CVE-2020-1"]}}],
"extractors": {"filename": ["lib-(§§version§§)\\.js"]}}}`
	someReleases = `{"result": [{"name": "nginx", "releases": [{"name": "1.14", "isEol": true, "eolFrom": "2019-04-23"}]}]}`
)

// told runs a command, and returns its exit code and all that it said.
func told(args ...string) (int, string) {
	var out bytes.Buffer
	code := run(args, &out, &out)
	return code, out.String()
}

// TestDatabaseUpdate: both sources are fetched, asked again they have nothing new, and
// what cannot be fetched stays as it was.
func TestDatabaseUpdate(t *testing.T) {
	var down atomic.Bool
	var unchanged atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := map[string]string{"/libraries": someLibraries, "/releases": someReleases}[r.URL.Path]
		if down.Load() && r.URL.Path == "/releases" {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		w.Header().Set("ETag", `"`+r.URL.Path+`"`)
		if r.Header.Get("If-None-Match") == `"`+r.URL.Path+`"` {
			unchanged.Add(1)
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Write([]byte(body))
	}))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "a.db")
	update := []string{"db", "update", "--db", file, "--ecosystem", "none", "--from", "retirejs=" + server.URL + "/libraries", "--from", "endoflife.date=" + server.URL + "/releases"}

	today := time.Now().UTC().Format(time.DateOnly)
	if code, said := told(update...); code != exitClean || said != "RetireJS: 1 entries and 1 signs of "+today+"\nendoflife.date: 1 entries and 0 signs of "+today+"\n" {
		t.Fatalf("%d %s", code, said)
	}
	if code, said := told(update...); code != exitClean || strings.Count(said, "nothing new") != 2 || unchanged.Load() != 2 {
		t.Errorf("%d %s, %d times", code, said, unchanged.Load())
	}
	before, _ := os.ReadFile(file)
	down.Store(true)
	if code, said := told(update...); code != exitFailed || !strings.Contains(said, "502 Bad Gateway") || !strings.Contains(said, "1 of 2 sources could not be fetched") || !strings.Contains(said, "pavise db import") {
		t.Errorf("%d %s", code, said)
	}
	code, said := told("db", "status", "--json", "--db", file)
	var status struct {
		There   bool
		Sources []advisories.Source
	}
	if err := json.Unmarshal([]byte(said), &status); err != nil || code != exitClean || !status.There || len(status.Sources) != 3 || len(status.Sources[1].Sum) != 64 {
		t.Errorf("%d %v %s", code, err, said)
	}
	swapped := []string{"db", "update", "--db", file, "--ecosystem", "none", "--from", "RetireJS=" + server.URL + "/releases", "--from", "endoflife.date=" + server.URL + "/libraries"}
	down.Store(false)
	if code, said := told(swapped...); code != exitFailed || !strings.Contains(said, "has data of endoflife.date") {
		t.Errorf("%d %s", code, said)
	}
	if len(before) == 0 {
		t.Error("there was no file")
	}
}

func TestDatabaseImport(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "kept", "a.db")
	write := func(folder, name, text string) string {
		name = filepath.Join(folder, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	alone := t.TempDir()
	write(dir, "nginx.json", `[{"cycle":"1.14","eol":"2019-04-23"}]`)
	write(dir, "php.json", `[{"cycle":"5.6","eol":"2018-12-31"}]`)
	libraries := write(alone, "libraries.json", someLibraries)
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer server.Close()
	for _, tt := range []struct {
		args string
		code int
		said string
	}{
		{dir, exitClean, "endoflife.date: 2 entries and 0 signs"},
		{libraries, exitClean, "RetireJS: 1 entries and 1 signs"},
		{server.URL + "/php.json", exitClean, "endoflife.date: 1 entries"},
		{server.URL + "/php.json --sha256 00", exitFailed, "not 00: nothing was changed"},
		{server.URL + "/none.json", exitFailed, "404 Not Found"},
		{libraries + " --sha256 00", exitUsage, "--sha256 is for what is fetched"},
		{write(alone, "bad.json", "{\n\"lib\": {\"vulnerabilities\": 1}}"), exitUsage, `bad.json:2: "lib": vulnerabilities: a list is wanted, not a number`},
		{write(alone, "else.txt", "hello"), exitUsage, "else.txt:1: it has no form that is known: OSV, RetireJS, endoflife.date"},
		{t.TempDir(), exitUsage, "has no file .json"},
		{filepath.Join(dir, "none"), exitUsage, "no such file or directory"},
		{"", exitUsage, "db import takes one file, folder or address, not 0"},
		{"http://mirror.example.com/x.json", exitFailed, "the address must be https"},
	} {
		code, said := told(append([]string{"db", "import", "--db", file}, strings.Fields(tt.args)...)...)
		if code != tt.code || !strings.Contains(said, tt.said) {
			t.Errorf("%s: %d %s, want %d %s", tt.args, code, said, tt.code, tt.said)
		}
	}
	if code, said := told("db", "status", "--db", file); code != exitClean || !strings.Contains(said, "RetireJS") || !strings.Contains(said, "Apache-2.0") || strings.Contains(said, "is not there") {
		t.Errorf("%d %s", code, said)
	}
	if code, said := told("db", "status", "--db", filepath.Join(dir, "none")); code != exitClean || !strings.Contains(said, "is not there; a scan judges by the facts in Pavise alone") || !strings.Contains(said, "pavise db update") {
		t.Errorf("%d %s", code, said)
	}
	if code, said := told("db", "status", "--db", write(alone, "no.db", "hello")); code != exitFailed || !strings.Contains(said, "is damaged") {
		t.Errorf("%d %s", code, said)
	}
	if code, said := told("scan", "https://127.0.0.1:1", "--db", filepath.Join(dir, "none")); code != exitUsage || !strings.Contains(said, "pavise db update --db") {
		t.Errorf("%d %s", code, said)
	}
}

// TestScanUsesTheDatabase: what pavise db has brought a scan judges by, and what it
// says is in the evidence.
func TestScanUsesTheDatabase(t *testing.T) {
	dir := t.TempDir()
	file, libraries := filepath.Join(dir, "a.db"), filepath.Join(dir, "libraries.json")
	if err := os.WriteFile(libraries, []byte(someLibraries), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, said := told("db", "import", libraries, "--db", file); code != exitClean {
		t.Fatal(said)
	}
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte(`<title>x</title><script src="/lib-1.5.js"></script>`))
	}))
	defer app.Close()
	t.Setenv("HOME", "")
	t.Setenv("XDG_STATE_HOME", "")
	for args, want := range map[string]bool{"--db " + file: true, "": false} {
		_, said := told(append([]string{"scan", app.URL, "--format", "json"}, strings.Fields(args)...)...)
		if got := strings.Contains(said, "lib 1.5, known by its name: CVE-2020-1; by RetireJS of "); got != want {
			t.Errorf("%q: %v\n%s", args, got, said)
		}
	}
}
