package grade

import (
	"crypto/tls"
	"crypto/x509"
	"slices"

	"pavise"
	"pavise/internal/rawtls"
)

// A limit is the best grade that is left, and why.
type limit struct{ letter, why string }

// A rule of the guide that no score expresses.
type labsRule struct {
	limit
	holds func(*laboratory) bool
}

// caps are the rules that apply.
func (l *laboratory) caps() []limit {
	var list []limit
	for _, r := range labsRules {
		if r.holds(l) {
			list = append(list, r.limit)
		}
	}
	return list
}

var labsRules = []labsRule{
	{limit{"M", "the certificate is for another name"}, (*laboratory).misnamed},
	{limit{"T", "the certificate is not trusted"}, func(l *laboratory) bool {
		return l.distrust != "" && !l.e.Target.Untrusted && !l.misnamed()
	}},
	{limit{"F", "SSL 2"}, speaks(rawtls.SSL2)},
	{limit{"F", "a suite without authentication"}, suite(func(_ uint16, s rawtls.Suite) bool { return s.Anonymous() })},
	{limit{"F", "a cipher below 112 bits"}, suite(func(_ uint16, s rawtls.Suite) bool { return s.Bits() < 112 })},
	{limit{"F", "a key below 1024 bits"}, key(1024)},
	{limit{"F", "a signature by MD5 or MD2"}, func(l *laboratory) bool {
		return l.leaf != nil && slices.Contains([]x509.SignatureAlgorithm{x509.MD5WithRSA, x509.MD2WithRSA}, l.leaf.SignatureAlgorithm)
	}},
	{limit{"F", "Heartbleed"}, flaw(pavise.Heartbleed)},
	{limit{"F", "a change of cipher is taken too early"}, flaw(pavise.CCSInjection)},
	{limit{"F", "ROBOT"}, flaw(pavise.ROBOT)},
	{limit{"F", "Ticketbleed"}, flaw(pavise.Ticketbleed)},
	{limit{"F", "a padding oracle"}, flaw(pavise.PaddingOracle)},
	{limit{"C", "no TLS 1.2"}, func(l *laboratory) bool { return !l.speaks(tls.VersionTLS12) && !l.speaks(tls.VersionTLS13) }},
	{limit{"C", "CBC in SSL 3 (POODLE)"}, suite(func(v uint16, s rawtls.Suite) bool { return v == rawtls.SSL3 && s.CBC() })},
	{limit{"C", "compression (CRIME)"}, has(pavise.Compression)},
	{limit{"C", "RC4 in TLS 1.1 or later"}, suite(func(v uint16, s rawtls.Suite) bool { return v >= tls.VersionTLS11 && s.RC4() })},
	{limit{"C", "blocks of 64 bits come first in TLS 1.1 or later"}, func(l *laboratory) bool {
		return slices.ContainsFunc(l.versions, func(p pavise.Protocol) bool {
			return p.Version >= tls.VersionTLS11 && rawtls.Lookup(p.Suites[0]).SmallBlocks()
		})
	}},
	{limit{"B", "SSL 3"}, speaks(rawtls.SSL3)},
	{limit{"B", "TLS 1.0"}, speaks(tls.VersionTLS10)},
	{limit{"B", "TLS 1.1"}, speaks(tls.VersionTLS11)},
	{limit{"B", "RC4"}, suite(func(_ uint16, s rawtls.Suite) bool { return s.RC4() })},
	{limit{"B", "a key below 2048 bits"}, key(2048)},
	{limit{"B", "Diffie-Hellman below 2048 bits"}, func(l *laboratory) bool {
		return slices.ContainsFunc(l.offered.DH, func(p pavise.DHPrime) bool { return p.Bits < 2048 })
	}},
	{limit{"B", "what comes first has no forward secrecy"}, first(func(s rawtls.Suite) bool { return !s.ForwardSecret() })},
	{limit{"B", "what comes first is not authenticated encryption"}, first(func(s rawtls.Suite) bool { return !s.AEAD() })},
	{limit{"A-", "no TLS 1.3"}, func(l *laboratory) bool { return !l.speaks(tls.VersionTLS13) }},
	{limit{"A-", "no secure renegotiation"}, func(l *laboratory) bool {
		t, known := l.offered.Traits[pavise.SecureRenegotiation]
		return known && !t.Has && t.Unknown == ""
	}},
}

func (l *laboratory) misnamed() bool {
	return l.leaf != nil && l.leaf.VerifyHostname(l.e.Target.Host()) != nil
}

func speaks(version uint16) func(*laboratory) bool {
	return func(l *laboratory) bool { return l.speaks(version) }
}

func suite(is func(version uint16, s rawtls.Suite) bool) func(*laboratory) bool {
	return func(l *laboratory) bool { return l.any(is) }
}

// first looks at what the server takes of all that is offered.
func first(is func(rawtls.Suite) bool) func(*laboratory) bool {
	return func(l *laboratory) bool {
		s, ok := l.picked()
		return ok && is(s)
	}
}

func key(least int) func(*laboratory) bool {
	return func(l *laboratory) bool { return l.leaf != nil && keyLength(l.leaf) < least }
}

func has(trait string) func(*laboratory) bool {
	return func(l *laboratory) bool { return l.offered.Traits[trait].Has }
}

// flaw reports one that was tried and found.
func flaw(which string) func(*laboratory) bool {
	return func(l *laboratory) bool {
		return slices.ContainsFunc(l.e.Answers, func(a pavise.Answer) bool {
			f := a.Probe.Flaw
			return f != nil && f.Which == which && f.Address == l.e.Target.TLS && f.Via == "" && a.Trait != nil && a.Trait.Has
		})
	}
}
