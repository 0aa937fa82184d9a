package mail

import "pavise"

// Relay takes no mail of strangers for strangers.
type Relay struct{}

// Doc describes the control.
func (Relay) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "mail.relay",
		Title:    "No open relay",
		Why:      "A server that takes mail from anybody to anybody sends the world's spam and fraud in the owner's name, and is found within a day.",
		Verifies: "The server is told a stranger's sender and a stranger's recipient; the dialogue ends there, before any message.",
		Rules: []pavise.Rule{{
			ID: "mail.relay.refused", Title: "The mail server refuses mail of strangers for strangers", Severity: pavise.Medium,
			CVSS:       "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:L/A:L",
			References: []string{"PCI DSS 4.0.1 2.2.6", "RFC 5321 7.9", "CWE-284"}, Owner: true,
			Fix: postfix("smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination"),
		}},
	}
}

// Validate reports nothing: there is nothing to set.
func (Relay) Validate() error { return nil }

// Probes asks every server.
func (Relay) Probes(e *pavise.Evidence) []pavise.Probe { return probes(e) }

// Check judges what it said to the recipient. It may still refuse the message itself,
// but a server that is set up well need not see one.
func (Relay) Check(e *pavise.Evidence) []pavise.Finding {
	list := each(e, "mail.relay.refused", "a refusal of the recipient", func(s server, m *pavise.Mailer) verdict {
		switch {
		case !s.probe().Mail.Relay:
			return skip("a server of one's own machine may relay for who sits at it")
		case m.Relays == nil:
			return skip("the dialogue did not come so far: " + m.Banner)
		case m.Relays.Unknown != "":
			return verdict{Outcome: pavise.Unknown, Saw: m.Relays.Unknown}
		case m.Relays.Has:
			return fail(m.Relays.Saw + ", asked from here")
		}
		return pass(m.Relays.Saw)
	})
	for _, s := range servers(e) {
		for i, f := range list {
			if a, _ := e.Heard(s.probe()); a != nil && f.Where == s.address && f.Proof.Command != "" {
				list[i].Proof.Command = s.command(a.Mailer, `MAIL FROM:<pavise@example.com>\r\nRCPT TO:<pavise@example.net>\r\n`)
			}
		}
	}
	return list
}
