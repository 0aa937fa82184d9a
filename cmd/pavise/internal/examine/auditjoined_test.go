package examine

import (
	"encoding/json"
	"encoding/pem"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pavise/cmd/pavise/internal/cli"
	"pavise/report"
)

// TestAuditJoined: one report tells of source and site, the same from what was saved, and
// of a machine that was saved before; a scan of that evidence tells of the site alone.
func TestAuditJoined(t *testing.T) {
	project := filepath.Join(besideAll(t), "joined-careless")
	shop := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "<!doctype html><title>Shop</title>")
	}))
	shop.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	shop.StartTLS()
	defer shop.Close()
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: shop.Certificate().Raw})
	if err := os.WriteFile("ca.pem", authority, 0o600); err != nil {
		t.Fatal(err)
	}
	reach := " --joined " + shop.URL + " --ca ca.pem --resolver none --ports none --depth 1 "
	code, out, said := typed("audit " + project + reach + "--save-evidence e.json -o now.json -o now.html -o now.sarif -o -")
	for _, want := range []string{"joined-careless at " + shop.URL, "JOINED", "joined.cookies.arrive", "app.js:7", "SOURCE", "HEADERS", "1 source file", "request"} {
		if code != cli.ExitFinding || !strings.Contains(out, want) {
			t.Fatalf("exit %d, without %q\n%s%s", code, want, out, said)
		}
	}
	r := reportIn(t, "now.json")
	if r.Profile != report.Joined || r.PCI != nil || r.Grades.Observatory == nil || len(r.Inventory.Certificates) == 0 || len(r.Inventory.Manifests) == 0 {
		t.Errorf("profile %s, %+v", r.Profile, r.Inventory)
	}
	if code, again, said := typed("audit --evidence e.json"); code != cli.ExitFinding || fromGrading(again) != fromGrading(out) {
		t.Errorf("exit %d: judged again it is\n%s%s", code, again, said)
	}
	if _, site, _ := typed("scan --evidence e.json"); strings.Contains(site, "app.js") || strings.Contains(site, "source file") || strings.Contains(site, "JOINED") || !strings.Contains(site, "headers.") {
		t.Errorf("a scan tells\n%s", site)
	}
	typed("audit " + project + " --save-evidence disk.json")
	if code, out, said = typed("audit --evidence disk.json" + reach + "-o later.json"); code != cli.ExitFinding {
		t.Fatalf("exit %d\n%s%s", code, out, said)
	}
	if later := reportIn(t, "later.json"); later.Counts != r.Counts || later.Target != r.Target {
		t.Errorf("%s %+v, want %s %+v", later.Target, later.Counts, r.Target, r.Counts)
	}
	for line, want := range map[string]string{
		"audit --ca ca.pem":                                  "--ca is of a site: --joined names it",
		"audit --joined ftp://a":                             "the scheme must be https or http",
		"audit --joined https://a --fail-on pci":             "--fail-on pci is of a scan",
		"audit --joined https://a --fix":                     "--fix mends what is on disk",
		"audit --evidence e.json --joined https://a":         "has a site of its own",
		"scan --evidence disk.json":                          "is of what is on disk, and not of a site",
		"audit " + project + " --joined https://a --ports x": "--ports takes top, all, none or a list",
	} {
		if code, _, said := typed(line); code != cli.ExitUsage || !strings.Contains(said, want) {
			t.Errorf("pavise %s: exit %d, want %q\n%s", line, code, want, said)
		}
	}
	shop.Close()
	if code, _, said := typed("audit " + project + reach); code != cli.ExitFailed || !strings.Contains(said, "nothing answers at "+shop.URL) {
		t.Errorf("exit %d\n%s", code, said)
	}
}

// fromGrading is a text without the lines that tell what it took.
func fromGrading(text string) string {
	_, rest, _ := strings.Cut(text, "Graded by")
	return rest
}

func reportIn(t *testing.T, file string) (r report.Report) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(data, &r)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}
