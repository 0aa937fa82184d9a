package mend

import (
	"fmt"
	"strings"

	"pavise"
)

// standardLibrary is what OSV calls the library that comes with Go.
const standardLibrary = "stdlib"

// golang plans for a module of Go: its path holds the major, so a newer version of the
// path breaks nothing by promise, and minimal version selection lets anybody raise it.
func (p *planner) golang() {
	safe, err := p.safe()
	if err != nil {
		p.Blocks = fmt.Sprintf("the module proxy could not be asked (%v)", err)
	}
	same := safe
	if p.Name == standardLibrary {
		same = p.minor(safe)
		if len(same) == 0 {
			same = safe
		}
	}
	if len(same) == 0 {
		p.Blocks = strings.TrimPrefix(p.Blocks+fmt.Sprintf("; no version of %s is safe: a later major has another path, which the source must import", p.Name), "; ")
		return
	}
	// The lowest that is safe is what Go itself would take.
	to := route{to: same[len(same)-1]}
	for _, k := range p.Keys {
		pack := p.packs[k]
		to.add(Step{Do: Raise, Ecosystem: pavise.GoModules, File: pack.File, Name: p.Name, From: p.Version, To: to.to.Version})
	}
	if len(to.steps) == 0 {
		p.Blocks = "it is in no go.mod that could be read"
		return
	}
	p.Blocks = ""
	p.Choices = append(p.Choices, to.choice(Same, true))
}

// minor are the releases of Go's own that only mend: 1.25.3 of 1.25.1.
func (p *planner) minor(list []Release) []Release {
	var same []Release
	for _, r := range list {
		if minorOf(r.Version) == minorOf(p.Version) {
			same = append(same, r)
		}
	}
	return same
}

func minorOf(version string) string {
	parts := strings.SplitN(version, ".", 3)
	return strings.Join(parts[:min(2, len(parts))], ".")
}
