package versions

import (
	"fmt"
	"strings"
)

// A semantic is a version by Semantic Versioning 2.0.0, without its build.
type semantic struct {
	numbers [3]string
	pre     []string
}

// The marks behind the numbers of a key: a pre-release comes before its release
// (Semantic Versioning 11.3).
const (
	markPre     = "\x01"
	markRelease = "\x02"
)

// key is the order of Semantic Versioning 11.
func (s semantic) key() string {
	if len(s.pre) == 0 {
		return s.core() + markRelease
	}
	var b strings.Builder
	b.WriteString(s.core() + markPre)
	for _, id := range s.pre {
		if isNumber(id) {
			b.WriteString("\x01" + number(id))
		} else {
			b.WriteString("\x02" + id + "\x00")
		}
	}
	b.WriteByte(0)
	return b.String()
}

func (s semantic) core() string {
	return number(s.numbers[0]) + number(s.numbers[1]) + number(s.numbers[2])
}

// readSemantic reads MAJOR.MINOR.PATCH[-PRE][+BUILD] (Semantic Versioning 2, 9, 10).
func readSemantic(text string) (semantic, error) {
	rest, build, built := strings.Cut(text, "+")
	numbers, pre, before := strings.Cut(rest, "-")
	var s semantic
	parts := strings.Split(numbers, ".")
	if len(parts) != 3 {
		return s, fmt.Errorf("%q is no version such as 1.2.3", clip(text))
	}
	for i, p := range parts {
		if !isNumber(p) || len(p) > 1 && p[0] == '0' {
			return s, fmt.Errorf("%q is no version such as 1.2.3", clip(text))
		}
		s.numbers[i] = p
	}
	if before {
		s.pre = strings.Split(pre, ".")
		for _, id := range s.pre {
			if !identifier(id) || isNumber(id) && len(id) > 1 && id[0] == '0' {
				return s, fmt.Errorf("%q has a pre-release that is none: %q", clip(text), clip(id))
			}
		}
	}
	if built {
		for id := range strings.SplitSeq(build, ".") {
			if !identifier(id) {
				return s, fmt.Errorf("%q has a build that is none: %q", clip(text), clip(id))
			}
		}
	}
	return s, nil
}

func identifier(s string) bool {
	for i := range len(s) {
		if c := s[i]; !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-') {
			return false
		}
	}
	return s != ""
}

// readGo reads a version of a module or of Go itself: v1.2.3, 1.2.3, go1.21.3, 1.21rc2.
func readGo(text string) (version, error) {
	bare := strings.TrimPrefix(strings.TrimPrefix(text, "go"), "v")
	s, err := readSemantic(bare)
	if err != nil {
		if s, err = readToolchain(bare); err != nil {
			return version{}, err
		}
	}
	return version{key: s.key(), pre: len(s.pre) > 0, major: s.numbers[0]}, nil
}

// readToolchain reads how Go writes its own releases: 1.21, 1.21rc2, 1.9.2rc2.
func readToolchain(text string) (semantic, error) {
	i := strings.IndexAny(text, "abr") // alpha, beta, rc
	numbers, pre := text, ""
	if i > 0 {
		numbers, pre = text[:i], text[i:]
	}
	for strings.Count(numbers, ".") < 2 {
		numbers += ".0"
	}
	if pre != "" {
		word := strings.TrimRight(pre, "0123456789")
		if word != "alpha" && word != "beta" && word != "rc" {
			return semantic{}, fmt.Errorf("%q is no version such as v1.2.3", clip(text))
		}
		numbers += "-" + word + "." + strings.TrimPrefix(pre, word)
	}
	s, err := readSemantic(numbers)
	if err != nil {
		return s, fmt.Errorf("%q is no version such as v1.2.3", clip(text))
	}
	return s, nil
}

// rangeGo reads what a go.mod asks for: that version, or any above it that others ask
// for (minimal version selection).
func rangeGo(text string) (set, error) {
	v, err := readGo(strings.TrimSpace(text))
	if err != nil {
		return nil, err
	}
	return set{{spans: []span{{from: v.key, to: end, text: text}}}}, nil
}

// clip keeps an error short.
func clip(s string) string {
	if len(s) > 80 {
		return s[:80] + "…"
	}
	return s
}
