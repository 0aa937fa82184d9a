package mail

import "pavise"

// StartTLS has mail come in by TLS.
type StartTLS struct{}

// Doc describes the control.
func (StartTLS) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "mail.starttls",
		Title:    "Mail by TLS",
		Why:      "Mail that comes in the clear is read and changed by whoever sits on the line, with the links of password mails in it.",
		Verifies: "The server is greeted and asked for TLS. No message is sent.",
		Rules: []pavise.Rule{{
			ID: "mail.starttls.offered", Title: "The mail server offers STARTTLS, and it works", Severity: pavise.Low,
			CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:N/A:N",
			References: []string{"PCI DSS 4.0.1 4.2.2", "RFC 3207", "RFC 8314 3", "CWE-319"}, Owner: true,
			Fix: postfix("smtpd_tls_security_level = may\nsmtpd_tls_chain_files = /etc/ssl/mail.pem"),
		}},
	}
}

// Validate reports nothing: there is nothing to set.
func (StartTLS) Validate() error { return nil }

// Probes asks every server.
func (StartTLS) Probes(e *pavise.Evidence) []pavise.Probe { return probes(e) }

// Check looks for STARTTLS.
func (StartTLS) Check(e *pavise.Evidence) []pavise.Finding {
	return each(e, "mail.starttls.offered", "STARTTLS, and TLS behind it", func(s server, m *pavise.Mailer) verdict {
		switch {
		case s.secure:
			return pass("TLS from the first byte")
		case m.StartTLS:
			return pass("STARTTLS works")
		case m.Session != nil:
			return fail("STARTTLS is offered and does not work: " + m.Session.Refused)
		case m.Extensions == nil:
			return skip("it speaks with nobody from here: " + m.Banner)
		}
		return fail("it does not offer STARTTLS, or refuses it")
	})
}
