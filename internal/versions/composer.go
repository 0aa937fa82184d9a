package versions

import (
	"fmt"
	"regexp"
	"strings"
)

// composed is a version as Composer has it: up to four numbers, or a date, and a
// stability.
var composed = regexp.MustCompile(`^v?([0-9]{1,9}(?:\.[0-9]{1,9}){0,3})` +
	`(?:[._-]?(stable|beta|b|rc|alpha|a|patch|pl|p)((?:[.-]?[0-9]+)*))?(?:[.-]?(dev))?$`)

// The stabilities in their order.
var stabilities = map[string]string{"dev": "\x01", "alpha": "\x02", "a": "\x02", "beta": "\x03", "b": "\x03", "rc": "\x04",
	"stable": "\x05", "": "\x05", "patch": "\x06", "pl": "\x06", "p": "\x06"}

// A composer is a version in parts.
type composer struct {
	numbers   []string // as they were written
	stability string
	key       string
}

func parseComposer(text string) (c composer, err error) {
	bare, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(text)), "+")
	bare, _, _ = strings.Cut(bare, "@")
	m := composed.FindStringSubmatch(bare)
	if m == nil {
		return c, fmt.Errorf("%q is no version such as 1.2.3", clip(text))
	}
	c.numbers, c.stability = strings.Split(m[1], "."), m[2]
	if c.stability == "" {
		c.stability = m[4]
	}
	c.key = composerFloor(c.numbers) + stabilities[c.stability]
	for _, n := range strings.FieldsFunc(m[3], func(r rune) bool { return r == '.' || r == '-' }) {
		if len(n) > 200 {
			return c, fmt.Errorf("%q has a number that is too long", clip(text))
		}
		c.key += "\x02" + number(n)
	}
	if m[2] != "" && m[4] != "" {
		c.key += "\x00" // 1.0-beta1-dev comes before 1.0-beta1
	} else {
		c.key += "\x01"
	}
	return c, nil
}

// composerFloor is below every version with these numbers, whatever its stability.
func composerFloor(numbers []string) string {
	key := ""
	for i := range 4 {
		n := "0"
		if i < len(numbers) {
			n = numbers[i]
		}
		key += number(n)
	}
	return key
}

func readComposer(text string) (version, error) {
	c, err := parseComposer(text)
	if err != nil {
		return version{}, err
	}
	return version{key: c.key, pre: stabilities[c.stability] < stabilities["stable"], major: stable(c.numbers)}, nil
}

// rangeComposer reads constraints: alternatives by | or ||, of which each wants all that
// it lists. What is less than stable is admitted where one names it.
func rangeComposer(text string) (set, error) {
	var all set
	for alternative := range strings.SplitSeq(strings.ReplaceAll(text, "||", "|"), "|") {
		c := choice{pre: preNone, spans: []span{{to: end}}}
		words, err := constraints(alternative)
		if err != nil {
			return nil, err
		}
		for _, word := range words {
			spans, unstable, err := constraint(word)
			if err != nil {
				return nil, err
			}
			if unstable {
				c.pre = preAny
			}
			c.spans = intersect(c.spans, spans)
		}
		all = append(all, c)
	}
	return all, nil
}

// constraints are those of an alternative, each operator with its version; a hyphen with
// spaces joins two.
func constraints(text string) ([]string, error) {
	if from, to, ok := strings.Cut(text, " - "); ok {
		high, err := parseComposer(to)
		if err != nil {
			return nil, err
		}
		to = strings.TrimSpace(to)
		if high.stability == "" && len(high.numbers) < 3 {
			return []string{">=" + strings.TrimSpace(from), "<" + strings.Join(bump(high.numbers), ".")}, nil
		}
		return []string{">=" + strings.TrimSpace(from), "<=" + to}, nil
	}
	var words []string
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }) {
		if n := len(words); n > 0 && strings.Trim(words[n-1], "=!<>~^") == "" {
			words[n-1] += word
			continue
		}
		words = append(words, word)
	}
	if len(words) == 0 {
		return nil, fmt.Errorf("%q is no constraint such as ^1.2", clip(text))
	}
	return words, nil
}

// constraint is what one admits, and whether it names what is less than stable.
func constraint(word string) (spans []span, unstable bool, err error) {
	word, flag, flagged := strings.Cut(word, "@")
	unstable = flagged && stabilities[strings.ToLower(flag)] < stabilities["stable"]
	op := word[:len(word)-len(strings.TrimLeft(word, "=!<>~^"))]
	text := word[len(op):]
	prefix, wild := text, false
	for {
		cut := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(prefix, "*"), "x"), "X")
		if cut == prefix {
			break
		}
		prefix, wild = strings.TrimSuffix(cut, "."), true
	}
	if wild && strings.TrimPrefix(prefix, "v") == "" || text == "" && flagged {
		return []span{{to: end}}, unstable, nil
	}
	c, err := parseComposer(prefix)
	if err != nil {
		return nil, false, fmt.Errorf("%q is no constraint such as ^1.2: %w", clip(word), err)
	}
	unstable = unstable || stabilities[c.stability] < stabilities["stable"]
	from := c.key
	if c.stability == "" { // from its first pre-release on
		from = composerFloor(c.numbers)
	}
	least := span{from: from, to: end, text: prefix}
	switch {
	case wild && (op == "" || op == "=" || op == "=="):
		return []span{{from: from, to: composerFloor(bump(c.numbers)), text: prefix}}, unstable, nil
	case op == "" || op == "=" || op == "==":
		return []span{{from: c.key, to: after(c.key), text: prefix}}, unstable, nil
	case op == "!=" || op == "<>":
		return []span{{to: c.key}, {from: after(c.key), to: end, text: prefix}}, unstable, nil
	case op == ">=":
		return []span{least}, unstable, nil
	case op == "<":
		return []span{{to: from}}, unstable, nil
	case op == ">":
		return []span{{from: after(c.key), to: end, text: prefix}}, unstable, nil
	case op == "<=":
		return []span{{to: after(c.key)}}, unstable, nil
	case op == "~":
		kept := c.numbers
		if len(kept) > 1 {
			kept = kept[:len(kept)-1]
		}
		least.to = composerFloor(bump(kept))
		return []span{least}, unstable, nil
	case op == "^":
		n := 1
		for n < len(c.numbers) && n < 3 && strings.Trim(strings.Join(c.numbers[:n], ""), "0") == "" {
			n++
		}
		least.to = composerFloor(bump(c.numbers[:n]))
		return []span{least}, unstable, nil
	}
	return nil, false, fmt.Errorf("%q is no constraint such as ^1.2", clip(word))
}
