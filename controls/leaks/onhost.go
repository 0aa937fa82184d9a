package leaks

import (
	"fmt"
	"slices"

	"pavise"
)

// packaged is the package of the host's distribution that has the very version that the
// site tells, where a host was audited.
func packaged(e *pavise.Evidence, s software) (pavise.Software, bool) {
	if e.Machine == nil || s.version == "" {
		return pavise.Software{}, false
	}
	i := slices.IndexFunc(e.Machine.Software, func(o pavise.Software) bool {
		return o.Package != "" && o.Name == s.product && o.Version == s.version
	})
	if i < 0 {
		return pavise.Software{}, false
	}
	return e.Machine.Software[i], true
}

func release(s pavise.Software) pavise.Probe {
	return pavise.Probe{Known: &pavise.Known{Ecosystem: "product", Name: s.Name, Version: s.Version}}
}

// onHost tells by the host whether a version that the site tells gets fixes: its
// distribution puts them into it as long as that lives, and once they are installed.
// Unknown is that the host does not tell.
func onHost(e *pavise.Evidence, s software) (saw string, kept pavise.Outcome) {
	own, found := packaged(e, s)
	if !found {
		return "", pavise.Unknown
	}
	system := e.Machine.System
	a, _ := e.Heard(release(system))
	if a == nil || !a.Notices.Covers {
		return "", pavise.Unknown
	}
	of := fmt.Sprintf("%s is the package %s of %s %s", s.text, own.Package, system.Name, system.Version)
	if gone := end(a.Notices, e.Taken); gone != "" {
		return of + ", which" + gone, pavise.Fail
	}
	for _, u := range e.Machine.Updates {
		if u.Security && u.Package == own.Package {
			return fmt.Sprintf("%s, and a security update of it waits: %s", of, u.Available), pavise.Fail
		}
	}
	return of + ", which puts fixes into it, and none is known to wait", pavise.Pass
}
