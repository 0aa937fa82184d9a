package mail

import (
	"strings"

	"pavise"
)

// Auth takes passwords by TLS alone.
type Auth struct{}

// Doc describes the control.
func (Auth) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "mail.auth",
		Title:    "Mail passwords by TLS alone",
		Why:      "A mail server that offers a login before TLS has mail programs send the password in the clear.",
		Verifies: "What the server offers before TLS. Nobody logs in.",
		Rules: []pavise.Rule{{
			ID: "mail.auth.encrypted", Title: "No login is offered in the clear", Severity: pavise.Medium,
			CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:N/A:N",
			References: []string{"PCI DSS 4.0.1 8.3.2", "RFC 4954 4", "RFC 8314 3.3", "CWE-523"}, Owner: true,
			Fix: postfix("smtpd_tls_auth_only = yes"),
		}},
	}
}

// Validate reports nothing: there is nothing to set.
func (Auth) Validate() error { return nil }

// Probes asks every server.
func (Auth) Probes(e *pavise.Evidence) []pavise.Probe { return probes(e) }

// Check looks for AUTH before TLS. Mechanisms that never show the password are no fault.
func (Auth) Check(e *pavise.Evidence) []pavise.Finding {
	return each(e, "mail.auth.encrypted", "no AUTH PLAIN or LOGIN before TLS", func(s server, m *pavise.Mailer) verdict {
		if s.secure {
			return pass("TLS from the first byte")
		}
		for _, extension := range m.Extensions {
			words := strings.FieldsFunc(strings.ToUpper(extension), func(c rune) bool { return c == ' ' || c == '=' })
			if len(words) > 0 && words[0] == "AUTH" && (has(words, "PLAIN") || has(words, "LOGIN")) {
				return fail("before TLS it offers " + extension)
			}
		}
		return pass("no login before TLS")
	})
}

func has(words []string, word string) bool {
	for _, w := range words {
		if w == word {
			return true
		}
	}
	return false
}
