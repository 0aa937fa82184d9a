package transport

import (
	"fmt"
	"slices"

	"pavise"
	"pavise/internal/rawtls"
)

// offers answers questions of what a server offers.
type offers struct{ *pavise.Offered }

var (
	upTo12 = []uint16{rawtls.SSL3, rawtls.TLS10, rawtls.TLS11, rawtls.TLS12}
	all    = append([]uint16{rawtls.SSL2}, upTo12...)
)

func anySuite(rawtls.Suite) bool { return true }

// byRSA is for those in which the client encrypts a secret for the certificate's key.
func byRSA(s rawtls.Suite) bool { return s.Exchange() == "RSA" && !s.Export() && !s.PSK() }

// first is the first suite of a kind in some versions, in words, "" if there is none;
// unknown is why nobody can tell.
func (o offers) first(versions []uint16, is func(rawtls.Suite) bool) (saw, unknown string) {
	n := 0
	for _, p := range o.Protocols {
		if !slices.Contains(versions, p.Version) {
			continue
		}
		if p.Unknown != "" {
			unknown = rawtls.VersionName(p.Version) + ": " + p.Unknown
		}
		for _, id := range p.Suites {
			if s := rawtls.Lookup(id); is(s) {
				if n++; n == 1 {
					saw = rawtls.VersionName(p.Version) + " with " + s.Name
				}
			}
		}
	}
	if n > 1 {
		saw = fmt.Sprintf("%s (and %d more)", saw, n-1)
	}
	if n > 0 {
		unknown = ""
	}
	return saw, unknown
}

// any reports whether there is a suite of a kind.
func (o offers) any(versions []uint16, is func(rawtls.Suite) bool) (has bool, unknown string) {
	saw, unknown := o.first(versions, is)
	return saw != "", unknown
}

// trait reports whether the server has a trait.
func (o offers) trait(name string) (has bool, unknown string) {
	t, told := o.Traits[name]
	if !told {
		return false, "nobody has looked for " + name
	}
	return t.Has, t.Unknown
}

// A consequence is an attack that a suite makes possible.
type consequence struct {
	rule, want string
	versions   []uint16
	is         func(rawtls.Suite) bool
	check      string // of testssl.sh
}

var consequences = []consequence{
	{"drown", "SSLv2 is refused", []uint16{rawtls.SSL2}, anySuite, "--drown"},
	{"poodle", "SSLv3 is refused, or at least CBC in it", []uint16{rawtls.SSL3}, rawtls.Suite.CBC, "--poodle"},
	{"beast", "TLS 1.0 is refused, or at least CBC in it", []uint16{rawtls.SSL3, rawtls.TLS10}, rawtls.Suite.CBC, "--beast"},
	{"sweet32", "no cipher with blocks of 64 bits", all, rawtls.Suite.SmallBlocks, "--sweet32"},
	{"freak", "no RSA for export", upTo12, func(s rawtls.Suite) bool { return s.Export() && s.Exchange() == "RSA" }, "--freak"},
}

// checkOffer judges what follows from the offer.
func checkOffer(e *pavise.Evidence, o offers) []pavise.Finding {
	var found []pavise.Finding
	for _, c := range consequences {
		saw, unknown := o.first(c.versions, c.is)
		found = append(found, followed(e, c.rule, c.want, c.check, saw, unknown))
	}
	saw, unknown := o.weakPrime()
	found = append(found, followed(e, "logjam", "Diffie-Hellman with a prime of 2048 bits, or none", "--logjam", saw, unknown))
	saw, unknown = o.macThenEncrypt()
	found = append(found, followed(e, "lucky13", "no CBC in TLS", "--lucky13", saw, unknown))
	compresses, unknown := o.trait(pavise.Compression)
	if saw = ""; compresses {
		saw = "TLS compression is agreed to"
	}
	return append(found, followed(e, "crime", "TLS compression is refused", "--crime", saw, unknown))
}

// followed is the finding for what was seen, or not.
func followed(e *pavise.Evidence, rule, want, check, saw, unknown string) pavise.Finding {
	f := pavise.Finding{Rule: "transport.flaws." + rule, Outcome: pavise.Fail, Where: e.Target.TLS, Want: want, Saw: saw,
		Proof: pavise.Proof{Command: testssl(check)(e), Received: saw}}
	switch {
	case saw != "":
		return f
	case unknown != "":
		return pavise.Unlooked(f.Rule, f.Where, unknown)
	}
	f.Outcome, f.Saw = pavise.Pass, "nothing of the kind is offered"
	return f
}

// breakable is a prime for which states have computed ahead (https://weakdh.org).
const breakable = 1024

func (o offers) weakPrime() (saw, unknown string) {
	ephemeral := func(s rawtls.Suite) bool { return s.Exchange() == "DHE" }
	if saw, _ = o.first(upTo12, func(s rawtls.Suite) bool { return ephemeral(s) && s.Export() }); saw != "" {
		return saw, ""
	}
	for _, p := range o.DH {
		if p.Bits > breakable {
			continue
		}
		saw = fmt.Sprintf("a prime of %d bits with %s", p.Bits, rawtls.Lookup(p.Suite).Name)
		if p.Name != "" {
			saw += ", that of " + p.Name
		}
		return saw, ""
	}
	has, unknown := o.any(upTo12, ephemeral)
	if has && unknown == "" {
		unknown = o.DHUnknown
	}
	return "", unknown
}

// macThenEncrypt is CBC as the offer asks for it: the other order is only for a client
// that wants it (RFC 7366 2), and browsers do not.
func (o offers) macThenEncrypt() (saw, unknown string) {
	saw, unknown = o.first(upTo12[1:], rawtls.Suite.CBC)
	if after, _ := o.trait(pavise.EncryptThenMAC); after && saw != "" {
		saw += "; the MAC lies above the encryption only for a client that asks for that"
	}
	return saw, unknown
}
