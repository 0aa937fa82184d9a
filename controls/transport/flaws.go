package transport

import (
	"fmt"

	"pavise"
	"pavise/internal/rawtls"
)

// Flaws are the known flaws of TLS: faults of servers that are tried, and attacks that
// follow from what is offered. What serves TLS here is Go's crypto/tls, which has none
// of them, so there is nothing to enforce.
type Flaws struct{}

// Doc describes the control.
func (Flaws) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "transport.flaws",
		Title:    "Known flaws of TLS",
		Why:      "A server that is old or set up as long ago may give away its key, the memory of its process or the cookies of its visitors to whoever knows one of the published attacks, and scan vendors try them all.",
		Verifies: "Faults of a server by one to five connections of our own, where what it offers makes them possible; a fault counts if it shows three times in the same way. Attacks that follow from what is offered by that alone.",
		Rules:    flawRules,
	}
}

// Validate reports nothing: there is nothing to set.
func (Flaws) Validate() error { return nil }

// offering is the probe for all that the server offers.
func offering(e *pavise.Evidence) pavise.Probe {
	return pavise.Probe{Offer: &pavise.Offer{Address: e.Target.TLS, Name: e.Target.Host()}}
}

// speaksTLS reports whether there is TLS to look at: a site that is known in the clear
// alone need not have any, and asking would take long.
func speaksTLS(e *pavise.Evidence) bool {
	if e.Target.Secure() {
		return true
	}
	s, _ := session(e, handshake(e))
	return s != nil && s.Refused == ""
}

// A tried flaw is a fault of a server that has to be tried.
type tried struct {
	which string // its name as a probe, and as a rule
	want  string
	needs string                          // what it cannot be without
	can   func(offers) (bool, string)     // whether the server has that, or why nobody can tell
	proof func(p *pavise.Evidence) string // the command that shows it
}

var triedFlaws = []tried{
	{pavise.Heartbleed, "a heartbeat that claims more than it has is dropped", "heartbeats are not agreed to",
		func(o offers) (bool, string) { return o.trait(pavise.HeartbeatOffered) }, testssl("--heartbleed")},
	{pavise.CCSInjection, "a change of cipher before the key exchange is refused", "no version before TLS 1.3 is offered",
		func(o offers) (bool, string) { return o.any(upTo12, anySuite) }, testssl("--ccs-injection")},
	{pavise.ROBOT, "one answer to every wrong secret", "no suite with RSA key exchange is offered",
		func(o offers) (bool, string) { return o.any(upTo12, byRSA) }, testssl("--robot")},
	{pavise.Ticketbleed, "a session id comes back as it is", "no version before TLS 1.3 is offered",
		func(o offers) (bool, string) { return o.any(upTo12, anySuite) }, testssl("--ticketbleed")},
	{pavise.ClientRenegotiation, "a second ClientHello within the connection is refused", "no version before TLS 1.3 is offered",
		func(o offers) (bool, string) { return o.any(upTo12, anySuite) }, renegotiate},
	{pavise.PaddingOracle, "one answer to every wrong record", "no suite in CBC mode is offered",
		func(o offers) (bool, string) { return o.any(upTo12, rawtls.Suite.CBC) },
		func(e *pavise.Evidence) string {
			return "padcheck " + pavise.Quote(e.Target.TLS) + "  # https://github.com/Tripwire/padcheck"
		}},
}

// testssl is the line for testssl.sh: OpenSSL of today speaks little of this any more.
func testssl(check string) func(*pavise.Evidence) string {
	return func(e *pavise.Evidence) string { return "testssl.sh " + check + " " + pavise.Quote(e.Target.TLS) }
}

func renegotiate(e *pavise.Evidence) string {
	return "(sleep 1; echo R; sleep 1) | openssl s_client -tls1_2 -cipher ALL:@SECLEVEL=0 -connect " + pavise.Quote(e.Target.TLS)
}

func (t tried) probe(e *pavise.Evidence) pavise.Probe {
	return pavise.Probe{Flaw: &pavise.Flaw{Address: e.Target.TLS, Name: e.Target.Host(), Which: t.which}}
}

// Probes asks for the offer first, and tries a flaw only where it can be.
func (Flaws) Probes(e *pavise.Evidence) []pavise.Probe {
	probes := append([]pavise.Probe{handshake(e)}, leakProbes(e)...)
	if !speaksTLS(e) {
		return probes
	}
	probes = append(probes, offering(e))
	a, _ := e.Heard(offering(e))
	if a == nil {
		return probes
	}
	for _, t := range triedFlaws {
		if can, _ := t.can(offers{a.Offered}); can {
			probes = append(probes, t.probe(e))
		}
	}
	return probes
}

// Check judges the tries, then what follows from the offer, then what HTTP adds.
func (c Flaws) Check(e *pavise.Evidence) []pavise.Finding {
	a, missing := e.Heard(offering(e))
	var found []pavise.Finding
	switch {
	case a != nil && speaksTLS(e):
		for _, t := range triedFlaws {
			found = append(found, t.check(e, offers{a.Offered}))
		}
		found = append(found, checkOffer(e, offers{a.Offered})...)
	default:
		finding := pavise.Unlooked
		if !speaksTLS(e) {
			finding, missing = pavise.Skipped, "there is no TLS to judge"
		}
		for _, r := range flawRules {
			if r.ID != breachRule && r.ID != opossumRule {
				found = append(found, finding(r.ID, e.Target.TLS, missing))
			}
		}
	}
	return append(found, checkBreach(e), checkOpossum(e))
}

func (t tried) check(e *pavise.Evidence, o offers) pavise.Finding {
	f := pavise.Finding{Rule: "transport.flaws." + t.which, Outcome: pavise.Pass, Where: e.Target.TLS, Want: t.want,
		Saw: t.needs, Proof: pavise.Proof{Command: t.proof(e)}}
	can, unknown := t.can(o)
	switch {
	case unknown != "":
		return pavise.Unlooked(f.Rule, f.Where, unknown)
	case !can:
		return f
	}
	a := e.Answer(t.probe(e))
	switch {
	case a == nil:
		return pavise.Unlooked(f.Rule, f.Where, "was not asked")
	case a.Trait == nil:
		return pavise.Unlooked(f.Rule, f.Where, a.Error)
	case a.Trait.Unknown != "":
		return pavise.Unlooked(f.Rule, f.Where, a.Trait.Unknown)
	case a.Trait.Has:
		f.Outcome = pavise.Fail
	}
	f.Saw = a.Trait.Saw
	f.Proof.Sent, f.Proof.Received = hex(a.Trait.Sent), hex(a.Trait.Received)
	return f
}

// hex shows bytes; none are nothing.
func hex(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	return fmt.Sprintf("% x", b)
}
