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
	return pavise.Doc{
		ID:       "transport.tls",
		Title:    "TLS versions and ciphers",
		Why:      "Old TLS can be broken or forced by whoever sits on the line; PCI DSS 4.2.1 forbids even to offer it, and scan vendors fail a site for it whatever else it offers.",
		Enforces: "Offers TLS 1.2 and 1.3 with the suites and groups of Mozilla's guideline 6.0, the hybrid X25519MLKEM768 first.",
		Verifies: "One handshake for each version and for each family of weak suites.",
		Rules: []pavise.Rule{
			tlsRule("offered", "The site speaks TLS", pavise.High, "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:N", "ASVS 5.0 12.2.1", "CWE-319"),
			early(tlsRule("tls10", "TLS 1.0 is not offered", pavise.Medium, earlyTLS, "ASVS 5.0 12.1.1", "RFC 8996", "CWE-326")),
			early(tlsRule("tls11", "TLS 1.1 is not offered", pavise.Medium, earlyTLS, "ASVS 5.0 12.1.1", "RFC 8996", "CWE-326")),
			tlsRule("tls13", "TLS 1.3 is offered", pavise.Low, "", "ASVS 5.0 12.1.1", "RFC 8446"),
			tlsRule("rc4", "RC4 is not offered", pavise.Medium, "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:N/A:N", "CVE-2013-2566", "RFC 7465", "CWE-327"),
			tlsRule("triple-des", "3DES is not offered (SWEET32)", pavise.High, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", "CVE-2016-2183", "CWE-327"),
			tlsRule("forward-secrecy", "Every suite offered has forward secrecy", pavise.Low, "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:N/A:N", "RFC 9325 4.1", "CWE-326"),
		},
	}
}

// earlyTLS is what scan vendors give TLS 1.0 and 1.1.
const earlyTLS = "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:L/A:N"

// early marks a version that no site may offer.
func early(r pavise.Rule) pavise.Rule {
	r.Automatic = "SSL or early TLS is offered"
	return r
}

func tlsRule(name, title string, severity pavise.Severity, cvss string, more ...string) pavise.Rule {
	return pavise.Rule{
		ID: "transport.tls." + name, Title: title, Severity: severity, CVSS: cvss,
		References: append([]string{"PCI DSS 4.0.1 4.2.1"}, more...),
		Fix: pavise.Fix{
			Pavise:  pavise.OnByDefault,
			Nginx:   "ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;",
			Apache:  "SSLEngine on\nSSLProtocol -all +TLSv1.2 +TLSv1.3\nSSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20",
			Express: `https.createServer({ cert, key, minVersion: "TLSv1.2", ciphers: "ECDHE+AESGCM:ECDHE+CHACHA20" }, app)`,
		},
	}
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

// A trial is a handshake that must be refused, or agreed to.
type trial struct {
	rule    string
	version uint16
	suites  []uint16 // nil is all that the client knows
	wanted  bool
}

var trials = []trial{
	{rule: "tls10", version: tls.VersionTLS10},
	{rule: "tls11", version: tls.VersionTLS11},
	{rule: "tls13", version: tls.VersionTLS13, wanted: true},
	{rule: "rc4", version: tls.VersionTLS12, suites: []uint16{
		tls.TLS_ECDHE_ECDSA_WITH_RC4_128_SHA, tls.TLS_ECDHE_RSA_WITH_RC4_128_SHA, tls.TLS_RSA_WITH_RC4_128_SHA}},
	{rule: "triple-des", version: tls.VersionTLS12, suites: []uint16{
		tls.TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA, tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA}},
	{rule: "forward-secrecy", version: tls.VersionTLS12, suites: []uint16{
		tls.TLS_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_256_GCM_SHA384, tls.TLS_RSA_WITH_AES_128_CBC_SHA,
		tls.TLS_RSA_WITH_AES_256_CBC_SHA, tls.TLS_RSA_WITH_AES_128_CBC_SHA256}},
}

func (t trial) probe(e *pavise.Evidence) pavise.Probe {
	p := handshake(e)
	p.Handshake.Version, p.Handshake.Suites = t.version, t.suites
	return p
}

// handshake is the ordinary one, with whatever a current client offers.
func handshake(e *pavise.Evidence) pavise.Probe {
	return pavise.Probe{Handshake: &pavise.Handshake{Address: e.Target.TLS, Name: e.Target.Host()}}
}

// Probes asks for one ordinary handshake and one for each trial.
func (TLS) Probes(e *pavise.Evidence) []pavise.Probe {
	probes := []pavise.Probe{handshake(e)}
	for _, t := range trials {
		probes = append(probes, t.probe(e))
	}
	return probes
}

// Check judges the ordinary handshake, then each trial.
func (TLS) Check(e *pavise.Evidence) []pavise.Finding {
	offered := checkOffered(e)
	found := []pavise.Finding{offered}
	for _, t := range trials {
		found = append(found, t.check(e, offered.Outcome))
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

func (t trial) check(e *pavise.Evidence, offered pavise.Outcome) pavise.Finding {
	p, id := t.probe(e), "transport.tls."+t.rule
	if offered == pavise.Fail {
		return pavise.Skipped(id, e.Target.TLS, "there is no TLS to judge")
	}
	s, missing := session(e, p)
	if s == nil {
		return pavise.Unlooked(id, e.Target.TLS, missing)
	}
	f := pavise.Finding{Rule: id, Outcome: pavise.Pass, Where: e.Target.TLS, Saw: "refused: " + s.Refused,
		Want: "the handshake is refused"}
	if t.wanted {
		f.Want = "the handshake is agreed to"
	}
	if s.Refused == "" {
		f.Saw = "agreed to " + agreed(s)
	}
	if (s.Refused == "") != t.wanted {
		f.Outcome = pavise.Fail
	}
	f.Proof = proof(p, f.Saw)
	return f
}

func agreed(s *pavise.Session) string {
	return tls.VersionName(s.Version) + " with " + tls.CipherSuiteName(s.Suite)
}
