// Package golang reads Go source: what a program sets up, and what it imports. It reads
// each file by itself, with the parser of the standard library: what has a name in another
// file is told by that name.
package golang

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"pavise"
	"pavise/audit/tree"
)

// Bounds of what is read.
const (
	maxFile  = 2 << 20  // bytes of one file
	maxTotal = 64 << 20 // bytes of all
	maxUses  = 20_000   // in one project
	maxSteps = 2_000_000
)

// Read adds what it finds to the project. Files are read whatever they are built for.
func Read(ctx context.Context, t *tree.Tree, p *pavise.Project) {
	total, uses := 0, 0
	for _, name := range t.Files() {
		if path.Ext(name) != ".go" {
			continue
		}
		if why := tooMuch(ctx, total, uses); why != "" {
			t.Miss("Go", fmt.Sprintf("%s: nothing is told from %s on", why, name), "source")
			return
		}
		data, err := t.Read(name, maxFile)
		if err != nil {
			t.Miss(name, err.Error(), "source")
			continue
		}
		total += len(data)
		f, err := readFile(name, data)
		if err != nil { // what could be parsed is told all the same
			t.Miss(name, firstError(err), "source")
		}
		if f == nil {
			continue
		}
		if f.steps < 0 {
			t.Miss(name, "its names lead too far", "source")
		}
		p.Sources++
		p.Imports = append(p.Imports, f.imported...)
		p.Uses = append(p.Uses, f.uses...)
		uses += len(f.uses)
	}
}

// tooMuch says why no more is read.
func tooMuch(ctx context.Context, total, uses int) string {
	switch {
	case ctx.Err() != nil:
		return "the time was over"
	case total > maxTotal:
		return fmt.Sprintf("there are more than %d MB of it", maxTotal>>20)
	case uses > maxUses:
		return fmt.Sprintf("there are more than %d uses", maxUses)
	}
	return ""
}

var (
	testFolder = regexp.MustCompile(`(^|/)(tests?|testdata|_?examples?|docs?|fixtures)/`)
	testFile   = regexp.MustCompile(`_test\.go$`)
)

// firstError says the line of an error, and what it is.
func firstError(err error) string {
	if list, ok := err.(scanner.ErrorList); ok && len(list) > 0 {
		return fmt.Sprintf("line %d: %s", list[0].Pos.Line, list[0].Msg)
	}
	return err.Error()
}

// A file is one that is read.
type file struct {
	name     string
	test     bool
	set      *token.FileSet
	src      []byte
	imported []pavise.Import
	uses     []pavise.Use
	packages map[string]string              // by the name they have in this file
	scope    *scope                         // of the function that is read
	zeros    map[ast.Node]*ast.CompositeLit // structs that are made without being written out
	deep     int
	room     int // values that this use may yet have
	steps    int // that may yet be taken to follow names
}

// readFile reads one file; nil is that there is nothing to read in it.
func readFile(name string, data []byte) (*file, error) {
	f := &file{name: name, set: token.NewFileSet(), src: data, packages: map[string]string{}, zeros: map[ast.Node]*ast.CompositeLit{}, steps: maxSteps}
	f.test = testFile.MatchString(name) || testFolder.MatchString(path.Dir(name)+"/")
	tree, err := parser.ParseFile(f.set, name, data, parser.SkipObjectResolution)
	if tree == nil {
		return nil, err
	}
	for _, i := range tree.Imports {
		f.importing(i)
	}
	f.declarations(tree.Decls)
	slices.SortStableFunc(f.uses, func(a, b pavise.Use) int { return a.Name - b.Name })
	return f, err
}

// version is what stands last in the path of a module from its second major on.
var version = regexp.MustCompile(`^v[0-9]+$`)

func (f *file) importing(i *ast.ImportSpec) {
	from, err := strconv.Unquote(i.Path.Value)
	if err != nil || from == "C" {
		return
	}
	name := path.Base(from)
	if version.MatchString(name) {
		name = path.Base(path.Dir(from))
	}
	name, _, _ = strings.Cut(strings.TrimPrefix(name, "go-"), ".") // gopkg.in/yaml.v3
	if i.Name != nil {
		name = i.Name.Name
	}
	at := f.set.PositionFor(i.Pos(), false)
	f.imported = append(f.imported, pavise.Import{File: f.name, Line: at.Line, Name: from, Test: f.test})
	if f.packages[name] = from; name == "_" || name == "." {
		delete(f.packages, name)
	}
	if name == "_" {
		f.add(pavise.Use{Of: "import " + from}, i, i.Path.Pos(), i.Path.End())
	}
}

// add tells a use that is a node, and whose name stands between two places.
func (f *file) add(u pavise.Use, n ast.Node, from, to token.Pos) {
	if len(f.uses) == maxUses {
		return
	}
	at := f.set.PositionFor(from, false)
	u.File, u.Line, u.Column, u.Test = f.name, at.Line, at.Column, f.test
	u.Start, u.End = f.span(n)
	u.Name = max(u.Start, f.offset(to))
	u.End = max(u.End, u.Name)
	f.uses = append(f.uses, u)
}

// offset is where a place is in the file, also one that a mistake has moved.
func (f *file) offset(at token.Pos) int {
	if !at.IsValid() {
		return 0
	}
	return min(max(f.set.PositionFor(at, false).Offset, 0), len(f.src))
}

// span is from where to where a node stands. Where a bracket is missing it has no end.
func (f *file) span(n ast.Node) (start, end int) {
	start = f.offset(n.Pos())
	return start, max(start, f.offset(n.End()))
}
