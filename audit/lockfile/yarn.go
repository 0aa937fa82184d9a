package lockfile

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"pavise"
)

// yarnLock reads yarn.lock of yarn 1 and of those after it.
func yarnLock(data []byte, file string) (*lock, error) {
	y := &yarnReader{file: file, lines: symlReader{data: data}, by: map[string]int{}, named: map[string][]int{}, places: map[string]bool{}}
	for {
		l, ok := y.lines.next()
		if !ok {
			break
		}
		y.take(l)
	}
	y.finish()
	if y.lines.err != nil {
		return nil, y.lines.err
	}
	y.link()
	form := "yarn.lock v1"
	if y.berry != "" {
		form = "yarn.lock of yarn 2 and later, v" + clip(y.berry)
	}
	return &lock{form: form, packages: y.packages, members: y.members, answer: y.answer}, nil
}

type yarnReader struct {
	file     string
	lines    symlReader
	berry    string // its version, where it is not of yarn 1
	entry    *yarnEntry
	packages []pavise.Package
	by       map[string]int   // "name@range" to the place in packages
	named    map[string][]int // every package of a name
	members  []string
	places   map[string]bool
	tally    tally
}

// A yarnEntry is one package, under all that it answers.
type yarnEntry struct {
	patterns             []string
	line                 int
	block, inner         string // the names that stand above the line
	version, resolved    string
	resolution, checksum string
	needs                []pavise.Need
}

// take reads a line.
func (y *yarnReader) take(l symlLine) {
	switch e := y.entry; {
	case l.indent == 0:
		y.finish()
		y.entry = &yarnEntry{patterns: l.names, line: y.lines.line}
	case e == nil:
		y.lines.fail("it is indented below nothing")
	case l.indent <= 2:
		e.block = ""
		e.field(l)
		if e.patterns[0] == "__metadata" && l.names[0] == "version" {
			y.berry = l.value
		}
	case l.indent <= 4:
		e.inner = l.names[0]
		e.need(l, y.lines.line)
		if len(e.needs) > maxNeedsOne {
			y.lines.fail("a package needs more than any does")
		}
	case e.block == "dependenciesMeta" && l.names[0] == "optional" && l.value == "true":
		for i := range e.needs {
			if e.needs[i].Name == e.inner {
				e.needs[i].Scope = pavise.Optional
			}
		}
	}
}

func (e *yarnEntry) field(l symlLine) {
	switch l.names[0] {
	case "version":
		e.version = l.value
	case "resolved":
		e.resolved = l.value
	case "resolution":
		e.resolution = l.value
	case "integrity", "checksum":
		e.checksum = l.value
	default:
		e.block = l.names[0]
	}
}

func (e *yarnEntry) need(l symlLine, line int) {
	scope, ok := map[string]pavise.Scope{"dependencies": "", "optionalDependencies": pavise.Optional, "peerDependencies": pavise.Peer}[e.block]
	if ok && len(l.names[0]) <= maxName {
		e.needs = append(e.needs, pavise.Need{Name: l.names[0], Range: masked(l.value), Scope: scope, Line: line})
	}
}

// sha1Sum ends the addresses of yarn 1: it is what the archive is held to.
var sha1Sum = regexp.MustCompile(`#[0-9a-f]{40}$`)

// finish adds the package of the entry that was read.
func (y *yarnReader) finish() {
	e := y.entry
	if y.entry = nil; e == nil || e.patterns[0] == "__metadata" {
		return
	}
	var patterns []string // in one string in later versions
	for _, p := range e.patterns {
		patterns = append(patterns, strings.Split(p, ", ")...)
	}
	name, asked := splitPattern(patterns[0])
	if name == "" || len(name) > maxName {
		y.lines.err = &fault{e.line, fmt.Sprintf("%q is no name@range", clip(patterns[0]))}
		return
	}
	p := pavise.Package{Ecosystem: pavise.NPM, Name: name, Version: e.version, File: y.file, Line: e.line, Needs: e.needs,
		Resolved: address(e.resolved), Integrity: e.checksum != "" || sha1Sum.MatchString(e.resolved)}
	place := name + "@" + e.version
	if e.resolution != "" {
		asked = y.resolved(&p, e.resolution)
		place = e.resolution
	} else {
		if real, ok := strings.CutPrefix(asked, "npm:"); ok {
			if real, _, _ = cutLast(real, "@"); real != "" && real != name {
				p.Name, p.Alias = real, name
			}
		}
		if p.From = archived(e.resolved); provenance(asked) != pavise.FromRegistry {
			p.From = provenance(asked)
		}
	}
	if dir, ok := strings.CutPrefix(asked, "workspace:"); ok {
		y.members = append(y.members, strings.TrimPrefix(dir, "."))
		if place = dir; dir == "." {
			return
		}
	}
	if strings.Contains(asked, "#optional!builtin") || strings.Contains(asked, "#~builtin") {
		return // yarn's own patch: the package itself stands there, too
	}
	y.add(p, name, place, patterns)
}

// add adds a package under what it answers.
func (y *yarnReader) add(p pavise.Package, name, place string, patterns []string) {
	if y.places[place] { // one version from two addresses
		place = fmt.Sprintf("%s:%d", place, p.Line)
	}
	y.places[place] = true
	p.Key = key(y.file, masked(place))
	if why := y.tally.add(1, len(p.Needs)); why != "" || len(place) > maxLine {
		y.lines.err = &fault{p.Line, why}
		return
	}
	for _, pattern := range patterns {
		y.by[masked(pattern)] = len(y.packages)
	}
	y.named[name] = append(y.named[name], len(y.packages))
	y.packages = append(y.packages, p)
}

// resolved notes what a later yarn says a pattern came to, and returns that without the
// name.
func (y *yarnReader) resolved(p *pavise.Package, resolution string) string {
	name, to := splitPattern(resolution)
	if name != p.Name {
		p.Name, p.Alias = name, p.Name
	}
	switch p.From = provenance(to); p.From {
	case pavise.FromGit, pavise.FromURL:
		p.Resolved = address(strings.Replace(to, "#commit=", "#", 1))
	case pavise.FromWorkspace:
		p.Version = ""
	}
	return to
}

// splitPattern takes "name@range" apart; the name may begin with an @ itself.
func splitPattern(s string) (name, asked string) {
	if i := strings.IndexByte(s[min(1, len(s)):], '@'); i >= 0 {
		return s[:i+1], s[i+2:]
	}
	return "", ""
}

// link finds for every need the package that answers it.
func (y *yarnReader) link() {
	for i := range y.packages {
		needs := y.packages[i].Needs
		for j := range needs {
			if to, _ := y.find(needs[j]); to >= 0 {
				needs[j].Key = y.packages[to].Key
			}
		}
		y.packages[i].Needs = slices.DeleteFunc(needs, func(n pavise.Need) bool { return n.Key == "" && n.Scope != "" })
	}
}

// find is the package for a need, and whether the lockfile has it for just that. Where it
// does not, a resolution may have put the one package of the name in its place; -1 is none.
func (y *yarnReader) find(need pavise.Need) (int, bool) {
	for _, protocol := range []string{"", "npm:"} {
		if i, ok := y.by[need.Name+"@"+protocol+need.Range]; ok {
			return i, true
		}
	}
	if list := y.named[need.Name]; len(list) == 1 {
		return list[0], y.packages[list[0]].From == pavise.FromWorkspace
	}
	return -1, false
}

func (y *yarnReader) answer(_ string, need pavise.Need) (string, bool) {
	i, instep := y.find(need)
	if i < 0 {
		return "", need.Scope == pavise.Peer
	}
	return y.packages[i].Key, instep || need.Scope == pavise.Peer
}
