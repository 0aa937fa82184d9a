package mail

import (
	"crypto/tls"
	"strings"

	"pavise"
)

// Protocols offers no TLS that is broken.
type Protocols struct{}

// Doc describes the control.
func (Protocols) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "mail.protocols",
		Title:    "TLS versions of the mail server",
		Why:      "Scan vendors look at port 25 as at 443: a site that does all well has failed for TLS 1.0 at its mail server.",
		Verifies: "All that the server offers behind STARTTLS, or from the first byte.",
		Rules: []pavise.Rule{{
			ID: "mail.protocols.old", Title: "The mail server offers no SSL and no TLS before 1.2", Severity: pavise.Medium,
			CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:N/A:N",
			Automatic:  "SSL or early TLS",
			References: []string{"PCI DSS 4.0.1 4.2.1", "RFC 8996", "CWE-327"}, Owner: true,
			Fix: postfix("smtpd_tls_protocols = >=TLSv1.2\nsmtpd_tls_mandatory_protocols = >=TLSv1.2"),
		}},
	}
}

// Validate reports nothing: there is nothing to set.
func (Protocols) Validate() error { return nil }

// Probes asks every server, and then each that speaks TLS for all that it offers.
func (Protocols) Probes(e *pavise.Evidence) []pavise.Probe {
	list := probes(e)
	for _, s := range servers(e) {
		if a, _ := e.Heard(s.probe()); a != nil && s.encrypted(a.Mailer) {
			list = append(list, s.offer())
		}
	}
	return list
}

func (s server) offer() pavise.Probe {
	via := "smtp"
	if s.secure {
		via = ""
	}
	return pavise.Probe{Offer: &pavise.Offer{Address: s.address, Name: s.name, Via: via}}
}

// Check looks for old versions.
func (Protocols) Check(e *pavise.Evidence) []pavise.Finding {
	return each(e, "mail.protocols.old", "TLS 1.2 and 1.3 alone", func(s server, m *pavise.Mailer) verdict {
		if !s.encrypted(m) {
			return skip("there is no TLS to judge")
		}
		a, why := e.Heard(s.offer())
		if a == nil {
			return verdict{Outcome: pavise.Unknown, Saw: why}
		}
		var old, unknown []string
		for _, p := range a.Offered.Protocols {
			switch name := versionName(p.Version); {
			case p.Version >= tls.VersionTLS12:
			case len(p.Suites) > 0:
				old = append(old, name)
			case p.Unknown != "":
				unknown = append(unknown, name+": "+p.Unknown)
			}
		}
		switch {
		case old != nil:
			return fail("it offers " + strings.Join(old, ", "))
		case unknown != nil:
			return verdict{Outcome: pavise.Unknown, Saw: strings.Join(unknown, ", ")}
		}
		return pass("no version before TLS 1.2")
	})
}

func versionName(v uint16) string {
	switch v {
	case 2:
		return "SSLv2"
	case 0x0300:
		return "SSLv3"
	}
	return tls.VersionName(v)
}
