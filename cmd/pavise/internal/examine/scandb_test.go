package examine

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"pavise/cmd/pavise/internal/cli"
)

// TestScanUsesTheDatabase: what pavise db has brought a scan judges by, and what it
// says is in the evidence.
func TestScanUsesTheDatabase(t *testing.T) {
	dir := t.TempDir()
	file, libraries := filepath.Join(dir, "a.db"), filepath.Join(dir, "libraries.json")
	write(t, libraries, `{"lib": {"vulnerabilities": [{"below": "2.0", "severity": "high", "identifiers": {"CVE": ["CVE-2020-1"]}}],
"extractors": {"filename": ["lib-(§§version§§)\\.js"]}}}`)
	if code, said := told("db", "import", libraries, "--db", file); code != cli.ExitClean {
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
	if code, said := told("scan", "https://127.0.0.1:1", "--db", filepath.Join(dir, "none")); code != cli.ExitUsage || !strings.Contains(said, "pavise db update --db") {
		t.Errorf("%d %s", code, said)
	}
}
