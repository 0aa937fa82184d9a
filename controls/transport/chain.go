package transport

import (
	"crypto/tls"
	"crypto/x509"

	"pavise"
)

// Chain looks at all of what comes along with the certificate, and at every certificate
// that the site has: what [Certificate] refuses is only a part of it.
type Chain struct{}

// Doc describes the control.
func (Chain) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "transport.chain",
		Title:    "The whole of the certificate",
		Why:      "A certificate that is good may come with the wrong company: an intermediate is missing and half of the clients fail, another kind of client is shown another and bad one, or it has long been revoked.",
		Verifies: "The chain of the usual handshake, of one without a name, and of one for each kind of key. No authority is asked: only what the site itself brings along is looked at, and the signatures of the logs are not checked.",
		Rules: []pavise.Rule{
			chainRule("complete", "No certificate is missing from the chain", pavise.Low, "", "RFC 8446 4.4.2", "CWE-295"),
			chainRule("order", "The chain is in order, and has nothing in it that does not belong there", pavise.Info, "", "RFC 5246 7.4.2", "RFC 8446 4.4.2"),
			chainRule("lifetime", "The certificate is valid no longer than authorities may make it", pavise.Low, "", "CA/B Forum ballot SC-081v3", "CWE-298"),
			chainRule("revoked", "The certificate is not revoked, as far as the site itself says", pavise.Medium,
				"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:N", "RFC 6960 2.2", "RFC 7633", "CWE-299"),
			chainRule("logged", "The certificate is in the public logs", pavise.Low, "", "RFC 6962 3.3", "CWE-295"),
			chainRule("nameless", "Who does not say a name is shown a good certificate, too", pavise.Low,
				"CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:N/I:L/A:N", "RFC 6066 3", "CWE-295"),
			chainRule("both", "The certificate of each kind of key is good", pavise.Medium,
				"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:L/A:N", "RFC 5246 7.4.2", "CWE-295"),
		},
	}
}

func chainRule(name, title string, severity pavise.Severity, cvss string, more ...string) pavise.Rule {
	return pavise.Rule{
		ID: "transport.chain." + name, Title: title, Severity: severity, CVSS: cvss, Owner: true,
		References: append([]string{"PCI DSS 4.0.1 4.2.1"}, more...),
		Fix: pavise.Fix{
			Pavise:  "certificate: {cert: fullchain.pem, key: key.pem}  # or let it fetch one: pavise serve --acme-email you@example.com",
			Nginx:   "ssl_certificate fullchain.pem;",
			Apache:  "SSLCertificateFile fullchain.pem",
			Express: `https.createServer({ cert: fs.readFileSync("fullchain.pem"), key: fs.readFileSync("key.pem") }, app)`,
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Chain) Validate() error { return nil }

// kinds are the handshakes in which a server must show a key of one kind: only in TLS 1.2
// do the suites say so.
var kinds = []struct {
	name   string
	suites []uint16
}{
	{"ECDSA", []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256}},
	{"RSA", []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256}},
}

func withSuites(e *pavise.Evidence, suites []uint16) pavise.Probe {
	p := handshake(e)
	p.Handshake.Version, p.Handshake.Suites = tls.VersionTLS12, suites
	return p
}

func nameless(e *pavise.Evidence) pavise.Probe {
	p := handshake(e)
	p.Handshake.Name = ""
	return p
}

// Probes asks for the usual handshake, and, where there is TLS, for the others.
func (Chain) Probes(e *pavise.Evidence) []pavise.Probe {
	list := []pavise.Probe{handshake(e)}
	if s, _ := session(e, handshake(e)); s != nil && len(s.Chain) > 0 {
		list = append(list, nameless(e))
		for _, kind := range kinds {
			list = append(list, withSuites(e, kind.suites))
		}
	}
	return list
}

// Check judges the chain.
func (c Chain) Check(e *pavise.Evidence) []pavise.Finding {
	s, missing := session(e, handshake(e))
	switch {
	case s == nil && (e.Target.Secure() || e.Answer(e.Target.Home()) == nil):
		return c.Doc().All(pavise.Unlooked, e.Target.TLS, missing)
	case s == nil || s.Refused != "" || len(s.Chain) == 0:
		return c.Doc().All(pavise.Skipped, e.Target.TLS, "no certificate was shown")
	}
	chain, err := parseChain(s)
	if err != nil {
		return c.Doc().All(pavise.Unlooked, e.Target.TLS, err.Error())
	}
	return []pavise.Finding{
		chained(e, "complete", "every certificate up to the root", complete(chain, s)),
		chained(e, "order", "each certificate signed by the next, and no root", order(chain)),
		chained(e, "lifetime", "at most what the CA/B Forum allows", lifetime(chain[0])),
		chained(e, "revoked", "a stapled answer that says good, or none that is owed", revoked(chain, s, e)),
		chained(e, "logged", "two signed certificate timestamps or more", logged(chain[0], s)),
		checkNameless(e, s),
		checkBoth(e, s),
	}
}

func parseChain(s *pavise.Session) ([]*x509.Certificate, error) {
	var chain []*x509.Certificate
	for _, der := range s.Chain {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, err
		}
		chain = append(chain, cert)
	}
	return chain, nil
}
