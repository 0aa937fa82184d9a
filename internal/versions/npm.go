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

func (p partial) semantic() semantic { return semantic(p) }

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
