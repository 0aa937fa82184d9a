package report

import (
	"fmt"
	"slices"
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
	if strings.ContainsAny(s, "\r\t") {
		s = lineEnds.Replace(s)
	}
	return escape(s, max, true)
}

// clean bounds all text of the report and makes it printable. It is done where
// a report comes into being, so that no writer need think of it.
func (r *Report) clean() {
	cleanAll(&r.Tool, &r.Target, &r.Agreed, &r.Grade)
	for i := range r.Findings {
		r.Findings[i].clean()
	}
	r.Inventory.clean()
	cleanEach(r.Limits)
	cleanEach(r.Left)
	cleanEach(r.Unused)
	cleanAll((*string)(&r.Profile), &r.Grades.House)
	r.Grades.Observatory.clean()
	r.Grades.Labs.clean()
	r.PCI.clean()
	r.Baseline.clean()
}

func (f *Finding) clean() {
	cleanAll(&f.CVSS, &f.Automatic, &f.Declare, (*string)(&f.Change))
	f.Accepted = f.Accepted.clean()
	cleanAll(&f.Rule, &f.Control, &f.Title, &f.Why, &f.Verifies, &f.Where, &f.Saw, &f.Want)
	cleanEach(f.References)
	f.cleanDependency()
	f.Also = slices.Clone(f.Also)
	for i := range f.Also {
		p := &f.Also[i]
		cleanAll(&p.Where, &p.Saw)
		p.Command = cleanCommand(p.Command)
	}
	for _, s := range []*string{&f.Fix.Pavise, &f.Fix.Nginx, &f.Fix.Apache, &f.Fix.Express, &f.Fix.Other, &f.Proof.Sent, &f.Proof.Received} {
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
	if len(s) <= max && plainText(s, lines) {
		return s
	}
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

// plainText reports whether a text is of ASCII that can be printed, as most is.
func plainText(s string, lines bool) bool {
	for i := range len(s) {
		if c := s[i]; (c < 0x20 || c > 0x7e) && !(lines && c == '\n') {
			return false
		}
	}
	return true
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
