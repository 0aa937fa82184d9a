package config

import (
	"strings"

	"pavise"
)

// Bounds of what parameters of Postfix, and what Apache defines, become when they name
// one another.
const (
	maxValue  = 16 << 10
	maxNested = 16
	maxWork   = 2 << 20 // bytes looked at for all values
)

// parameters are those of main.cf.
type parameters struct {
	list  []pavise.Directive
	place map[string]int // of list, by name
	work  int            // bytes looked at to put values in
}

// set sets one; of the same name the last counts.
func (p *parameters) set(d pavise.Directive) {
	if p.place == nil {
		p.place = map[string]int{}
	}
	if i, ok := p.place[d.Name]; ok {
		p.list[i] = d
		return
	}
	p.place[d.Name] = len(p.list)
	p.list = append(p.list, d)
}

// expand puts in the parameters that a value names: $name, ${name}, $(name), and
// ${name?text} and ${name:text} for one that is set or not. Others, and those of a
// program's own, stay as they stand.
func (p *parameters) expand(value string) string {
	if len(value) > maxValue {
		return value
	}
	e := expansion{p, maxValue}
	return e.expand(value, 0)
}

// An expansion is what is left to write of one value.
type expansion struct {
	*parameters
	left int
}

func (e *expansion) expand(value string, depth int) string {
	if depth == maxNested {
		return value
	}
	var b strings.Builder
	for value != "" && e.left > 0 && e.work < maxWork {
		before, rest, found := strings.Cut(value, "$")
		e.left -= len(before) + 1
		e.work += len(before) + 16 // and what a name costs
		b.WriteString(before)
		if !found {
			break
		}
		name, whole, after := e.split(rest)
		switch {
		case strings.HasPrefix(rest, "$"):
			b.WriteByte('$')
			after = rest[1:]
		case name == "":
			b.WriteString("$" + whole)
		default:
			b.WriteString(e.named(name, "$"+whole, depth))
		}
		value = after
	}
	return b.String()
}

// named is what one name becomes.
func (e *expansion) named(name, whole string, depth int) string {
	bare, test, text := name, byte(0), ""
	if i := strings.IndexAny(name, "?:"); i >= 0 {
		bare, test, text = name[:i], name[i], name[i+1:]
	}
	i, ok := e.place[bare]
	value := ""
	if ok {
		value = e.list[i].Args[0]
	}
	then, otherwise := text, ""
	if strings.HasPrefix(text, "{") {
		then, otherwise, _ = strings.Cut(strings.TrimSuffix(text[1:], "}"), "}:{")
	}
	switch {
	case test == 0 && !ok:
		return whole
	case test == 0:
		return e.expand(value, depth+1)
	case (test == '?') == (value != ""):
		return e.expand(then, depth+1)
	}
	return e.expand(otherwise, depth+1)
}

// split takes the name off that follows a dollar sign, and says what it was as a whole
// and what follows.
func (e *expansion) split(rest string) (name, whole, after string) {
	if strings.HasPrefix(rest, "{") || strings.HasPrefix(rest, "(") {
		n := closing(rest)
		if e.work += n; n < 0 {
			e.work += len(rest)
		}
		if n < 0 {
			return "", "", rest
		}
		return strings.TrimSpace(rest[1 : n-1]), rest[:n], rest[n:]
	}
	n := 0
	for n < len(rest) && (rest[n] == '_' || rest[n] >= '0' && rest[n] <= '9' || rest[n] >= 'A' && rest[n] <= 'Z' || rest[n] >= 'a' && rest[n] <= 'z') {
		n++
	}
	return rest[:n], rest[:n], rest[n:]
}

// closing is the length up to the bracket that closes the first; -1 is none.
func closing(rest string) int {
	opens, closes := rest[0], byte('}')
	if opens == '(' {
		closes = ')'
	}
	open := 0
	for i := 0; i < len(rest); i++ {
		switch rest[i] {
		case opens:
			open++
		case closes:
			if open--; open == 0 {
				return i + 1
			}
		}
	}
	return -1
}
