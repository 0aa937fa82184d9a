package examine

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/catalog"
	"pavise/cmd/pavise/internal/cli"
	"pavise/internal/weakshop"
	"pavise/report"
	"pavise/scan"
)

// weakEvidence is what a scan of the weak shop learns, saved to a file.
func weakEvidence(t *testing.T, file string) {
	t.Helper()
	shop, err := weakshop.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer shop.Close()
	e := scan.Collect(context.Background(), scan.Options{Target: shop.Target(), Timeout: time.Minute}, catalog.Controls())
	if err := saveEvidence(file, e); err != nil {
		t.Fatal(err)
	}
}

// scanned runs pavise scan and reads the report that it writes.
func scanned(t *testing.T, line string) (code int, r *report.Report) {
	t.Helper()
	var out, said strings.Builder
	code = run(append(strings.Fields(line), "--format", "json"), &out, &said)
	if out.Len() == 0 {
		t.Fatalf("%s: exit %d\n%s", line, code, said.String())
	}
	r = new(report.Report)
	if err := json.Unmarshal([]byte(out.String()), r); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return code, r
}

func TestJudgeTheWeakShop(t *testing.T) {
	t.Chdir(t.TempDir())
	weakEvidence(t, "evidence.json")
	code, whole := scanned(t, "scan --evidence evidence.json")
	if code != cli.ExitFinding || whole.Profile != report.Web || whole.Grade != "F" || whole.PCI.Verdict != pavise.Fail {
		t.Errorf("web: exit %d, %s, grade %s", code, whole.Profile, whole.Grade)
	}
	if o := whole.Grades.Observatory; o == nil || o.Grade != "F" {
		t.Errorf("observatory: %+v", o)
	}
	code, pci := scanned(t, "scan --evidence evidence.json --profile pci")
	if code != cli.ExitFinding || len(pci.PCI.Vulnerabilities) == 0 || len(pci.PCI.Ports) == 0 || len(pci.PCI.Why) == 0 {
		t.Errorf("pci: exit %d, %+v", code, pci.PCI)
	}
	_, tls := scanned(t, "scan --evidence evidence.json --profile tls")
	for _, f := range tls.Findings {
		if !strings.HasPrefix(f.Rule, "transport.") || f.Control == "transport.hsts" {
			t.Errorf("tls judges %s", f.Rule)
		}
	}
	if tls.PCI != nil || len(tls.Findings) == 0 {
		t.Errorf("tls: %d findings, %v", len(tls.Findings), tls.PCI)
	}

	write(t, "old.json", asJSON(t, whole))
	write(t, "accept.yaml", "- {rule: headers.nosniff.present, reason: known, owner: Ada, until: 2999-12-31}\n"+
		"- {rule: headers.csp.present, reason: once, owner: Ada, until: 2001-01-01}\n")
	code, compared := scanned(t, "scan --evidence evidence.json --baseline old.json --fail-on new")
	if code != cli.ExitClean || compared.Baseline == nil || compared.Baseline.New != 0 || compared.Baseline.Same == 0 {
		t.Errorf("nothing new: exit %d, %+v", code, compared.Baseline)
	}
	_, accepted := scanned(t, "scan --evidence evidence.json --accept accept.yaml")
	if accepted.Counts.Accepted != 1 || accepted.Counts.Fail != whole.Counts.Fail-1 {
		t.Errorf("accepted %+v of %+v", accepted.Counts, whole.Counts)
	}
	for line, want := range map[string]int{
		"--fail-on critical": cli.ExitFinding, "--fail-on pci": cli.ExitFinding, "--min-grade F --fail-on pci": cli.ExitFinding,
		"--profile headers --fail-on critical": cli.ExitClean, "--profile headers --fail-on low": cli.ExitFinding,
		"--profile headers --fail-on critical --min-grade A":              cli.ExitFinding,
		"--profile headers --fail-on critical --min-grade observatory:F":  cli.ExitClean,
		"--profile headers --fail-on critical --min-grade observatory:A-": cli.ExitFinding,
	} {
		if code, _ := scanned(t, "scan --evidence evidence.json "+line); code != want {
			t.Errorf("%s: exit %d, want %d", line, code, want)
		}
	}
}

func asJSON(t *testing.T, r *report.Report) string {
	t.Helper()
	var b strings.Builder
	if err := r.JSON(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestAcceptInTheConfiguration: what stands under a site is for that site.
func TestAcceptInTheConfiguration(t *testing.T) {
	t.Chdir(t.TempDir())
	weakEvidence(t, "evidence.json")
	e, err := loadEvidence("evidence.json")
	if err != nil {
		t.Fatal(err)
	}
	write(t, "pavise.yaml", `sites:
  - hosts: [`+e.Target.Host()+`]
    to: 3000
    accept:
      - {rule: headers.nosniff.present, reason: known, owner: Ada, until: 2999-12-31}
      - {rule: transport.redirect.permanent, place: /nowhere, reason: known, owner: Ada, until: 2999-12-31}
`)
	_, r := scanned(t, "scan --evidence evidence.json --config pavise.yaml")
	if r.Counts.Accepted != 1 || len(r.Unused) != 1 || !strings.HasPrefix(r.Unused[0], "pavise.yaml:6: ") {
		t.Errorf("%+v, unused %q", r.Counts, r.Unused)
	}
}

// TestJudgeMistakes: each is named before anybody is asked.
func TestJudgeMistakes(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "old.json", `{"schema": "pavise.report/1", "target": "https://other.test", "findings": []}`)
	write(t, "older.json", `{"schema": "pavise.report/0"}`)
	write(t, "page.html", "<html>")
	write(t, "accept.yaml", "- {rule: headers.nosnif.present, reason: known, owner: Ada, until: 2027-06-30}\n")
	for _, tt := range []struct{ line, said, hint string }{
		{"--profile asv", `--profile must be web, pci, tls, headers, not "asv"`, "--profile pci"},
		{"--fail-on severe", `--fail-on: it is made of info, low, medium, high, critical, pci and new, not "severe"`, "--fail-on high, --fail-on high,new or --fail-on pci"},
		{"--fail-on new", "--fail-on new needs a report to compare with", "--baseline old.json --fail-on new"},
		{"--profile tls --fail-on pci", "--profile tls asks for less than a PCI scan", "--profile pci --fail-on pci"},
		{"--min-grade E", `--min-grade: house has the grades A, B, C, D, F, not "E"`, "--min-grade B or --min-grade observatory:B+"},
		{"--min-grade mozilla:A", `--min-grade: there is no grader "mozilla"; there are house, observatory and labs`, "--min-grade B or --min-grade observatory:B+"},
		{"--baseline none.json", "--baseline: there is no file none.json", "pavise scan URL -o old.json"},
		{"--baseline page.html", "--baseline page.html is no saved report", "pavise scan URL -o old.json"},
		{"--baseline older.json", `--baseline older.json: report: schema must be "pavise.report/1", not "pavise.report/0"`, "pavise scan URL -o old.json"},
		{"--baseline old.json", "--baseline: it is of https://other.test, and not of https://127.0.0.1:1", "pavise scan https://127.0.0.1:1 -o old.json"},
		{"--accept accept.yaml", `accept.yaml:1:10: accept: unknown rule "headers.nosnif.present" (did you mean "headers.nosniff.present"?)`, "a list of {rule: …, reason: …, owner: …, until: …}"},
		{"--accept none.yaml", "--accept: open none.yaml: no such file or directory", "a list of {rule: …, reason: …, owner: …, until: …}"},
	} {
		var said strings.Builder
		code := run(append([]string{"scan", "https://127.0.0.1:1"}, strings.Fields(tt.line)...), io.Discard, &said)
		error, hint, _ := strings.Cut(said.String(), "\npavise: hint: ")
		if code != cli.ExitUsage || !strings.HasSuffix(error, tt.said) || strings.TrimSpace(hint) != tt.hint {
			t.Errorf("%s: exit %d\n%s", tt.line, code, said.String())
		}
	}
	if _, err := os.Stat("pavise.yaml"); err == nil {
		t.Error("something was written")
	}
}
