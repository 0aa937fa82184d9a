package transport

import (
	"fmt"
	"slices"
	"strings"

	"pavise"
	"pavise/internal/rawtls"
)

// offered is all that a server offers, as the rules look at it.
type offered struct{ *pavise.Offered }

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

// offeredTo returns what was offered, or why nothing is known of it.
func offeredTo(e *pavise.Evidence) (*offered, string) {
	a, why := e.Heard(offering(e))
	if a == nil {
		return nil, why
	}
	return &offered{a.Offered}, ""
}

// spoken reports whether any version is.
func (o *offered) spoken() bool {
	return slices.ContainsFunc(o.Protocols, func(p pavise.Protocol) bool { return len(p.Suites) > 0 })
}

// A span is of versions, both ends included.
type span struct{ first, last uint16 }

var (
	anyVersion  = span{rawtls.SSL2, rawtls.TLS13}
	beforeTLS13 = span{rawtls.SSL3, rawtls.TLS12} // and after SSLv2, which is a protocol of its own
)

func (s span) has(version uint16) bool { return s.first <= version && version <= s.last }

// unknown is why not all is known of some versions; "" if all is.
func (o *offered) unknown(in span) string {
	for _, p := range o.Protocols {
		if p.Unknown != "" && in.has(p.Version) {
			return rawtls.VersionName(p.Version) + ": " + p.Unknown
		}
	}
	return ""
}

// of is what is known of a version.
func (o *offered) of(version uint16) pavise.Protocol {
	for _, p := range o.Protocols {
		if p.Version == version {
			return p
		}
	}
	return pavise.Protocol{Version: version, Unknown: "it was not tried"}
}

// found is the suites that a test takes, with those of some versions in which they are
// agreed to.
func (o *offered) found(in span, takes func(rawtls.Suite) bool) string {
	var versions []string
	for _, p := range slices.Backward(o.Protocols) {
		var names []string
		for _, id := range p.Suites {
			if s := rawtls.Lookup(id); in.has(p.Version) && takes(s) {
				names = append(names, s.Name)
			}
		}
		if len(names) > 0 {
			versions = append(versions, rawtls.VersionName(p.Version)+" with "+some(names))
		}
	}
	return strings.Join(versions, "; ")
}

// any reports whether there is a suite that a test takes, or why nobody can tell.
func (o *offered) any(in span, takes func(rawtls.Suite) bool) (has bool, unknown string) {
	if o.found(in, takes) != "" {
		return true, ""
	}
	return false, o.unknown(in)
}

// trait is what is known of one.
func (o *offered) trait(name string) pavise.Trait {
	t, known := o.Traits[name]
	if !known {
		t.Unknown = "it was not tried"
	}
	return t
}

// some are the first few, and how many more there are.
func some(names []string) string {
	const few = 4
	if len(names) <= few {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:few], ", "), len(names)-few)
}
