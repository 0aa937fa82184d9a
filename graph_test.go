package pavise_test

import (
	"fmt"
	"reflect"
	"testing"

	"pavise"
)

// made is a project of one module that asks for roots, and of packages with what they need.
func made(roots []string, needs map[string][]string, order ...string) *pavise.Project {
	ask := func(names []string) []pavise.Need {
		var list []pavise.Need
		for _, n := range names {
			list = append(list, pavise.Need{Key: n, Name: n})
		}
		return list
	}
	p := &pavise.Project{Modules: []pavise.Module{{Dir: ".", Ecosystem: pavise.NPM, Needs: ask(roots)}}}
	for _, name := range order {
		p.Packages = append(p.Packages, pavise.Package{Key: name, Name: name, Ecosystem: pavise.NPM, Needs: ask(needs[name])})
	}
	return p
}

func TestPaths(t *testing.T) {
	p := made([]string{"express", "body", "qs"}, map[string][]string{
		"express": {"body", "send"}, "body": {"qs"}, "send": {"debug"}, "debug": {"send", "ms"}, "ms": {"debug"},
	}, "express", "body", "send", "debug", "ms", "qs", "alone")
	for key, want := range map[string]struct {
		paths [][]string
		ways  int
	}{
		"express": {[][]string{{"express"}}, 1},
		"qs":      {[][]string{{"qs"}, {"body", "qs"}, {"express", "body", "qs"}}, 3},
		"ms":      {[][]string{{"express", "send", "debug", "ms"}}, 1}, // send and debug need one another
		"alone":   {nil, 0},
		"nobody":  {nil, 0},
	} {
		if paths, ways := p.Paths(key); !reflect.DeepEqual(paths, want.paths) || ways != want.ways {
			t.Errorf("%s comes by %v, %d ways; want %v, %d", key, paths, ways, want.paths, want.ways)
		}
	}
	p.Packages = append(p.Packages, pavise.Package{Key: "new", Name: "new"})
	p.Modules[0].Needs = append(p.Modules[0].Needs, pavise.Need{Key: "new"})
	if paths, _ := p.Paths("new"); len(paths) != 1 {
		t.Error("a package that came later is not found")
	}
}

// TestPathsAreBounded asks for ways where they are beyond counting.
func TestPathsAreBounded(t *testing.T) {
	var order []string
	needs := map[string][]string{}
	for i := range 40 { // a ladder: 2^40 ways
		for _, side := range []string{"a", "b"} {
			order = append(order, fmt.Sprint(side, i))
			needs[fmt.Sprint(side, i)] = []string{fmt.Sprint("a", i+1), fmt.Sprint("b", i+1)}
		}
	}
	order = append(order, "a40")
	if paths, ways := made([]string{"a0"}, needs, order...).Paths("a40"); ways != pavise.MaxWays || len(paths) != pavise.MaxPaths || len(paths[0]) != 41 {
		t.Errorf("a ladder: %d ways, %d paths", ways, len(paths))
	}

	order, needs = nil, map[string][]string{}
	for i := range 300 { // everything needs everything
		order = append(order, fmt.Sprint("p", i))
	}
	for _, name := range order {
		needs[name] = order
	}
	if paths, ways := made(order[:1], needs, order...).Paths("p299"); ways < 2 || len(paths) < 2 || len(paths[0]) != 2 {
		t.Errorf("a knot: %d ways, %v", ways, paths)
	}

	order, needs = nil, map[string][]string{}
	for i := range 20_000 { // one way, of great length
		order = append(order, fmt.Sprint("p", i))
		needs[fmt.Sprint("p", i)] = []string{fmt.Sprint("p", i+1), fmt.Sprint("p", max(0, i-1))}
	}
	if paths, ways := made(order[:1], needs, order...).Paths("p19999"); ways != 1 || len(paths) != 1 || len(paths[0]) != pavise.MaxWay ||
		paths[0][0] != "p0" || paths[0][pavise.MaxWay/2] != "…" || paths[0][pavise.MaxWay-1] != "p19999" {
		t.Errorf("a chain: %d ways, %v", ways, paths)
	}
}

func TestReach(t *testing.T) {
	p := made([]string{"express", "mocha", "aliased"}, map[string][]string{"express": {"qs"}, "mocha": {"ms"}}, "express", "qs", "mocha", "ms", "aliased", "@s/p")
	p.Packages[4].Alias = "other-name"
	if got := p.Reach("express"); got != "" {
		t.Errorf("without source express is %q", got)
	}
	p.Imports = []pavise.Import{{File: "app.js", Name: "express"}, {File: "test/a.js", Name: "mocha", Test: true}, {File: "b.ts", Name: "other-name"}, {File: "b.ts", Name: "@s/p/sub"}, {File: "b.ts", Name: "fs"}}
	p.Modules = append(p.Modules, pavise.Module{Dir: ".", Ecosystem: pavise.GoModules, Needs: []pavise.Need{
		{Key: "net"}, {Key: "text", Indirect: true}, {Key: "sys"}, {Key: "std"}}})
	for key, name := range map[string]string{"net": "golang.org/x/net", "text": "golang.org/x/text", "sys": "golang.org/x/sys", "std": "stdlib"} {
		p.Packages = append(p.Packages, pavise.Package{Key: key, Name: name, Ecosystem: pavise.GoModules})
	}
	p.Packages = append(p.Packages, pavise.Package{Key: "flask", Name: "flask", Ecosystem: pavise.PyPI})
	for key, want := range map[string]string{"express": "imported", "qs": "imported", "mocha": "not imported", "ms": "not imported", "aliased": "imported", "@s/p": "imported",
		"net": "", "flask": "", "nobody": ""} {
		if got := p.Reach(key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	p.Imports = append(p.Imports, pavise.Import{File: "main.go", Name: "golang.org/x/net/html"})
	for key, want := range map[string]string{"net": "imported", "text": "", "sys": "not imported", "std": "imported"} {
		if got := p.Reach(key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
}

// TestReachGoesByTheModule has two versions of one package, of two modules.
func TestReachGoesByTheModule(t *testing.T) {
	p := &pavise.Project{
		Modules:  []pavise.Module{{Dir: ".", Ecosystem: pavise.NPM, Needs: []pavise.Need{{Key: "old"}}}, {Dir: "web", Ecosystem: pavise.NPM, Needs: []pavise.Need{{Key: "new"}}}},
		Packages: []pavise.Package{{Key: "old", Name: "qs", Version: "1", Ecosystem: pavise.NPM}, {Key: "new", Name: "qs", Version: "6", Ecosystem: pavise.NPM}},
		Imports:  []pavise.Import{{File: "web/src/a.js", Name: "qs"}},
	}
	if p.Reach("new") != "imported" || p.Reach("old") != "not imported" {
		t.Errorf("new is %q, old is %q", p.Reach("new"), p.Reach("old"))
	}
}
