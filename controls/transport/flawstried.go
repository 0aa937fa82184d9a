package transport

import (
	"fmt"

	"pavise"
	"pavise/internal/rawtls"
)

// A tried flaw is a fault of a server that has to be tried.
type tried struct {
	rule  pavise.Rule
	which string // its name as a probe
	want  string
	needs string                        // what is missing where it cannot be
	can   func(*offered) (bool, string) // whether the server has that, or why nobody can tell
	try   func(*pavise.Evidence) string // the command that shows it
}

// triedFlaws are the rules on what has to be tried, what keeps a server busy last.
func triedFlaws() []tried {
	const noOldTLS = "no version before TLS 1.3 is offered"
	return []tried{
		{flawRule(pavise.Heartbleed, "No memory is given away for a heartbeat (Heartbleed)", pavise.High, readsMemory, fixOpenSSL, "CVE-2014-0160", "RFC 6520 4", "CWE-125"),
			pavise.Heartbleed, "a heartbeat that claims more than it has is dropped", "heartbeats are not agreed to", heartbeats, testssl("--heartbleed")},
		{flawRule(pavise.CCSInjection, "A change of cipher that comes too early is refused", pavise.High, takesPart, fixOpenSSL, "CVE-2014-0224", "CWE-326"),
			pavise.CCSInjection, "a change of cipher before the key exchange is refused", noOldTLS, speaks(anySuite), testssl("--ccs-injection")},
		{flawRule(pavise.ROBOT, "Nothing is told of a wrong RSA secret (ROBOT)", pavise.Medium, decrypts, fixSuites, "CVE-2017-13099", "RFC 5246 7.4.7.1", "CWE-203"),
			pavise.ROBOT, "one answer to every wrong secret", "no suite with RSA key exchange is offered", speaks(byRSA), testssl("--robot")},
		{flawRule(pavise.Ticketbleed, "No memory is given away with a session id (Ticketbleed)", pavise.High, readsMemory, fixTickets, "CVE-2016-9244", "RFC 5077 3.4", "CWE-200"),
			pavise.Ticketbleed, "a session id comes back as it is", noOldTLS, speaks(anySuite), testssl("--ticketbleed")},
		{flawRule(pavise.PaddingOracle, "Nothing is told of wrong padding", pavise.Medium, decrypts, fixSuites, "CVE-2014-8730", "CVE-2016-2107", "CVE-2019-1559", "RFC 5246 6.2.3.2", "CWE-203"),
			pavise.PaddingOracle, "one answer to every wrong record", "no suite in CBC mode is offered", speaks(rawtls.Suite.CBC), padcheck},
		{flawRule(pavise.ClientRenegotiation, "A client cannot renegotiate", pavise.Medium, exhausts, fixClientRenegotiation, "CVE-2011-1473", "RFC 9325 3.5", "CWE-400"),
			pavise.ClientRenegotiation, "a second ClientHello within the connection is refused", noOldTLS, speaks(anySuite), renegotiate},
	}
}

func anySuite(rawtls.Suite) bool { return true }

// byRSA is for suites in which the client encrypts a secret for the certificate's key.
func byRSA(s rawtls.Suite) bool { return s.Exchange() == "RSA" && !s.Export() && !s.PSK() }

// speaks asks for a suite before TLS 1.3 that the test takes.
func speaks(takes func(rawtls.Suite) bool) func(*offered) (bool, string) {
	return func(o *offered) (bool, string) { return o.any(beforeTLS13, takes) }
}

func heartbeats(o *offered) (bool, string) {
	t := o.trait(pavise.HeartbeatOffered)
	return t.Has, t.Unknown
}

// testssl is the line for testssl.sh: OpenSSL of today speaks little of this any more.
func testssl(check string) func(*pavise.Evidence) string {
	return func(e *pavise.Evidence) string { return "testssl.sh " + check + " " + pavise.Quote(e.Target.TLS) }
}

func renegotiate(e *pavise.Evidence) string {
	return "(sleep 1; echo R; sleep 1) | " + pavise.OpenSSL(e.Target.TLS, e.Target.Host(), "-tls1_2 -cipher ALL:@SECLEVEL=0")
}

func padcheck(e *pavise.Evidence) string {
	return "padcheck " + pavise.Quote(e.Target.TLS) + "  # https://github.com/Tripwire/padcheck"
}

func (t tried) probe(e *pavise.Evidence) pavise.Probe {
	return pavise.Probe{Flaw: &pavise.Flaw{Address: e.Target.TLS, Name: e.Target.Host(), Which: t.which}}
}

func (t tried) check(e *pavise.Evidence, o *offered) pavise.Finding {
	f := pavise.Finding{Rule: t.rule.ID, Outcome: pavise.Pass, Where: e.Target.TLS, Want: t.want,
		Saw: t.needs, Proof: pavise.Proof{Command: t.try(e)}}
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
