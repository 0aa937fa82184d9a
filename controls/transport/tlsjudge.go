package transport

import (
	"cmp"
	"fmt"
	"strings"

	"pavise"
	"pavise/internal/rawtls"
)

// refuses wants a version refused.
func refuses(version uint16) func(*offered) verdict {
	return func(o *offered) verdict {
		p := o.of(version)
		if len(p.Suites) > 0 {
			names := make([]string, len(p.Suites))
			for i, id := range p.Suites {
				names[i] = rawtls.Lookup(id).Name
			}
			return failed("agreed to " + rawtls.VersionName(version) + " with " + some(names))
		}
		return unless(p.Unknown, passed("refused"))
	}
}

func speaksTLS13(o *offered) verdict {
	p := o.of(rawtls.TLS13)
	if len(p.Suites) > 0 {
		return passed("agreed to TLS 1.3 with " + rawtls.Lookup(p.Suites[0]).Name)
	}
	return unless(p.Unknown, failed("TLS 1.3 is refused"))
}

// none wants no suite that the test takes.
func none(takes func(rawtls.Suite) bool) func(*offered) verdict { return noneIn(anyVersion, takes) }

// noneIn wants none in some versions.
func noneIn(in span, takes func(rawtls.Suite) bool) func(*offered) verdict {
	return func(o *offered) verdict {
		if found := o.found(in, takes); found != "" {
			return failed("agreed to " + found)
		}
		return unless(o.unknown(in), passed("refused"))
	}
}

// oneOf wants a suite that the test takes.
func oneOf(takes func(rawtls.Suite) bool) func(*offered) verdict {
	return func(o *offered) verdict {
		if found := o.found(anyVersion, takes); found != "" {
			return passed("agreed to " + found)
		}
		return unless(o.unknown(anyVersion), failed("none is agreed to"))
	}
}

// weak takes what encrypts, but with less than 112 bits.
func weak(s rawtls.Suite) bool { return s.Bits() > 0 && s.Bits() < 112 }

// strong takes what it does no harm to choose.
func strong(id uint32) bool {
	s := rawtls.Lookup(id)
	return s.AEAD() && s.ForwardSecret() && !s.Anonymous()
}

// ordered wants the server's order wherever the client's could be to its harm.
func ordered(o *offered) verdict {
	var free []string
	for _, p := range o.Protocols {
		if p.Version == rawtls.SSL2 || p.Ordered || len(p.Suites) < 2 {
			continue
		}
		for _, id := range p.Suites {
			if !strong(id) {
				free = append(free, rawtls.VersionName(p.Version))
				break
			}
		}
	}
	if len(free) > 0 {
		return failed("the client's order decides in " + strings.Join(free, ", ") + ", also for weak suites")
	}
	return unless(o.unknown(anyVersion), passed("the server's own order, or strong suites alone"))
}

// primes wants primes of so many bits.
func primes(least int) func(*offered) verdict {
	return func(o *offered) verdict {
		var short []string
		for _, p := range o.DH {
			if p.Bits < least {
				what := fmt.Sprintf("a prime of %d bits with %s", p.Bits, rawtls.Lookup(p.Suite).Name)
				if p.Name != "" {
					what += ", shared by all who use that of " + p.Name
				}
				short = append(short, what)
			}
		}
		switch {
		case len(short) > 0:
			return failed(strings.Join(short, "; "))
		case len(o.DH) > 0:
			return unless(o.DHUnknown, passed(fmt.Sprintf("a prime of %d bits", o.DH[0].Bits)))
		}
		return unless(cmp.Or(o.DHUnknown, o.unknown(beforeTLS13)), passed("no Diffie-Hellman over a prime field of the server's"))
	}
}

func strongGroups(o *offered) verdict {
	var short []string
	for _, id := range o.Groups {
		if g := rawtls.LookupGroup(id); g.Bits < 112 {
			short = append(short, g.Name)
		}
	}
	if len(short) > 0 {
		return failed("agreed to " + some(short))
	}
	return unless(cmp.Or(o.GroupsUnknown, o.unknown(anyVersion)), passed(groupNames(o.Groups)))
}

func hybrid(o *offered) verdict {
	for _, id := range o.Groups {
		if g := rawtls.LookupGroup(id); g.PostQuantum {
			return passed("agreed to " + g.Name)
		}
	}
	return unless(cmp.Or(o.GroupsUnknown, o.of(rawtls.TLS13).Unknown), failed("none: "+groupNames(o.Groups)))
}

func groupNames(groups []uint16) string {
	if len(groups) == 0 {
		return "no group"
	}
	names := make([]string, len(groups))
	for i, id := range groups {
		names[i] = rawtls.LookupGroup(id).Name
	}
	return strings.Join(names, ", ")
}

// older wants a trait to be as it must be in TLS 1.2 and before: TLS 1.3 has mended it
// for all (RFC 8446 1.3).
func older(name string, want bool, fault string) func(*offered) verdict {
	return func(o *offered) verdict {
		for _, p := range o.Protocols {
			if beforeTLS13.has(p.Version) && len(p.Suites) > 0 {
				return hasTrait(o, name, want, fault)
			}
		}
		return unless(o.unknown(beforeTLS13), passed("only TLS 1.3 is spoken"))
	}
}

func hasTrait(o *offered, name string, want bool, fault string) verdict {
	switch t := o.trait(name); {
	case t.Unknown != "":
		return unlooked(t.Unknown)
	case t.Has != want && t.Saw != "":
		return failed(fault + ": " + t.Saw)
	case t.Has != want:
		return failed(fault)
	case t.Saw != "":
		return passed(t.Saw)
	}
	return passed("no " + name)
}

// fallback wants a needless fallback refused, where there is another version.
func fallback(o *offered) verdict {
	spoken := 0
	for _, p := range o.Protocols {
		if p.Version != rawtls.SSL2 && len(p.Suites) > 0 {
			spoken++
		}
	}
	if spoken < 2 {
		return unless(o.unknown(anyVersion), skipped("only one version is spoken, so there is nothing to fall back to"))
	}
	return hasTrait(o, pavise.FallbackSCSV, true, "a needless fallback is agreed to")
}
