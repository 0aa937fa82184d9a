package examine

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pavise"
	"pavise/cmd/pavise/internal/cli"
	"pavise/report"
)

func plainSite(t *testing.T) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "<!doctype html><title>A shop</title>")
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// TestSeveralSites: each is looked at once, has a report of its own and evidence of its
// own, and the worst is what the run ends with.
func TestSeveralSites(t *testing.T) {
	t.Chdir(t.TempDir())
	first, second := plainSite(t), plainSite(t)
	write(t, "sites.txt", "# our sites\n\n"+second+"  # the second\n"+first+"\n")
	var out, said strings.Builder
	code := run([]string{"scan", first, "--targets", "sites.txt", "--save-evidence", "seen.json", "--json", "-o", "-",
		"--timeout", "20s"}, &out, &said)
	var many struct {
		Schema  string
		Reports []report.Report
	}
	if err := json.Unmarshal([]byte(out.String()), &many); err != nil {
		t.Fatalf("%v: %s", err, said.String())
	}
	if code != cli.ExitFinding || many.Schema != report.ManySchema || len(many.Reports) != 2 || many.Reports[0].Target != first || many.Reports[1].Target != second {
		t.Errorf("exit %d, %s, %d reports; %s", code, many.Schema, len(many.Reports), said.String())
	}
	files, err := filepath.Glob("seen-127.0.0.1-*.json")
	if err != nil || len(files) != 2 {
		t.Fatal(files, err)
	}

	args := []string{"scan", "-o", "all.html", "-o", "all.sarif", "-o", "all.xml", "-o", "all.md", "-o", "-"}
	for _, file := range files {
		args = append(args, "--evidence", file)
	}
	out.Reset()
	if code := run(args, &out, &said); code != cli.ExitFinding || !strings.Contains(out.String(), "\n2 sites: 2 fail, 0 unknown, 0 pass\n") {
		t.Errorf("exit %d: %s", code, out.String())
	}
	for file, begins := range map[string]string{"all.html": "<!doctype html>", "all.sarif": "{\n  \"$schema\"", "all.xml": "<?xml", "all.md": "# 2 sites"} {
		text, err := os.ReadFile(file)
		if err != nil || !strings.HasPrefix(string(text), begins) {
			t.Errorf("%s: %v, %.60q", file, err, text)
		}
	}
}

// TestSiteThatIsGone: it does not keep the others from their reports.
func TestSiteThatIsGone(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	var out, said strings.Builder
	code := run([]string{"scan", gone.URL, plainSite(t), "--timeout", "20s"}, &out, &said)
	if code != cli.ExitFinding || !strings.Contains(said.String(), "nothing answers at "+gone.URL) || !strings.Contains(out.String(), "2 sites: 1 fail, 1 unknown, 0 pass") {
		t.Errorf("exit %d: %s%s", code, said.String(), out.String())
	}
}

func TestScanMistakes(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "sites.txt", "https://a.test\n\nftp://b.test # no\n  https://c.test:0\n")
	write(t, "none.txt", "# nobody\n")
	for _, tt := range []struct{ line, said, hint string }{
		{"scan", "scan needs a URL, or a file of them", "pavise scan https://shop.example.com"},
		{"scan --targets sites.txt", `sites.txt:3: target "ftp://b.test": the scheme must be https or http` + "\n" +
			`sites.txt:4: target "https://c.test:0": the port must be 1 to 65535`, "a URL each line, such as https://shop.example.com; # begins a comment"},
		{"scan --targets none.txt", "--targets none.txt: no site in it", "a URL each line, such as https://shop.example.com"},
		{"scan --targets gone.txt", "--targets: open gone.txt: no such file or directory", "--targets FILE, with a URL each line"},
		{"scan https://a.test -o report.pdf", "--output report.pdf: no format has that ending", "--format text, or a name that ends with .txt, .json, .sarif, .xml, .md or .html"},
		{"scan https://a.test -o a.json -o a.json", "--output a.json is given twice", "-o report.html -o report.sarif"},
		{"scan https://a.test -o - -o -", "--output - is given twice", "-o report.html -o report.sarif"},
		{"scan https://a.test --json --format html", "--json and --format html say two things", "-o report.json -o report.html"},
		{"scan https://a.test --format pdf", `format must be one of text, json, sarif, junit, markdown, html, not "pdf"`, "--format html -o report.html"},
		{"scan --evidence a.json --targets sites.txt", "saved evidence knows its site: no URL goes with it", "pavise scan --evidence a.json"},
		{"scan --explain transport.hsts.maxage", `there is no rule "transport.hsts.maxage"`, "did you mean transport.hsts.max-age?"},
		{"scan --explain leaks.traces", `there is no rule "leaks.traces"`, "did you mean leaks.traces.stack?"},
		{"scan --explain nonsense", `there is no rule "nonsense"`, "pavise controls lists the controls, pavise controls ID its rules"},
		{"scan --explain a.b.c https://a.test", "--explain asks nobody: no site goes with it", "pavise scan --explain a.b.c"},
		{"scan --explain a.b.c --json", "--explain writes text to the terminal", "pavise controls CONTROL --json"},
	} {
		var said strings.Builder
		code := run(strings.Fields(tt.line), io.Discard, &said)
		error, hint, _ := strings.Cut(said.String(), "\npavise: hint: ")
		if code != cli.ExitUsage || strings.TrimPrefix(error, "pavise: error: ") != tt.said || strings.TrimSpace(hint) != tt.hint {
			t.Errorf("pavise %s: exit %d\n%s", tt.line, code, said.String())
		}
	}
	if files, _ := filepath.Glob("*.json"); files != nil {
		t.Errorf("%s is left behind", files)
	}
}

func TestExplainEveryRule(t *testing.T) {
	rules, _ := completeRules(nil, nil, "")
	for _, line := range rules {
		id, title, _ := strings.Cut(line, "\t")
		var out strings.Builder
		if code := run([]string{"scan", "--explain", id}, &out, io.Discard); code != cli.ExitClean || !strings.Contains(out.String(), id) || title == "" {
			t.Errorf("%s: exit %d: %s", id, code, out.String())
		}
	}
}

func TestSiteName(t *testing.T) {
	for origin, want := range map[string]string{"https://shop.example.com": "shop.example.com", "http://127.0.0.1:8080": "127.0.0.1-8080", "https://[::1]:8443": "1-8443"} {
		if got := siteName(origin); got != want {
			t.Errorf("%s: %s, want %s", origin, got, want)
		}
	}
	visits := []visit{{saved: &pavise.Evidence{Target: pavise.Target{URL: "https://a.test"}}}, {saved: &pavise.Evidence{Target: pavise.Target{URL: "http://a.test"}}}}
	if err := (evidenceFlags{save: filepath.Join(t.TempDir(), "e.json")}).nameEvidence(visits); err != nil || filepath.Base(visits[0].file) != "e-a.test.json" || filepath.Base(visits[1].file) != "e-a.test-2.json" {
		t.Errorf("%v: %s, %s", err, visits[0].file, visits[1].file)
	}
}

// TestAsking: there are words for every kind of probe.
func TestAsking(t *testing.T) {
	kinds := reflect.TypeFor[pavise.Probe]()
	for i := range kinds.NumField() {
		var p pavise.Probe
		field := reflect.ValueOf(&p).Elem().Field(i)
		field.Set(reflect.New(field.Type().Elem()))
		if p.Journey != nil {
			p.Journey.Title = "logging in"
		}
		if asking(p) == "" {
			t.Errorf("nothing is said of %s", kinds.Field(i).Name)
		}
	}
	if got := asking(pavise.Ask(pavise.Request{URL: "https://a.test/x?y=1"})); got != "GET /x?y=1" {
		t.Error(got)
	}
	if got := report.Fit(fmt.Sprintf("%s\x1b[2J", strings.Repeat("x", 100)), 20); got != strings.Repeat("x", 20) {
		t.Errorf("%q", got)
	}
}

// TestWrongScheme: a page that only says that TLS is meant is no page to judge.
func TestWrongScheme(t *testing.T) {
	s := httptest.NewTLSServer(http.NotFoundHandler())
	defer s.Close()
	meant := s.URL
	typed := "http://" + strings.TrimPrefix(meant, "https://")
	var out, said strings.Builder
	if code := run([]string{"scan", typed, "--timeout", "20s"}, &out, &said); code != cli.ExitUsage || out.Len() > 0 {
		t.Errorf("exit %d: %s", code, out.String())
	}
	want := "pavise: error: " + typed + " speaks https, and not plain http\npavise: hint: pavise scan " + meant + "\n"
	if !strings.Contains(said.String(), want) {
		t.Errorf("%s, want %s", said.String(), want)
	}
}
