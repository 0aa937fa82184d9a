package host

import (
	"cmp"
	"slices"
	"strings"
)

// apkSuffixes are in their order; what has none stands between rc and cvs
// (apk-package(5)).
var apkSuffixes = []string{"alpha", "beta", "pre", "rc", "", "cvs", "svn", "git", "hg", "p"}

// An apkVersion is a version of Alpine in its parts.
type apkVersion struct {
	numbers  []string
	letter   string
	suffixes []apkSuffix
	release  string
}

type apkSuffix struct {
	order  int
	number string
}

// parseAPK reads a version: 1.2.3b_rc4-r5.
func parseAPK(s string) apkVersion {
	var v apkVersion
	s, v.release, _ = strings.Cut(s, "-r")
	s, _, _ = strings.Cut(s, "~") // a commit
	parts := strings.Split(s, "_")
	v.numbers = strings.Split(parts[0], ".")
	if last := v.numbers[len(v.numbers)-1]; last != "" && isLetter(last[len(last)-1]) {
		v.letter = last[len(last)-1:]
		v.numbers[len(v.numbers)-1] = last[:len(last)-1]
	}
	for _, part := range parts[1:] {
		word, number := split(part, false)
		v.suffixes = append(v.suffixes, apkSuffix{slices.Index(apkSuffixes, word), number})
	}
	return v
}

// compareAPK orders two versions as apk does.
func compareAPK(a, b string) int {
	va, vb := parseAPK(a), parseAPK(b)
	for i := range max(len(va.numbers), len(vb.numbers)) {
		switch {
		case i >= len(va.numbers):
			return -1
		case i >= len(vb.numbers):
			return 1
		}
		if c := compareAPKNumber(i, va.numbers[i], vb.numbers[i]); c != 0 {
			return c
		}
	}
	if c := strings.Compare(va.letter, vb.letter); c != 0 {
		return c
	}
	none := apkSuffix{order: slices.Index(apkSuffixes, "")}
	at := func(list []apkSuffix, i int) apkSuffix {
		if i < len(list) {
			return list[i]
		}
		return none
	}
	for i := range max(len(va.suffixes), len(vb.suffixes)) {
		x, y := at(va.suffixes, i), at(vb.suffixes, i)
		if c := cmp.Or(cmp.Compare(x.order, y.order), compareDigits(x.number, y.number)); c != 0 {
			return c
		}
	}
	return compareDigits(va.release, vb.release)
}

// compareAPKNumber compares numbers; but the first, one with a zero before it is a
// fraction.
func compareAPKNumber(i int, a, b string) int {
	if i > 0 && (strings.HasPrefix(a, "0") || strings.HasPrefix(b, "0")) {
		return strings.Compare(a, b)
	}
	return compareDigits(a, b)
}
