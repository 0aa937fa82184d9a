package mend

import "pavise"

// An asker is who needs a package: a module of the project, or another package.
type asker struct {
	module *pavise.Module
	pack   *pavise.Package
	need   pavise.Need
}

// A graph is who needs whom in a project.
type graph struct {
	project *pavise.Project
	packs   map[string]*pavise.Package // by key
	askers  map[string][]asker         // by key of what is needed
}

func graphOf(p *pavise.Project) *graph {
	g := &graph{p, map[string]*pavise.Package{}, map[string][]asker{}}
	for i := range p.Modules {
		m := &p.Modules[i]
		for _, n := range m.Needs {
			g.askers[n.Key] = append(g.askers[n.Key], asker{module: m, need: n})
		}
	}
	for i := range p.Packages {
		pack := &p.Packages[i]
		g.packs[pack.Key] = pack
		if pack.From == pavise.FromWorkspace { // it asks as a module
			continue
		}
		for _, n := range pack.Needs {
			g.askers[n.Key] = append(g.askers[n.Key], asker{pack: pack, need: n})
		}
	}
	return g
}

// called is the name under which a package stands in a manifest.
func called(p *pavise.Package) string {
	if p.Alias != "" {
		return p.Alias
	}
	return p.Name
}
