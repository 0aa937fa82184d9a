package mend

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"pavise"
	"pavise/internal/versions"
)

// A Kind is what is done about a problem.
type Kind string

// The kinds of choices.
const (
	Same     Kind = "same"     // a newer version within the major
	Major    Kind = "major"    // a newer major, which may break
	Override Kind = "override" // another version than its asker asks for
	Remove   Kind = "remove"   // it is not needed
	Accept   Kind = "accept"   // it stays, for a reason and until a day
	Skip     Kind = "skip"     // nothing, this time
	Setting  Kind = "setting"  // of source or configuration, by a patch
)

// A Choice is one thing that can be done about a problem.
type Choice struct {
	Kind  Kind
	Text  string // "express 4.17.1 → 4.21.2 in package.json"
	Warn  string // what may come of it
	Steps []Step
	// Proper is set where nobody gets another major than was asked for.
	Proper   bool
	Released time.Time // of what it brings; zero is not known
}

// A Problem is a version of a package, and what is known against it.
type Problem struct {
	Ecosystem, Name, Version string
	Direct                   bool // the project itself asks for it
	Keys                     []string
	Findings                 []pavise.Finding // each with its Dependency
	Choices                  []Choice         // the last are Accept and Skip
	Default                  int              // of Choices; -1 is that somebody must choose
	// Ended is set where nothing is known against it but that it gets no more fixes.
	Ended bool
	// Blocks says exactly what is in the way of a newer version within the major.
	Blocks string
}

// ID names a problem.
func (p *Problem) ID() string {
	if p.Ended {
		return p.Name + " " + p.Version + " (end of life)"
	}
	return p.Name + " " + p.Version
}

// Advisories are the ids of what is known against it, or the rules that say that it has
// ended.
func (p *Problem) Advisories() []string {
	var ids []string
	for _, f := range p.Findings {
		if id := cmp.Or(f.Dependency.Advisory, f.Rule); id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// Choice returns that of a kind, and whether there is one.
func (p *Problem) Choice(k Kind) (int, bool) {
	i := slices.IndexFunc(p.Choices, func(c Choice) bool { return c.Kind == k })
	return i, i >= 0
}

// Worst is the highest score of what is known against it.
func (p *Problem) Worst() float64 {
	worst := 0.0
	for _, f := range p.Findings {
		if c, err := pavise.ParseCVSS(f.Dependency.CVSS); err == nil {
			worst = max(worst, c.Score())
		}
	}
	return worst
}

// MaxProblems bounds what one plan is about.
const MaxProblems = 1000

// Knowing says what a plan may ask.
type Knowing struct {
	From  Registry // nil: what the findings say of safe versions is all
	Known func(pavise.Known) (*pavise.Notices, error)
}

// Plans says what can be done about the packages that findings are about: those that the
// project itself asks for first, then the worst.
func Plans(ctx context.Context, p *pavise.Project, findings []pavise.Finding, by Knowing) []*Problem {
	g := graphOf(p)
	m := &market{ctx: ctx, from: by.From, known: by.Known, count: map[pavise.Known]int{}}
	list := problems(g, findings)
	for _, problem := range list {
		newPlanner(g, m, problem).plan()
	}
	slices.SortStableFunc(list, func(a, b *Problem) int {
		if a.Direct != b.Direct {
			return cmp.Compare(map[bool]int{true: 0, false: 1}[a.Direct], map[bool]int{true: 0, false: 1}[b.Direct])
		}
		return cmp.Or(cmp.Compare(b.Worst(), a.Worst()), strings.Compare(a.ID(), b.ID()))
	})
	return list
}

// problems gathers the findings by what they are about.
func problems(g *graph, findings []pavise.Finding) []*Problem {
	var list []*Problem
	at := map[string]*Problem{}
	for _, f := range findings {
		d := f.Dependency
		if d == nil || f.Outcome != pavise.Fail {
			continue
		}
		id := fmt.Sprint(d.Ecosystem, " ", d.Name, " ", d.Version, d.Flawed())
		p := at[id]
		if p == nil {
			if len(list) == MaxProblems {
				continue
			}
			p = &Problem{Ecosystem: d.Ecosystem, Name: d.Name, Version: d.Version, Default: -1, Ended: !d.Flawed()}
			for _, pack := range g.project.Packages {
				if pack.Ecosystem == d.Ecosystem && pack.Name == d.Name && pack.Version == d.Version {
					p.Keys = append(p.Keys, pack.Key)
				}
			}
			at[id], list = p, append(list, p)
		}
		p.Findings = append(p.Findings, f)
	}
	for _, p := range list {
		for _, k := range p.Keys {
			p.Direct = p.Direct || slices.ContainsFunc(g.askers[k], func(a asker) bool { return a.module != nil })
		}
	}
	return list
}

// A planner finds what can be done about one problem.
type planner struct {
	*graph
	*market
	*Problem
	sys versions.System
}

func newPlanner(g *graph, m *market, p *Problem) *planner {
	sys, _ := versions.Of(p.Ecosystem)
	return &planner{g, m, p, sys}
}

func (p *planner) plan() {
	switch p.Ecosystem {
	case pavise.NPM:
		p.npm()
	case pavise.GoModules:
		p.golang()
	default:
		p.Blocks = fmt.Sprintf("%s is not changed by pavise: raise it with your package manager", p.Ecosystem)
		if to := p.told(); to != "" {
			p.Blocks = fmt.Sprintf("%s is not changed by pavise: raise it to %s with your package manager", p.Ecosystem, to)
		}
	}
	if p.Default < 0 {
		p.Default = slices.IndexFunc(p.Choices, func(c Choice) bool { return c.Kind == Same || c.Kind == Override && c.Proper })
	}
	p.Choices = append(p.Choices, Choice{Kind: Accept, Text: "leave it, with a reason and an end date"}, Choice{Kind: Skip, Text: "nothing for now"})
}

// told is the version that the findings themselves name as safe.
func (p *planner) told() string {
	for _, f := range p.Findings {
		if to := cmp.Or(f.Dependency.Same, f.Dependency.Safe); to != "" {
			return to
		}
	}
	return ""
}

// safe are the releases against which nothing is known, the newest first. Without a
// registry they are those that the findings name.
func (p *planner) safe() ([]Release, error) {
	list, err := p.releases(p.Ecosystem, p.Name)
	if err != nil || len(list) == 0 {
		return p.namedSafe(), err
	}
	var safe []Release
	for _, r := range list {
		if p.sys.Compare(r.Version, p.Version) > 0 && p.isSafe(r) {
			safe = append(safe, r)
		}
	}
	return safe, nil
}

func (p *planner) namedSafe() []Release {
	var list []Release
	for _, f := range p.Findings {
		for _, v := range []string{f.Dependency.Safe, f.Dependency.Same} {
			if v != "" && !slices.ContainsFunc(list, func(r Release) bool { return r.Version == v }) {
				list = append(list, Release{Version: v})
			}
		}
	}
	// What one finding takes for safe another may be about.
	list = slices.DeleteFunc(list, func(r Release) bool {
		return slices.ContainsFunc(p.Findings, func(f pavise.Finding) bool {
			return f.Dependency.Fixed != "" && p.sys.Compare(r.Version, f.Dependency.Fixed) < 0
		}) || p.harms(p.Ecosystem, p.Name, r.Version) > 0 || p.Ended && !p.alive(r)
	})
	slices.SortFunc(list, func(a, b Release) int { return p.sys.Compare(b.Version, a.Version) })
	return list
}

// isSafe is by what is known; where the data do not know the version, by the versions
// that the findings call the first without each flaw.
func (p *planner) isSafe(r Release) bool {
	version := r.Version
	switch n := p.harms(p.Ecosystem, p.Name, version); {
	case n > 0:
		return false
	case p.Ended:
		return p.alive(r)
	case n == 0:
		return true
	}
	for _, f := range p.Findings {
		if f.Dependency.Fixed == "" || p.sys.Compare(version, f.Dependency.Fixed) < 0 {
			return false
		}
	}
	return true
}

// alive reports whether a release gets fixes, by all that is said of the one that gets none.
func (p *planner) alive(r Release) bool {
	for _, f := range p.Findings {
		switch d := f.Dependency; {
		case d.Instead != "":
			return false
		case d.Product == "" && r.Ended != "":
			return false
		case d.Product != "" && !p.ends(d.Product, r.Version).After(p.ends(d.Product, p.Version)):
			return false
		}
	}
	return true
}

// within are the releases of the same major as a version.
func (p *planner) within(list []Release, version string) []Release {
	major := p.sys.Major(version)
	return slices.DeleteFunc(slices.Clone(list), func(r Release) bool { return p.sys.Major(r.Version) != major })
}

// nearest is the newest release of the lowest major that the list has.
func (p *planner) nearest(list []Release) (Release, bool) {
	if len(list) == 0 {
		return Release{}, false
	}
	lowest := list[len(list)-1]
	return p.within(list, lowest.Version)[0], true
}
