package report

import (
	"bufio"
	"io"
	"strings"
	"unicode"

	"pavise"
)

// TextOptions says what the reader's terminal is like. The zero value is a
// plain one, 80 columns wide.
type TextOptions struct {
	Width   int  // columns; 0 is 80, held between 40 and 120
	Color   bool // it understands colours
	Verbose bool // nothing is folded: every rule, and what came back
}

func (o TextOptions) width() int {
	if o.Width == 0 {
		return 80
	}
	return min(max(o.Width, 40), 120)
}

// A style is how a piece of text looks: the numbers of an SGR sequence.
type style string

const (
	plain  style = ""
	bold   style = "1"
	dim    style = "2"
	red    style = "31"
	green  style = "32"
	yellow style = "33"
	blue   style = "34"
	purple style = "1;35"
)

// terminal writes lines of the right width. Its colours are the only escapes
// that it adds, and a report holds none.
type terminal struct {
	w     *bufio.Writer
	width int
	color bool
}

func newTerminal(w io.Writer, opt TextOptions) *terminal {
	return &terminal{w: bufio.NewWriter(w), width: opt.width(), color: opt.Color}
}

func (t *terminal) blank() { t.write("") }

func (t *terminal) write(line string) { t.w.WriteString(strings.TrimRight(line, " ") + "\n") }

func (t *terminal) paint(st style, s string) string {
	if !t.color || st == plain || strings.TrimSpace(s) == "" {
		return s
	}
	return "\x1b[" + string(st) + "m" + s + "\x1b[0m"
}

// say writes text behind a lead, wrapped and hanging under where it began; under
// a lead that leaves no room for it.
func (t *terminal) say(leadStyle style, lead string, textStyle style, text string) {
	if t.width-columns(lead) < 16 {
		t.write(t.paint(leadStyle, strings.TrimRight(lead, " ")))
		lead = "    "
	}
	hang := strings.Repeat(" ", columns(lead))
	for i, line := range wrap(text, t.width-len(hang)) {
		if i > 0 {
			lead = hang
		}
		t.write(t.paint(leadStyle, lead) + t.paint(textStyle, line))
	}
}

// copyable writes the lines of text as they are, so that they can be taken
// from the screen into a shell or a file.
func (t *terminal) copyable(lead, text string) {
	hang := strings.Repeat(" ", columns(lead))
	for i, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		if i > 0 {
			lead = hang
		}
		t.write(t.paint(dim, lead) + line)
	}
}

// wrap breaks text at spaces into lines of at most width columns, and words
// where it must.
func wrap(text string, width int) []string {
	var lines []string
	line, used := "", 0
	for _, word := range strings.Fields(text) {
		for _, part := range chop(word, width) {
			w := columns(part)
			switch {
			case used == 0:
				line, used = part, w
			case used+1+w <= width:
				line, used = line+" "+part, used+1+w
			default:
				lines = append(lines, line)
				line, used = part, w
			}
		}
	}
	return append(lines, line)
}

// chop cuts a word into parts of at most width columns.
func chop(word string, width int) []string {
	var parts []string
	start, used := 0, 0
	for i, r := range word {
		if used += runeColumns(r); used > width {
			parts = append(parts, word[start:i])
			start, used = i, runeColumns(r)
		}
	}
	return append(parts, word[start:])
}

func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

// runeColumns counts two for what most terminals show wide (UAX 11).
func runeColumns(r rune) int {
	if r >= 0x1100 && (unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana) ||
		r >= 0x3000 && r <= 0x303f || r >= 0xff01 && r <= 0xff60 || r >= 0x1f300 && r <= 0x1faff) {
		return 2
	}
	return 1
}

// pad fills s with spaces to n columns.
func pad(s string, n int) string {
	return s + strings.Repeat(" ", max(0, n-columns(s)))
}

func severityStyle(s pavise.Severity) style {
	return [...]style{plain, dim, blue, yellow, red, purple}[s]
}

// face gives an outcome its mark and its colour.
func face(o pavise.Outcome) (string, style) {
	switch o {
	case pavise.Pass:
		return "✓", green
	case pavise.Fail:
		return "✗", red
	case pavise.Unknown:
		return "?", yellow
	}
	return "–", dim
}
