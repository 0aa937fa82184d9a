package examine

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pavise/cmd/pavise/internal/cli"
	"pavise/report"
)

// besideAll is a folder to work in, without a database of anybody's.
func besideAll(t *testing.T) (fixtures string) {
	t.Helper()
	fixtures, err := filepath.Abs("../../../../catalog/testdata/ondisk/project")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"} {
		t.Setenv(name, filepath.Join(dir, "home"))
	}
	return fixtures
}

func typed(line string) (code int, out, said string) {
	var o, e strings.Builder
	code = run(strings.Fields(line), &o, &e)
	return code, o.String(), e.String()
}

// TestAuditMistakes: what a newcomer gets wrong is named, with what to type.
func TestAuditMistakes(t *testing.T) {
	besideAll(t)
	write(t, "site.json", `{"schema": "pavise.evidence/1", "target": {"url": "https://shop.test"}, "answers": [{"probe": {"lookup": {"name": "a", "type": "A"}}}]}`)
	if err := os.MkdirAll("bad", 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, "bad/package.json", "{}")
	write(t, "bad/pavise.audit.yaml", "accept:\n  - {rule: project.dependencies.hihg, reason: x, owner: Ada, until: 2027-01-01}\n  - {rule: project.framework.supported, advisory: CVE-1, reason: x, owner: Ada, until: 2027-01-01}\n")
	for _, dir := range []string{"mono/packages/web", "empty"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, "mono/package-lock.json", "{}")
	write(t, "mono/packages/web/package.json", `{"name": "web", "dependencies": {"a": "^1"}}`)
	write(t, "bad.vex", `{"statements": []}`)
	for _, tt := range []struct {
		line string
		code int
		said []string
	}{
		{"audit nope", 2, []string{"there is no folder nope", "pavise audit DIR"}},
		{"audit empty", 1, []string{"there is no lockfile, no manifest and no source that Pavise reads", "pavise audit --host looks at the machine"}},
		{"audit a b", 2, []string{"accepts at most 1 arg", "hint: pavise audit [DIR] [flags]"}},
		{"audit bad/package.json", 2, []string{"bad/package.json is a file, and not a folder", "hint: pavise audit bad"}},
		{"audit mono/packages/web", 3, []string{"a package-lock.json in ", "pavise audit ", "mono"}},
		{"sbom bad/package.json", 2, []string{"bad/package.json is a file, and not a folder", "hint: pavise sbom bad"}},
		{"audit --fail-on pci", 2, []string{"--fail-on pci is of a scan", "pavise scan URL --fail-on pci"}},
		{"audit --min-grade labs:A", 2, []string{"labs grades sites, and not what is on disk", "--min-grade B"}},
		{"audit --evidence site.json", 2, []string{"is of a site, and not of what is on disk"}},
		{"audit bad --evidence site.json", 2, []string{"--evidence reads nothing else"}},
		{"audit bad", 2, []string{"pavise.audit.yaml:2:", `did you mean "project.dependencies.high"?`, "pavise.audit.yaml:3:", "project.framework.supported is about no advisory"}},
		{"audit bad --vex nope", 2, []string{"--vex: there is no file nope"}},
		{"audit bad --vex bad.vex", 2, []string{"bad.vex: statements: one to"}},
		{"audit --explain project.dependencies.hihg", 2, []string{"did you mean project.dependencies.high?"}},
		{"audit bad --explain project.dependencies.high", 2, []string{"--explain asks nobody"}},
		{"sbom nope", 2, []string{"there is no folder nope"}},
		{"sbom empty", 1, []string{"there is no lockfile and no manifest"}},
		{"sbom bad --format xml", 2, []string{`format must be cyclonedx or spdx, not "xml"`}},
	} {
		code, _, said := typed(tt.line)
		for _, want := range tt.said {
			if code != tt.code || !strings.Contains(said, want) {
				t.Errorf("pavise %s: exit %d, want %d and %q\n%s", tt.line, code, tt.code, want, said)
			}
		}
	}
	t.Setenv("SOURCE_DATE_EPOCH", "yesterday")
	if code, _, said := typed("sbom bad"); code != 2 || !strings.Contains(said, "SOURCE_DATE_EPOCH must be seconds") {
		t.Errorf("exit %d: %s", code, said)
	}
}

// TestAudit: a project is judged, saved, judged again from what was saved with the same
// result, and compared with before.
func TestAudit(t *testing.T) {
	careless := filepath.Join(besideAll(t), "deps-careless")
	code, out, said := typed("audit " + careless + " --save-evidence e.json -o old.json -o audit.html -o -")
	if code != cli.ExitFinding || !strings.Contains(out, "express 3.21.2 gets no more fixes") {
		t.Fatalf("exit %d\n%s%s", code, out, said)
	}
	code, again, _ := typed("audit --evidence e.json")
	if code != cli.ExitFinding || findings(again) != findings(out) {
		t.Errorf("exit %d: judged again it is\n%s", code, again)
	}
	if code, _, said = typed("audit " + careless + " --baseline old.json --fail-on new"); code != cli.ExitFailed {
		t.Errorf("exit %d: nothing is new, and what could not be looked at is not known\n%s", code, said)
	}
	if code, _, said = typed("audit " + careless + " --fail-on critical"); code != cli.ExitFailed {
		t.Errorf("exit %d: with facts alone nobody knows whether something is critical\n%s", code, said)
	}
}

// findings is a text without the line that tells how long it took.
func findings(text string) string {
	lines := strings.SplitN(text, "\n", 3)
	return lines[len(lines)-1]
}

// TestAuditAccept: what the folder's own file accepts does not count, by whatever path the
// folder is named.
func TestAuditAccept(t *testing.T) {
	fixtures := besideAll(t)
	if err := os.CopyFS("shop", os.DirFS(filepath.Join(fixtures, "deps-careless"))); err != nil {
		t.Fatal(err)
	}
	write(t, "shop/pavise.audit.yaml", "accept:\n- {rule: project.framework.supported, place: \"*express\", reason: it moves in spring, owner: Ada, until: 2999-01-01}\n")
	write(t, "more.yaml", "- {rule: project.framework.archived, reason: it goes with express, owner: Ada, until: 2999-01-01}\n- {rule: headers.nosniff.present, reason: of a scan, owner: Ada, until: 2999-01-01}\n")
	_, out, said := typed("audit shop --accept more.yaml --json")
	var r report.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err, said)
	}
	accepted := map[string]bool{}
	for _, f := range r.Findings {
		accepted[f.Rule] = accepted[f.Rule] || f.Accepted != nil
	}
	if !accepted["project.framework.supported"] || !accepted["project.framework.archived"] || len(r.Unused) != 0 {
		t.Errorf("%v, unused %q", accepted, r.Unused)
	}
}

// TestAuditProduction: what is for development alone is left out, and that is said.
func TestAuditProduction(t *testing.T) {
	careful := filepath.Join(besideAll(t), "deps-careful")
	_, all, _ := typed("audit " + careful)
	_, some, _ := typed("audit --production " + careful)
	if !strings.Contains(all, "3 packages") || !strings.Contains(some, "2 packages") || !strings.Contains(some, "1 package that is for development alone") {
		t.Errorf("%s\n%s", all, some)
	}
}

// TestAuditHelp: the rules of what is on disk are explained as those of a site.
func TestAuditHelp(t *testing.T) {
	besideAll(t)
	if code, out, _ := typed("audit --explain project.dependencies.critical"); code != cli.ExitClean || !strings.Contains(out, "PCI DSS 4.0.1 6.3.3") {
		t.Errorf("exit %d\n%s", code, out)
	}
}

// TestVEX: what is stated of a flaw is heeded, and stated again.
func TestVEX(t *testing.T) {
	fixtures := besideAll(t)
	write(t, "flaw.json", `{"id": "GHSA-made-0000-0002", "aliases": ["CVE-2026-9999"], "modified": "2026-11-01T00:00:00Z", "summary": "made for a test",
"severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}],
"affected": [{"package": {"ecosystem": "npm", "name": "made-high"}, "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.2.5"}]}]}]}`)
	write(t, "stated.json", `{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://shop.test/vex/1", "author": "Ada", "timestamp": "2026-11-02T00:00:00Z", "version": 1,
"statements": [{"vulnerability": {"name": "CVE-2026-9999"}, "products": [{"@id": "pkg:npm/made-high@1.2.0"}], "status": "not_affected", "justification": "vulnerable_code_not_in_execute_path"}]}`)
	if code, _, said := typed("db import flaw.json --db flaws.db"); code != cli.ExitClean {
		t.Fatal(said)
	}
	line := "audit " + filepath.Join(fixtures, "deps-careless") + " --db flaws.db"
	if _, out, _ := typed(line); !strings.Contains(out, "made-high 1.2.0 → ") {
		t.Fatal(out)
	}
	_, out, said := typed(line + " --vex stated.json --write-vex out.json")
	if strings.Contains(out, "made-high 1.2.0 → ") || !strings.Contains(out, "vulnerable_code_not_in_execute_path (Ada)") {
		t.Errorf("%s%s", out, said)
	}
	data, err := os.ReadFile("out.json")
	if err != nil || !strings.Contains(string(data), `"status": "not_affected"`) || !strings.Contains(string(data), "pkg:npm/made-high@1.2.0") {
		t.Errorf("%v\n%s", err, data)
	}
	if _, out, _ = typed(line + " --vex out.json"); !strings.Contains(out, "vulnerable_code_not_in_execute_path") {
		t.Errorf("what was stated is not heeded: %s", out)
	}
}

// TestSBOM: a bill names the app, and is the same again.
func TestSBOM(t *testing.T) {
	careful := filepath.Join(besideAll(t), "deps-careful")
	t.Setenv("SOURCE_DATE_EPOCH", "1774000000")
	_, a, _ := typed("sbom " + careful)
	code, b, said := typed("sbom " + careful)
	if code != cli.ExitClean || a != b || !strings.Contains(a, `"timestamp": "2026-03-20T09:46:40Z"`) || !strings.Contains(a, "pkg:npm/express@5.1.0") {
		t.Errorf("exit %d %s\n%s", code, said, a)
	}
	if code = run([]string{"sbom", careful, "--format", "spdx", "-o", "bill.json"}, io.Discard, io.Discard); code != cli.ExitClean {
		t.Errorf("exit %d", code)
	}
	if data, err := os.ReadFile("bill.json"); err != nil || !strings.Contains(string(data), "SPDX-2.3") {
		t.Error(err)
	}
}
