package report

import (
	"slices"
	"strings"

	"pavise"
)

// A Profile says what is asked of a site, and how the findings come to a verdict.
type Profile string

// The profiles.
const (
	Web     Profile = "web"     // everything; what fails fails
	PCI     Profile = "pci"     // everything; by the rules of the scan that PCI DSS 11.3.2 asks for
	TLS     Profile = "tls"     // what stands before the first byte of HTTP
	Headers Profile = "headers" // what a response says beside its content
	Disk    Profile = "disk"    // what was read of a project and a host; a scan does not have it
	Joined  Profile = "joined"  // both of them, and what only both together tell; likewise
)

// Profiles are all of them, the standard one first.
var Profiles = []string{string(Web), string(PCI), string(TLS), string(Headers)}

// afterTLS are the controls of the family transport that look at HTTP.
var afterTLS = []string{"transport.hsts", "transport.patience", "transport.redirect", "transport.strict"}

// besideHeaders are controls of other families that headers go by: without a trusted
// certificate there is no HSTS.
var besideHeaders = []string{"transport.certificate", "transport.hsts", "transport.redirect", "requests.cors"}

// wants reports whether the rules of a control belong to the profile.
func (p Profile) wants(control string) bool {
	family, _, _ := strings.Cut(control, ".")
	switch p {
	case TLS:
		return family == "transport" && !slices.Contains(afterTLS, control)
	case Headers:
		return family == "headers" || family == "cookies" || slices.Contains(besideHeaders, control)
	}
	return true
}

// Controls are those that the profile asks and judges by.
func (p Profile) Controls(all []pavise.Control) []pavise.Control {
	return slices.DeleteFunc(slices.Clone(all), func(c pavise.Control) bool { return !p.wants(c.Doc().ID) })
}

// whole reports whether it asks for all that a PCI scan looks at.
func (p Profile) whole() bool { return p == Web || p == PCI }

// OnDisk reports whether something is judged that was read of a project or a host.
func (p Profile) OnDisk() bool { return p == Disk || p == Joined }

// isOnDisk reports whether a finding is of what was read on disk. Those that join say so
// by their place.
func (p Profile) isOnDisk(f pavise.Finding) bool {
	if p != Joined {
		return p == Disk
	}
	switch family, _, _ := strings.Cut(f.Rule, "."); family {
	case "project", "source", "host":
		return true
	case "joined":
		return !strings.Contains(f.Where, "://")
	}
	return false
}

// Surveys reports whether the responses of the site are looked at.
func (p Profile) Surveys() bool { return p != TLS }
