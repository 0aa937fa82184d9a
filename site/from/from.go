// Package from makes sites of Pavise's of what other programs were told: nginx, and
// mechanic, which writes for it. Whatever it reads it tells of: as carried over, as what
// Pavise does anyway, or as left behind, with what to do about it.
package from

import (
	"cmp"
	"fmt"
	"net"
	"slices"
	"strings"

	"pavise"
	"pavise/site"
)

// A Result is what came of a configuration.
type Result struct {
	Sites []Site
	File  []Setting // of the file, beside its sites
	Told  []Told

	seen map[Told]bool
}

// A Setting is a key of the file, and what is told of it where the file has none yet.
type Setting struct {
	site.Pair
	Told Told
}

// A Site is one that was made, and where it stood.
type Site struct {
	site.Map
	File string
	Line int
}

// A Fate is what became of a line.
type Fate string

// The fates.
const (
	Carried Fate = "carried" // Pavise is told the same
	Implied Fate = "implied" // Pavise does so of itself, or has no need of it
	Left    Fate = "left"    // it is for the owner to decide
)

// Told is what became of one line.
type Told struct {
	File string `json:"file"`
	Line int    `json:"line"`
	What string `json:"what"`
	Fate Fate   `json:"fate"`
	Why  string `json:"why,omitempty"`
	Do   string `json:"do,omitempty"` // what to do about it
}

// maxTold bounds what is told of a configuration that is none.
const maxTold = 10_000

// Tell notes what became of a line, once: what is inherited is met again at every server.
func (r *Result) Tell(t Told) {
	if r.seen[t] {
		return
	}
	if r.seen == nil {
		r.seen = map[Told]bool{}
	}
	r.seen[t] = true
	if len(r.Told) == maxTold {
		r.Told = append(r.Told, Told{File: t.File, Line: t.Line, What: t.What, Fate: Left,
			Why: fmt.Sprintf("from here on nothing is told: there are more than %d lines", maxTold), Do: "import it in parts"})
	}
	if len(r.Told) < maxTold {
		r.Told = append(r.Told, t)
	}
}

// sort puts what was told into the order of the files, as they were met.
func (r *Result) sort() {
	first := map[string]int{}
	for i, t := range r.Told {
		if _, ok := first[t.File]; !ok {
			first[t.File] = i
		}
	}
	slices.SortStableFunc(r.Told, func(a, b Told) int {
		return cmp.Or(cmp.Compare(first[a.File], first[b.File]), cmp.Compare(a.Line, b.Line))
	})
}

// LeftBehind are the lines that were not carried over.
func (r *Result) LeftBehind() []Told {
	var list []Told
	for _, t := range r.Told {
		if t.Fate == Left {
			list = append(list, t)
		}
	}
	return list
}

// ordered puts keys into the order of the documentation.
func ordered(m site.Map, keys []string) site.Map {
	slices.SortStableFunc(m, func(a, b site.Pair) int { return slices.Index(keys, a.Key) - slices.Index(keys, b.Key) })
	return m
}

// backend is an address and how much it takes of what there is.
type backend struct {
	at     string
	weight string
}

// to is how backends are written.
func to(list []backend) any {
	at, weights := make([]string, len(list)), make([]string, len(list))
	for i, b := range list {
		at[i], weights[i] = b.at, b.weight
	}
	return site.To(at, weights)
}

// remote reports whether a backend is on another machine.
func remote(at string) bool {
	if strings.HasPrefix(at, "unix:") || strings.Trim(at, "0123456789") == "" {
		return false
	}
	if _, rest, ok := strings.Cut(at, "://"); ok {
		at = rest
	}
	at, _, _ = strings.Cut(at, "/")
	host, _, err := net.SplitHostPort(at)
	if err != nil {
		host = strings.Trim(at, "[]")
	}
	return !pavise.Local(host)
}
