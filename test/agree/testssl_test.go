package agree

import (
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
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
	"heartbleed": "heartbleed", "CCS": "ccs", "ticketbleed": "ticketbleed", "ROBOT": "robot", "DROWN": "drown",
	"CRIME_TLS": "crime", "BREACH": "breach", "POODLE_SSL": "poodle", "BEAST": "beast", "LUCKY13": "lucky13",
	"SWEET32": "sweet32", "FREAK": "freak", "LOGJAM": "logjam", "LOGJAM-common_primes": "logjam",
	"fallback_SCSV": "fallback", "secure_renego": "renegotiation", "secure_client_renego": "client-renegotiation",
}

// testsslCurves and testsslFields are its names of groups, from 1 and from 256.
var (
	testsslCurves = strings.Fields(`sect163k1 sect163r1 sect163r2 sect193r1 sect193r2 sect233k1 sect233r1 sect239k1 sect283k1 sect283r1
		sect409k1 sect409r1 sect571k1 sect571r1 secp160k1 secp160r1 secp160r2 secp192k1 prime192v1 secp224k1 secp224r1 secp256k1
		prime256v1 secp384r1 secp521r1 brainpoolP256r1 brainpoolP384r1 brainpoolP512r1 X25519 X448`)
	testsslFields = strings.Fields("ffdhe2048 ffdhe3072 ffdhe4096 ffdhe6144 ffdhe8192")
)

// everyCheck are its options for all that it and we look at.
const everyCheck = "-p -E -U --fs"

// byTestssl is what testssl.sh says, and how long it took.
func byTestssl(t *testing.T, s server, checks string) (view, time.Duration) {
	t.Helper()
	file := filepath.Join(t.ArtifactDir(), "testssl.json")
	_, port, _ := net.SplitHostPort(s.address)
	began := time.Now()
	args := append(strings.Fields(checks), "--quiet", "--color", "0", "--warnings", "off", "--nodns", "min", "--assume-http",
		"--jsonfile", file, "--ip", "127.0.0.1", "localhost:"+port)
	c := exec.CommandContext(t.Context(), "testssl", args...)
	c.WaitDelay = time.Minute
	c.Run() // it exits with the number of its findings, and so is judged by its file
	took := time.Since(began)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("testssl: %v", err)
	}
	var lines []struct{ ID, Severity, Finding string }
	if err := json.Unmarshal(data, &lines); err != nil {
		t.Fatalf("testssl: %v", err)
	}
	v := newView()
	for _, l := range lines {
		v.hear(t, l.ID, l.Severity, l.Finding)
	}
	return v, took
}

// hear takes one of its lines.
func (v view) hear(t *testing.T, id, severity, finding string) {
	if version, ok := testsslVersions[id]; ok && severity != "WARN" { // which is that it could not look
		v.versions[version] = regexp.MustCompile("^(offered|supported|vulnerable with)").MatchString(finding)
	}
	if flaw, ok := testsslFlaws[id]; ok {
		bad := slices.Contains([]string{"LOW", "MEDIUM", "HIGH", "CRITICAL"}, severity)
		if bad || severity == "OK" { // the others tell of its own troubles
			v.flaws[flaw] = v.flaws[flaw] || bad // of two lines the worse counts
		}
	}
	if rest, ok := strings.CutPrefix(id, "cipher-"); ok {
		if name, suite, ok := cutLast(rest, "_x"); ok {
			v.addSuite(testsslVersions[name], number(t, "0x"+suite))
		}
	}
	if id == "PFS_ECDHE_curves" || id == "DH_groups" {
		for name := range strings.FieldsSeq(finding) {
			if i := slices.Index(testsslCurves, name); i >= 0 {
				v.groups[1+uint16(i)] = true
			} else if i := slices.Index(testsslFields, name); i >= 0 {
				v.groups[256+uint16(i)] = true
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
