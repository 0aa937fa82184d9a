// Package javascript reads JavaScript and TypeScript: what a program sets up, and what it
// imports. One parser of our own reads all of it, CommonJS, modules, TypeScript and JSX. It
// keeps what names, calls and values need, steps over types, and fails no file for a line
// that it does not know. The parsers that there are in Go read JavaScript of the standard
// alone and stop at the first error, and their lexers cannot go back, which is what telling
// a function from a parenthesis, and type arguments from a comparison, takes.
package javascript

import (
	"context"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"pavise"
	"pavise/audit/tree"
)

// Bounds of what is read.
const (
	maxFile  = 2 << 20  // bytes of one file
	maxTotal = 12 << 20 // bytes of all: what is read of them takes fifteen times as much
	maxLine  = 20 << 10 // bytes of one line: longer ones are written by programs
	maxUses  = 20_000   // in one project
	maxSteps = 2_000_000
)

// Read adds what it finds to the project.
func Read(ctx context.Context, t *tree.Tree, p *pavise.Project) {
	r := &reader{ctx: ctx, t: t, p: p, names: map[string]bool{}, files: map[string]*file{}, calledBy: map[*node]call{}}
	var sources []string
	for _, name := range t.Files() {
		switch {
		case isSetting(name):
			r.setting(name)
		case path.Ext(name) == ".json":
			r.names[name] = true
		case isSource(name):
			r.names[name] = true
			sources = append(sources, name)
		}
	}
	slices.SortStableFunc(sources, func(a, b string) int { return rank(a) - rank(b) })
	r.sources(sources)
}

// rank puts what is most often for browsers behind the program, and tests behind that: of a
// large project not all is read.
func rank(name string) int {
	switch {
	case isTest(name):
		return 2
	case forBrowsers.MatchString(name):
		return 1
	}
	return 0
}

var forBrowsers = regexp.MustCompile(`(^|/)(bundles?|vendors?|assets|static|webroot|www|third[-_]?party)/`)

// extensions are those of source, with whether types and markup may stand in it.
var extensions = map[string]struct{ typed, markup bool }{
	".js": {false, true}, ".mjs": {false, true}, ".cjs": {false, true}, ".jsx": {false, true},
	".ts": {true, false}, ".mts": {true, false}, ".cts": {true, false}, ".tsx": {true, true},
}

// isScript reports whether a file may be a program for Node without saying so in its name:
// bin/www starts many an app of Express. Whether it is its first line tells.
func isScript(name string) bool {
	return path.Ext(name) == "" && path.Base(path.Dir(name)) == "bin"
}

// built are folders of what programs write, and browsers read.
var built = []string{"dist", "build", "public", "out", "coverage", ".next", ".nuxt", ".output", ".cache"}

// isSource reports whether a file is source that somebody wrote.
func isSource(name string) bool {
	base := path.Base(name)
	if _, ok := extensions[path.Ext(name)]; !ok && !isScript(name) {
		return false
	}
	if strings.Contains(base, ".min.") || strings.HasSuffix(base, ".d.ts") || strings.HasSuffix(base, ".d.mts") || strings.HasSuffix(base, ".d.cts") {
		return false
	}
	return !slices.ContainsFunc(strings.Split(path.Dir(name), "/"), func(dir string) bool { return slices.Contains(built, dir) })
}

var (
	testFolder = regexp.MustCompile(`(^|/)(tests?|__tests__|__mocks__|specs?|testdata|e2e|examples?|docs?|fixtures|benchmarks?)/`)
	testFile   = regexp.MustCompile(`([._-](test|spec|e2e|bench|stories)\.[a-z]+|(^|/)tests?\.[a-z]+)$`)
)

// isTest reports whether a file is of tests, examples or documentation.
func isTest(name string) bool {
	return testFolder.MatchString(path.Dir(name)+"/") || testFile.MatchString(name)
}

// isSetting reports whether a file is itself a setting: where Apostrophe listens.
func isSetting(name string) bool {
	dir, base := path.Split(name)
	return (base == "port" || base == "address") && (dir == "data/" || strings.HasSuffix(dir, "/data/"))
}

const maxSetting = 4 << 10

func (r *reader) setting(name string) {
	text, err := r.t.Read(name, maxSetting)
	if err != nil {
		r.t.Miss(name, err.Error(), "source")
		return
	}
	r.p.Texts = append(r.p.Texts, pavise.Text{File: name, Text: string(text)})
}

// A reader reads the source of one project.
type reader struct {
	ctx      context.Context
	t        *tree.Tree
	p        *pavise.Project
	names    map[string]bool // files that may be required
	files    map[string]*file
	total    int // bytes read
	calledBy map[*node]call
	steps    int // that may yet be taken for this file
	naming   int // origins that are being asked for
	full     bool
}

// A call is the only one of a function; n is nil where there are several.
type call struct {
	f *file
	n *node
}

// sources reads all files before it tells the uses of any: what a parameter is stands
// where its function is called.
func (r *reader) sources(names []string) {
	for i, name := range names {
		if r.total > maxTotal {
			if names = names[:i]; !isTest(name) {
				r.t.Miss("JavaScript", fmt.Sprintf("there are more than %d MB of it: nothing is told from %s on", maxTotal>>20, name), "source")
			}
			break
		}
		if f := r.load(name); f != nil && r.ctx.Err() == nil {
			r.p.Sources++
			r.imports(f)
		}
	}
	r.each(names, r.callers)
	for _, f := range r.files {
		if f != nil {
			clear(f.facts) // what is given to functions is known now
		}
	}
	r.each(names, r.uses)
	if r.ctx.Err() != nil {
		r.t.Miss("JavaScript", "the time was over", "source")
	}
}

func (r *reader) each(names []string, do func(*file)) {
	for _, name := range names {
		if f := r.files[name]; f != nil && r.ctx.Err() == nil {
			r.steps = maxSteps
			do(f)
		}
	}
}

var interpreter = regexp.MustCompile(`^#![^\n]*\b(node|nodejs|bun|tsx|ts-node)\b`)

// load reads a file once; nil is that it cannot be read, or that nobody wrote it.
func (r *reader) load(name string) *file {
	if f, ok := r.files[name]; ok {
		return f
	}
	r.files[name] = nil
	if r.ctx.Err() != nil {
		return nil
	}
	data, err := r.t.Read(name, maxFile)
	if err != nil {
		r.t.Miss(name, err.Error(), "source")
		return nil
	}
	if isScript(name) && !interpreter.Match(data) {
		return nil
	}
	if r.total += len(data); r.total > maxTotal || hasLongLine(string(data)) {
		return nil
	}
	f := newFile(name, string(data))
	if f.losses > 0 && !f.test && path.Ext(name) != ".json" {
		line, _ := f.position(f.lost)
		r.t.Miss(fmt.Sprintf("%s:%d", name, line), "part of it could not be made out", "source")
	}
	r.files[name] = f
	return f
}

// newFile reads source. What is no JavaScript of the standard may still have types.
func newFile(name, src string) *file {
	f := &file{name: name, src: src, test: isTest(name), facts: map[*node]fact{}, asked: map[*binding][]string{}}
	f.lines = append(f.lines, 0)
	for i := range len(src) {
		if src[i] == '\n' {
			f.lines = append(f.lines, i+1)
		}
	}
	if path.Ext(name) == ".json" {
		p := &parser{src: src, tries: 1}
		p.next()
		f.root = p.node(blockNode, 0, len(src), "")
		f.gives = p.assignment()
		bind(f)
		f.bind(f.gives, f.top)
		return f
	}
	form := extensions[path.Ext(name)]
	f.root, f.losses, f.lost = parse(src, form.typed, form.markup)
	if f.losses > 0 && !form.typed {
		if root, losses, lost := parse(src, true, form.markup); losses < f.losses {
			f.root, f.losses, f.lost = root, losses, lost
		}
	}
	bind(f)
	return f
}

// hasLongLine reports whether a line is longer than people write them. One that is a
// comment holds the map of what a compiler made.
func hasLongLine(src string) bool {
	for len(src) > maxLine {
		n := strings.IndexByte(src, '\n')
		if long := n > maxLine || n < 0; long && !strings.HasPrefix(src, "//") {
			return true
		}
		if n < 0 {
			return false
		}
		src = src[n+1:]
	}
	return false
}

// position returns line and column, both from 1. A byte order mark has no column.
func (f *file) position(at int) (line, column int) {
	i, _ := slices.BinarySearch(f.lines, at+1)
	column = at - f.lines[i-1] + 1
	if i == 1 && strings.HasPrefix(f.src, "\ufeff") {
		column = max(1, column-len("\ufeff"))
	}
	return i, column
}
