package versions

import (
	"fmt"
	"strings"
)

// rangeNPM reads a range as npm does in its loose mode: what it does not understand
// beside something that it does, it leaves out.
func rangeNPM(text string) (set, error) {
	text = strings.Join(strings.Fields(text), " ")
	var all set
	for alternative := range strings.SplitSeq(text, "||") {
		c, ok, err := readChoice(withoutBuilds(strings.TrimSpace(alternative)))
		if err != nil {
			return nil, fmt.Errorf("range %q: %w", clip(text), err)
		}
		if ok {
			all = append(all, c)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%q is no range such as ^1.2.3", clip(text))
	}
	for _, c := range all { // any version beside others is any version
		if len(c.named) == 0 && len(c.spans) == 1 && c.spans[0].from == "" && c.spans[0].to == end {
			return set{c}, nil
		}
	}
	return all, nil
}

// readChoice reads one alternative: a range of two ends, or comparators of which all
// must hold.
func readChoice(text string) (c choice, ok bool, err error) {
	c = choice{pre: preNamed, spans: []span{{to: end}}}
	if from, to, hyphen := readHyphen(text); hyphen {
		return c, true, c.hyphen(from, to)
	}
	words := operators(text)
	for i, word := range words {
		p, op, understood := readComparator(word)
		if !understood { // npm tries it without the first star
			p, op, understood = readComparator(withoutStar(word))
			understood = understood && p.wild() == 3 && !strings.ContainsAny(op, "^~") && withoutStar(word) != word
		}
		if !understood {
			continue
		}
		if err := p.bounded(); err != nil {
			return c, false, err
		}
		c.take(op, p)
		inner := i > 0 && i < len(words)-1
		ok = ok || !(inner && p.wild() == 0 && op != "<" && op != ">") // npm loses any version between others
	}
	return c, ok, nil
}

// operators are the words of an alternative, each operator with what it is before.
func operators(text string) []string {
	words := strings.Split(text, " ")
	joined := words[:1]
	for _, word := range words[1:] {
		last := &joined[len(joined)-1]
		switch next := strings.TrimLeft(word, "v="); {
		case strings.HasSuffix(*last, "^"), strings.HasSuffix(*last, "~"):
			*last += word
		case waits(*last) && next != "" && strings.ContainsAny(next[:1], "0123456789xX*"):
			*last += word
		default:
			joined = append(joined, word)
		}
	}
	return joined
}

// waits reports whether a word ends with an operator, alone: not with >== or =v.
func waits(word string) bool {
	tail := word[len(strings.TrimRight(word, "v=")):]
	return tail == "=" || tail == "" && word != "" && strings.ContainsAny(word[len(word)-1:], "<>")
}

// withoutBuilds takes every build away.
func withoutBuilds(text string) string {
	parts := strings.Split(text, "+")
	for i, part := range parts[1:] {
		n := 0
		for id := range strings.SplitSeq(part, ".") {
			size := len(id)
			if bad := strings.IndexFunc(id, func(r rune) bool { return r > 0x7f || !identifier(string(r)) }); bad >= 0 {
				size = bad
			}
			if size == 0 {
				break
			}
			n += size + 1
			if size < len(id) {
				break
			}
		}
		if n == 0 {
			parts[i+1] = "+" + part
			continue
		}
		parts[i+1] = part[n-1:]
	}
	return strings.Join(parts, "")
}

// withoutStar takes the first star away, with its operator.
func withoutStar(word string) string {
	before, after, ok := strings.Cut(word, "*")
	if !ok {
		return word
	}
	before = strings.TrimSuffix(before, "=")
	if n := len(before) - 1; n >= 0 && (before[n] == '<' || before[n] == '>') {
		before = before[:n]
	}
	return before + after
}

func readHyphen(text string) (from, to partial, ok bool) {
	a, b, found := strings.Cut(text, " - ")
	if !found {
		return from, to, false
	}
	from, restA, okA := readPartial(a)
	to, restB, okB := readPartial(b)
	return from, to, okA && okB && restA == "" && restB == ""
}

func (c *choice) hyphen(from, to partial) error {
	if err := from.bounded(); err != nil {
		return err
	}
	switch n := from.wild(); n {
	case 0:
	case 3:
		c.least(from.semantic())
	default:
		c.least(from.floor())
	}
	switch n := to.wild(); n {
	case 0:
	case 3:
		c.below(to.semantic(), true)
	default:
		c.below(to.next(n-1), false)
	}
	return to.bounded()
}

// least keeps what is from a version on.
func (c *choice) least(s semantic) {
	if s.key() == (semantic{numbers: [3]string{"0", "0", "0"}}).key() {
		return // npm takes it for any version
	}
	c.keep(s, span{from: s.key(), to: end, text: s.text()})
}

// below keeps what is below a version, with last that version, too.
func (c *choice) below(s semantic, last bool) {
	to := s.key()
	if last {
		to = after(to)
	}
	c.keep(s, span{to: to})
}

func (c *choice) keep(named semantic, sp span) {
	if len(named.pre) > 0 {
		c.named = append(c.named, named.core())
	}
	c.spans = intersect(c.spans, []span{sp})
}

func (s semantic) text() string {
	text := strings.Join(s.numbers[:], ".")
	if len(s.pre) > 0 {
		text += "-" + strings.Join(s.pre, ".")
	}
	return text
}

// readComparator reads an operator and what it is before; an empty word is any version.
func readComparator(word string) (p partial, op string, ok bool) {
	if word == "" {
		return p, "", true
	}
	op = word[:len(word)-len(strings.TrimLeft(word, "<>=~^"))]
	for _, known := range []string{"~>", "~", "^", "<=", ">=", "<", ">", "=", ""} {
		if strings.HasPrefix(op, known) {
			op = known
			break
		}
	}
	p, rest, ok := readPartial(word[len(op):])
	loose := op == "^" || op == "~" || op == "~>"
	return p, op, ok && rest == "" && (loose || !p.disordered())
}

func (c *choice) take(op string, p partial) {
	n := p.wild()
	if n == 0 {
		if op == "<" || op == ">" {
			c.spans = nil
		}
		return
	}
	switch op {
	case "^":
		c.least(p.exact())
		c.below(p.next(min(p.zeroes(), n-1)), false)
	case "~", "~>":
		c.least(p.exact())
		c.below(p.next(min(1, n-1)), false)
	case ">=":
		c.least(p.exact())
	case "<":
		s := p.exact()
		if n < 3 {
			s.pre = []string{"0"}
		}
		c.below(s, false)
	case ">":
		if n == 3 {
			s := p.semantic()
			c.keep(s, span{from: after(s.key()), to: end, text: s.text()})
			return
		}
		s := p.next(n - 1)
		s.pre = nil
		c.least(s)
	case "<=":
		if n == 3 {
			c.below(p.semantic(), true)
			return
		}
		c.below(p.next(n-1), false)
	default:
		if n == 3 {
			s := p.semantic()
			c.keep(s, span{from: s.key(), to: after(s.key()), text: s.text()})
			return
		}
		c.least(p.floor())
		c.below(p.next(n-1), false)
	}
}

// exact is the version, or the first that has its numbers.
func (p partial) exact() semantic {
	if p.wild() == 3 {
		return p.semantic()
	}
	return p.floor()
}

// zeroes is how many numbers at the front are 0, two at most: that is the number of the
// first that a caret leaves alone.
func (p partial) zeroes() int {
	n := 0
	for n < 2 && cmp0(p.numbers[n]) == "0" && p.numbers[n] != "" && p.numbers[n] != "x" {
		n++
	}
	return n
}
