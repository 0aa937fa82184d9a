package host

import (
	"cmp"
	"strings"
)

// compareDebian orders two versions as Debian does (Debian Policy 5.6.12).
func compareDebian(a, b string) int {
	ea, ua, ra := debianParts(a)
	eb, ub, rb := debianParts(b)
	return cmp.Or(compareDigits(ea, eb), compareDebianPart(ua, ub), compareDebianPart(ra, rb))
}

// debianParts are the epoch, the upstream version and the revision.
func debianParts(v string) (epoch, upstream, revision string) {
	v = strings.TrimSpace(v)
	if before, after, has := strings.Cut(v, ":"); has {
		epoch, v = before, after
	}
	if i := strings.LastIndexByte(v, '-'); i >= 0 {
		return epoch, v[:i], v[i+1:]
	}
	return epoch, v, ""
}

// compareDebianPart compares by turns what are no digits, and numbers.
func compareDebianPart(a, b string) int {
	for a != "" || b != "" {
		var wordA, wordB, numberA, numberB string
		wordA, a = split(a, false)
		wordB, b = split(b, false)
		numberA, a = split(a, true)
		numberB, b = split(b, true)
		if c := cmp.Or(compareWords(wordA, wordB), compareDigits(numberA, numberB)); c != 0 {
			return c
		}
	}
	return 0
}

// split takes the digits, or what are none, off the front.
func split(s string, digits bool) (front, rest string) {
	i := strings.IndexFunc(s, func(r rune) bool { return isDigit(byte(min(r, 0x7f))) != digits })
	if i < 0 {
		i = len(s)
	}
	return s[:i], s[i:]
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// compareWords orders letters before all else, and a tilde before even the end.
func compareWords(a, b string) int {
	for i := range max(len(a), len(b)) {
		if c := cmp.Compare(rank(a, i), rank(b, i)); c != 0 {
			return c
		}
	}
	return 0
}

func rank(s string, i int) int {
	switch {
	case i >= len(s):
		return 0
	case s[i] == '~':
		return -1
	case isLetter(s[i]):
		return int(s[i])
	}
	return int(s[i]) + 256
}

// compareDigits compares numbers of any length; none is zero.
func compareDigits(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}
