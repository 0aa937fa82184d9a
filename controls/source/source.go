// Package source holds the controls of what a program sets up in its source: sessions,
// proxies, headers, listeners and what is made of a request.
package source

import (
	"cmp"
	"path"
	"slices"
	"strconv"
	"strings"

	"pavise"
)

// A program is what one module of a project sets up, tests and examples left out.
type program struct {
	project *pavise.Project
	uses    []pavise.Use
	dropped []pavise.Use // what production never runs
	imports []pavise.Import
	texts   []pavise.Text
}

// programs parts the uses of a project by the modules that they stand in.
func programs(p *pavise.Project) []program {
	list := []program{{project: p}}
	index := map[string]int{".": 0}
	for _, m := range p.Modules {
		if _, found := index[m.Dir]; !found {
			index[m.Dir] = len(list)
			list = append(list, program{project: p})
		}
	}
	home := func(file string) *program {
		for dir := path.Dir(file); ; dir = path.Dir(dir) {
			if i, found := index[dir]; found {
				return &list[i]
			}
			if dir == "/" {
				return &list[0]
			}
		}
	}
	configured := slices.DeleteFunc(slices.Clone(p.Uses), func(u pavise.Use) bool { return !strings.HasSuffix(u.Of, ".configure") })
	configured = few(configured)
	for _, u := range p.Uses {
		switch at := home(u.File); {
		case u.Test:
		case forDevelopment(u, configured):
			at.dropped = append(at.dropped, u)
		default:
			at.uses = append(at.uses, u)
		}
	}
	for _, t := range p.Texts {
		at := home(t.File)
		at.texts = append(at.texts, t)
	}
	for _, i := range p.Imports {
		if !i.Test {
			at := home(i.File)
			at.imports = append(at.imports, i)
		}
	}
	return list
}

// maxPlaces bounds the places that are each compared with all uses: a hostile project may
// set up the same thing thousands of times.
const maxPlaces = 100

func few[T any](list []T) []T { return list[:min(len(list), maxPlaces)] }

// of returns the uses that are of one of the names.
func (p program) of(names ...string) []pavise.Use {
	return p.where(func(u pavise.Use) bool { return slices.Contains(names, u.Of) })
}

// where returns the uses for which the test holds.
func (p program) where(test func(pavise.Use) bool) []pavise.Use {
	var list []pavise.Use
	for _, u := range p.uses {
		if test(u) {
			list = append(list, u)
		}
	}
	return list
}

// imported reports whether a source file names one of the packages.
func (p program) imported(names ...string) bool {
	return slices.ContainsFunc(p.imports, func(i pavise.Import) bool { return slices.Contains(names, i.Name) }) ||
		slices.ContainsFunc(p.uses, func(u pavise.Use) bool {
			return slices.ContainsFunc(names, func(name string) bool { return from(u.Of, name) })
		})
}

// importedIn reports whether one file names a package.
func (p program) importedIn(file, name string) bool {
	return slices.ContainsFunc(p.imports, func(i pavise.Import) bool { return i.File == file && i.Name == name }) ||
		slices.ContainsFunc(p.uses, func(u pavise.Use) bool { return u.File == file && from(u.Of, name) })
}

// from reports whether what is used comes of a package.
func from(of, name string) bool {
	rest, found := strings.CutPrefix(strings.TrimPrefix(of, "new "), name)
	return found && (rest == "" || rest[0] == '.' || rest[0] == '(')
}

// A place is a line of a file below the root.
type place struct {
	file string
	line int
}

// at is where a value of a use stands, or the use itself.
func at(u pavise.Use, v pavise.Value) place {
	if v.Line > 0 {
		return place{cmp.Or(v.File, u.File), v.Line}
	}
	return place{u.File, u.Line}
}

func (p place) String() string { return pavise.Line(p.file, p.line) }

// proof is the line for the shell that shows it.
func (p place) proof() pavise.Proof {
	if p.line == 0 {
		return pavise.Proof{Command: "cat " + pavise.Quote(p.file)}
	}
	return pavise.Proof{Command: pavise.ShowLine(p.file, p.line)}
}

// fold is a text as it is compared without regard to case.
func fold(s string) string { return strings.ToLower(s) }

// major is the first number of the version of a package that the project has; 0 is not
// known.
func (p program) major(name string) int {
	for _, pkg := range p.project.Packages {
		if pkg.Name == name && pkg.Ecosystem == pavise.NPM {
			version := strings.TrimLeft(cmp.Or(pkg.Version, pkg.Range), "^~>=v ")
			first, _, _ := strings.Cut(version, ".")
			n, _ := strconv.Atoi(first)
			return n
		}
	}
	return 0
}
