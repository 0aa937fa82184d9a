package transport

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"math/big"
	"strings"
	"testing"
	"time"

	"pavise"
)

var day1 = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

func newCert(t *testing.T, bits int, until time.Time, algorithm x509.SignatureAlgorithm, hosts ...string) []byte {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: until.AddDate(0, -3, 0), NotAfter: until,
		DNSNames: hosts, SignatureAlgorithm: algorithm}
	var der []byte
	var err error
	if bits > 0 {
		key, keyErr := rsa.GenerateKey(rand.Reader, bits)
		if keyErr != nil {
			t.Fatal(keyErr)
		}
		der, err = x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	} else {
		key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		der, err = x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	}
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestCertificateBothFaces(t *testing.T) {
	good := newCert(t, 0, day1.AddDate(0, 1, 0), 0, "a.test")
	tests := []struct {
		name     string
		der      []byte
		distrust string
		want     string
		refused  string // by the enforcing face
	}{
		{"good", good, "", "pass pass pass pass pass", ""},
		{"untrusted", good, "unknown authority", "fail pass pass pass pass", ""},
		{"expired", newCert(t, 0, day1.AddDate(0, -1, 0), 0, "a.test"), "", "pass pass fail pass pass", "expired on"},
		{"not yet valid", newCert(t, 0, day1.AddDate(0, 6, 0), 0, "a.test"), "", "pass pass fail pass pass", "not valid before"},
		{"other name", newCert(t, 0, day1.AddDate(0, 1, 0), 0, "b.test"), "", "pass fail pass pass pass", "valid for b.test"},
		{"short key", newCert(t, 1024, day1.AddDate(0, 1, 0), 0, "a.test"), "", "pass pass pass fail pass", "1024 bits"},
		{"old signature", newCert(t, 2048, day1.AddDate(0, 1, 0), x509.SHA1WithRSA, "a.test"), "", "pass pass pass pass fail", "SHA1-RSA"},
	}
	l := pavise.Listener{Site: pavise.Site{Hosts: []string{"a.test"}}}
	if err := (Certificate{}).Tune(&l); err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		e := &pavise.Evidence{Taken: day1, Target: pavise.Target{URL: "https://a.test", TLS: "a.test:443"}}
		e.Add(pavise.Answer{Probe: handshake(e), Session: &pavise.Session{Chain: [][]byte{tt.der}, Distrust: tt.distrust}})
		var got []string
		for _, f := range (Certificate{}).Check(e) {
			got = append(got, f.Outcome.String())
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: %s", tt.name, got)
		}
		leaf, _ := x509.ParseCertificate(tt.der)
		err := l.CheckCertificate(leaf, day1)
		if (err == nil) != (tt.refused == "") || err != nil && !strings.Contains(err.Error(), tt.refused) {
			t.Errorf("%s: enforced: %v, want %q", tt.name, err, tt.refused)
		}
	}
}

func TestCertificateNotLookedAt(t *testing.T) {
	for want, origin := range map[string]string{"unknown": "https://a.test", "skip": "http://a.test"} {
		e := &pavise.Evidence{Target: pavise.Target{URL: origin, TLS: "a.test:443"}}
		e.Add(pavise.Answer{Probe: handshake(e), Error: "refused"})
		e.Add(pavise.Answer{Probe: e.Target.Home(), Response: &pavise.Response{Status: 200}})
		for _, f := range (Certificate{}).Check(e) {
			if f.Outcome.String() != want {
				t.Errorf("%s at %s: %s", f.Rule, origin, f.Outcome)
			}
		}
	}
}
