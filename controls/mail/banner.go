package mail

import (
	"net/netip"
	"regexp"

	"pavise"
)

// Banner tells no version.
type Banner struct{}

// Doc describes the control.
func (Banner) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "mail.banner",
		Title:    "What the mail server calls itself",
		Why:      "A version in the greeting saves an attacker the search for the flaw that fits.",
		Verifies: "The greeting of the server.",
		Rules: []pavise.Rule{{
			ID: "mail.banner.version", Title: "The greeting tells no version", Severity: pavise.Low,
			CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:N/A:N",
			References: []string{"ASVS 5.0 13.4.6", "CWE-200"}, Owner: true,
			Fix: postfix("smtpd_banner = $myhostname ESMTP"),
		}},
	}
}

// Validate reports nothing: there is nothing to set.
func (Banner) Validate() error { return nil }

// Probes asks every server.
func (Banner) Probes(e *pavise.Evidence) []pavise.Probe { return probes(e) }

// version is a product with a number of two parts or more behind it.
var version = regexp.MustCompile(`[A-Za-z]{3,}[ /(]+v?(\d+\.\d+[0-9A-Za-z.-]*)`)

// Check looks for a version.
func (Banner) Check(e *pavise.Evidence) []pavise.Finding {
	return each(e, "mail.banner.version", "a greeting without a version", func(s server, m *pavise.Mailer) verdict {
		greeting := pavise.Clip(m.Banner, 300)
		if found := version.FindStringSubmatch(greeting); found != nil {
			if _, err := netip.ParseAddr(found[1]); err != nil {
				return fail(greeting)
			}
		}
		return pass(greeting)
	})
}
