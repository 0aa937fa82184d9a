// Package versions orders versions as each ecosystem does, and tells which of them a
// range of that ecosystem admits.
//
// Every version has a key, a string of bytes, and keys stand in the order of the
// versions. So a range is some spans of keys, and all ecosystems share what is asked of
// spans.
package versions

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A System is the rules of one ecosystem. The zero value has none: get one by [Of].
type System struct {
	read   func(text string) (version, error)
	ranges func(text string) (set, error)
}

// A version is one that was read.
type version struct {
	key   string
	pre   bool   // before a release
	core  string // of a pre-release of npm, that of its release: see choice
	major string // within which nothing breaks
}

// maxText bounds a version, as npm does, and a range is at most maxRange long.
const (
	maxText  = 256
	maxRange = 8 << 10
)

// Of returns the rules of an ecosystem, named as OSV names it.
func Of(ecosystem string) (System, bool) {
	s, ok := map[string]System{
		"npm":       {readNPM, rangeNPM},
		"Go":        {readGo, rangeGo},
		"PyPI":      {readPyPI, rangePyPI},
		"RubyGems":  {readRubyGems, rangeRubyGems},
		"Packagist": {readComposer, rangeComposer},
	}[ecosystem]
	return s, ok
}

// parse reads a version, within its bound.
func (s System) parse(text string) (version, error) {
	if text == "" || len(text) > maxText {
		return version{}, fmt.Errorf("a version has one to %d bytes, not %d", maxText, len(text))
	}
	return s.read(text)
}

// Valid reports whether a text is a version.
func (s System) Valid(text string) bool {
	_, err := s.parse(text)
	return err == nil
}

// Compare is negative where a is older than b, and 0 where the ecosystem takes both for
// the same. What is no version comes before all that are, by its text.
func (s System) Compare(a, b string) int {
	x, errX := s.parse(a)
	y, errY := s.parse(b)
	switch {
	case errX == nil && errY == nil:
		return strings.Compare(x.key, y.key)
	case errX != nil && errY != nil:
		return strings.Compare(a, b)
	case errX != nil:
		return -1
	}
	return 1
}

// Key stands in the order of versions: who compares one with many asks for it once.
func (s System) Key(text string) (string, error) {
	v, err := s.parse(text)
	return v.key, err
}

// Prerelease reports whether a version comes before a release: 2.0.0-rc.1.
func (s System) Prerelease(text string) bool {
	v, err := s.parse(text)
	return err == nil && v.pre
}

// Major is what two versions share between which nothing ought to break: "4" of 4.17.1,
// and where an ecosystem promises nothing before 1.0, "0.3" of 0.3.1. It is "" of what
// is no version.
func (s System) Major(text string) string {
	v, _ := s.parse(text)
	return v.major
}

// Satisfies reports whether a range admits a version, by the rules with which the
// ecosystem's own package manager chooses.
func (s System) Satisfies(text, within string) (bool, error) {
	v, err := s.parse(text)
	if err != nil {
		return false, err
	}
	r, err := s.parseRange(within)
	if err != nil {
		return false, err
	}
	return r.admits(v), nil
}

// A Range is what a range admits.
type Range struct{ set set }

// Range reads a range.
func (s System) Range(text string) (Range, error) {
	r, err := s.parseRange(text)
	return Range{r}, err
}

func (s System) parseRange(text string) (set, error) {
	if len(text) > maxRange {
		return nil, fmt.Errorf("a range has at most %d bytes, not %d", maxRange, len(text))
	}
	return s.ranges(text)
}

// Lowest is the lowest version that the range names as a bound, or "" where it has none.
func (r Range) Lowest() string {
	low, text := "", ""
	for _, c := range r.set {
		for _, sp := range c.spans {
			if sp.from >= sp.to {
				continue
			}
			if sp.text == "" {
				return ""
			}
			if text == "" || sp.from < low {
				low, text = sp.from, sp.text
			}
		}
	}
	return text
}

// Empty reports whether the range admits no version at all: ">2 <1".
func (r Range) Empty() bool { return len(r.set.spans()) == 0 }

// Within tells how much of the range lies in spans of versions: some of it, all of it.
func (r Range) Within(s Spans) (some, all bool) {
	own := r.set.spans()
	shared := intersect(own, s.list)
	return len(shared) > 0, len(own) > 0 && equal(shared, merge(own))
}

// A Stretch is versions from one on and below another. From is "" or "0" for the first
// there is, and Below "" for no end; with Last it ends with that version instead.
type Stretch struct{ From, Below, Last string }

// Spans are stretches that can be asked.
type Spans struct{ list []span }

// Spans reads stretches. Those with what is no version are left out.
func (s System) Spans(list []Stretch) Spans {
	var spans []span
	for _, one := range list {
		if sp, err := s.span(one); err == nil {
			spans = append(spans, sp)
		}
	}
	return Spans{merge(spans)}
}

func (s System) span(one Stretch) (sp span, err error) {
	sp.to = end
	if one.From != "" && one.From != "0" {
		v, err := s.parse(one.From)
		if err != nil {
			return sp, err
		}
		sp.from, sp.text = v.key, one.From
	}
	if text := cmp.Or(one.Below, one.Last); text != "" {
		v, err := s.parse(text)
		if err != nil {
			return sp, err
		}
		if sp.to = v.key; one.Below == "" {
			sp.to = after(v.key)
		}
	}
	return sp, nil
}

// Has reports whether a version lies within, by its key.
func (s Spans) Has(key string) bool {
	i, found := slices.BinarySearchFunc(s.list, key, func(sp span, key string) int { return strings.Compare(sp.from, key) })
	return found || i > 0 && key < s.list[i-1].to
}
