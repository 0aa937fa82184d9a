package dns

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"net"
	"strings"

	"pavise"
)

// DANE has the record of the certificate agree with the certificate.
type DANE struct{}

// Doc describes the control.
func (DANE) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "dns.dane",
		Title:    "The certificate in the names",
		Why:      "A TLSA record that does not fit the certificate locks out everybody who looks at it; it is forgotten when the certificate is renewed.",
		Verifies: "The TLSA records of the site, if it has any, against the chain that it shows.",
		Rules: []pavise.Rule{{
			ID: "dns.dane.match", Title: "A TLSA record fits the certificate", Severity: pavise.Info,
			References: []string{"RFC 6698 2.1", "RFC 7671 5", "CWE-295"}, Owner: true,
			Fix: pavise.Fix{Other: "_443._tcp.shop.example.com. TLSA 3 1 1 $(openssl x509 -in cert.pem -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum)"},
		}},
	}
}

// Validate reports nothing: there is nothing to set.
func (DANE) Validate() error { return nil }

func (z zone) tlsa(t pavise.Target) string {
	_, port, _ := net.SplitHostPort(t.TLS)
	return "_" + port + "._tcp." + z.host
}

// Probes asks for the records, and for the chain.
func (DANE) Probes(e *pavise.Evidence) []pavise.Probe {
	return probes(e, func(z zone) []pavise.Probe {
		return []pavise.Probe{lookup(z.tlsa(e.Target), "TLSA"), usual(e)}
	})
}

// Check compares.
func (c DANE) Check(e *pavise.Evidence) []pavise.Finding {
	z, none := begin(e, c.Doc())
	if none != nil {
		return none
	}
	r, why := records(e, z.tlsa(e.Target), "TLSA")
	a, _ := e.Heard(usual(e))
	switch {
	case r == nil:
		return c.Doc().All(pavise.Unlooked, z.host, why)
	case len(r.Data) == 0:
		return c.Doc().All(pavise.Skipped, z.host, "there is no TLSA record, and none is needed")
	case a == nil || len(a.Session.Chain) == 0:
		return c.Doc().All(pavise.Skipped, z.host, "no certificate was shown")
	}
	fault := "no record fits the chain that is shown: " + strings.Join(r.Data, ", ")
	saw := ""
	for _, record := range r.Data {
		if matches(record, a.Session.Chain) {
			fault, saw = "", record
		}
	}
	return []pavise.Finding{found("dns.dane.match", z.tlsa(e.Target), "TLSA", "a record that fits the chain", r, fault, saw)}
}

// matches reports whether the record names a certificate of the chain: the leaf by usage
// 1 and 3, one above it by 0 and 2 (RFC 6698 2.1.1).
func matches(record string, chain [][]byte) bool {
	var usage, selector, kind int
	var digest string
	if n, _ := fmt.Sscanf(record, "%d %d %d %s", &usage, &selector, &kind, &digest); n != 4 {
		return false
	}
	want, err := hex.DecodeString(digest)
	if err != nil {
		return false
	}
	for i, der := range chain {
		if leaf := usage == 1 || usage == 3; leaf && i > 0 {
			break
		}
		if bytes.Equal(selected(der, selector, kind), want) {
			return true
		}
	}
	return false
}

func selected(der []byte, selector, kind int) []byte {
	if selector == 1 {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return nil
		}
		der = cert.RawSubjectPublicKeyInfo
	}
	switch kind {
	case 1:
		sum := sha256.Sum256(der)
		return sum[:]
	case 2:
		sum := sha512.Sum512(der)
		return sum[:]
	}
	return der
}
