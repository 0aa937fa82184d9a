package project

import (
	"slices"

	"pavise"
)

// Dependencies looks for packages in versions against which something is known.
type Dependencies struct{}

const (
	ruleCritical   = "project.dependencies.critical"
	ruleHigh       = "project.dependencies.high"
	ruleMedium     = "project.dependencies.medium"
	ruleLow        = "project.dependencies.low"
	ruleMalicious  = "project.dependencies.malicious"
	ruleDeprecated = "project.dependencies.deprecated"
	ruleData       = "project.dependencies.data"
)

// flawRules are those that advisories offend against, the worst first.
var flawRules = []string{ruleMalicious, ruleCritical, ruleHigh, ruleMedium, ruleLow}

// Doc describes the control.
func (Dependencies) Doc() pavise.Doc {
	update := pavise.Fix{Pavise: "pavise audit --fix", Express: "npm install PACKAGE@VERSION  # then: npm test, pavise audit"}
	rule := func(id, title string, severity pavise.Severity, cvss string, also ...string) pavise.Rule {
		return pavise.Rule{ID: id, Title: title, Severity: severity, CVSS: cvss, Owner: true, Fix: update,
			References: append(also, pciPatches, pciRanking, "ASVS 5.0 15.2.1", "CWE-1395")}
	}
	return pavise.Doc{
		ID:    "project.dependencies",
		Title: "Packages without known flaws",
		Why: "A flaw of a package is a flaw of every app that is made with it, and what it takes to use it is public from the day of the advisory. " +
			"Most packages of an app came with others, so that nobody chose them.",
		Verifies: "Every package of every lockfile, and every range where there is none, is compared with the advisories in the database: what pavise db update has fetched, else the few facts that Pavise brings along. " +
			"The rule is that of the CVSS base score of the advisory, else of its rating; one without either is judged as medium. " +
			"Where data are older than 30 days, or there are none about a package, nothing passes.",
		Rules: []pavise.Rule{
			rule(ruleMalicious, "No package was made to do harm", pavise.Critical, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", "CWE-506"),
			rule(ruleCritical, "No package has a known flaw that is critical", pavise.Critical, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"),
			rule(ruleHigh, "No package has a known flaw that is high", pavise.High, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"),
			rule(ruleMedium, "No package has a known flaw that is medium", pavise.Medium, "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N"),
			rule(ruleLow, "No package has a known flaw that is low", pavise.Low, "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:N/A:N"),
			{ID: ruleDeprecated, Title: "No package was given up by its author", Severity: pavise.Low, Owner: true,
				References: []string{pciReview, "ASVS 5.0 15.2.4", "CWE-1104"},
				Fix:        pavise.Fix{Express: "npm uninstall PACKAGE  # and what its author names in its place"}},
			{ID: ruleData, Title: "What is known of the packages is new enough, and of all of them", Severity: pavise.Medium, Owner: true,
				CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:L/A:N",
				References: []string{pciRanking, "PCI DSS 4.0.1 11.3.1"},
				Fix:        pavise.Fix{Pavise: "pavise db update", Other: "Without network: pavise db import all.zip  # of the ecosystem, as OSV exports it"}},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Dependencies) Validate() error { return nil }

// Probes asks what is known of every version, once.
func (Dependencies) Probes(e *pavise.Evidence) []pavise.Probe {
	if e.Project == nil {
		return nil
	}
	list := heldBy(e.Project)
	probes := make([]pavise.Probe, len(list))
	for i, h := range list {
		probes[i] = h.probe()
	}
	return probes
}

// Check judges every package by what is known of it.
func (c Dependencies) Check(e *pavise.Evidence) []pavise.Finding {
	if e.Project == nil {
		return nil
	}
	list := heldBy(e.Project)
	missed := e.Project.Unread.Of(c.Doc().ID)
	if len(list) == 0 && len(missed) == 0 {
		return c.Doc().All(pavise.Skipped, ".", "no lockfile and no manifest names a package")
	}
	known, doubts := heard(e, list)
	for _, u := range missed {
		doubts = append(doubts, doubt{u.What, u.Why})
	}
	var found []pavise.Finding
	for _, rule := range flawRules {
		found = append(found, flaws(e, rule, known, doubts)...)
	}
	return append(append(found, deprecated(e.Project, list)...), data(e, known, doubts)...)
}

// A held is one version of one package, at all its places in the project.
type held struct {
	pavise.Package
	all []pavise.Package
}

func (h held) probe() pavise.Probe {
	k := pavise.Known{Ecosystem: h.Ecosystem, Name: h.Name, Version: h.Version}
	if h.Version == "" {
		k.Range = h.Range
	}
	return pavise.Probe{Known: &k}
}

// heldBy are the packages of others, each version once, in the order in which they stand.
func heldBy(p *pavise.Project) []held {
	type id struct{ ecosystem, name, version, asked string }
	at := map[id]int{}
	var list []held
	for _, pkg := range p.Packages {
		if pkg.From == pavise.FromWorkspace || pkg.From == pavise.FromFile {
			continue // it is the project's own
		}
		one := id{pkg.Ecosystem, pkg.Name, pkg.Version, pkg.Range}
		if pkg.Version != "" {
			one.asked = ""
		}
		i, seen := at[one]
		if !seen {
			i = len(list)
			at[one] = i
			list = append(list, held{Package: pkg})
		}
		list[i].all = append(list[i].all, pkg)
		if pkg.Scope == "" { // production needs it at one place: then that counts
			list[i].Package = first(list[i].Package, pkg)
		}
	}
	return list
}

// first is the package that stands for a version: one that production needs before others.
func first(a, b pavise.Package) pavise.Package {
	if a.Scope != "" {
		return b
	}
	return a
}

// deprecated judges what authors say of their own packages.
func deprecated(p *pavise.Project, list []held) []pavise.Finding {
	var found []pavise.Finding
	told := false
	for _, h := range list {
		told = told || h.Ecosystem == pavise.NPM && h.Integrity
		if h.Ended == "" {
			continue
		}
		f := pavise.Finding{Rule: ruleDeprecated, Outcome: pavise.Fail, Where: place(p, h.Package),
			Saw: h.Name + " " + release(h.Version, h.Range) + ": " + pavise.Clip(h.Ended, 300), Want: "a package that gets fixes",
			Dependency: givenUp(p, h, pavise.Clip(h.Ended, 300), "", ""), Proof: show(h.File, h.Line, h.Name)}
		found = append(found, f)
	}
	switch {
	case found != nil:
		return found
	case !told:
		return []pavise.Finding{pavise.Skipped(ruleDeprecated, ".", "no lockfile here says what its author has given up")}
	}
	return []pavise.Finding{{Rule: ruleDeprecated, Outcome: pavise.Pass, Where: ".", Saw: "none of " + pavise.Plural(len(list), "package")}}
}

// givenUp says of a package that gets no more fixes which it is, so that it can be raised.
func givenUp(p *pavise.Project, h held, title, product, instead string) *pavise.Dependency {
	d := &pavise.Dependency{Key: h.Key, Ecosystem: h.Ecosystem, Name: h.Name, Version: release(h.Version, h.Range), File: h.File, Line: h.Line,
		Title: title, Scope: h.Scope, Product: product, Instead: instead}
	d.Paths, d.Ways = p.Paths(h.Key)
	d.Reach = p.Reach(h.Key)
	return d
}

// place is where a package stands: the file, and the shortest way to it.
func place(p *pavise.Project, pkg pavise.Package) string {
	ways, _ := p.Paths(pkg.Key)
	if len(ways) == 0 {
		return pkg.File + " › " + pkg.Name
	}
	return joined(pkg.File, ways[0])
}

func joined(file string, way []string) string {
	out := file
	for _, name := range way {
		out += " › " + name
	}
	return out
}

// maxPlaces bounds how many places of one version are looked at: nobody reads more.
const maxPlaces = 100

// others are the places of a version beside the one that is told first.
func others(p *pavise.Project, h held) []pavise.Place {
	var list []pavise.Place
	here := place(p, h.Package)
	for _, pkg := range h.all[:min(len(h.all), maxPlaces)] {
		where := place(p, pkg)
		if where != here && !slices.ContainsFunc(list, func(o pavise.Place) bool { return o.Where == where }) {
			list = append(list, pavise.Place{Where: where, Command: show(pkg.File, pkg.Line, pkg.Name).Command})
		}
	}
	return list
}
