package transport

import (
	"crypto/tls"
	"fmt"

	"pavise"
)

// TLS offers the protocol versions, suites and groups of Mozilla's guideline
// 6.0 and nothing else.
type TLS struct {
	Profile string `yaml:"profile" enum:"intermediate,modern" doc:"intermediate is TLS 1.2 and 1.3, modern is TLS 1.3 alone" default:"intermediate"`
}

// Doc describes the control.
func (TLS) Doc() pavise.Doc {
	doc := pavise.Doc{
		ID:       "transport.tls",
		Title:    "TLS versions and ciphers",
		Why:      "Old TLS can be broken or forced by whoever sits on the line; PCI DSS 4.2.1 forbids even to offer it, and scan vendors fail a site for it whatever else it offers.",
		Enforces: "Offers TLS 1.2 and 1.3 with the suites and groups of Mozilla's guideline 6.0, the hybrid X25519MLKEM768 first.",
		Verifies: "Every version from SSLv2 to TLS 1.3 is offered with every registered suite; what the server picks is left out and the rest offered again, until it refuses. Its groups and primes are found in the same way.",
		Rules: []pavise.Rule{
			tlsRule("offered", "The site speaks TLS", pavise.High, takesPart, fixOffered, "ASVS 5.0 12.2.1", "CWE-319"),
		},
	}
	for _, c := range tlsChecks() {
		doc.Rules = append(doc.Rules, c.rule)
	}
	return doc
}

// Validate reports an unknown profile.
func (c TLS) Validate() error {
	switch c.Profile {
	case "", "intermediate", "modern":
		return nil
	}
	return fmt.Errorf("transport.tls: profile must be intermediate or modern, not %q", c.Profile)
}

// Tune sets versions, suites and groups.
func (c TLS) Tune(l *pavise.Listener) error {
	l.MinVersion = tls.VersionTLS12
	if c.Profile == "modern" {
		l.MinVersion = tls.VersionTLS13
	}
	l.CipherSuites = []uint16{
		tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
		tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
		tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	}
	l.Groups = []tls.CurveID{tls.X25519MLKEM768, tls.X25519, tls.CurveP256, tls.CurveP384}
	return nil
}

// handshake is the ordinary one, with whatever a current client offers.
func handshake(e *pavise.Evidence) pavise.Probe {
	return pavise.Probe{Handshake: &pavise.Handshake{Address: e.Target.TLS, Name: e.Target.Host()}}
}

// Probes asks for one ordinary handshake, and for all that is offered.
func (TLS) Probes(e *pavise.Evidence) []pavise.Probe {
	if !speaksTLS(e) {
		return []pavise.Probe{handshake(e)}
	}
	return []pavise.Probe{handshake(e), offering(e)}
}

// Check judges the ordinary handshake, then all that is offered.
func (TLS) Check(e *pavise.Evidence) []pavise.Finding {
	first := checkOffered(e)
	found := []pavise.Finding{first}
	o, why := offeredTo(e)
	for _, c := range tlsChecks() {
		switch {
		case first.Outcome == pavise.Fail && (o == nil || !o.spoken()):
			found = append(found, pavise.Skipped(c.rule.ID, e.Target.TLS, "there is no TLS to judge"))
		case o == nil:
			found = append(found, pavise.Unlooked(c.rule.ID, e.Target.TLS, why))
		default:
			found = append(found, c.check(e, o))
		}
	}
	return found
}

func checkOffered(e *pavise.Evidence) pavise.Finding {
	f := pavise.Finding{Rule: "transport.tls.offered", Outcome: pavise.Fail, Where: e.Target.TLS,
		Want: "a TLS handshake", Proof: proof(handshake(e), "")}
	s, missing := session(e, handshake(e))
	home, _ := e.Heard(e.Target.Home())
	switch {
	case s == nil && (e.Target.Secure() || home == nil):
		return pavise.Unlooked(f.Rule, f.Where, missing)
	case s == nil:
		f.Saw = "the site answers in the clear at " + e.Target.URL + ", and nobody speaks TLS here"
	case s.Refused != "":
		f.Saw = s.Refused
	default:
		f.Outcome, f.Saw = pavise.Pass, agreed(s)
	}
	return f
}

func agreed(s *pavise.Session) string {
	return tls.VersionName(s.Version) + " with " + tls.CipherSuiteName(s.Suite)
}
