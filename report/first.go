package report

import (
	"fmt"
	"slices"
	"strings"

	"pavise"
)

// A step is something to do, and why it comes before the rest.
type step struct{ Do, Why string }

// maxFirst is how many places of a kind are named among the steps; the rest stands below.
const maxFirst = 3

// steps says what to do first with what was found on disk: what makes the verdict true,
// what is worst in the settings, then the packages and the rest of the settings.
func (r *Report) steps(rules []rule) []step {
	if r.Profile != Disk {
		return nil
	}
	var list []step
	for _, one := range withOutcome(rules, pavise.Unknown) {
		if one.Rule == "project.dependencies.data" {
			list = append(list, step{"pavise db update", outdated(one.Saw)})
		}
	}
	broken := filter(r.Inventory.Unread, func(u pavise.Unread) bool { return slices.Contains(u.For, "project.lockfile") })
	for _, u := range broken[:min(len(broken), maxFirst)] {
		list = append(list, step{"mend " + u.What, "it could not be read, so its packages are not judged: " + u.Why})
	}
	about, rest := dependencies(withOutcome(rules, pavise.Fail))
	worstFirst(rest)
	grave := which(rest, func(one rule) bool { return one.Severity >= pavise.High })
	for _, one := range grave[:min(len(grave), maxFirst)] {
		list = append(list, step{"mend " + one.Where, one.Severity.String() + ": " + pavise.Clip(one.Saw, 160) + " (" + one.Rule + ")"})
	}
	if packages := upgrades(about); len(packages) > 0 {
		list = append(list, step{"pavise audit --fix", toMove(packages) + "; it asks about each, and shows what it would write"})
	}
	return append(list, patches(rest)...)
}

// patches are the commands that have patches for some of the settings that fail.
func patches(rules []rule) []step {
	var list []step
	for _, of := range []struct{ families, what, line string }{
		{"source.", "of the source", "pavise audit --fix=settings"},
		{"host.nginx host.postfix", "of nginx and Postfix", "pavise audit --host --fix=settings"},
	} {
		n := 0
		for _, family := range strings.Fields(of.families) {
			n += len(which(rules, func(one rule) bool { return strings.HasPrefix(one.Rule, family) }))
		}
		if n > 0 {
			list = append(list, step{of.line, fmt.Sprintf("settings: %s %s, and patches for some of them", pavise.Plural(n, "rule"), of.what)})
		}
	}
	return list
}

// toMove says how many packages are to be moved, and what that is good for.
func toMove(list []upgrade) string {
	return fmt.Sprintf("%s to move, which mends %s, the worst of them %s", pavise.Plural(len(list), "package"), pavise.Plural(flawsOf(list), "flaw"), list[0].Severity())
}

// plainReason is why something could not be looked at, without the words that say so.
func plainReason(saw string) string { return strings.TrimPrefix(saw, "could not look: ") }

// outdated is what is amiss with the advisories, without the names of packages and what to
// type.
func outdated(saw string) string {
	why, _, _ := strings.Cut(plainReason(saw), "; pavise db update")
	if head, _, ok := strings.Cut(why, ": "); ok && strings.HasPrefix(why, "there are no advisories") {
		return head
	}
	return why
}

// first writes the steps, numbered.
func (t *terminal) first(list []step) {
	if len(list) == 0 {
		return
	}
	t.blank()
	t.say(plain, "", bold, "FIRST")
	for i, s := range list {
		t.say(plain, fmt.Sprintf("%d ", i+1), bold, s.Do)
		t.say(plain, "  ", dim, s.Why)
	}
}

// last repeats the verdict below a long text, of which a terminal shows the end.
func (t *terminal) last(r *Report, list []step) {
	if len(list) == 0 {
		return
	}
	mark, st := face(r.Verdict)
	t.blank()
	t.say(st, mark+" ", bold, strings.ToUpper(r.Verdict.String())+" · grade "+r.Grade+" · "+r.Target+" · first: "+list[0].Do)
}
