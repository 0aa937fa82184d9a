package transport

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"pavise"
)

// Certificate shows no client a certificate that it could not accept.
type Certificate struct{}

// Doc describes the control.
func (Certificate) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "transport.certificate",
		Title:    "Certificate",
		Why:      "A certificate that is expired, for another name or weakly signed teaches people to click warnings away, and then anybody on the line can stand in for the site.",
		Enforces: "A certificate is taken into use, at start and when its file changes, only if it names the site, is valid now, and has a strong key and signature.",
		Verifies: "The chain that the site shows, against the trusted roots and the time of the scan.",
		Rules: []pavise.Rule{
			certRule("trusted", "The chain leads to a trusted root", "AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:N", "ASVS 5.0 12.2.2", "CWE-295"),
			certRule("name", "The certificate names the site", "AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:L/A:N", "RFC 9525", "CWE-297"),
			certRule("expiry", "The certificate is valid now", "AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:L/A:N", "RFC 5280 4.1.2.5", "CWE-298"),
			certRule("key", "The key is strong", "AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:N/A:N", "NIST SP 800-57", "CWE-326"),
			certRule("signature", "The signature is strong", "AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:H/A:N", "RFC 8446 4.4.2.4", "CWE-328"),
		},
	}
}

func certRule(name, title, cvss string, more ...string) pavise.Rule {
	return pavise.Rule{
		ID: "transport.certificate." + name, Title: title, Severity: pavise.Medium, CVSS: "CVSS:3.1/" + cvss,
		References: append([]string{"PCI DSS 4.0.1 4.2.1"}, more...),
		Fix: pavise.Fix{
			Pavise:  "certificate: {cert: fullchain.pem, key: key.pem}",
			Nginx:   "ssl_certificate fullchain.pem; ssl_certificate_key key.pem;",
			Apache:  "SSLCertificateFile fullchain.pem\nSSLCertificateKeyFile key.pem",
			Express: `https.createServer({ cert: fs.readFileSync("fullchain.pem"), key: fs.readFileSync("key.pem") }, app)`,
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Certificate) Validate() error { return nil }

// Tune has the listener refuse what Check would fail; only trust is left out,
// because whom a visitor trusts is not known here.
func (Certificate) Tune(l *pavise.Listener) error {
	hosts := l.Site.Hosts
	l.CheckCertificate = func(leaf *x509.Certificate, now time.Time) error {
		var errs []error
		for _, host := range hosts {
			errs = append(errs, checkName(leaf, host))
		}
		errs = append(errs, checkExpiry(leaf, now), checkKey(leaf), checkSignature(leaf))
		return errors.Join(errs...)
	}
	return nil
}

// Probes asks for the ordinary handshake.
func (Certificate) Probes(e *pavise.Evidence) []pavise.Probe {
	return []pavise.Probe{handshake(e)}
}

// Check judges the leaf, and what the collector found out about its chain.
func (Certificate) Check(e *pavise.Evidence) []pavise.Finding {
	s, missing := session(e, handshake(e))
	if s == nil || s.Refused != "" || len(s.Chain) == 0 {
		return noCertificate(e, s, missing)
	}
	leaf, err := x509.ParseCertificate(s.Chain[0])
	if err != nil {
		return Certificate{}.Doc().All(pavise.Unlooked, e.Target.TLS, err.Error())
	}
	return []pavise.Finding{
		checkTrust(e, s, leaf),
		judged(e, "name", "a certificate for "+e.Target.Host(), strings.Join(names(leaf), ", "), checkName(leaf, e.Target.Host())),
		judged(e, "expiry", "valid at "+day(e.Taken), day(leaf.NotBefore)+" to "+day(leaf.NotAfter), checkExpiry(leaf, e.Taken)),
		judged(e, "key", "RSA of 2048 bits, ECDSA of 256 bits, or Ed25519", leaf.PublicKeyAlgorithm.String(), checkKey(leaf)),
		judged(e, "signature", "SHA-256 or better", leaf.SignatureAlgorithm.String(), checkSignature(leaf)),
	}
}

func noCertificate(e *pavise.Evidence, s *pavise.Session, missing string) []pavise.Finding {
	doc := Certificate{}.Doc()
	switch {
	case checkOffered(e).Outcome == pavise.Fail:
		return doc.All(pavise.Skipped, e.Target.TLS, "there is no TLS, so there is no certificate")
	case s == nil:
		return doc.All(pavise.Unlooked, e.Target.TLS, missing)
	}
	return doc.All(pavise.Unlooked, e.Target.TLS, cmp.Or(s.Refused, "no certificate was shown"))
}

func checkTrust(e *pavise.Evidence, s *pavise.Session, leaf *x509.Certificate) pavise.Finding {
	if e.Target.Untrusted {
		return pavise.Skipped("transport.certificate.trusted", e.Target.TLS, "the asker did not want trust to be judged")
	}
	var err error
	if s.Distrust != "" {
		err = errors.New(s.Distrust)
	}
	if err != nil && leaf.Issuer.CommonName == pavise.LocalAuthority {
		err = fmt.Errorf("%w; it is of Pavise's local authority: pavise trust has browsers accept it, and --ca FILE the scan", err)
	}
	return judged(e, "trusted", "a chain to a root that clients trust", "a trusted chain", err)
}

func judged(e *pavise.Evidence, rule, want, saw string, fault error) pavise.Finding {
	f := pavise.Finding{Rule: "transport.certificate." + rule, Outcome: pavise.Pass, Where: e.Target.TLS, Saw: saw, Want: want}
	if fault != nil {
		f.Outcome, f.Saw = pavise.Fail, fault.Error()
	}
	f.Proof = proof(handshake(e), f.Saw)
	f.Proof.Command += " | openssl x509 -noout -text"
	return f
}

func checkName(leaf *x509.Certificate, host string) error { return leaf.VerifyHostname(host) }

func checkExpiry(leaf *x509.Certificate, now time.Time) error {
	switch {
	case now.Before(leaf.NotBefore):
		return fmt.Errorf("it is not valid before %s", day(leaf.NotBefore))
	case now.After(leaf.NotAfter):
		return fmt.Errorf("it expired on %s", day(leaf.NotAfter))
	}
	return nil
}

// checkKey asks for 112 bits of strength, the least that PCI accepts.
func checkKey(leaf *x509.Certificate) error {
	switch key := leaf.PublicKey.(type) {
	case *rsa.PublicKey:
		if bits := key.N.BitLen(); bits < 2048 {
			return fmt.Errorf("it has an RSA key of %d bits, and needs at least 2048", bits)
		}
	case *ecdsa.PublicKey:
		if bits := key.Curve.Params().BitSize; bits < 256 {
			return fmt.Errorf("it has an ECDSA key of %d bits, and needs at least 256", bits)
		}
	case ed25519.PublicKey:
	default:
		return fmt.Errorf("it has a key of the unknown kind %s, and needs RSA, ECDSA or Ed25519", leaf.PublicKeyAlgorithm)
	}
	return nil
}

func checkSignature(leaf *x509.Certificate) error {
	switch leaf.SignatureAlgorithm {
	case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1, x509.UnknownSignatureAlgorithm:
		return fmt.Errorf("it is signed with %s, and needs SHA-256 or better", leaf.SignatureAlgorithm)
	}
	return nil
}

func names(leaf *x509.Certificate) []string {
	list := append([]string(nil), leaf.DNSNames...)
	for _, ip := range leaf.IPAddresses {
		list = append(list, ip.String())
	}
	return list
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
