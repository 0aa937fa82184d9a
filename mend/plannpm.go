package mend

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"pavise"
)

// npm plans for a package of npm: raise it where the project asks for it, renew it where
// all who ask admit a safe version, else raise who asks for it, override or take a major.
func (p *planner) npm() {
	safe, err := p.safe()
	if err != nil {
		p.Blocks = fmt.Sprintf("the registry could not be asked (%v); ", err)
	}
	var same route
	blocked := []string{}
	for _, k := range p.Keys {
		pack := p.packs[k]
		if pack.From != pavise.FromRegistry && pack.From != "" {
			blocked = append(blocked, fmt.Sprintf("%s comes from %s, and not from a registry", p.Name, pack.From))
			continue
		}
		for _, a := range p.askers[k] {
			if why := p.reach(&same, a, pack, safe, nil); why != "" && !slices.Contains(blocked, why) {
				blocked = append(blocked, why)
			}
		}
	}
	if len(p.Keys) == 0 {
		blocked = append(blocked, "it is in no lockfile that could be read")
	}
	if len(blocked) == 0 && len(same.steps) > 0 {
		p.Blocks = ""
		p.Choices = append(p.Choices, same.choice(Same, true))
	}
	if p.Direct || !p.Ended { // what has only ended is no reason to raise who asks for it
		p.major(safe)
	}
	if !p.Ended {
		p.override(safe)
	}
	p.remove()
	if len(blocked) > 0 && p.instead() != "" {
		blocked = []string{"every version of it was given up; its place can take " + p.instead() + p.brought()}
	}
	if len(blocked) > 0 {
		why := strings.Join(blocked, "; ")
		p.Blocks += why + p.ways(why)
	}
}

// instead is what can take the place of a package of which no version gets fixes.
func (p *planner) instead() string {
	for _, f := range p.Findings {
		if to := f.Dependency.Instead; to != "" {
			return to
		}
	}
	return ""
}

// brought says who else asks for what the project itself does not.
func (p *planner) brought() string {
	for _, k := range p.Keys {
		for _, a := range p.askers[k] {
			if a.pack != nil && !p.Direct {
				return "; " + a.pack.Name + " " + a.pack.Version + " asks for it"
			}
		}
	}
	return ""
}

// ways is what can be done where there is no newer version within the major.
func (p *planner) ways(why string) string {
	var ways []string
	for _, c := range p.Choices {
		switch c.Kind {
		case Major:
			of := ""
			if !strings.HasPrefix(why, c.Steps[0].Name+" ") {
				of = "of " + c.Steps[0].Name + " "
			}
			ways = append(ways, "major "+of+"to "+c.Steps[0].To)
		case Override:
			ways = append(ways, "override "+p.Name)
		case Remove:
			ways = append(ways, "remove "+p.Name)
		}
	}
	if len(ways) == 0 {
		return ""
	}
	return ": " + strings.Join(ways, " or ")
}

// A route is the steps that lead to a safe version, and what they bring.
type route struct {
	steps []Step
	to    Release
}

func (r *route) add(s Step) {
	for i, known := range r.steps {
		if known.Do == s.Do && known.Module == s.Module && known.Name == s.Name && known.By == s.By {
			r.steps[i].To = cmp.Or(r.steps[i].To, s.To)
			return
		}
	}
	r.steps = append(r.steps, s)
}

func (r *route) choice(k Kind, proper bool) Choice {
	slices.SortStableFunc(r.steps, func(a, b Step) int { return cmp.Compare(a.Do, b.Do) })
	texts := make([]string, len(r.steps))
	for i, s := range r.steps {
		texts[i] = s.String()
	}
	return Choice{Kind: k, Text: strings.Join(texts, ", "), Steps: r.steps, Proper: proper, Released: r.to.Published}
}

const maxClimb = 8

// reach finds how an asker comes to a safe version within the major of what it asks for.
// It returns what blocks, "" where nothing does. seen are the packages on the way.
func (p *planner) reach(to *route, a asker, pack *pavise.Package, safe []Release, seen []string) string {
	if a.module != nil {
		same := p.within(safe, pack.Version)
		if len(same) == 0 {
			is := "is safe"
			if p.Ended {
				is = "gets fixes"
			}
			return fmt.Sprintf("%s asks for %s %s; no %s %s %s", a.module.Manifest, pack.Name, pack.Version, pack.Name, p.sys.Major(pack.Version), is)
		}
		return p.raise(to, a, pack, p.preferred(same, a.need.Range))
	}
	for _, r := range safe {
		if ok, err := p.sys.Satisfies(r.Version, plainRange(a.need.Range)); err == nil && ok {
			to.to = r
			to.add(Step{Do: Renew, Ecosystem: pavise.NPM, File: pack.File, Name: pack.Name, From: pack.Version, To: r.Version})
			return ""
		}
	}
	return p.climb(to, a.pack, a.need, pack, safe, append(seen, pack.Key))
}

// preferred is the newest that the range admits, else the newest.
func (p *planner) preferred(same []Release, within string) Release {
	for _, r := range same {
		if ok, err := p.sys.Satisfies(r.Version, plainRange(within)); err == nil && ok {
			return r
		}
	}
	return same[0]
}

// climb raises the asker of a package to a release, of its own major, that asks for a
// safe version or no longer for any.
func (p *planner) climb(to *route, by *pavise.Package, need pavise.Need, pack *pavise.Package, safe []Release, seen []string) string {
	why := fmt.Sprintf("%s %s asks for %s %s", by.Name, by.Version, pack.Name, cmp.Or(need.Range, pack.Version))
	if slices.Contains(seen, by.Key) || len(seen) > maxClimb {
		return why
	}
	list, err := p.releases(pavise.NPM, by.Name)
	if err != nil {
		return why + fmt.Sprintf("; whether a newer %s asks for a safe one is not known (%v)", by.Name, err)
	}
	var fit []Release
	for _, r := range p.within(list, by.Version) {
		if p.sys.Compare(r.Version, by.Version) > 0 && p.lets(r, called(pack), safe) {
			fit = append(fit, r)
		}
	}
	if len(fit) == 0 {
		return why + fmt.Sprintf("; no %s %s asks for a safe %s", by.Name, p.sys.Major(by.Version), pack.Name)
	}
	for _, a := range p.askers[by.Key] {
		if stuck := p.reach(to, a, by, fit, seen); stuck != "" {
			return why + ", and " + stuck
		}
	}
	to.add(Step{Do: Renew, Ecosystem: pavise.NPM, File: pack.File, Name: pack.Name, From: pack.Version})
	return ""
}

// lets reports whether a release asks for none or for a safe version of a package.
func (p *planner) lets(r Release, name string, safe []Release) bool {
	within, asks := r.Needs[name]
	if !asks {
		return true
	}
	return slices.ContainsFunc(safe, func(s Release) bool {
		ok, err := p.sys.Satisfies(s.Version, plainRange(within))
		return err == nil && ok
	})
}

// raise lets a manifest ask for a release.
func (p *planner) raise(to *route, a asker, pack *pavise.Package, r Release) string {
	within, ok := raised(a.need.Range, r.Version)
	if !ok {
		return fmt.Sprintf("%s asks for %s by %q, which is no range of versions", a.module.Manifest, pack.Name, a.need.Range)
	}
	to.to = r
	to.add(Step{Do: Raise, Ecosystem: pavise.NPM, File: a.module.Manifest, Module: a.module.Dir, Name: called(pack), Range: within, From: pack.Version, To: r.Version})
	return ""
}

// major raises what the project itself asks for to the nearest major that is safe, or
// that asks for what is.
func (p *planner) major(safe []Release) {
	if _, ok := p.Choice(Same); ok && !p.Direct {
		return
	}
	var to route
	for _, k := range p.Keys {
		for _, a := range p.tops(k, nil) {
			if why := p.majorOf(&to, a, safe); why != "" {
				return
			}
		}
	}
	if len(to.steps) == 0 {
		return
	}
	if !slices.ContainsFunc(to.steps, func(s Step) bool { return s.Do == Raise && p.sys.Major(s.From) != p.sys.Major(s.To) }) {
		return
	}
	c := to.choice(Major, false)
	c.Warn = "a new major may break what uses it: read its notes and run your tests"
	p.Choices = append(p.Choices, c)
}

func (p *planner) majorOf(to *route, a asker, safe []Release) string {
	top := p.packs[a.need.Key]
	if top == nil {
		return "it is not in the lockfile"
	}
	if top.Name == p.Name {
		above := slices.DeleteFunc(slices.Clone(safe), func(r Release) bool { return p.sys.Major(r.Version) == p.sys.Major(top.Version) })
		r, ok := p.nearest(above)
		if !ok {
			return "none is safe"
		}
		return p.raise(to, a, top, r)
	}
	list, err := p.releases(pavise.NPM, top.Name)
	if err != nil {
		return err.Error()
	}
	var fit []Release
	for _, r := range list {
		if p.sys.Compare(r.Version, top.Version) > 0 && p.clears(r, safe, 0, map[string]bool{}) {
			fit = append(fit, r)
		}
	}
	r, ok := p.nearest(fit)
	if !ok {
		return "none asks for a safe one"
	}
	return p.raise(to, a, top, r)
}

const (
	maxClear  = 4 // how deep a new release is looked into
	maxLooked = 200
)

// clears reports whether what a release asks for, and so on, comes to no unsafe version
// of the package, as far as is looked. The audit of the outcome proves it.
func (p *planner) clears(r Release, safe []Release, depth int, looked map[string]bool) bool {
	if !p.lets(r, p.Name, safe) {
		return false
	}
	if depth == maxClear {
		return true
	}
	for _, name := range slices.Sorted(maps.Keys(r.Needs)) {
		id := name + " " + r.Needs[name]
		if name == p.Name || looked[id] || len(looked) > maxLooked || !p.near(name) {
			continue
		}
		looked[id] = true
		list, err := p.releases(pavise.NPM, name)
		if err != nil {
			continue
		}
		newest := slices.IndexFunc(list, func(c Release) bool {
			ok, err := p.sys.Satisfies(c.Version, plainRange(r.Needs[name]))
			return err == nil && ok
		})
		if newest >= 0 && !p.clears(list[newest], safe, depth+1, looked) {
			return false
		}
	}
	return true
}

// near reports whether a package is on a way to the problem.
func (p *planner) near(name string) bool {
	for _, f := range p.Findings {
		for _, path := range f.Dependency.Paths {
			if slices.Contains(path, name) {
				return true
			}
		}
	}
	return false
}

// tops are the needs of modules by which a package came.
func (p *planner) tops(key string, seen map[string]bool) []asker {
	if seen == nil {
		seen = map[string]bool{}
	}
	var list []asker
	for todo := []string{key}; len(todo) > 0; todo = todo[1:] {
		for _, a := range p.askers[todo[0]] {
			switch {
			case a.module != nil:
				list = append(list, a)
			case !seen[a.pack.Key]:
				seen[a.pack.Key] = true
				todo = append(todo, a.pack.Key)
			}
		}
	}
	return list
}

// override gives an asker that is stuck another version than it asks for.
func (p *planner) override(safe []Release) {
	if _, ok := p.Choice(Same); ok || len(safe) == 0 {
		return
	}
	r, proper := Release{}, true
	if same := p.within(safe, p.Version); len(same) > 0 {
		r = same[0]
	} else {
		r, _ = p.nearest(safe)
		proper = false
	}
	to := route{to: r}
	for _, k := range p.Keys {
		pack := p.packs[k]
		for _, a := range p.askers[k] {
			if a.module != nil || pack.From == pavise.FromGit {
				return
			}
			to.add(Step{Do: Overrule, Ecosystem: pavise.NPM, File: pack.File, Name: called(pack), By: a.pack.Name, From: p.Version, To: r.Version})
		}
	}
	if len(to.steps) == 0 {
		return
	}
	c := to.choice(Override, proper)
	if !proper {
		c.Warn = fmt.Sprintf("%s gets another major than it asks for: run your tests", to.steps[0].By)
	}
	p.Choices = append(p.Choices, c)
}

// remove takes a package out that the project asks for and no file imports.
func (p *planner) remove() {
	var to route
	for _, f := range p.Findings {
		if f.Dependency.Reach != "not imported" || f.Dependency.Scope != "" {
			return
		}
	}
	for _, k := range p.Keys {
		for _, a := range p.askers[k] {
			if a.module == nil {
				return
			}
			to.add(Step{Do: Drop, Ecosystem: pavise.NPM, File: a.module.Manifest, Module: a.module.Dir, Name: called(p.packs[k]), From: p.Version})
		}
	}
	if len(to.steps) == 0 {
		return
	}
	c := to.choice(Remove, true)
	c.Warn = "no source file imports it; see that no template engine, script or setting names it"
	p.Choices = append(p.Choices, c)
}
