package project

import (
	"slices"

	"pavise"
)

// reach is whether the project uses a package, and the way to what the advisory is about
// where a tool has shown one.
func reach(p *pavise.Project, pkg pavise.Package, n pavise.Notice) (string, []string) {
	ids := append([]string{n.ID}, n.Aliases...)
	for _, t := range p.Traces {
		about := t.Package == pkg.Name || t.Package == pkg.Alias // an advisory may be about several
		if about && slices.Contains(ids, t.Advisory) && len(t.Calls) > 0 {
			return "called", t.Calls
		}
	}
	return p.Reach(pkg.Key), nil
}
