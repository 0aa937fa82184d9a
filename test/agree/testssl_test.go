package agree

import (
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// testsslVersions are its names of versions, as they stand by themselves and at suites.
var testsslVersions = map[string]uint16{
	"SSLv2": 0x0002, "SSLv3": 0x0300, "TLS1": 0x0301, "TLS1_1": 0x0302, "TLS1_2": 0x0303, "TLS1_3": 0x0304,
	"ssl2": 0x0002, "ssl3": 0x0300, "tls1": 0x0301, "tls1_1": 0x0302, "tls1_2": 0x0303, "tls1_3": 0x0304,
}

// testsslFlaws are its names of flaws, and ours.
var testsslFlaws = map[string]string{
	"heartbleed": "heartbleed", "CCS": "ccs", "ticketbleed": "ticketbleed", "ROBOT": "robot", "CRIME_TLS": "crime",
	"POODLE_SSL": "poodle", "SWEET32": "sweet32", "FREAK": "freak", "DROWN": "drown", "BEAST": "beast", "LUCKY13": "lucky13",
	"fallback_SCSV": "fallback", "secure_renego": "renegotiation", "secure_client_renego": "client-renegotiation",
}

// testsslGroups are its names of groups.
var testsslGroups = map[string]uint16{
	"prime256v1": 23, "secp384r1": 24, "secp521r1": 25, "X25519": 29, "X448": 30, "secp256k1": 22, "secp224r1": 21,
	"prime192v1": 19, "sect283k1": 9, "sect283r1": 10, "sect409k1": 11, "sect409r1": 12, "sect571k1": 13, "sect571r1": 14,
	"brainpoolP256r1": 26, "brainpoolP384r1": 27, "brainpoolP512r1": 28,
	"ffdhe2048": 256, "ffdhe3072": 257, "ffdhe4096": 258, "ffdhe6144": 259, "ffdhe8192": 260,
}

// byTestssl is what testssl.sh says, and how long it took.
func byTestssl(t *testing.T, s server) (view, time.Duration) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "testssl.json")
	_, port, _ := net.SplitHostPort(s.address)
	began := time.Now()
	// It exits with the number of findings, and so is judged by its file.
	exec.CommandContext(t.Context(), "testssl", "--quiet", "--color", "0", "--warnings", "off", "--jsonfile", file,
		"-p", "-E", "-U", "--fs", "--ip", "127.0.0.1", "localhost:"+port).Run()
	took := time.Since(began)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("testssl: %v", err)
	}
	var lines []struct{ ID, Finding string }
	if err := json.Unmarshal(data, &lines); err != nil {
		t.Fatalf("testssl: %v", err)
	}
	v := newView()
	for _, l := range lines {
		v.hear(t, l.ID, l.Finding)
	}
	return v, took
}

// hear takes one of its lines.
func (v view) hear(t *testing.T, id, finding string) {
	if version, ok := testsslVersions[id]; ok {
		v.versions[version] = strings.HasPrefix(finding, "offered") || strings.HasPrefix(finding, "supported but")
	}
	if flaw, ok := testsslFlaws[id]; ok && !strings.Contains(finding, "not tested") {
		safe := strings.HasPrefix(finding, "not vulnerable") || strings.HasPrefix(finding, "supported") ||
			strings.HasPrefix(finding, "no fallback possible") || strings.HasPrefix(finding, "TLS 1.3 only")
		v.flaws[flaw] = !safe
	}
	if rest, ok := strings.CutPrefix(id, "cipher-"); ok {
		if name, suite, ok := cutLast(rest, "_x"); ok {
			v.addSuite(testsslVersions[name], number(t, "0x"+suite))
		}
	}
	if id == "PFS_ECDHE_curves" || id == "DH_groups" && strings.HasPrefix(finding, "ffdhe") {
		for name := range strings.FieldsSeq(finding) {
			if g := testsslGroups[name]; g != 0 {
				v.groups[g] = true
			}
		}
	}
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
