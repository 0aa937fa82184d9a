package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What a stranger can put into a report is held to these many characters.
const (
	maxLine    = 400
	maxLines   = 8192
	maxCommand = 4096
)

// Line makes a short printable line of what came from the network.
func Line(s string) string { return clean(s, maxLine) }

// Fit makes a printable line of at most so many columns.
func Fit(s string, columns int) string {
	return chop(Line(s), max(columns, 2))[0]
}

// clean makes a line of what came from the network: printable, so that it can
// neither steer a terminal nor turn the direction of text (CWE-150, CWE-451),
// and no longer than max. Cleaning twice changes nothing more.
func clean(s string, max int) string { return escape(s, max, false) }

var lineEnds = strings.NewReplacer("\r\n", "\n", "\t", "  ")

// cleanLines is clean for text of several lines.
func cleanLines(s string, max int) string {
	return escape(lineEnds.Replace(s), max, true)
}

// clean bounds all text of the report and makes it printable. It is done where
// a report comes into being, so that no writer need think of it.
func (r *Report) clean() {
	for _, s := range []*string{&r.Tool, &r.Target, &r.Grade} {
		*s = clean(*s, maxLine)
	}
	for i := range r.Findings {
		r.Findings[i].clean()
	}
	for i := range r.Unused {
		r.Unused[i] = clean(r.Unused[i], maxLine)
	}
	for _, g := range []*Grade{r.Grades.Observatory, r.Grades.Labs} {
		g.clean()
	}
	r.Profile, r.Grades.House = Profile(clean(string(r.Profile), maxLine)), clean(r.Grades.House, maxLine)
	r.PCI.clean()
	r.Baseline.clean()
}

func (g *Grade) clean() {
	if g == nil {
		return
	}
	g.Grade = clean(g.Grade, maxLine)
	for i := range g.Reasons {
		g.Reasons[i] = clean(g.Reasons[i], maxLine)
	}
}

func (p *PCIParts) clean() {
	if p == nil {
		return
	}
	texts := []*string{&p.Notice}
	for i := range p.Why {
		texts = append(texts, &p.Why[i])
	}
	for i := range p.Interference {
		texts = append(texts, &p.Interference[i])
	}
	for i := range p.Vulnerabilities {
		v := &p.Vulnerabilities[i]
		texts = append(texts, &v.Rule, &v.Title, &v.Where, &v.Why)
	}
	for i := range p.Notes {
		n := &p.Notes[i]
		texts = append(texts, &n.Rule, &n.Title, &n.Where, &n.Note, &n.Declared, &n.By)
	}
	for i := range p.Ports {
		texts = append(texts, &p.Ports[i].Address, &p.Ports[i].Service)
	}
	for _, s := range texts {
		*s = clean(*s, maxLine)
	}
}

func (b *Baseline) clean() {
	if b == nil {
		return
	}
	for _, list := range [][]Place{b.Mended, b.Unseen} {
		for i := range list {
			list[i] = Place{clean(list[i].Rule, maxLine), clean(list[i].Where, maxLine)}
		}
	}
}

func (f *Finding) clean() {
	for _, s := range []*string{&f.Rule, &f.Control, &f.Title, &f.Why, &f.Verifies, &f.Where, &f.Saw, &f.Want} {
		*s = clean(*s, maxLine)
	}
	for _, s := range []*string{&f.CVSS, &f.Automatic, &f.Declare, (*string)(&f.Change)} {
		*s = clean(*s, maxLine)
	}
	if a := f.Accepted; a != nil {
		f.Accepted = &Accepted{clean(a.Reason, maxLine), clean(a.Owner, maxLine), a.End, a.Ended}
	}
	for i, s := range f.References {
		f.References[i] = clean(s, maxLine)
	}
	for _, s := range []*string{&f.Fix.Pavise, &f.Fix.Nginx, &f.Fix.Apache, &f.Fix.Express, &f.Proof.Sent, &f.Proof.Received} {
		*s = cleanLines(*s, maxLines)
	}
	f.Proof.Command = cleanCommand(f.Proof.Command)
}

// cleanCommand leaves a command whole or leaves it out: half a shell line can
// do something else than the whole one.
func cleanCommand(s string) string {
	shown := clean(s, 2*maxCommand)
	if len(shown) > maxCommand {
		return fmt.Sprintf("# left out: a command of %d bytes", len(s))
	}
	return shown
}

func escape(s string, max int, lines bool) string {
	const tail = 32 // room for the note on what was cut
	var b strings.Builder
	n, cut, at := 0, 0, 0
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		shown := show(r, s[i:i+size], lines)
		if n += utf8.RuneCountInString(shown); n > max {
			rest := utf8.RuneCountInString(s[at:])
			return b.String()[:cut] + fmt.Sprintf("… (%d more characters)", rest)
		}
		b.WriteString(shown)
		i += size
		if n <= max-tail {
			cut, at = b.Len(), i
		}
	}
	return b.String()
}

// show returns a rune as it may be printed, in the manner of Go's literals.
func show(r rune, raw string, lines bool) string {
	switch {
	case r == utf8.RuneError && len(raw) == 1, r < 0x20 && !(lines && r == '\n'), r == 0x7f:
		return fmt.Sprintf(`\x%02x`, raw[0])
	case r == '\n' || unicode.IsPrint(r):
		return raw
	case r > 0xffff:
		return fmt.Sprintf(`\U%08x`, r)
	}
	return fmt.Sprintf(`\u%04x`, r)
}
