package catalog_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"

	"pavise"
	"pavise/catalog"
	"pavise/internal/authority"
	"pavise/scan"
	"pavise/test/tools"
)

// TestProofsRunNothingElse: whatever a site calls itself, its name servers and its
// addresses, the shell runs what the line of a proof names, and nothing of theirs.
func TestProofsRunNothingElse(t *testing.T) {
	local, err := authority.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	bash := tools.Need(t, "bash")
	lines := 0
	for _, start := range []func(*testing.T, *authority.Authority) scan.Options{weakShop, weakPages, badNetwork, badChains, oldServer, carelessClub} {
		opt := start(t, local)
		opt.Target.Agreed = "the fixture is ours"
		e := scan.Collect(context.Background(), opt, catalog.Controls())
		for name, evil := range map[string]string{"a command": `$(\u003eran)x`, "a quote": `'$(\u003eran)'x`, "two lines": `x\n\u003eran\n`, "a {n} beyond ASCII": `é{n}'$(\u003eran)`} {
			poisoned := poison(t, e, evil)
			dir := t.TempDir()
			tried := map[string]bool{}
			for _, c := range catalog.Controls() {
				checker, ok := c.(pavise.Checker)
				if !ok {
					continue
				}
				for _, f := range checker.Check(poisoned) {
					if f.Proof.Command == "" || tried[f.Proof.Command] {
						continue
					}
					tried[f.Proof.Command] = true
					lines++
					run := exec.Command(bash, "-c", f.Proof.Command)
					run.Dir, run.Env = dir, []string{"PATH=" + dir} // where there is nothing to run
					run.Run()                                       // it cannot do well
					if ran, _ := filepath.Glob(dir + "/*ran*"); ran != nil {
						t.Fatalf("%s: %s runs what the site says:\n%s", name, f.Rule, f.Proof.Command)
					}
				}
			}
		}
	}
	if lines < 500 {
		t.Errorf("only %d lines were tried", lines)
	}
}

// poison is evidence of a site whose hosts, paths and queries bear a text.
func poison(t *testing.T, e *pavise.Evidence, evil string) *pavise.Evidence {
	saved, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"127.0.0.1", "localhost", "example.", "ns1", "login", "id=", "nobody"} {
		saved = bytes.ReplaceAll(saved, []byte(word), []byte(word+evil))
	}
	var out pavise.Evidence
	if err := json.Unmarshal(saved, &out); err != nil {
		t.Fatal(err)
	}
	return &out
}
