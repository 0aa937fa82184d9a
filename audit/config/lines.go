package config

import (
	"iter"
	"strings"
)

// A logical line is one with those that continue it; its number is that of the first.
type logical struct {
	number int
	text   string
}

// backslashed are the lines of a file in which a backslash at the end goes on with the
// next line, with glue between them.
func backslashed(text, glue string) iter.Seq[logical] {
	return func(yield func(logical) bool) {
		var parts []string
		first, number := 0, 0
		for line := range strings.Lines(text) {
			number++
			if len(parts) == 0 {
				first = number
			}
			line = strings.TrimRight(line, "\r\n")
			start, goesOn := strings.CutSuffix(line, `\`)
			if parts = append(parts, start); goesOn {
				continue
			}
			if !yield(logical{first, strings.Join(parts, glue)}) {
				return
			}
			parts = nil
		}
		if len(parts) > 0 {
			yield(logical{first, strings.Join(parts, glue)})
		}
	}
}

// fields takes a line apart at white space; quotes keep it together, and a backslash
// before a quote or itself takes its meaning away.
func fields(line, quotes string) []string {
	var list []string
	for line = strings.TrimLeft(line, " \t"); line != ""; line = strings.TrimLeft(line, " \t") {
		word, rest := field(line, quotes)
		list, line = append(list, word), rest
	}
	return list
}

func field(line, quotes string) (word, rest string) {
	var b strings.Builder
	var quote byte
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case c == '\\' && i+1 < len(line) && (line[i+1] == '\\' || strings.IndexByte(quotes, line[i+1]) >= 0):
			i++
			b.WriteByte(line[i])
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && strings.IndexByte(quotes, c) >= 0:
			quote = c
		case quote == 0 && (c == ' ' || c == '\t'):
			return b.String(), line[i:]
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), ""
}
