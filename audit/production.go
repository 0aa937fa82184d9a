package audit

import (
	"fmt"
	"slices"

	"pavise"
)

// Production leaves out what is for development alone, and says so in the evidence.
func Production(e *pavise.Evidence) {
	if e.Project == nil {
		return
	}
	own := *e.Project
	out := func(s pavise.Scope) bool { return s == pavise.Dev }
	own.Packages = slices.DeleteFunc(slices.Clone(own.Packages), func(p pavise.Package) bool { return out(p.Scope) })
	switch n := len(e.Project.Packages) - len(own.Packages); {
	case n == 1:
		e.Limits = append(e.Limits, "1 package that is for development alone")
	case n > 1:
		e.Limits = append(e.Limits, fmt.Sprintf("%d packages that are for development alone", n))
	}
	own.Modules = slices.Clone(own.Modules)
	for i := range own.Modules {
		m := &own.Modules[i]
		m.Needs = slices.DeleteFunc(slices.Clone(m.Needs), func(n pavise.Need) bool { return out(n.Scope) })
	}
	e.Project = &own
}
