package advisories

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"net/url"
	"path"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"pavise"
)

// The kinds of signs.
const (
	byAddress = "address" // somewhere in the address of a script
	byFile    = "file"    // the whole last segment of its path
	byContent = "content" // somewhere in its text
	byHash    = "hash"    // the SHA-1 of its text
)

// versionPattern is what stands for a version in the patterns of signs.
const versionPattern = `[0-9][0-9.a-z_-]+`

// maxScript bounds how far into a script is looked. Its regular expressions take time
// in proportion, and most need not look: a text that they want is not there.
const maxScript = 1 << 20

// A Recogniser names libraries by their signs. Many may use it at once.
type Recogniser struct {
	address, file, content []matcher
	hash                   map[string]Sign
	dropped                int
}

type matcher struct {
	Sign
	re       *regexp.Regexp
	literals [][]byte // that stand in every match, the longest first
}

// NewRecogniser compiles signs. The patterns are JavaScript's, and a few cannot be had
// in Go: they are left out, and counted.
func NewRecogniser(signs []Sign) *Recogniser {
	r := &Recogniser{hash: map[string]Sign{}}
	for _, s := range signs {
		if s.Kind == byHash {
			r.hash[s.Pattern] = s
			continue
		}
		m, err := compile(s)
		if err != nil {
			r.dropped++
			continue
		}
		switch s.Kind {
		case byAddress:
			r.address = append(r.address, m)
		case byFile:
			r.file = append(r.file, m)
		case byContent:
			r.content = append(r.content, m)
		}
	}
	return r
}

// Dropped is how many signs could not be compiled.
func (r *Recogniser) Dropped() int { return r.dropped }

func compile(s Sign) (matcher, error) {
	if len(s.Pattern) > maxText {
		return matcher{}, &syntax.Error{Code: syntax.ErrLarge, Expr: clip(s.Pattern)}
	}
	pattern := s.Pattern
	if s.Kind == byFile {
		pattern = "^(?:" + pattern + ")$"
	}
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return matcher{}, err
	}
	re, err := regexp.Compile(pattern)
	literals := required(tree)
	slices.SortFunc(literals, func(a, b []byte) int { return len(b) - len(a) })
	return matcher{s, re, literals}, err
}

// required are texts that stand in every match.
func required(re *syntax.Regexp) (list [][]byte) {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase == 0 {
			list = append(list, []byte(string(re.Rune)))
		}
	case syntax.OpRepeat:
		if re.Min > 0 {
			list = required(re.Sub[0])
		}
	case syntax.OpConcat, syntax.OpCapture, syntax.OpPlus:
		for _, sub := range re.Sub {
			list = append(list, required(sub)...)
		}
	}
	return list
}

// mayMatch reports whether all is there that a match wants: most signs end here.
func (m matcher) mayMatch(text []byte) bool {
	return !slices.ContainsFunc(m.literals, func(literal []byte) bool { return !bytes.Contains(text, literal) })
}

// Recognise names the libraries of a script: by its text, if that is known, else by
// its address. Of one library the text tells more than the name.
func (r *Recogniser) Recognise(address string, text []byte) []pavise.Library {
	var list []pavise.Library
	seen := map[string]bool{}
	add := func(by, library, version string) {
		version = strings.TrimRight(strings.TrimSuffix(version, ".min"), ".-_")
		if version != "" && len(version) <= 60 && !seen[library] {
			seen[library] = true
			list = append(list, pavise.Library{Name: library, Version: version, By: by, At: address})
		}
	}
	text = text[:min(len(text), maxScript)]
	if len(text) > 0 {
		sum := sha1.Sum(text)
		if s, ok := r.hash[hex.EncodeToString(sum[:])]; ok {
			add("hash", s.Library, s.Version)
		}
		eachMatch(r.content, text, func(library, version string) { add("content", library, version) })
	}
	u, err := url.Parse(address)
	if err != nil {
		return list
	}
	eachMatch(r.file, []byte(path.Base(u.Path)), func(library, version string) { add("name", library, version) })
	u.RawQuery = ""
	eachMatch(r.address, []byte(u.String()), func(library, version string) { add("name", library, version) })
	return list
}

func eachMatch(list []matcher, text []byte, do func(library, version string)) {
	for _, m := range list {
		if !m.mayMatch(text) {
			continue
		}
		at := m.re.FindSubmatchIndex(text)
		switch {
		case at == nil:
		case m.Version != "":
			do(m.Library, string(m.re.Expand(nil, []byte(m.Version), text, at)))
		case len(at) >= 4 && at[2] >= 0:
			do(m.Library, string(text[at[2]:at[3]]))
		}
	}
}
