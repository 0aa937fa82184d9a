package catalog_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pavise"
	"pavise/audit"
	"pavise/catalog"
	"pavise/internal/authority"
	"pavise/scan"
	"pavise/test/tools"
)

// evils are texts that would have a shell make a file, as JSON writes them.
var evils = map[string]string{"a command": `$(\u003eran)x`, "a quote": `'$(\u003eran)'x`, "two lines": `x\n\u003eran\n`, "a {n} beyond ASCII": `é{n}'$(\u003eran)`}

// TestProofsRunNothingElse: whatever a site calls itself, its name servers and its
// addresses, the shell runs what the line of a proof names, and nothing of theirs.
func TestProofsRunNothingElse(t *testing.T) {
	local, err := authority.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	for _, start := range []func(*testing.T, *authority.Authority) scan.Options{weakShop, weakPages, badNetwork, badChains, oldServer, carelessClub} {
		opt := start(t, local)
		opt.Target.Agreed = "the fixture is ours"
		e := scan.Collect(context.Background(), opt, catalog.Controls())
		lines += runNothing(t, e, catalog.Controls(), "127.0.0.1", "localhost", "example.", "ns1", "login", "id=", "nobody")
	}
	if lines < 500 {
		t.Errorf("only %d lines were tried", lines)
	}
}

// TestProofsOnDiskRunNothingElse: nor is it run what files, folders and services are called.
func TestProofsOnDiskRunNothingElse(t *testing.T) {
	lines := 0
	made := madeLibrary(t)
	for _, at := range []string{"project/express-careless", "project/go-careless", "project/lockfile-careless", "project/secrets-careless", "project/deps-careless",
		"host/nginx-careless", "host/apache-careless", "host/postfix-careless", "host/ssh-careless", "host/unit-careless", "host/listeners-careless",
		"host/files-careless", "host/certificates-careless", "host/updates-waiting", "host/support-ended"} {
		opt := audit.Options{Known: made.Known, Taken: taken}
		if folder := asOnDisk(t, filepath.Join("testdata/ondisk", at)); strings.HasPrefix(at, "host/") {
			opt.Host = folder
		} else {
			opt.Dir = folder
		}
		e, err := audit.Collect(t.Context(), opt, catalog.OnDisk())
		if err != nil {
			t.Fatal(err)
		}
		lines += runNothing(t, e, catalog.OnDisk(), ".js", ".go", ".conf", ".cf", ".env", ".pem", ".service", "/etc", "/var", "/srv", "sshd", "nodejs", "openssl", "redis", "node_modules")
	}
	if lines < 200 {
		t.Errorf("only %d lines were tried", lines)
	}
}

// runNothing runs the lines of all proofs where these words bear an evil text, and returns
// how many there were.
func runNothing(t *testing.T, e *pavise.Evidence, controls []pavise.Control, words ...string) (lines int) {
	t.Helper()
	bash := tools.Need(t, "bash")
	for name, evil := range evils {
		poisoned := poison(t, e, evil, words)
		dir := t.TempDir()
		tried := map[string]bool{}
		for _, f := range pavise.Judge(controls, poisoned) {
			commands := []string{f.Proof.Command}
			for _, other := range f.Also {
				commands = append(commands, other.Command)
			}
			for _, command := range commands {
				if command == "" || tried[command] {
					continue
				}
				tried[command] = true
				lines++
				run := exec.Command(bash, "-c", command)
				run.Dir, run.Env = dir, []string{"PATH=" + dir} // where there is nothing to run
				run.Run()                                       // it cannot do well
				if ran, _ := filepath.Glob(dir + "/*ran*"); ran != nil {
					t.Fatalf("%s: %s runs what it is told of:\n%s", name, f.Rule, command)
				}
			}
		}
	}
	return lines
}

// poison is evidence in which these words bear a text.
func poison(t *testing.T, e *pavise.Evidence, evil string, words []string) *pavise.Evidence {
	saved, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range words {
		saved = bytes.ReplaceAll(saved, []byte(word), []byte(word+evil))
	}
	var out pavise.Evidence
	if err := json.Unmarshal(saved, &out); err != nil {
		t.Fatal(err)
	}
	return &out
}
