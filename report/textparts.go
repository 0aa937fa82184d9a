package report

import (
	"fmt"
	"strings"

	"pavise"
)

// others says the grades that people know; "" where there is none.
func (r *Report) others() string {
	var list []string
	if g := r.Grades.Observatory; g != nil {
		list = append(list, fmt.Sprintf("Observatory %s (%d of 100)", g.Grade, g.Score))
	}
	if g := r.Grades.Labs; g != nil {
		list = append(list, fmt.Sprintf("SSL Labs-style %s (%d)", g.Grade, g.Score))
	}
	return strings.Join(list, " · ")
}

// pci tells what a scan vendor would say: all of it where that was asked for, else
// the verdict.
func (t *terminal) pci(r *Report) {
	p := r.PCI
	if p == nil {
		return
	}
	mark, st := face(p.Verdict)
	if r.Profile != PCI {
		t.say(st, mark+" ", plain, "PCI scan preflight: "+p.Verdict.String()+" (--profile pci says why)")
		return
	}
	t.say(plain, "  ", bold, p.Notice)
	t.lines("What stands against a pass", "✗ ", red, p.Why)
	t.lines("What stood in the scan's way", "✗ ", red, p.Interference)
	var notes []string
	for _, n := range p.Notes {
		text := n.Rule + " at " + n.Where + ": " + n.Note
		if n.Declared == "" {
			text += " Nothing is declared yet."
		} else {
			text += " Declared by " + n.By + ": " + n.Declared
		}
		notes = append(notes, text)
	}
	t.lines("Special notes", "! ", yellow, notes)
	var ports []string
	for _, p := range p.Ports {
		ports = append(ports, p.says())
	}
	t.lines("Open ports", "· ", dim, ports)
}

func (p Port) says() string {
	if p.Service == "" {
		return p.Address + ": not known"
	}
	return p.Address + ": " + p.Service
}

// lines writes a heading and a line for each text, if there is any.
func (t *terminal) lines(heading, mark string, st style, texts []string) {
	if len(texts) == 0 {
		return
	}
	t.blank()
	t.say(plain, "", bold, fmt.Sprintf("%s · %d", heading, len(texts)))
	for _, text := range texts {
		t.say(st, mark, plain, text)
	}
}

// accepted lists the places that fail and for which somebody answers.
func (t *terminal) accepted(r *Report, verbose bool) {
	var texts []string
	for _, f := range r.Findings {
		if f.accepted() {
			texts = append(texts, f.Rule+" at "+f.Where+": "+f.Accepted.says())
		}
	}
	if n := len(texts) - 4*maxPlaces; n > 0 && !verbose {
		texts = append(texts[:4*maxPlaces], "and in "+count(n, "more place"))
	}
	t.lines("Accepted, and not counted as holding", "~ ", yellow, texts)
}

// says who answers for it, why, and until when.
func (a *Accepted) says() string {
	end := "until"
	if a.Ended {
		end = "ended on"
	}
	return fmt.Sprintf("%s (%s, %s %s)", a.Reason, a.Owner, end, a.End.Format("2006-01-02"))
}

// baseline tells what has changed since the report before.
func (t *terminal) baseline(b *Baseline) {
	if b == nil {
		return
	}
	t.blank()
	t.say(plain, "", bold, b.says())
	for _, list := range []struct {
		mark, why string
		st        style
		places    []Place
	}{{"✓ ", "mended: ", green, b.Mended}, {"? ", "not seen this time: ", yellow, b.Unseen}} {
		for _, p := range list.places[:min(len(list.places), 4*maxPlaces)] {
			t.say(list.st, list.mark, plain, list.why+p.Rule+" at "+p.Where)
		}
		if n := len(list.places) - 4*maxPlaces; n > 0 {
			t.say(list.st, list.mark, plain, list.why+"and "+count(n, "more place"))
		}
	}
}

func (b *Baseline) says() string {
	return fmt.Sprintf("Since %s: %d new, %d same, %d mended, %d not seen",
		b.Started.Format("2006-01-02 15:04"), b.New, b.Same, len(b.Mended), len(b.Unseen))
}

// asides are what is to be known beside the findings.
func (t *terminal) asides(r *Report) {
	t.lines("Left at the site by the look", "! ", yellow, r.Left)
	t.lines("Left out on purpose", "– ", dim, r.Limits)
	t.lines("Accepted for nothing", "– ", dim, r.Unused)
}

// ratings say of a rule how bad it is by CVSS, and whether it is new.
func (r rule) ratings() []string {
	list := []string{r.Rule}
	if r.Score > 0 {
		list = append(list, fmt.Sprintf("CVSS %.1f", r.Score))
	}
	if r.Automatic != "" {
		list = append(list, "fails a PCI scan whatever the score")
	}
	if r.Change == Appeared && r.Outcome == pavise.Fail {
		list = append(list, "new")
	}
	return append(list, r.References...)
}
