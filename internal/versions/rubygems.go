package versions

import (
	"fmt"
	"regexp"
	"strings"
)

// gem is a version as Gem::Version has it.
var gem = regexp.MustCompile(`^[0-9]+(?:\.[0-9a-zA-Z]+)*(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$`)

// gemPart is a run of digits, or of letters.
var gemPart = regexp.MustCompile(`[0-9]+|[a-zA-Z]+`)

// segments are the parts of a version: numbers, and words that make it a pre-release.
func segments(text string) ([]string, error) {
	if text = strings.TrimSpace(text); !gem.MatchString(text) {
		return nil, fmt.Errorf("%q is no version such as 1.2.3", clip(text))
	}
	parts := gemPart.FindAllString(strings.ReplaceAll(text, "-", ".pre."), -1)
	for _, p := range parts {
		if len(p) > 200 {
			return nil, fmt.Errorf("%q has a number that is too long", clip(text))
		}
	}
	return parts, nil
}

// gemKey is the order of Gem::Version: part by part, where what is missing is 0 and a
// word comes before any number. Zeroes at the end, and before the first word, say
// nothing.
func gemKey(parts []string) string {
	word := len(parts)
	for i, p := range parts {
		if !isNumber(p) {
			word = i
			break
		}
	}
	parts = append(append([]string{}, trimZeroes(parts[:word])...), trimZeroes(parts[word:])...)
	var b strings.Builder
	for i, p := range parts {
		switch {
		case !isNumber(p):
			b.WriteString("\x01" + p + "\x00")
		case number(p) != number("0"):
			b.WriteString("\x05" + number(p))
		case beforeWord(parts[i:]):
			b.WriteByte(2) // less than an end, which is 0 and no word
		default:
			b.WriteByte(4)
		}
	}
	return b.String() + "\x03"
}

func trimZeroes(parts []string) []string {
	for len(parts) > 0 && isNumber(parts[len(parts)-1]) && number(parts[len(parts)-1]) == number("0") {
		parts = parts[:len(parts)-1]
	}
	return parts
}

// beforeWord reports whether zeroes are followed by a word.
func beforeWord(parts []string) bool {
	for _, p := range parts {
		if !isNumber(p) {
			return true
		}
		if number(p) != number("0") {
			return false
		}
	}
	return false
}

func readRubyGems(text string) (version, error) {
	parts, err := segments(text)
	if err != nil {
		return version{}, err
	}
	pre := false
	for _, p := range parts {
		pre = pre || !isNumber(p)
	}
	return version{key: gemKey(parts), pre: pre, major: cmp0(parts[0])}, nil
}

// rangeRubyGems reads requirements, of which all must hold: "~> 1.2, != 1.2.3".
func rangeRubyGems(text string) (set, error) {
	c := choice{spans: []span{{to: end}}}
	for one := range strings.SplitSeq(text, ",") {
		if one = strings.TrimSpace(one); one == "" {
			continue
		}
		op := one[:len(one)-len(strings.TrimLeft(one, "=!<>~"))]
		named := strings.TrimSpace(one[len(op):])
		parts, err := segments(named)
		if err != nil {
			return nil, fmt.Errorf("%q is no requirement such as ~> 1.2: %w", clip(one), err)
		}
		key := gemKey(parts)
		switch op {
		case "", "=":
			c.spans = intersect(c.spans, []span{{from: key, to: after(key), text: named}})
		case "!=":
			c.spans = intersect(c.spans, []span{{to: key}, {from: after(key), to: end, text: named}})
		case ">":
			c.spans = intersect(c.spans, []span{{from: after(key), to: end, text: named}})
		case ">=":
			c.spans = intersect(c.spans, []span{{from: key, to: end, text: named}})
		case "<":
			c.spans = intersect(c.spans, []span{{to: key}})
		case "<=":
			c.spans = intersect(c.spans, []span{{to: after(key)}})
		case "~>":
			c.spans = intersect(c.spans, []span{{from: key, to: gemCeiling(parts), text: named}})
		default:
			return nil, fmt.Errorf("%q is no requirement such as ~> 1.2", clip(one))
		}
	}
	return set{c}, nil
}

// gemCeiling is where ~> ends: below the next of all numbers but the last, and its
// pre-releases.
func gemCeiling(parts []string) string {
	var numbers []string
	for _, p := range parts {
		if !isNumber(p) {
			break
		}
		numbers = append(numbers, p)
	}
	if len(numbers) > 1 {
		numbers = numbers[:len(numbers)-1]
	}
	return strings.TrimSuffix(gemKey(bump(numbers)), "\x03")
}
