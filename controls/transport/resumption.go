package transport

import (
	"fmt"
	"time"

	"pavise"
)

// Resumption is how visitors come back without a whole handshake. What serves TLS here
// is Go's crypto/tls, which takes no early data and lets tickets live for a week, so
// there is nothing to enforce.
type Resumption struct{}

// maxTicketLife is the longest life of a ticket (RFC 8446 4.6.1).
const maxTicketLife = 7 * 24 * time.Hour

// Doc describes the control.
func (Resumption) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "transport.resumption",
		Title:    "Resumption of TLS",
		Why:      "What a visitor sends as early data can be sent again by whoever recorded it, and is then done twice. A session ticket that lives long keeps one key for as long.",
		Verifies: "The session tickets that come with a whole handshake of TLS 1.3, and one of TLS 1.2.",
		Rules: []pavise.Rule{
			{ID: "transport.resumption.early-data", Title: "Early data (0-RTT) is not taken", Severity: pavise.Low,
				References: []string{"PCI DSS 4.0.1 4.2.1", "RFC 8446 8", "RFC 8470 3", "CWE-294"},
				Fix: pavise.Fix{
					Pavise:  pavise.OnByDefault,
					Nginx:   "ssl_early_data off;",
					Apache:  "SSLProtocol -all +TLSv1.2 +TLSv1.3",
					Express: `https.createServer({ cert, key, minVersion: "TLSv1.2" }, app)`,
				}},
			{ID: "transport.resumption.life", Title: "A session ticket lives for a week at most", Severity: pavise.Low,
				References: []string{"PCI DSS 4.0.1 4.2.1", "RFC 8446 4.6.1", "RFC 9325 3.4", "CWE-613"},
				Fix: pavise.Fix{
					Pavise:  pavise.OnByDefault,
					Nginx:   "ssl_session_timeout 1d;",
					Apache:  "SSLSessionCacheTimeout 86400",
					Express: `https.createServer({ cert, key, sessionTimeout: 86400 }, app)`,
				}},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Resumption) Validate() error { return nil }

// Probes asks for all that the server offers, as TLS does.
func (Resumption) Probes(e *pavise.Evidence) []pavise.Probe { return TLS{}.Probes(e) }

// Check judges what came with the handshakes.
func (c Resumption) Check(e *pavise.Evidence) []pavise.Finding {
	o, why := offeredTo(e)
	switch {
	case checkOffered(e).Outcome == pavise.Fail && (o == nil || !o.spoken()):
		return c.Doc().All(pavise.Skipped, e.Target.TLS, "there is no TLS to judge")
	case o == nil:
		return c.Doc().All(pavise.Unlooked, e.Target.TLS, why)
	}
	early, life := c.Doc().Rules[0], c.Doc().Rules[1]
	return []pavise.Finding{
		tlsCheck{early, "no ticket that allows early data", openssl("-tls1_3"), takesNone}.check(e, o),
		tlsCheck{life, "at most a week", openssl("-tls1_2"), ticketLife}.check(e, o),
	}
}

func takesNone(o *offered) verdict {
	return hasTrait(o, pavise.EarlyData, false, "early data is taken")
}

func ticketLife(o *offered) verdict {
	switch tickets := o.trait(pavise.Tickets); {
	case o.TicketLife > maxTicketLife:
		return failed(fmt.Sprintf("a ticket for %d days", o.TicketLife/(24*time.Hour)))
	case tickets.Unknown != "":
		return unlooked(tickets.Unknown)
	case o.TicketLife == 0:
		return passed("no ticket, or one that does not say how long it lives")
	}
	return passed("a ticket for " + o.TicketLife.String())
}
