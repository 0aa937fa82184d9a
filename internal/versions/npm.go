package versions

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// readNPM reads a version as npm does in its loose mode, with which it reads registries
// and lockfiles: v1.2.3, =1.2.3, 1.2.3beta and 01.2.3 are versions, too.
func readNPM(text string) (version, error) {
	s, err := readLoose(text)
	if err != nil {
		return version{}, err
	}
	return version{key: s.key(), pre: len(s.pre) > 0, core: s.core(), major: stable(s.numbers[:])}, nil
}

func readLoose(text string) (semantic, error) {
	p, rest, ok := readPartial(strings.TrimSpace(text))
	if rest, ok = cutBuild(rest, ok); !ok || rest != "" || p.wild() < 3 {
		return semantic{}, fmt.Errorf("%q is no version such as 1.2.3", clip(text))
	}
	return p.semantic(), p.bounded()
}

// stable is the numbers between whose versions nothing breaks: the first, and where it
// is 0 the second, too.
func stable(numbers []string) string {
	first := cmp0(numbers[0])
	if first != "0" || len(numbers) < 2 {
		return first
	}
	return "0." + cmp0(numbers[1])
}

// cmp0 is a number as it is written without leading zeros.
func cmp0(digits string) string {
	if digits = strings.TrimLeft(digits, "0"); digits == "" {
		return "0"
	}
	return digits
}

// A partial is a version of which the last numbers may be left open: 1.x, 1.2.*, 1.
type partial struct {
	numbers [3]string // "" is not said, and "x" is said to be open
	pre     []string
}

// wild is how many numbers stand before the first that is open.
func (p partial) wild() int {
	if i := slices.IndexFunc(p.numbers[:], func(n string) bool { return n == "" || n == "x" }); i >= 0 {
		return i
	}
	return 3
}

// disordered reports a number behind an open one: 1.x.3.
func (p partial) disordered() bool {
	for _, n := range p.numbers[p.wild():] {
		if n != "" && n != "x" {
			return true
		}
	}
	return false
}

func (p partial) semantic() semantic { return semantic{numbers: p.numbers, pre: p.pre} }

// bounded reports a number that JavaScript cannot count with.
func (p partial) bounded() error {
	for _, n := range p.numbers {
		if v, err := strconv.ParseUint(n, 10, 64); isNumber(n) && (err != nil || v > 1<<53-1) {
			return fmt.Errorf("%s is a greater number than npm counts with", clip(n))
		}
	}
	return nil
}

// floor is the first version that has the numbers before the open ones; zeroes stand in
// the place of those.
func (p partial) floor() semantic {
	s := semantic{numbers: [3]string{"0", "0", "0"}}
	copy(s.numbers[:p.wild()], p.numbers[:])
	return s
}

// next is the first version, with its pre-releases, of which number i is one greater.
func (p partial) next(i int) semantic {
	s := p.floor()
	n, _ := strconv.ParseUint(s.numbers[i], 10, 64)
	s.numbers[i] = strconv.FormatUint(n+1, 10)
	for j := i + 1; j < 3; j++ {
		s.numbers[j] = "0"
	}
	s.pre = []string{"0"}
	return s
}

// readPartial reads what a text begins with, and returns what is behind it.
func readPartial(text string) (p partial, rest string, ok bool) {
	rest = strings.TrimLeft(text, "v= ")
	for i := range p.numbers {
		n := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		switch {
		case n > 0:
			p.numbers[i] = rest[:n]
		case rest != "" && strings.Contains("xX*", rest[:1]):
			p.numbers[i], n = "x", 1
		default:
			return p, rest, false
		}
		rest = rest[n:]
		if i == 2 {
			if n > 1 && strings.HasPrefix(rest, ".") { // 1.2.10.4 is 1.2.1 with the pre-release 0.4
				last := p.numbers[2][n-1:]
				p.numbers[2], rest = p.numbers[2][:n-1], last+rest
			}
			break
		}
		if !strings.HasPrefix(rest, ".") {
			return p, rest, true
		}
		rest = rest[1:]
	}
	p.pre, rest = readPre(rest)
	return p, rest, true
}

// readPre reads a pre-release, before which npm wants no hyphen.
func readPre(text string) (pre []string, rest string) {
	n := strings.IndexFunc(text, func(r rune) bool { return r != '.' && (r > 0x7f || !identifier(string(r))) })
	if n < 0 {
		n = len(text)
	}
	for _, begin := range []int{1, 0} {
		if n < begin || begin == 1 && !strings.HasPrefix(text, "-") {
			continue
		}
		ids := strings.Split(text[begin:n], ".")
		if !slices.ContainsFunc(ids, func(id string) bool { return id == "" }) {
			return ids, text[n:]
		}
	}
	return nil, text
}

// cutBuild takes a build away, which orders nothing.
func cutBuild(rest string, ok bool) (string, bool) {
	build, found := strings.CutPrefix(rest, "+")
	if !ok || !found {
		return rest, ok
	}
	for id := range strings.SplitSeq(build, ".") {
		if !identifier(id) {
			return rest, false
		}
	}
	return "", true
}

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
