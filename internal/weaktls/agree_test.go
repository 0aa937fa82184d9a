package weaktls

import (
	"cmp"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// lack skips a test for want of something; where PAVISE_TEST_NO_SKIP is 1 it fails.
func lack(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("PAVISE_TEST_NO_SKIP") == "1" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// all is a server with every flaw at once.
func all() Config {
	return Config{
		Versions: []uint16{SSL2, SSL3, TLS10, TLS11, TLS12}, Suites: Suites(), SSL2: []uint32{0x020080, 0x010080, 0x0700c0},
		ClientRenegotiation: true, Compression: true, Tickets: true,
		Heartbeat: true, Heartbleed: true, CCS: true, ROBOT: true, Ticketbleed: true,
	}
}

// testssl asks testssl.sh for its verdicts: severity by id.
func testssl(t *testing.T, address string, checks ...string) map[string]string {
	t.Helper()
	if _, err := exec.LookPath("testssl"); err != nil {
		lack(t, "testssl is missing (Debian: testssl.sh)")
	}
	file := filepath.Join(t.TempDir(), "found.json")
	args := append([]string{"--quiet", "--color", "0", "--warnings", "batch", "--ip", "one", "--nodns", "min",
		"--assume-http", "--jsonfile", file}, checks...)
	began := time.Now()
	c := exec.Command("testssl", append(args, address)...)
	c.WaitDelay = time.Minute
	out, err := c.CombinedOutput()
	text, readErr := os.ReadFile(file)
	if readErr != nil {
		t.Fatalf("%v %v %s", err, readErr, out)
	}
	var list []struct{ ID, Severity, Finding string }
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatalf("%v %s", err, text)
	}
	found := map[string]string{}
	for _, f := range list {
		found[f.ID] = f.Severity
		t.Logf("%s: %s %s", f.ID, f.Severity, f.Finding)
	}
	t.Logf("%v took %s", checks, time.Since(began).Round(time.Second))
	return found
}

func TestTestsslFindsTheFlaws(t *testing.T) {
	testssl(t, serve(t, all()), strings.Fields(cmp.Or(os.Getenv("CHECKS"), "-H -I -T -BB -R -C -W -F -J -D -A -L -4 -O"))...)
}
