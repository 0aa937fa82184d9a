package report

import (
	"fmt"
	"io"
	"strings"

	"pavise"
)

// Explain writes all that the catalogue knows of a rule: what it means and why it is
// asked for, how it is looked at and how it is mended.
func Explain(w io.Writer, d pavise.Doc, r pavise.Rule, opt TextOptions) error {
	t := newTerminal(w, opt)
	t.say(plain, "", bold, r.Title)
	about := []string{r.ID, r.Severity.String()}
	if r.CVSS != "" {
		about = append(about, fmt.Sprintf("CVSS %.1f, %s", r.Score(), r.CVSS))
	}
	t.say(plain, "", dim, strings.Join(about, " · "))
	t.part("Why", d.Why)
	t.part("How it is looked at", d.Verifies)
	t.part("A PCI scan fails for it whatever the score", r.Automatic)
	t.part("To be declared to the scan vendor", r.Declare)
	t.part("References", strings.Join(r.References, " · "))
	if r.Owner {
		t.part("Who can mend it", ownerNote)
	}
	t.part("What Pavise does", d.Enforces)
	if fix := mends(r.Fix); len(fix) > 0 {
		t.blank()
		t.say(plain, "", bold, "How it is mended")
		t.fix(r.Fix)
	}
	t.blank()
	t.say(plain, "", dim, "It is a rule of "+d.ID+": pavise controls "+d.ID)
	return t.w.Flush()
}

// part writes a heading and the text below it, if there is any.
func (t *terminal) part(heading, text string) {
	if text == "" {
		return
	}
	t.blank()
	t.say(plain, "", bold, heading)
	t.say(plain, "  ", plain, text)
}
