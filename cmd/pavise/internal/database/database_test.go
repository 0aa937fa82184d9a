package database

import (
	"archive/zip"
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
	"pavise/cmd/pavise/internal/cli"
)

const (
	someLibraries = `{"lib": {"vulnerabilities": [{"below": "2.0", "severity": "high", "identifiers": {"CVE": ["CVE-2020-1"]}}],
"extractors": {"filename": ["lib-(§§version§§)\\.js"]}}}`
	someReleases = `{"result": [{"name": "nginx", "releases": [{"name": "1.14", "isEol": true, "eolFrom": "2019-04-23"}]}]}`
)

// told runs a command, and returns its exit code and all that it said.
func told(args ...string) (int, string) {
	var out bytes.Buffer
	code := cli.Run(cli.Root(Command()), args, &out, &out)
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
	if code, said := told(update...); code != cli.ExitClean || said != "RetireJS: 1 entries and 1 signs of "+today+"\nendoflife.date: 1 entries and 0 signs of "+today+"\n" {
		t.Fatalf("%d %s", code, said)
	}
	if code, said := told(update...); code != cli.ExitClean || strings.Count(said, "nothing new") != 2 || unchanged.Load() != 2 {
		t.Errorf("%d %s, %d times", code, said, unchanged.Load())
	}
	before, _ := os.ReadFile(file)
	down.Store(true)
	if code, said := told(update...); code != cli.ExitFailed || !strings.Contains(said, "502 Bad Gateway") || !strings.Contains(said, "1 of 2 sources could not be fetched") || !strings.Contains(said, "pavise db import") {
		t.Errorf("%d %s", code, said)
	}
	code, said := told("db", "status", "--json", "--db", file)
	var status struct {
		There   bool
		Sources []advisories.Source
	}
	if err := json.Unmarshal([]byte(said), &status); err != nil || code != cli.ExitClean || !status.There || len(status.Sources) != 3 || len(status.Sources[1].Sum) != 64 {
		t.Errorf("%d %v %s", code, err, said)
	}
	swapped := []string{"db", "update", "--db", file, "--ecosystem", "none", "--from", "RetireJS=" + server.URL + "/releases", "--from", "endoflife.date=" + server.URL + "/libraries"}
	down.Store(false)
	if code, said := told(swapped...); code != cli.ExitFailed || !strings.Contains(said, "has data of endoflife.date") {
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
		{dir, cli.ExitClean, "endoflife.date: 2 entries and 0 signs"},
		{libraries, cli.ExitClean, "RetireJS: 1 entries and 1 signs"},
		{server.URL + "/php.json", cli.ExitClean, "endoflife.date: 1 entries"},
		{server.URL + "/php.json --sha256 00", cli.ExitFailed, "not 00: nothing was changed"},
		{server.URL + "/none.json", cli.ExitFailed, "404 Not Found"},
		{libraries + " --sha256 00", cli.ExitUsage, "--sha256 is for what is fetched"},
		{write(alone, "bad.json", "{\n\"lib\": {\"vulnerabilities\": 1}}"), cli.ExitUsage, `bad.json:2: "lib": vulnerabilities: a list is wanted, not a number`},
		{write(alone, "else.txt", "hello"), cli.ExitUsage, "else.txt:1: it has no form that is known: OSV, RetireJS, endoflife.date"},
		{t.TempDir(), cli.ExitUsage, "has no file .json"},
		{filepath.Join(dir, "none"), cli.ExitUsage, "no such file or directory"},
		{"", cli.ExitUsage, "db import takes one file, folder or address, not 0"},
		{"http://mirror.example.com/x.json", cli.ExitFailed, "the address must be https"},
	} {
		code, said := told(append([]string{"db", "import", "--db", file}, strings.Fields(tt.args)...)...)
		if code != tt.code || !strings.Contains(said, tt.said) {
			t.Errorf("%s: %d %s, want %d %s", tt.args, code, said, tt.code, tt.said)
		}
	}
	if code, said := told("db", "status", "--db", file); code != cli.ExitClean || !strings.Contains(said, "RetireJS") || !strings.Contains(said, "Apache-2.0") || strings.Contains(said, "is not there") {
		t.Errorf("%d %s", code, said)
	}
	if code, said := told("db", "status", "--db", filepath.Join(dir, "none")); code != cli.ExitClean || !strings.Contains(said, "is not there; a scan judges by the facts in Pavise alone") || !strings.Contains(said, "pavise db update") {
		t.Errorf("%d %s", code, said)
	}
	if code, said := told("db", "status", "--db", write(alone, "no.db", "hello")); code != cli.ExitFailed || !strings.Contains(said, "is damaged") {
		t.Errorf("%d %s", code, said)
	}
}

// TestDatabasePackages: the export of an ecosystem is fetched from where it is said to be,
// asked again it has nothing new, and what is named wrong is told.
func TestDatabasePackages(t *testing.T) {
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	w, err := z.Create("GHSA-1.json")
	if err == nil {
		_, err = w.Write([]byte(`{"id":"GHSA-1","modified":"2026-01-02T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"a"},"versions":["1.0.0"]}]}`))
	}
	if err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "all.zip"), archive.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer server.Close()
	file := filepath.Join(dir, "a.db")
	none := server.URL + "/none.json"
	for _, tt := range []struct {
		args string
		code int
		said string
	}{
		{"update --ecosystem npm --from RetireJS=" + none + " --from endoflife.date=" + none + " --from OSV_npm=" + server.URL + "/all.zip", cli.ExitUsage, `there is no source "OSV_npm"`},
		{"update --ecosystem none,nuget", cli.ExitUsage, `there is no "nuget"; there are npm, Go, PyPI, RubyGems, Packagist, or none`},
		{"import " + filepath.Join(dir, "all.zip"), cli.ExitClean, "OSV npm: 1 entries and 0 signs of 2026-01-02"},
		{"import " + server.URL + "/all.zip", cli.ExitClean, "OSV npm: 1 entries"},
		{"status --json", cli.ExitClean, `"covers": [`},
	} {
		code, said := told(append(append([]string{"db"}, strings.Fields(tt.args)...), "--db", file)...)
		if code != tt.code || !strings.Contains(said, tt.said) {
			t.Errorf("%s: %d %s, want %d %s", tt.args, code, said, tt.code, tt.said)
		}
	}
	update := []string{"db", "update", "--db", file, "--from", "RetireJS=" + none, "--from", "endoflife.date=" + none, "--from", "osv npm=" + server.URL + "/all.zip"}
	if code, said := told(update...); code != cli.ExitFailed || !strings.Contains(said, "OSV npm: ") || !strings.Contains(said, "2 of 3 sources could not be fetched") {
		t.Errorf("%d %s", code, said) // npm alone, for the file has no other
	}
	if code, said := told(update...); code != cli.ExitFailed || !strings.Contains(said, "OSV npm: nothing new") {
		t.Errorf("%d %s", code, said)
	}
}
