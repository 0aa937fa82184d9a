package versions

import (
	"cmp"
	"slices"
	"strings"
)

// A span is the keys from one on and below another; text is the version that it begins
// with, where there is one.
type span struct {
	from, to string
	text     string
}

// end is above every key: keys are made of smaller bytes.
const end = "\xff\xff"

// after is the first key above one.
func after(key string) string { return key + "\x00" }

// A choice is what one alternative of a range admits: keys in spans and, where an
// ecosystem wants pre-releases named, only pre-releases of these.
type choice struct {
	spans []span
	// pre says which pre-releases are admitted.
	pre preRule
	// named are the releases whose pre-releases are, by their key.
	named []string
}

// A preRule is how an ecosystem treats pre-releases.
type preRule int

const (
	preAny   preRule = iota // like all others
	preNamed                // those of releases of which the range names one
	preNone                 // none
)

// A set is alternatives.
type set []choice

func (s set) admits(v version) bool {
	for _, c := range s {
		if !contains(c.spans, v.key) {
			continue
		}
		if !v.pre || c.pre == preAny || c.pre == preNamed && slices.Contains(c.named, v.core) {
			return true
		}
	}
	return false
}

// spans are those of all alternatives, in order, and none overlaps another.
func (s set) spans() []span {
	var all []span
	for _, c := range s {
		all = append(all, c.spans...)
	}
	return merge(all)
}

func contains(list []span, key string) bool {
	return slices.ContainsFunc(list, func(s span) bool { return key >= s.from && key < s.to })
}

// merge puts spans in order, and joins those that meet.
func merge(list []span) []span {
	list = slices.DeleteFunc(slices.Clone(list), func(s span) bool { return s.from >= s.to })
	slices.SortFunc(list, func(a, b span) int { return cmp.Or(strings.Compare(a.from, b.from), strings.Compare(a.to, b.to)) })
	var merged []span
	for _, s := range list {
		if n := len(merged); n > 0 && s.from <= merged[n-1].to {
			merged[n-1].to = max(merged[n-1].to, s.to)
			continue
		}
		merged = append(merged, s)
	}
	return merged
}

// intersect is what two lists share.
func intersect(a, b []span) []span {
	a, b = merge(a), merge(b)
	var shared []span
	for i, j := 0, 0; i < len(a) && j < len(b); {
		s := span{from: a[i].from, to: min(a[i].to, b[j].to), text: a[i].text}
		if b[j].from > s.from {
			s.from, s.text = b[j].from, b[j].text
		}
		if s.from < s.to {
			shared = append(shared, s)
		}
		if a[i].to < b[j].to {
			i++
		} else {
			j++
		}
	}
	return shared
}

func equal(a, b []span) bool {
	return slices.EqualFunc(a, b, func(x, y span) bool { return x.from == y.from && x.to == y.to })
}

// number is the key of a number of up to 200 digits.
func number(digits string) string {
	digits = strings.TrimLeft(digits, "0")
	return string([]byte{byte(len(digits))}) + digits
}

func isNumber(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != "" && len(s) <= 200
}
