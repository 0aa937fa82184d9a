package headers

import (
	"maps"
	"slices"
	"strings"
)

// A directive of a Content-Security-Policy: its name in lower case, its values
// as written.
type directive struct {
	name   string
	values []string
}

// A cspPolicy is one policy, as a browser reads it (CSP Level 3 2.2.1): what is
// not ASCII is dropped, and of two directives with one name the second.
type cspPolicy []directive

// parsePolicies reads header lines: commas stand between policies.
func parsePolicies(lines []string) []cspPolicy {
	var list []cspPolicy
	for text := range policyTexts(lines) {
		if p := parsePolicy(text); len(p) > 0 {
			list = append(list, p)
		}
	}
	return list
}

func policyTexts(lines []string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for _, line := range lines {
			for text := range strings.SplitSeq(line, ",") {
				if !yield(text) {
					return
				}
			}
		}
	}
}

func parsePolicy(text string) cspPolicy {
	var p cspPolicy
	seen := map[string]bool{}
	for part := range strings.SplitSeq(text, ";") {
		words := strings.FieldsFunc(part, cspSpace)
		if len(words) == 0 || !ascii(part) {
			continue
		}
		name := strings.ToLower(words[0])
		if !seen[name] {
			seen[name] = true
			p = append(p, directive{name, words[1:]})
		}
	}
	return p
}

// cspSpace is ASCII whitespace (Infra Standard 4.6).
func cspSpace(r rune) bool { return r == ' ' || r >= '\t' && r <= '\r' && r != '\v' }

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= 0x7f || r < ' ' && !cspSpace(r) }) < 0
}

// effective returns the values that govern what a directive is about: its own,
// or those that it falls back to.
func (p cspPolicy) effective(name string) (d directive, governed bool) {
	for _, name := range governors(name) {
		if i := slices.IndexFunc(p, func(d directive) bool { return d.name == name }); i >= 0 {
			return p[i], true
		}
	}
	return directive{}, false
}

// speaksOf reports whether one of the policies has a directive of the name. It
// runs on every response whose app sends a policy, and so allocates nothing.
func speaksOf(lines []string, name string) bool {
	for _, line := range lines {
		for policy := range strings.SplitSeq(line, ",") {
			for part := range strings.SplitSeq(policy, ";") {
				part = strings.TrimLeftFunc(part, cspSpace)
				if len(part) >= len(name) && strings.EqualFold(part[:len(name)], name) &&
					(len(part) == len(name) || cspSpace(rune(part[len(name)]))) && ascii(part) {
					return true
				}
			}
		}
	}
	return false
}

// What a directive takes.
type takes int

const (
	sources   takes = iota // CSP Level 3 2.3.1
	ancestry               // the same without most keywords (6.4.2)
	nothing                // is named alone
	otherwise              // has a grammar of its own
)

// A cspKind is what is known of a directive.
type cspKind struct {
	takes    takes
	falls    []string // what governs where it is not named, the nearest first (6.8.3)
	obsolete bool     // browsers have dropped it, or will
}

var (
	toDefault = []string{"default-src"}
	toScript  = []string{"script-src", "default-src"}
	toStyle   = []string{"style-src", "default-src"}
)

// cspKinds are the directives of CSP Level 3 and of the documents that add to it.
var cspKinds = map[string]cspKind{
	"default-src":      {},
	"child-src":        {falls: toDefault},
	"connect-src":      {falls: toDefault},
	"fenced-frame-src": {falls: []string{"frame-src", "child-src", "default-src"}},
	"font-src":         {falls: toDefault},
	"frame-src":        {falls: []string{"child-src", "default-src"}},
	"img-src":          {falls: toDefault},
	"manifest-src":     {falls: toDefault},
	"media-src":        {falls: toDefault},
	"object-src":       {falls: toDefault},
	"script-src":       {falls: toDefault},
	"script-src-attr":  {falls: toScript},
	"script-src-elem":  {falls: toScript},
	"style-src":        {falls: toDefault},
	"style-src-attr":   {falls: toStyle},
	"style-src-elem":   {falls: toStyle},
	"worker-src":       {falls: []string{"child-src", "script-src", "default-src"}},

	"base-uri":        {},
	"form-action":     {},
	"frame-ancestors": {takes: ancestry},
	"sandbox":         {takes: otherwise},
	"webrtc":          {takes: otherwise},

	"report-to":                 {takes: otherwise},
	"report-uri":                {takes: otherwise},
	"require-trusted-types-for": {takes: otherwise},
	"trusted-types":             {takes: otherwise},
	"upgrade-insecure-requests": {takes: nothing},

	"block-all-mixed-content": {takes: nothing, obsolete: true},
	"disown-opener":           {takes: nothing, obsolete: true},
	"navigate-to":             {obsolete: true},
	"plugin-types":            {takes: otherwise, obsolete: true},
	"prefetch-src":            {falls: toDefault, obsolete: true},
	"referrer":                {takes: otherwise, obsolete: true},
	"reflected-xss":           {takes: otherwise, obsolete: true},
	"require-sri-for":         {takes: otherwise, obsolete: true},
}

func cspNames() []string { return slices.Sorted(maps.Keys(cspKinds)) }

// governors returns what may govern in place of a directive, itself first.
func governors(name string) []string { return append([]string{name}, cspKinds[name].falls...) }

// lax returns the first source that lets in whatever site: a wildcard, or a
// scheme that anybody can write a page in. What blob: and its kin name only a
// script that runs already can have made.
func (d directive) lax() string {
	for _, v := range d.values {
		switch strings.ToLower(v) {
		case "blob:", "filesystem:", "mediastream:":
			continue
		}
		if sourceReach(v) == anyone {
			return v
		}
	}
	return ""
}

func (d directive) has(keyword string) bool {
	return slices.ContainsFunc(d.values, func(v string) bool { return strings.EqualFold(v, keyword) })
}

// nonces returns what the nonce sources of a directive name.
func (d directive) nonces() []string {
	var list []string
	for _, v := range d.values {
		if inner, ok := strings.CutSuffix(v, "'"); ok && len(inner) > len("'nonce-") && strings.EqualFold(inner[:7], "'nonce-") {
			list = append(list, inner[7:])
		}
	}
	return list
}

// hashed reports whether a directive names scripts or styles by what they hold.
func (d directive) hashed() bool {
	return slices.ContainsFunc(d.values, func(v string) bool { return len(v) > 5 && strings.EqualFold(v[:4], "'sha") })
}

func (d directive) String() string {
	return clip([]string{strings.Join(append([]string{d.name}, d.values...), " ")})
}
