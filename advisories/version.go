package advisories

import (
	"cmp"
	"strings"
)

// compare orders versions as their numbers go: 3.0.0-rc.1 < 3.0.0 < 3.0.1 < 3.0.10.
// What is missing is 0, and a word comes before any number, for it names what was
// there before the release.
func compare(a, b string) int {
	for a != "" || b != "" {
		var x, y string
		x, a = field(a)
		y, b = field(b)
		if c := compareField(x, y); c != 0 {
			return c
		}
	}
	return 0
}

func field(v string) (first, rest string) {
	if i := strings.IndexAny(v, ".-+_"); i >= 0 {
		return v[:i], v[i+1:]
	}
	return v, ""
}

func compareField(x, y string) int {
	nx, okx := number(x)
	ny, oky := number(y)
	switch {
	case okx && oky: // of any length: shorter is less
		return cmp.Or(cmp.Compare(len(nx), len(ny)), strings.Compare(nx, ny))
	case okx:
		return 1
	case oky:
		return -1
	}
	return strings.Compare(x, y)
}

// number is the digits without leading zeros; 0 has none.
func number(s string) (string, bool) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return "", false
		}
	}
	return strings.TrimLeft(s, "0"), true
}

// about reports whether an entry is about a version.
func (e Entry) about(version string) bool {
	if e.Cycle != "" {
		return inCycle(version, e.Cycle)
	}
	for _, except := range e.Except {
		if strings.EqualFold(version, except) {
			return false
		}
	}
	return (e.From == "" || compare(version, e.From) >= 0) && (e.Below == "" || compare(version, e.Below) < 0)
}

// inCycle reports whether a version is one of a release: 1.1.1f is of 1.1.1.
func inCycle(version, cycle string) bool {
	rest, ok := strings.CutPrefix(strings.ToLower(version), strings.ToLower(cycle))
	return ok && (rest == "" || rest[0] < '0' || rest[0] > '9')
}
