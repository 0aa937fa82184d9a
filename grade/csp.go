package grade

import (
	"errors"
	"net/url"
	"slices"
	"strings"
)

// A policy is what several policies come to: the sources of each directive. It takes
// an entry for what only one of the several allows.
type policy map[string]sources

type sources map[string]bool

func (s sources) any(is func(string) bool) bool {
	for source := range s {
		if is(source) {
			return true
		}
	}
	return false
}

var (
	broad  = []string{"ftp:", "http:", "https:", "*", "http://*", "http://*.*", "https://*", "https://*.*"}
	unsafe = append([]string{"'unsafe-inline'", "data:"}, broad...)
	nonces = []string{"'sha256-", "'sha384-", "'sha512-", "'nonce-"}
)

func isBroad(s string) bool  { return slices.Contains(broad, s) }
func isUnsafe(s string) bool { return slices.Contains(unsafe, s) }
func isNonce(s string) bool  { return begins(s, nonces) }
func inClear(s string) bool  { return begins(s, []string{"http:", "ftp:"}) }

func begins(s string, with []string) bool {
	return slices.ContainsFunc(with, func(w string) bool { return strings.HasPrefix(s, w) })
}

const cspHeader = "Content-Security-Policy"

// policies are those of header and meta element in one; none is nil. Twice is set where
// a place for reports is named twice.
func (s *sight) policies() (p policy, twice bool, err error) {
	header := s.lines(cspHeader)
	p, twice, err = readPolicies(append(slices.Clone(header), s.page.policies...))
	if err != nil {
		return nil, false, err
	}
	fromHeader, _, _ := readPolicies(header)
	fromPage, _, _ := readPolicies(s.page.policies)
	for _, name := range []string{"frame-ancestors", "report-uri", "sandbox"} { // not obeyed there
		delete(fromPage, name)
	}
	if len(fromHeader)+len(fromPage) == 0 {
		return nil, false, nil
	}
	return p, twice, nil
}

func (s *sight) csp() mark {
	p, twice, err := s.policies()
	switch {
	case err != nil:
		return mark{-25, cspHeader + " is not understood"}
	case p == nil:
		return mark{-25, "there is no " + cspHeader + " that is enforced"}
	}
	m, passes := p.judge(s.secure)
	if passes && twice {
		return mark{}
	}
	return m
}

// either is the sources of the directive, or of the one that it falls back to.
func (p policy) either(name string) sources {
	if s := p[name]; s != nil {
		return s
	}
	if s := p["default-src"]; s != nil {
		return s
	}
	return sources{"*": true}
}

// judge finds the first fault in the order of the Observatory, which passes only some.
func (p policy) judge(secure bool) (m mark, passes bool) {
	script, style, object := p.either("script-src"), p.either("style-src"), p.either("object-src")
	for _, s := range []sources{script, style} {
		if s.any(isNonce) {
			delete(s, "'unsafe-inline'")
		}
	}
	if script["'strict-dynamic'"] {
		if !script.any(isNonce) {
			return mark{-25, "strict-dynamic has neither nonce nor hash beside it"}, false
		}
		for source := range script {
			if begins(source, broad) || source == "'self'" || source == "'unsafe-inline'" {
				delete(script, source)
			}
		}
	}
	only := p["default-src"]
	switch {
	case script.any(isUnsafe) || object.any(isBroad):
		return mark{-20, "the policy lets injected scripts, or objects from anywhere, run"}, false
	case secure && (p.active().any(inClear) || script.any(inClear)):
		return mark{-20, "the policy lets pages load code in the clear"}, false
	case script["'unsafe-eval'"] || style["'unsafe-eval'"]:
		return mark{-10, "the policy lets text run as script"}, false
	case secure && p.passive().any(inClear):
		return mark{-10, "the policy lets pages load images or media in the clear"}, true
	case style.any(isUnsafe):
		return mark{}, true
	case len(only) == 1 && only["'none'"]:
		return mark{10, "the policy allows nothing that it does not name"}, true
	}
	return mark{5, "the policy lets nothing unsafe run"}, true
}

// active is the sources of everything but scripts, images and media.
func (p policy) active() sources {
	all := sources{}
	for name, list := range p {
		if name == "script-src" || name == "img-src" || name == "media-src" {
			continue
		}
		for source := range list {
			all[source] = true
		}
	}
	return all
}

func (p policy) passive() sources {
	all := sources{}
	for _, name := range []string{"img-src", "media-src"} {
		list := p[name]
		if list == nil {
			list = p["default-src"]
		}
		for source := range list {
			all[source] = true
		}
	}
	return all
}

// shortest is the least that is taken for a policy.
const shortest = 6

// A source stands in one of several policies.
type source struct {
	text string
	of   int
	keep bool
}

// readPolicies reads several policies as one that allows what all allow. Twice is set
// where one says twice where reports go; anything else that is said twice is an error.
func readPolicies(list []string) (p policy, twice bool, err error) {
	found := map[string][]source{}
	for i, text := range list {
		text = strings.TrimSpace(strings.NewReplacer("\r", "", "\n", "").Replace(text))
		if len(text) < shortest {
			return nil, false, errors.New("a policy is too short")
		}
		seen := map[string]bool{}
		for directive := range strings.SplitSeq(text, ";") {
			words := strings.Fields(directive)
			if len(words) == 0 {
				continue
			}
			name := strings.ToLower(words[0])
			switch {
			case seen[name] && name != "report-uri" && name != "report-to":
				return nil, false, errors.New(name + " stands twice")
			case seen[name]:
				twice = true
			}
			seen[name] = true
			if found[name], err = join(found[name], values(name, words[1:], i), i); err != nil {
				return nil, false, err
			}
			if i == 0 && len(list) > 1 {
				for j := range found[name] {
					found[name][j].keep = false
				}
			}
		}
	}
	p = policy{}
	for name, list := range found {
		p[name] = sources{}
		for _, s := range list {
			p[name][s.text] = true
		}
		if len(list) == 0 {
			p[name]["'none'"] = true
		}
	}
	return p, twice, nil
}

// values are the sources of a directive in one policy. An empty list of sources is
// 'none'.
func values(name string, words []string, of int) []source {
	if len(words) == 0 && strings.HasSuffix(name, "-src") {
		words = []string{"'none'"}
	}
	list := make([]source, len(words))
	for i, w := range words {
		list[i] = source{strings.ToLower(w), of, of == 0}
	}
	return list
}

// join leaves of the sources before and those of a further policy what both allow, and
// of one policy what no shorter source allows already.
func join(before, now []source, of int) ([]source, error) {
	all := now
	if of > 0 {
		all = append(slices.Clone(before), now...)
	}
	slices.SortStableFunc(all, func(a, b source) int { return strings.Compare(a.text, b.text) })
	for i := 1; i < len(all); i++ {
		prev, s := all[i-1], &all[i]
		if s.of == prev.of {
			if strings.HasPrefix(s.text, prev.text) {
				s.keep = false
			}
			continue
		}
		same, err := within(prev.text, s.text)
		if err != nil {
			return nil, err
		}
		s.keep = s.keep || same
	}
	return slices.DeleteFunc(all, func(s source) bool { return !s.keep }), nil
}

// within reports whether the path of one source is that of the other, or above it.
func within(a, b string) (bool, error) {
	if a == "" || a == "/" && b == "" {
		return true, nil
	}
	exact := !strings.HasSuffix(a, "/")
	as, bs := strings.Split(a, "/"), strings.Split(b, "/")
	if len(as) > len(bs) || exact && len(as) != len(bs) {
		return false, nil
	}
	if !exact {
		as = as[:len(as)-1]
	}
	for i := range as {
		x, errX := url.PathUnescape(as[i])
		y, errY := url.PathUnescape(bs[i])
		if err := errors.Join(errX, errY); err != nil {
			return false, err
		}
		if x != y {
			return false, nil
		}
	}
	return true, nil
}
