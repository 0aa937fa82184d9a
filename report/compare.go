package report

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"pavise"
)

// Proven returns nil if the pair of reports shows what a shield is for: the
// naked site fails, and behind the shield every rule of every enforced control
// holds or does not apply. Else it says what is missing.
func Proven(naked, shielded *Report) error {
	held, broken := enforced(shielded)
	switch {
	case naked.Verdict != pavise.Fail:
		return errors.New("the naked site does not fail")
	case broken > 0:
		return fmt.Errorf("%s could not be shown to hold behind the shield", pavise.Plural(broken, "enforced rule"))
	case held == 0:
		return errors.New("no enforced rule was looked at")
	}
	return nil
}

func enforced(r *Report) (held, broken int) {
	for _, rule := range r.rules() {
		switch {
		case !rule.Edge:
		case rule.Outcome == pavise.Pass:
			held++
		case rule.Outcome != pavise.Skip:
			broken++
		}
	}
	return held, broken
}

// Compare writes two reports of one site side by side: what the shield changed,
// what it leaves to the owner of the app, and whatever else is not well.
func Compare(w io.Writer, naked, shielded *Report, opt TextOptions) error {
	t := newTerminal(w, opt)
	before, after := naked.rules(), shielded.rules()
	failed := map[string]bool{}
	for _, r := range withOutcome(before, pavise.Fail) {
		failed[r.Rule] = true
	}
	mended := which(after, func(r rule) bool { return r.Outcome == pavise.Pass && failed[r.Rule] })
	owners := which(after, func(r rule) bool { return r.Outcome == pavise.Fail && r.Owner })
	failing := which(after, func(r rule) bool { return r.Outcome == pavise.Fail && !r.Owner })
	gone := which(after, func(r rule) bool { return r.Outcome == pavise.Skip && failed[r.Rule] })

	t.sides(naked, shielded)
	t.table(naked, shielded, before, after)
	t.mended(mended)
	t.owners(owners)
	t.failing(failing, opt.Verbose)
	t.reasons("Could not look behind the shield", withOutcome(after, pavise.Unknown), opt.Verbose)
	t.reasons("No longer applies", gone, opt.Verbose)
	t.conclusion(naked, shielded, len(owners))
	return t.w.Flush()
}

func (t *terminal) sides(naked, shielded *Report) {
	t.say(dim, "  naked      ", plain, naked.Target)
	t.say(dim, "  shielded   ", plain, shielded.Target)
	t.blank()
}

// A cell is a piece of a table and how it looks.
type cell struct {
	text  string
	style style
}

func (t *terminal) table(naked, shielded *Report, before, after []rule) {
	t.row("", cell{"naked", dim}, cell{"shielded", dim})
	t.row("enforced", enforcedCell(before, after), enforcedCell(after, after))
	t.row("verdict", verdictCell(naked), verdictCell(shielded))
	t.row("grade", gradeCell(naked), gradeCell(shielded))
	for s := pavise.Critical; s >= pavise.Info; s-- {
		fails := func(r rule) bool { return r.Outcome == pavise.Fail && r.Severity == s }
		st := severityStyle(s)
		t.row("✗ "+s.String(), numberCell(which(before, fails), st), numberCell(which(after, fails), st))
	}
	owners := func(r rule) bool { return r.Outcome == pavise.Fail && r.Owner }
	t.row("  owner's", numberCell(which(before, owners), dim), numberCell(which(after, owners), dim))
	for _, o := range []pavise.Outcome{pavise.Unknown, pavise.Pass} {
		mark, st := face(o)
		t.row(mark+" "+o.String(), numberCell(withOutcome(before, o), st), numberCell(withOutcome(after, o), st))
	}
}

// row writes a name and two cells, aligned to the right.
func (t *terminal) row(name string, left, right cell) {
	t.write(t.paint(dim, pad("  "+name, 12)) +
		t.paint(left.style, flush(left.text, 10)) +
		t.paint(right.style, flush(right.text, 12)))
}

func flush(s string, n int) string { return strings.Repeat(" ", max(0, n-columns(s))) + s }

// enforcedCell counts what fails of the rules that the shield enforces: the verdict
// is of the whole site, what is left to its owner and all.
func enforcedCell(rules, shielded []rule) cell {
	enforced := map[string]bool{}
	for _, r := range shielded {
		enforced[r.Rule] = r.Edge
	}
	fails := which(rules, func(r rule) bool { return r.Outcome == pavise.Fail && enforced[r.Rule] })
	outcome := pavise.Pass
	if len(fails) > 0 {
		outcome = pavise.Fail
	}
	mark, st := face(outcome)
	return cell{fmt.Sprintf("%s %d fail", mark, len(fails)), st}
}

func verdictCell(r *Report) cell {
	mark, st := face(r.Verdict)
	return cell{mark + " " + r.Verdict.String(), st}
}

func gradeCell(r *Report) cell {
	worst := slices.Index(grades, r.Grade)
	switch {
	case worst < 0:
		return cell{r.Grade, yellow}
	case worst == 0:
		return cell{r.Grade, green}
	}
	return cell{r.Grade, severityStyle(pavise.Severity(worst))}
}

func numberCell(rules []rule, st style) cell {
	if len(rules) == 0 {
		return cell{"–", dim}
	}
	return cell{strconv.Itoa(len(rules)), st}
}

// mended lists what failed and now holds, a block per family.
func (t *terminal) mended(rules []rule) {
	if !t.heading("Failed naked, holds behind the shield", rules) {
		return
	}
	column := 0
	for _, r := range rules {
		column = max(column, columns(r.Control))
	}
	for _, family := range families(rules) {
		t.blank()
		last := ""
		for _, r := range family.Rules {
			id := r.Control
			if id == last {
				id = ""
			}
			last = r.Control
			t.say(green, "  ✓ "+pad(id, column)+"  ", plain, titleOf(r.Finding))
		}
	}
}

// owners lists what no edge can mend, with what mends it in the app.
func (t *terminal) owners(rules []rule) {
	if !t.heading("Left to the owner of the app", rules) {
		return
	}
	worstFirst(rules)
	for _, r := range rules {
		t.blank()
		t.title("✗ ", severityStyle(r.Severity), r)
		t.field("where", r.Where)
		t.field("saw", r.Saw)
		t.field("want", r.Want)
		t.fix(r.Fix)
	}
}

// failing lists what an edge could mend and yet fails.
func (t *terminal) failing(rules []rule, verbose bool) {
	if !t.heading("Fails behind the shield", rules) {
		return
	}
	worstFirst(rules)
	for _, r := range rules {
		t.blank()
		t.failure(r, verbose)
	}
}

func (t *terminal) conclusion(naked, shielded *Report, owners int) {
	t.blank()
	if err := Proven(naked, shielded); err != nil {
		t.say(red, "✗ ", bold, "Not proven: "+err.Error()+".")
		return
	}
	held, _ := enforced(shielded)
	text := fmt.Sprintf("The shield holds: none of %s fails", pavise.Plural(held, "enforced rule"))
	if owners > 0 {
		text += fmt.Sprintf("; %d left to the owner of the app", owners)
	}
	t.say(green, "✓ ", bold, text+".")
}
