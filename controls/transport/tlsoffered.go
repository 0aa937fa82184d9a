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

// unknown is why not all is known of the versions up to a limit; "" if all is.
func (o *offered) unknown(limit uint16) string {
	for _, p := range o.Protocols {
		if p.Unknown != "" && p.Version <= limit {
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

// found is the suites that a test takes, with the versions in which they are agreed to.
func (o *offered) found(takes func(rawtls.Suite) bool) string {
	var versions []string
	for _, p := range slices.Backward(o.Protocols) {
		var names []string
		for _, id := range p.Suites {
			if s := rawtls.Lookup(id); takes(s) {
				names = append(names, s.Name)
			}
		}
		if len(names) > 0 {
			versions = append(versions, rawtls.VersionName(p.Version)+" with "+some(names))
		}
	}
	return strings.Join(versions, "; ")
}

// some are the first few, and how many more there are.
func some(names []string) string {
	const few = 4
	if len(names) <= few {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:few], ", "), len(names)-few)
}

// A verdict is what a rule comes to.
type verdict struct {
	outcome pavise.Outcome
	saw     string
}

func passed(saw string) verdict   { return verdict{pavise.Pass, saw} }
func failed(saw string) verdict   { return verdict{pavise.Fail, saw} }
func skipped(why string) verdict  { return verdict{pavise.Skip, why} }
func unlooked(why string) verdict { return verdict{pavise.Unknown, why} }
func unless(why string, v verdict) verdict {
	if why != "" {
		return unlooked(why)
	}
	return v
}
