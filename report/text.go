package report

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"pavise"
)

const ownerNote = "Pavise does not mend this of itself: it is left to the owner of the app."

// Text writes the report for a person at a terminal: the verdict, the failures
// from the worst down, what could not be looked at, and the rest folded.
func (r *Report) Text(w io.Writer, opt TextOptions) error {
	t := newTerminal(w, opt)
	rules := r.rules()
	todo := r.steps(rules)
	t.headline(r, rules)
	t.first(todo)
	t.faults(r, withOutcome(rules, pavise.Fail), opt.Verbose)
	t.lines("Accepted, and not counted as holding", "~ ", yellow, r.acceptances())
	t.reasons("Could not look", withOutcome(rules, pavise.Unknown), opt.Verbose)
	t.baseline(r.Baseline)
	t.reasons("Does not apply", withOutcome(rules, pavise.Skip), opt.Verbose)
	t.passes(withOutcome(rules, pavise.Pass), opt.Verbose)
	t.asides(r)
	t.last(r, todo)
	return t.w.Flush()
}

// Text writes the reports one under the other, and behind several what became of all.
func (rs Reports) Text(w io.Writer, opt TextOptions) error {
	t := newTerminal(w, opt)
	for i, r := range rs {
		if i > 0 {
			t.blank()
			t.write(t.paint(dim, strings.Repeat("─", t.width)))
			t.blank()
		}
		if err := errors.Join(t.w.Flush(), r.Text(w, opt)); err != nil {
			return err
		}
	}
	if len(rs) != 1 {
		t.all(rs)
	}
	return t.w.Flush()
}

// all is a line for every site.
func (t *terminal) all(rs Reports) {
	t.blank()
	t.write(t.paint(dim, strings.Repeat("─", t.width)))
	t.blank()
	t.say(plain, "", bold, rs.Summary())
	for _, r := range rs {
		mark, st := face(r.Verdict)
		t.say(st, mark+" "+pad(r.Grade, 3), plain, r.Target)
		t.say(plain, "     ", dim, r.tally(r.rules()))
	}
}

func (t *terminal) headline(r *Report, rules []rule) {
	mark, st := face(r.Verdict)
	t.say(st, mark+" ", bold, strings.ToUpper(r.Verdict.String())+" · grade "+r.Grade+" · "+r.Target)
	t.say(plain, "  ", plain, r.tally(rules))
	t.say(plain, "  ", dim, r.grading())
	if others := r.others(); others != "" {
		t.say(plain, "  ", plain, others)
	}
	for _, line := range r.Inventory.looked() {
		t.say(plain, "  ", dim, line)
	}
	t.pci(r)
}

// tally counts the rules by what they came to, and what that took.
func (r *Report) tally(rules []rule) string {
	var counts []string
	for _, o := range []pavise.Outcome{pavise.Fail, pavise.Unknown, pavise.Skip, pavise.Pass} {
		counts = append(counts, fmt.Sprintf("%d %s", len(withOutcome(rules, o)), o))
	}
	if n := len(accepted(rules)); n > 0 {
		counts = append(counts, fmt.Sprintf("%d accepted", n))
	}
	text := pavise.Plural(len(rules), "rule") + ": " + strings.Join(counts, ", ")
	if effort := r.Effort.String(); effort != "" {
		text += " · " + effort
	}
	return text
}

// String says what the look took: "1.2 s, 61 requests, 14 connections".
func (e Effort) String() string {
	var parts []string
	switch {
	case e.Elapsed >= time.Second:
		parts = append(parts, fmt.Sprintf("%.1f s", e.Elapsed.Seconds()))
	case e.Elapsed > 0:
		parts = append(parts, fmt.Sprintf("%d ms", e.Elapsed.Milliseconds()))
	}
	if e.Requests > 0 {
		parts = append(parts, pavise.Plural(e.Requests, "request"))
	}
	if e.Connections > 0 {
		parts = append(parts, pavise.Plural(e.Connections, "connection"))
	}
	return strings.Join(parts, ", ")
}

// worstFirst sorts by severity, within it by the CVSS score, and keeps the catalogue's
// order within that.
func worstFirst(rules []rule) {
	slices.SortStableFunc(rules, func(a, b rule) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(b.Score, a.Score))
	})
}

func (t *terminal) failures(rules []rule, verbose bool) {
	worstFirst(rules)
	var last pavise.Severity
	for _, r := range rules {
		if r.Severity != last {
			last = r.Severity
			same := which(rules, func(r rule) bool { return r.Severity == last })
			t.heading(strings.ToUpper(last.String()), same)
		}
		t.blank()
		t.failure(r, verbose)
	}
}

// heading opens a part of the text, if there is anything to say in it.
func (t *terminal) heading(text string, rules []rule) bool {
	if len(rules) == 0 {
		return false
	}
	t.blank()
	t.say(plain, "", bold, fmt.Sprintf("%s · %d", text, len(rules)))
	return true
}

func (t *terminal) failure(r rule, verbose bool) {
	t.title("✗ ", severityStyle(r.Severity), r)
	places := r.shown()
	if verbose {
		places = r.Places
	}
	for _, f := range places {
		t.place(f, verbose)
	}
	if n := len(r.Places) - len(places); n > 0 {
		t.say(plain, "  ", dim, "and in "+pavise.Plural(n, "more place"))
	}
	if r.Owner && !r.disk {
		t.field("note", ownerNote)
	}
	t.fix(r.Fix)
}

func (t *terminal) title(mark string, st style, r rule) {
	t.say(st, mark, bold, titleOf(r.Finding))
	t.say(plain, "  ", dim, strings.Join(r.ratings(), " · "))
}

// titleOf falls back to the id: a report that was read back has no titles.
func titleOf(f Finding) string { return cmp.Or(f.Title, f.Rule) }

func (t *terminal) place(f Finding, verbose bool) {
	t.field("where", f.Where)
	t.field("saw", f.Saw)
	t.field("want", f.Want)
	if f.Accepted != nil {
		t.field("accepted", f.Accepted.says())
	}
	t.copy("proof", f.Proof.Command)
	if verbose {
		t.copy("sent", f.Proof.Sent)
		t.copy("received", f.Proof.Received)
	}
	t.also(f, verbose)
}

// also names the other places where it fails.
func (t *terminal) also(f Finding, verbose bool) {
	told, beyond := f.also(maxPlaces - 1)
	if verbose {
		told, beyond = f.Also, f.More
	}
	for _, p := range told {
		if !verbose {
			t.field("also at", f.elsewhere(p))
			continue
		}
		t.field("also at", p.Where)
		t.field("saw", p.Saw)
		t.copy("proof", p.Command)
	}
	if beyond > 0 {
		t.field("", "and at "+strconv.Itoa(beyond)+" more")
	}
}

func (t *terminal) field(name, text string) {
	if text != "" {
		t.say(dim, "  "+pad(name, 8)+" ", plain, text)
	}
}

func (t *terminal) copy(name, text string) {
	if text != "" {
		t.copyable("  "+pad(name, 8)+" ", text)
	}
}

func (t *terminal) fix(f pavise.Fix) {
	for _, m := range mends(f) {
		t.copy(m.Tool, m.Lines)
	}
}

// reasons writes the rules that have no answer, those with the same reason
// together.
func (t *terminal) reasons(heading string, rules []rule, verbose bool) {
	if !t.heading(heading, rules) {
		return
	}
	mark, st := face(rules[0].Outcome)
	for len(rules) > 0 {
		why := rules[0].reason()
		same := which(rules, func(r rule) bool { return r.reason() == why })
		rules = which(rules, func(r rule) bool { return r.reason() != why })
		t.say(st, mark+" ", plain, cmp.Or(why, "no reason given"))
		t.say(plain, "  ", dim, fold(same, verbose))
	}
}

func (t *terminal) passes(rules []rule, verbose bool) {
	if !t.heading("Holds", rules) {
		return
	}
	if !verbose {
		t.say(green, "✓ ", plain, fold(rules, false))
		return
	}
	for _, r := range rules {
		t.title("✓ ", green, r)
		t.field("saw", r.Saw)
	}
}

// fold names rules by their controls, with how many there are of each.
func fold(rules []rule, verbose bool) string {
	var names []string
	for len(rules) > 0 {
		id := rules[0].Control
		same := which(rules, func(r rule) bool { return r.Control == id })
		rules = which(rules, func(r rule) bool { return r.Control != id })
		switch {
		case verbose:
			for _, r := range same {
				names = append(names, r.Rule)
			}
		case len(same) > 1:
			names = append(names, fmt.Sprintf("%s (%d)", id, len(same)))
		default:
			names = append(names, id)
		}
	}
	return strings.Join(names, ", ")
}
