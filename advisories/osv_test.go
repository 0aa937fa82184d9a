package advisories

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pavise"
)

// imported is a database of files.
func imported(t testing.TB, files ...string) *Database {
	t.Helper()
	file := filepath.Join(t.TempDir(), "a.db")
	for _, f := range files {
		d, err := Begin(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Read(f); err != nil {
			d.Discard()
			t.Fatal(err)
		}
		if _, err := d.Commit(nil); err != nil {
			t.Fatal(err)
		}
	}
	return open(t, file)
}

// realOSV is data of OSV as it stood.
func realOSV(t testing.TB, name string) string {
	t.Helper()
	file := filepath.Join("..", "..", "shared", "data", name)
	if _, err := os.Stat(file); err != nil {
		t.Skipf("real records are not here: ../shared/data/%s", name)
	}
	return file
}

// folder is a folder with records.
func folder(t testing.TB, records ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i, r := range records {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.json", i)), []byte(r), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// said is what is known of a version, or with a space in front of a range, in a line.
func said(t testing.TB, l *Library, ecosystem, name, version string) string {
	t.Helper()
	k := pavise.Known{Ecosystem: ecosystem, Name: name, Version: version}
	if strings.HasPrefix(version, " ") {
		k.Version, k.Range = "", version[1:]
	}
	n, err := l.Known(k)
	if err != nil {
		t.Fatal(err)
	}
	var parts []string
	for _, one := range n.List {
		part := one.ID
		if one.Partly {
			part += "?"
		}
		if one.Fixed != "" {
			part += "<" + one.Fixed
		}
		parts = append(parts, part)
	}
	line := strings.Join(parts, " ")
	if !n.Covers {
		line += " uncovered"
	}
	if n.Same != "" || n.Safe != "" {
		line += " same " + n.Same + " safe " + n.Safe
	}
	return strings.TrimSpace(line)
}

const (
	qsRecord = `{"schema_version":"1.6.0","id":"GHSA-1","modified":"2024-01-02T03:04:05Z","published":"2024-01-01T00:00:00Z","aliases":["CVE-1"],
"summary":"too deep","severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}],
"affected":[{"package":{"ecosystem":"npm","name":"qz"},"ranges":[{"type":"SEMVER","events":[{"introduced":"6.1.0"},{"fixed":"6.1.2"},{"introduced":"0"},{"fixed":"6.0.4"},{"introduced":"6.2.0"},{"fixed":"6.2.3"}]}]}],
"database_specific":{"severity":"HIGH","cwe_ids":["CWE-1321"]}}`
	qsAgain   = `{"id":"NSWG-1","modified":"2020-01-01T00:00:00Z","aliases":["CVE-1"],"affected":[{"package":{"ecosystem":"npm","name":"qz"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"last_affected":"1.5.1"}]}],"versions":["6.1.1","1.0.0"]}]}`
	withdrawn = `{"id":"GHSA-2","withdrawn":"2024-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"qz"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}]}]}`
	malice    = `{"id":"MAL-1","summary":"Malicious code","affected":[{"package":{"ecosystem":"npm","name":"JSONStreem"},"versions":["1.0.0","2.0.0"],"database_specific":{"cwes":[{"cweId":"CWE-506"}]}}]}`
	limited   = `{"id":"GHSA-3","affected":[{"package":{"ecosystem":"npm","name":"limited"},"ranges":[{"type":"SEMVER","events":[{"introduced":"1.0.0"},{"limit":"2.0.0"}]},{"type":"GIT","events":[{"introduced":"0"}]}]}]}`
	flask     = `{"id":"PYSEC-1","affected":[{"package":{"ecosystem":"PyPI","name":"Flask_Login"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1.0rc2"}]}],"versions":["0.9","0.9.post1"]}]}`
	stdlib    = `{"id":"GO-1","affected":[{"package":{"ecosystem":"Go","name":"stdlib"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"1.21.9"},{"introduced":"1.22.0-0"},{"fixed":"1.22.2"}]}],"ecosystem_specific":{"imports":[{"path":"net/http","symbols":["Get"]}]}}]}`
)

func TestOSV(t *testing.T) {
	l := NewLibrary(imported(t, folder(t, qsRecord, qsAgain, withdrawn, malice, limited), folder(t, stdlib), folder(t, flask)))
	for _, tt := range []struct{ ecosystem, name, version, want string }{
		{pavise.NPM, "qz", "6.0.3", "GHSA-1<6.0.4 same 6.2.3 safe 6.2.3"},
		{pavise.NPM, "qz", "6.1.1", "GHSA-1<6.1.2 same 6.2.3 safe 6.2.3"},
		{pavise.NPM, "qz", "v1.2.3", "GHSA-1<6.0.4 same  safe 6.2.3"},
		{pavise.NPM, "qz", "6.0.4", "same 6.2.3 safe 6.2.3"},
		{pavise.NPM, "qz", "6.2.3", "same 6.2.3 safe 6.2.3"},
		{pavise.NPM, "qz", "7.0.0", ""},
		{pavise.NPM, "qz", "latest", "uncovered"},
		{pavise.NPM, "qz", "", "GHSA-1?<6.0.4 same  safe 6.2.3"}, // any version
		{pavise.NPM, "qz", " ^6.0.0", "GHSA-1?<6.0.4 same 6.2.3 safe 6.2.3"},
		{pavise.NPM, "qz", " 6.1.0 || 6.2.x <6.2.3", "GHSA-1<6.1.2 same 6.2.3 safe 6.2.3"},
		{pavise.NPM, "qz", " ^7.0.0", ""},
		{pavise.NPM, "qz", " git+ssh://x", "uncovered"},
		{pavise.NPM, "JSONStreem", "1.0.0", "MAL-1"},
		{pavise.NPM, "jsonstreem", "1.0.0", ""},
		{pavise.NPM, "limited", "1.9.9", "GHSA-3"},
		{pavise.NPM, "limited", "2.0.0", ""},
		{pavise.GoModules, "stdlib", "1.22.1", "GO-1<1.22.2 same 1.22.2 safe 1.22.2"},
		{pavise.GoModules, "stdlib", "go1.22rc1", "GO-1<1.22.2 same 1.22.2 safe 1.22.2"},
		{pavise.GoModules, "stdlib", "v1.21.9", "same 1.22.2 safe 1.22.2"},
		{pavise.RubyGems, "rack", "1.0", "uncovered"},
		{pavise.PyPI, "flask.login", "1.0rc1", "PYSEC-1<1.0rc2 same 1.0rc2 safe 1.0rc2"},
		{pavise.PyPI, "Flask-Login", "1.0", ""},
		{pavise.PyPI, "flask_login", " >=0.9,<1", "PYSEC-1<1.0rc2 same  safe 1.0rc2"},
	} {
		if got := said(t, l, tt.ecosystem, tt.name, tt.version); got != tt.want {
			t.Errorf("%s %s: %q, want %q", tt.name, tt.version, got, tt.want)
		}
	}
	n, _ := l.Known(pavise.Known{Ecosystem: pavise.NPM, Name: "qz", Version: "6.1.1"})
	if one := n.List[0]; strings.Join(one.Aliases, " ") != "CVE-1 NSWG-1" || one.Severity != pavise.High || one.CVSS == "" || one.CWE[0] != "CWE-1321" ||
		one.Published.Year() != 2024 || one.Source != "https://github.com/advisories/GHSA-1" || n.From != "OSV npm" || n.Dated.Format(time.DateOnly) != "2024-01-02" {
		t.Errorf("%+v", n)
	}
	n, _ = l.Known(pavise.Known{Ecosystem: pavise.GoModules, Name: "stdlib", Version: "1.22.1"})
	if got := n.List[0].Symbols["net/http"]; len(got) != 1 || got[0] != "Get" {
		t.Errorf("%+v", n)
	}
}

// TestRealOSV: real records are read, and say of versions what they say at their source.
func TestRealOSV(t *testing.T) {
	db := imported(t, realOSV(t, "osv-go.zip"), realOSV(t, "osv-npm-nswg.zip"))
	l := NewLibrary(db)
	if s := db.Sources(); len(s) != 2 || s[0].Entries < 6000 || s[1].Entries != 459 || s[1].Dropped != 0 || s[1].Dated.Format(time.DateOnly) != "2020-07-13" {
		t.Errorf("%+v", s)
	}
	for _, tt := range []struct{ ecosystem, name, version, want string }{
		{pavise.GoModules, "golang.org/x/net", "v0.54.0", "GO-2026-5025<0.55.0 GO-2026-5026<0.55.0 GO-2026-5027<0.55.0 GO-2026-5028<0.55.0 GO-2026-5029<0.55.0 GO-2026-5030<0.55.0 GO-2026-5942<0.56.0 same 0.56.0 safe 0.56.0"},
		{pavise.NPM, "qs", "0.6.6", "NSWG-ECO-28<1.0.0 NSWG-ECO-29<1.0.0 GHSA-gqgv-6jq5-jjj9<6.0.4 GHSA-hrpp-h998-j3pp<6.2.4 GHSA-6rw7-vpxm-498p<6.14.1 same  safe 6.16.1"},
	} {
		if got := said(t, l, tt.ecosystem, tt.name, tt.version); got != tt.want {
			t.Errorf("%s %s: %q, want %q", tt.name, tt.version, got, tt.want)
		}
	}
}

// TestVector: the word of version 3 counts, then that of 4, then that of 2.
func TestVector(t *testing.T) {
	two, three, four := osvSeverity{"CVSS_V2", "two"}, osvSeverity{"CVSS_V3", "three"}, osvSeverity{"CVSS_V4", "four"}
	for want, list := range map[string][]osvSeverity{"": nil, "two": {two}, "three": {four, three, two}, "four": {two, four}} {
		if got := vector(list); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
