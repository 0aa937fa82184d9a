package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

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
	t.lines("What a scan fails for", "✗ ", red, p.failing())
	t.lines("What stood in the scan's way", "✗ ", red, p.Interference)
	t.lines("Special notes", "! ", yellow, p.notes())
	t.lines("Open ports", "· ", dim, p.ports())
}

// failing are the vulnerabilities for which a scan fails, a line each, the worst first.
func (p *PCIParts) failing() []string {
	var lines []string
	worst := slices.Clone(p.Vulnerabilities)
	slices.SortStableFunc(worst, func(a, b Vulnerability) int { return cmp.Compare(b.Score, a.Score) })
	for _, v := range worst {
		if v.Outcome == pavise.Fail {
			lines = append(lines, v.Rule+" at "+v.Where+": "+v.Why)
		}
	}
	return lines
}

// notes are the special notes, a line each.
func (p *PCIParts) notes() []string {
	var lines []string
	for _, n := range p.Notes {
		lines = append(lines, n.Rule+" at "+n.Where+": "+n.Note+" "+n.Says())
	}
	return lines
}

// Says what was declared.
func (n SpecialNote) Says() string {
	if n.Declared == "" {
		return "Nothing is declared yet."
	}
	return "Declared by " + n.By + ": " + n.Declared
}

// ports are the open ports, a line each.
func (p *PCIParts) ports() []string {
	var lines []string
	for _, port := range p.Ports {
		lines = append(lines, port.Address+": "+cmp.Or(port.Service, "not known"))
	}
	return lines
}

// lines writes a heading and a line for each text, if there is any.
func (t *terminal) lines(heading, mark string, st style, texts []string) {
	if len(texts) == 0 {
		return
	}
	t.blank()
	t.say(plain, "", bold, fmt.Sprintf("%s · %d", heading, len(texts)))
	t.few(mark, st, texts)
}

// few writes a line for each text, as far as they are not too many.
func (t *terminal) few(mark string, st style, texts []string) {
	for _, text := range texts[:min(len(texts), maxListed)] {
		t.say(st, mark, plain, text)
	}
	if n := len(texts) - maxListed; n > 0 {
		t.say(st, mark, plain, fmt.Sprintf("and %d more", n))
	}
}

// maxListed is how many lines of one kind are told in text; the rest is counted.
const maxListed = 20

// acceptances are the places that fail and for which somebody answers, a line each.
func (r *Report) acceptances() []string {
	var lines []string
	for _, f := range r.Findings {
		if f.accepted() {
			lines = append(lines, f.placeAt(f.Where).says()+": "+f.Accepted.says())
		}
	}
	return lines
}

// says who answers for it, why, and which day is the last.
func (a *Accepted) says() string {
	end := "until"
	switch {
	case a.End.Equal(NoEnd):
		return fmt.Sprintf("%s (%s)", a.Reason, a.Owner)
	case a.Ended:
		end = "ended on"
	}
	return fmt.Sprintf("%s (%s, %s %s)", a.Reason, a.Owner, end, a.End.Add(-1).Format(time.DateOnly))
}

// baseline tells what has changed since the report before.
func (t *terminal) baseline(b *Baseline) {
	if b == nil {
		return
	}
	t.blank()
	t.say(plain, "", bold, b.says())
	t.few("✓ mended: ", green, placesOf(b.Mended))
	t.few("? not seen this time: ", yellow, placesOf(b.Unseen))
}

// placesOf are places in words.
func placesOf(places []Place) []string {
	var lines []string
	for _, p := range places {
		lines = append(lines, p.says())
	}
	return lines
}

// says names the place in a line.
func (p Place) says() string {
	if p.Advisory != "" {
		return p.Rule + " at " + p.Where + " for " + p.Advisory
	}
	return p.Rule + " at " + p.Where
}

func (b *Baseline) says() string {
	return fmt.Sprintf("Since %s: %d new, %d same, %d mended, %d not seen",
		b.Started.Format("2006-01-02 15:04"), b.New, b.Same, len(b.Mended), len(b.Unseen))
}

// asides are what is to be known beside the findings.
func (t *terminal) asides(r *Report) {
	if r.Agreed != "" {
		t.blank()
		t.say(plain, "", plain, "Tried with what acts, as agreed by "+r.Agreed)
	}
	t.lines("Left at the site by the look", "! ", yellow, r.Left)
	t.lines("Left out on purpose", "– ", dim, r.Limits)
	t.lines("Accepted for nothing", "– ", dim, r.Unused)
}

// ratings say of a rule how bad it is by CVSS, and whether it is new.
func (r rule) ratings() []string {
	list := []string{r.Rule}
	if r.disk && r.Outcome == pavise.Fail {
		list = []string{r.Severity.String(), r.Rule}
	}
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
