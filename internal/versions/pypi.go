package versions

import (
	"fmt"
	"regexp"
	"strings"
)

// pep440 is a version as PEP 440 has it, Appendix B: epoch, release, pre, post, dev, local.
var pep440 = regexp.MustCompile(`^v?(?:([0-9]+)!)?([0-9]+(?:\.[0-9]+)*)` +
	`(?:[-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?([0-9]*))?` +
	`(?:-([0-9]+)|[-_.]?(post|rev|r)[-_.]?([0-9]*))?` +
	`(?:[-_.]?(dev)[-_.]?([0-9]*))?` +
	`(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?$`)

// A python is a version in parts, each of which is "" where it is not there.
type python struct {
	release []string // the epoch first, then as it was written
	pre     string   // key of a, b and rc
	post    string
	dev     string
	local   string
}

func parsePyPI(text string) (p python, err error) {
	m := pep440.FindStringSubmatch(strings.ToLower(strings.TrimSpace(text)))
	if m == nil {
		return p, fmt.Errorf("%q is no version such as 1.2.3 (PEP 440)", clip(text))
	}
	p.release = append([]string{m[1]}, strings.Split(m[2], ".")...)
	if m[3] != "" {
		p.pre = map[byte]string{'a': "\x01", 'b': "\x02"}[m[3][0]] + number(m[4])
		if m[3][0] != 'a' && m[3][0] != 'b' { // c, rc, pre and preview are one
			p.pre = "\x03" + number(m[4])
		}
	}
	if m[5] != "" || m[6] != "" {
		p.post = "\x01" + number(m[5]+m[7])
	}
	if m[8] != "" {
		p.dev = "\x01" + number(m[9])
	}
	for _, part := range strings.FieldsFunc(m[10], func(r rune) bool { return strings.ContainsRune("-_.", r) }) {
		if isNumber(part) { // numbers come after words
			p.local += "\x02" + number(part)
		} else {
			p.local += "\x01" + part + "\x00"
		}
	}
	for _, n := range p.release {
		if len(n) > 200 {
			return p, fmt.Errorf("%q has a number that is too long", clip(text))
		}
	}
	return p, nil
}

// releaseKey is the key of epoch and release, of which zeroes at the end say nothing.
func releaseKey(release []string) string {
	last := len(release)
	for last > 1 && strings.Trim(release[last-1], "0") == "" {
		last--
	}
	key := number(release[0])
	for _, n := range release[1:last] {
		key += "\x02" + number(n)
	}
	return key + "\x01"
}

// public is the key without the local version: dev releases of a release come before its
// pre-releases, and its own dev releases before each (PEP 440, summary of ordering).
func (p python) public() string {
	key := releaseKey(p.release)
	switch {
	case p.pre != "":
		key += p.pre
	case p.post == "" && p.dev != "":
		key += "\x00"
	default:
		key += "\x04"
	}
	if p.post == "" {
		key += "\x00"
	} else {
		key += p.post
	}
	if p.dev == "" {
		return key + "\x02"
	}
	return key + p.dev
}

func (p python) key() string {
	if p.local == "" {
		return p.public() + "\x00"
	}
	return p.public() + "\x01" + p.local + "\x00"
}

func readPyPI(text string) (version, error) {
	p, err := parsePyPI(text)
	if err != nil {
		return version{}, err
	}
	return version{key: p.key(), pre: p.pre != "" || p.dev != "", major: cmp0(p.release[1])}, nil
}

// rangePyPI reads version specifiers (PEP 440, version specifiers). Pre-releases are
// admitted where a specifier names one.
func rangePyPI(text string) (set, error) {
	c := choice{pre: preNone, spans: []span{{to: end}}}
	for one := range strings.SplitSeq(text, ",") {
		if one = strings.TrimSpace(one); one == "" {
			continue
		}
		spans, pre, err := specifier(one)
		if err != nil {
			return nil, err
		}
		if pre {
			c.pre = preAny
		}
		c.spans = intersect(c.spans, spans)
	}
	return set{c}, nil
}

// specifier is what one admits, and whether it names a pre-release.
func specifier(one string) (spans []span, pre bool, err error) {
	op := one[:len(one)-len(strings.TrimLeft(one, "=!<>~"))]
	text := strings.TrimSpace(one[len(op):])
	prefix, wild := strings.CutSuffix(text, ".*")
	if wild && op != "==" && op != "!=" {
		return nil, false, fmt.Errorf("%q: only == and != take .*", clip(one))
	}
	p, err := parsePyPI(prefix)
	if err != nil {
		return nil, false, fmt.Errorf("%q is no specifier such as >=1.2,<2: %w", clip(one), err)
	}
	pre = p.pre != "" || p.dev != ""
	key, public := p.key(), p.public()
	exact := span{from: public, to: public + end, text: text} // with any local version
	switch {
	case wild:
		exact = span{from: releaseFloor(p.release), to: releaseFloor(bump(p.release)), text: prefix}
	case p.local != "" || op == "===":
		exact = span{from: key, to: after(key), text: text}
	}
	switch op {
	case "==", "===":
		return []span{exact}, pre, nil
	case "!=":
		return []span{{to: exact.from}, {from: exact.to, to: end, text: text}}, false, nil
	case ">=":
		return []span{{from: public, to: end, text: text}}, pre, nil
	case "<=":
		return []span{{to: public + end}}, pre, nil
	case "<": // not the pre-releases of what it names, unless that is one
		if pre {
			return []span{{to: public}}, true, nil
		}
		return []span{{to: releaseFloor(p.release)}}, false, nil
	case ">": // nor its post-releases and local versions
		from := public + end
		if p.post == "" && !pre {
			from = releaseKey(p.release) + "\x04" + end
		}
		return []span{{from: from, to: end, text: text}}, pre, nil
	case "~=":
		if len(p.release) < 3 {
			return nil, false, fmt.Errorf("%q: ~= takes two numbers at least", clip(one))
		}
		return []span{{from: public, to: releaseFloor(bump(p.release[:len(p.release)-1])), text: text}}, pre, nil
	}
	return nil, false, fmt.Errorf("%q is no specifier such as >=1.2,<2", clip(one))
}

// releaseFloor is below every version of a release, its dev releases, too.
func releaseFloor(release []string) string { return releaseKey(release) }

// bump is the release with one more at its end.
func bump(release []string) []string {
	next := append([]string{}, release...)
	next[len(next)-1] = increment(next[len(next)-1])
	return next
}

// increment adds one to digits of any length.
func increment(digits string) string {
	b := []byte(digits)
	for i := len(b) - 1; i >= 0; i-- {
		if b[i]++; b[i] <= '9' {
			return string(b)
		}
		b[i] = '0'
	}
	return "1" + string(b)
}
