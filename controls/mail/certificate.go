package mail

import (
	"crypto/x509"
	"fmt"

	"pavise"
)

// Certificate shows other mail servers and mail programs a certificate to believe in.
type Certificate struct{}

// Doc describes the control.
func (Certificate) Doc() pavise.Doc {
	rule := func(name, title string, more ...string) pavise.Rule {
		return pavise.Rule{ID: "mail.certificate." + name, Title: title, Severity: pavise.Medium,
			CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:H/I:N/A:N",
			References: append([]string{"PCI DSS 4.0.1 4.2.1"}, more...), Owner: true,
			Fix: postfix("smtpd_tls_chain_files = /etc/ssl/mail.pem  # the key, the certificate, what is between it and the root")}
	}
	return pavise.Doc{
		ID:       "mail.certificate",
		Title:    "The certificate of the mail server",
		Why:      "Mail programs that are taught to take any certificate give their password to anybody; scan vendors look at this one as at that of the site.",
		Verifies: "The chain that the server shows behind STARTTLS, or from the first byte.",
		Rules: []pavise.Rule{
			rule("trusted", "The chain leads to a trusted root", "CWE-295"),
			rule("name", "The certificate names the mail server", "RFC 9525", "CWE-297"),
			rule("expiry", "The certificate is valid now", "RFC 5280 4.1.2.5", "CWE-298"),
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Certificate) Validate() error { return nil }

// Probes asks every server.
func (Certificate) Probes(e *pavise.Evidence) []pavise.Probe { return probes(e) }

// Check judges the leaf, and what the collector found out about its chain.
func (Certificate) Check(e *pavise.Evidence) []pavise.Finding {
	with := func(judge func(server, *pavise.Session, *x509.Certificate) verdict) func(server, *pavise.Mailer) verdict {
		return func(s server, m *pavise.Mailer) verdict {
			if !s.encrypted(m) {
				return skip("there is no TLS, so there is no certificate")
			}
			leaf, err := x509.ParseCertificate(m.Session.Chain[0])
			if err != nil {
				return fail(err.Error())
			}
			return judge(s, m.Session, leaf)
		}
	}
	list := each(e, "mail.certificate.trusted", "a chain to a root that clients trust", with(func(_ server, s *pavise.Session, _ *x509.Certificate) verdict {
		if e.Target.Untrusted {
			return skip("the asker did not want trust to be judged")
		}
		return failIf(s.Distrust, "a trusted chain")
	}))
	list = append(list, each(e, "mail.certificate.name", "a certificate for the server", with(func(s server, _ *pavise.Session, leaf *x509.Certificate) verdict {
		if err := leaf.VerifyHostname(s.name); err != nil {
			return fail(err.Error())
		}
		return pass(s.name)
	}))...)
	return append(list, each(e, "mail.certificate.expiry", "valid at the time of the scan", with(func(_ server, _ *pavise.Session, leaf *x509.Certificate) verdict {
		saw := fmt.Sprintf("%s to %s", leaf.NotBefore.UTC().Format("2006-01-02"), leaf.NotAfter.UTC().Format("2006-01-02"))
		if e.Taken.Before(leaf.NotBefore) || e.Taken.After(leaf.NotAfter) {
			return fail("not valid now: " + saw)
		}
		return pass(saw)
	}))...)
}
