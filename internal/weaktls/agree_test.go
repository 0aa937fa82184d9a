package weaktls

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// need skips a test for want of a command; where PAVISE_TEST_NO_SKIP is 1 it fails.
func need(t *testing.T, command, debian string) {
	t.Helper()
	if _, err := exec.LookPath(command); err == nil {
		return
	}
	if os.Getenv("PAVISE_TEST_NO_SKIP") == "1" {
		t.Fatalf("%s is missing: run .ci/deps, or apt-get install %s", command, debian)
	}
	t.Skipf("%s is missing: run .ci/deps, or apt-get install %s", command, debian)
}

// everything is a server with every flaw at once, but that OpenSSL of today can speak
// with it.
func everything() Config {
	return Config{
		Versions: []uint16{SSL2, SSL3, TLS10, TLS11, TLS12}, Suites: Suites(), SSL2: []uint32{0x020080, 0x010080, 0x0700c0},
		ClientRenegotiation: true, Compression: true, Tickets: true,
		Heartbeat: true, Heartbleed: true, CCS: true, ROBOT: true, Ticketbleed: true, Padding: Zombie,
	}
}

// testssl asks testssl.sh for some of its verdicts: severity and text by id.
func testssl(t *testing.T, address string, checks ...string) map[string]string {
	t.Helper()
	need(t, "testssl", "testssl.sh")
	file := filepath.Join(t.TempDir(), "found.json")
	c := exec.CommandContext(t.Context(), "testssl", append(append([]string{"--quiet", "--color", "0", "--warnings", "batch",
		"--ip", "one", "--nodns", "min", "--assume-http", "--jsonfile", file}, checks...), address)...)
	c.WaitDelay = time.Minute
	out, _ := c.CombinedOutput() // it exits with the number of its findings
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v %s", err, out)
	}
	var list []struct{ ID, Severity, Finding string }
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatalf("%v %s", err, text)
	}
	found := map[string]string{}
	for _, f := range list {
		found[f.ID] = f.Severity + " " + f.Finding
	}
	return found
}

// TestTestsslFindsTheFlaws: what our own client finds here another finds too, so that
// client and server do not share a mistake. What takes it longer, make agree asks.
func TestTestsslFindsTheFlaws(t *testing.T) {
	t.Parallel()
	found := testssl(t, serve(t, everything()), "-H", "-I", "-BB", "-C", "-O", "-D", "-F", "-J")
	for _, id := range []string{"heartbleed", "CCS", "ROBOT", "CRIME_TLS", "POODLE_SSL", "DROWN", "FREAK", "LOGJAM"} {
		if severity, text, _ := strings.Cut(found[id], " "); severity != "CRITICAL" && severity != "HIGH" || !strings.HasPrefix(text, "VULNERABLE") {
			t.Errorf("%s: %q", id, found[id])
		}
	}
	if found["LOGJAM-common_primes"] != "HIGH RFC2409/Oakley Group 2" {
		t.Errorf("LOGJAM-common_primes: %q", found["LOGJAM-common_primes"])
	}
}

// TestTestsslFindsTicketbleed, which it tries in the first version that there is, with a
// ticket that OpenSSL gets it: of today that is TLS 1.2.
func TestTestsslFindsTicketbleed(t *testing.T) {
	t.Parallel()
	found := testssl(t, serve(t, Config{Versions: []uint16{TLS12}, Tickets: true, Ticketbleed: true}), "-T")
	if found["ticketbleed"] != "CRITICAL VULNERABLE" {
		t.Errorf("%q", found["ticketbleed"])
	}
}

// TestSslscanFindsTheFlaws: so does a third.
func TestSslscanFindsTheFlaws(t *testing.T) {
	need(t, "sslscan", "sslscan")
	c := exec.CommandContext(t.Context(), "sslscan", "--no-colour", "--no-ciphersuites", "--no-groups", "--no-check-certificate", serve(t, everything()))
	c.WaitDelay = time.Minute
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatal(err, string(out))
	}
	for _, want := range []string{"SSLv2     enabled", "SSLv3     enabled", "TLSv1.0   enabled", "TLSv1.2   enabled", "TLSv1.3   disabled",
		"Secure session renegotiation supported", "TLSv1.2 vulnerable to heartbleed", "TLSv1.0 vulnerable to heartbleed"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("it does not say %q: %s", want, out)
		}
	}
}

// TestOldRenegotiation: a server that does not speak RFC 5746 is told so.
func TestOldRenegotiation(t *testing.T) {
	out, _ := sClient(t, "", serve(t, Config{Insecure: true}), "-tls1_2", "-legacy_server_connect")
	if !strings.Contains(out, "Secure Renegotiation IS NOT supported") {
		t.Error(out)
	}
}
