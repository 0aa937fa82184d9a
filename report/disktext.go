package report

import (
	"fmt"
	"strings"

	"pavise"
)

// faults writes what fails: of a site alone by severity, else by what is to be done,
// packages first.
func (t *terminal) faults(r *Report, rules []rule, verbose bool) {
	if !r.Profile.OnDisk() {
		t.failures(rules, verbose)
		return
	}
	about, rest := dependencies(rules)
	t.upgrades(r, upgrades(about), verbose)
	worstFirst(rest)
	for _, g := range families(rest) {
		t.heading(strings.ToUpper(g.Name), g.Rules)
		for _, one := range g.Rules {
			t.blank()
			t.failure(one, verbose)
		}
	}
}

// maxUpgrades is how many packages are told in text before the rest is a line each, and
// maxFlaws how many flaws of one.
const (
	maxUpgrades = 10
	maxFlaws    = 4
)

// upgrades writes a piece for each package that is to be moved.
func (t *terminal) upgrades(r *Report, list []upgrade, verbose bool) {
	if len(list) == 0 {
		return
	}
	t.blank()
	t.say(plain, "", bold, fmt.Sprintf("PACKAGES · %d to move, which mends %s", len(list), pavise.Plural(flawsOf(list), "flaw")))
	if late := r.Inventory.overdue(); late != "" {
		t.say(yellow, "! ", plain, late)
	}
	told := list
	if !verbose {
		told = list[:min(len(list), maxUpgrades)]
	}
	for _, u := range told {
		t.blank()
		t.upgrade(r, u, verbose)
	}
	if len(told) == len(list) {
		return
	}
	t.blank()
	for _, u := range list[len(told):] {
		t.say(severityStyle(u.Severity()), "✗ ", plain, u.Name+" "+u.Version+" → "+u.Step()+" · "+u.Tally())
	}
	t.say(plain, "  ", dim, "--verbose tells all of these, too")
}

// flawsOf is how many flaws moving the packages mends.
func flawsOf(list []upgrade) int {
	n := 0
	for _, u := range list {
		n += len(u.Flaws)
	}
	return n
}

func (t *terminal) upgrade(r *Report, u upgrade, verbose bool) {
	t.say(severityStyle(u.Severity()), "✗ ", bold, u.Name+" "+u.Version+" → "+u.Step())
	t.say(plain, "  ", dim, u.Tally())
	flaws, ways := maxFlaws, 2
	if verbose {
		flaws, ways = len(u.Flaws), pavise.MaxPaths+pavise.MaxAlso
	}
	told, beyond := u.Ways(ways)
	for i, way := range told {
		t.field([]string{"path", "", ""}[min(i, 2)], way)
	}
	if beyond > 0 {
		t.field("", fmt.Sprintf("and %s more", pavise.Plural(beyond, "way")))
	}
	t.field("use", u.Use())
	t.field("clock", u.Clock(r.Started))
	flaws = min(flaws, len(u.Flaws))
	gain := ""
	for i, f := range u.Flaws[:flaws] {
		t.flaw(f, i == 0, verbose)
		if g := f.Dependency.Gain; g != "" && g != gain { // many flaws of one package come to the same
			gain = g
			t.say(dim, "  "+pad("", 9)+"  ", dim, g)
		}
	}
	if n := len(u.Flaws) - flaws; n > 0 {
		t.field("", fmt.Sprintf("and %d more", n))
	}
}

// flaw writes a line for what an advisory says.
func (t *terminal) flaw(f Finding, begins, verbose bool) {
	name := ""
	if begins {
		name = "flaws"
	}
	text := f.label()
	if f.Dependency.Title != "" {
		text += ": " + f.Dependency.Title
	}
	t.field(name, text)
	if f.Accepted != nil {
		t.field("", "accepted: "+f.Accepted.says())
	}
	if verbose {
		t.field("", f.Dependency.Source)
	}
}
