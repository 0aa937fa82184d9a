package lockfile

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"pavise"
)

// nodeForms are the lockfiles of Node's package managers, by name. Where npm finds two
// of its own it reads the first.
var nodeForms = []struct {
	name, manager string
	read          func(data []byte, file string) (*lock, error)
}{
	{"npm-shrinkwrap.json", "npm", npmLock},
	{"package-lock.json", "npm", npmLock},
	{"yarn.lock", "yarn", yarnLock},
	{"pnpm-lock.yaml", "pnpm", pnpmLock},
	{"bun.lock", "bun", bunLock},
}

// A nodeLock is a lockfile that was read.
type nodeLock struct {
	dir, file, manager string
	manifest           int // its place in Project.Manifests
	*lock
	held map[string]bool // its members
}

// A nodeModule is a package.json that was read.
type nodeModule struct {
	dir, file string
	*packageJSON
}

// node reads the projects of Node and all that they took.
func (r *reader) node() {
	modules := r.nodeModules()
	locks := r.nodeLocks(modules)
	for _, dir := range sortedKeys(modules) {
		m := modules[dir]
		module := pavise.Module{Dir: m.dir, Ecosystem: pavise.NPM, Name: m.name, Version: m.version, Manifest: m.file}
		own := holding(locks, modules, m.dir)
		for _, l := range own {
			module.Needs = append(module.Needs, r.answers(l, m)...)
		}
		if own == nil {
			module.Needs = r.alone(m)
		}
		r.project.Modules = append(r.project.Modules, module)
	}
	for _, dir := range sortedKeys(locks) {
		for _, l := range locks[dir] {
			if modules[dir] == nil {
				r.orphan(l)
			}
		}
	}
}

// nodeModules reads every package.json, by its folder.
func (r *reader) nodeModules() map[string]*nodeModule {
	list := map[string]*nodeModule{}
	for _, file := range r.byName["package.json"] {
		data, ok := r.read(file)
		if !ok {
			continue
		}
		m, err := readPackageJSON(data)
		if err != nil {
			r.miss(file, err)
			continue
		}
		if dir := path.Dir(file); dir == "." || m.needs != nil || m.workspaces != nil {
			list[dir] = &nodeModule{dir, file, m}
			r.manifest(file, "package.json", pavise.NPM, false, data)
			r.ran("nodejs", bound(m.engine), file, m.engineLine)
		}
	}
	for dir, m := range list {
		if dir == "." || r.member(list, dir) {
			r.ours[m.name] = true
		}
	}
	return list
}

// member reports whether a folder above has the module of a folder as one of its own. Any
// other may bear the name of a package without being it.
func (r *reader) member(modules map[string]*nodeModule, dir string) bool {
	for above, below := path.Dir(dir), dir; ; above = path.Dir(above) {
		if above != "." {
			below = strings.TrimPrefix(dir, above+"/")
		}
		if m := modules[above]; m != nil && m.has(below) {
			return true
		}
		for _, name := range []string{"pnpm-workspace.yaml", "lerna.json"} {
			if slices.Contains(r.byName[name], path.Join(above, name)) {
				return true
			}
		}
		if above == "." {
			return false
		}
		below = dir
	}
}

// nodeLocks reads every lockfile, and takes the packages of those that count. They are
// returned by their folder.
func (r *reader) nodeLocks(modules map[string]*nodeModule) map[string][]nodeLock {
	locks := map[string][]nodeLock{}
	for _, form := range nodeForms {
		for _, file := range r.byName[form.name] {
			data, ok := r.read(file)
			if !ok {
				continue
			}
			l, err := form.read(data, file)
			if err != nil {
				r.miss(file, err)
				continue
			}
			at := nodeLock{path.Dir(file), file, form.manager, r.manifest(file, l.form, pavise.NPM, true, data), l, map[string]bool{}}
			for _, dir := range l.members {
				at.held[dir] = true
			}
			if why := aside(at, locks[at.dir], modules); why != "" {
				r.project.Manifests[at.manifest].Aside = why
			} else if r.take(file, l.packages) {
				locks[at.dir] = append(locks[at.dir], at)
			}
		}
	}
	for _, file := range r.byName["bun.lockb"] {
		if !slices.ContainsFunc(locks[path.Dir(file)], func(l nodeLock) bool { return l.manager == "bun" }) {
			r.miss(file, errors.New("it is binary, and only bun reads it; type: bun install --save-text-lockfile"))
		}
	}
	return locks
}

// aside says why a lockfile does not count beside the others of its folder; "" is that
// it does.
func aside(l nodeLock, others []nodeLock, modules map[string]*nodeModule) string {
	if m := modules[l.dir]; m != nil && m.manager != "" && m.manager != l.manager {
		return fmt.Sprintf("packageManager in %s is %s", m.file, clip(m.manager))
	}
	if i := slices.IndexFunc(others, func(o nodeLock) bool { return o.manager == l.manager }); i >= 0 {
		return fmt.Sprintf("%s reads %s", l.manager, path.Base(others[i].file))
	}
	return ""
}

// holding are the lockfiles that hold the module of a folder: those beside it, else
// those of the nearest folder above of whose workspaces it is one.
func holding(locks map[string][]nodeLock, modules map[string]*nodeModule, dir string) []nodeLock {
	if own := locks[dir]; own != nil {
		return own
	}
	for above := dir; above != "."; {
		above = path.Dir(above)
		below := dir
		if above != "." {
			below = strings.TrimPrefix(dir, above+"/")
		}
		list := slices.DeleteFunc(slices.Clone(locks[above]), func(l nodeLock) bool { return !l.has(below, modules[above]) })
		if len(list) > 0 {
			return list
		}
	}
	return nil
}

// has reports whether it holds the module of a folder below its own.
func (l nodeLock) has(dir string, m *nodeModule) bool {
	return l.held[dir] || m != nil && m.packageJSON.has(dir)
}

// answers are the needs of a module with what the lockfile has for them. What it was not
// made for is noted.
func (r *reader) answers(l nodeLock, m *nodeModule) []pavise.Need {
	dir := m.dir
	if l.dir != "." {
		dir = strings.TrimPrefix(dir, l.dir)
	}
	dir = strings.TrimPrefix(strings.TrimPrefix(dir, "."), "/")
	behind := &r.project.Manifests[l.manifest].Behind
	var needs []pavise.Need
	for _, need := range once(m.needs) {
		var instep bool
		need.Key, instep = l.answer(dir, need)
		instep = instep || need.Key == "" && r.ours[need.Name] // yarn 1 does not lock what is beside it
		if !instep && len(*behind) < maxBehind {
			*behind = append(*behind, strings.TrimSpace(fmt.Sprintf("%s (%s:%d)", strings.TrimSpace(need.Name+" "+need.Range), m.file, need.Line)))
		}
		if need.Key == "" && !r.ours[need.Name] && need.Scope != pavise.Peer && need.Scope != pavise.Optional && provenance(need.Range) != pavise.FromFile {
			r.miss(m.file, &fault{need.Line, fmt.Sprintf("%s has no %s, which it asks for", l.file, clip(need.Name))})
		}
		needs = append(needs, need)
	}
	r.workspace(key(l.file, dir), m, needs)
	return needs
}

// workspace completes what a lockfile says of a module as a package of others: what it is
// called, and that they do not get what it is made with.
func (r *reader) workspace(key string, m *nodeModule, needs []pavise.Need) {
	i, ok := r.workspaces[key]
	if !ok {
		return
	}
	p := &r.project.Packages[i]
	p.Name, p.Version = cmp.Or(m.name, p.Name), cmp.Or(m.version, p.Version)
	p.Needs = slices.DeleteFunc(slices.Clone(needs), func(n pavise.Need) bool { return n.Scope == pavise.Dev })
}

// maxBehind bounds the needs that are told of each lockfile.
const maxBehind = 100

// orphan makes a module of a lockfile without a manifest: it asks for what nothing else
// needs.
func (r *reader) orphan(l nodeLock) {
	r.project.Modules = append(r.project.Modules,
		pavise.Module{Dir: l.dir, Ecosystem: pavise.NPM, Name: path.Base(l.dir), Manifest: l.file, Needs: unneeded(l.packages)})
}

// unneeded asks for the packages that no other needs.
func unneeded(packages []pavise.Package) []pavise.Need {
	needed := map[string]bool{}
	for _, p := range packages {
		for _, need := range p.Needs {
			needed[need.Key] = true
		}
	}
	var needs []pavise.Need
	for _, p := range packages {
		if !needed[p.Key] {
			needs = append(needs, pavise.Need{Key: p.Key, Name: p.Name, Scope: p.Scope, Line: p.Line})
		}
	}
	return needs
}

// alone takes what a package.json without a lockfile names: what is installed beside it,
// else the ranges.
func (r *reader) alone(m *nodeModule) []pavise.Need {
	if l, ok := r.installed(m); ok {
		return r.answers(l, m)
	}
	needs := once(m.needs)
	var packages []pavise.Package
	for i, need := range needs {
		p := pavise.Package{Key: key(m.file, need.Name), Ecosystem: pavise.NPM, Name: need.Name, Range: need.Range, From: provenance(need.Range), File: m.file, Line: need.Line, Scope: need.Scope}
		if alias, ok := strings.CutPrefix(need.Range, "npm:"); ok {
			p.Alias = need.Name
			if name, asked, ok := cutLast(alias, "@"); ok && name != "" {
				p.Name, p.Range = name, asked
			} else {
				p.Name, p.Range = alias, "*"
			}
		}
		switch {
		case r.ours[need.Name]:
			p.From = pavise.FromWorkspace
		case p.From == pavise.FromURL, p.From == pavise.FromGit:
			p.Resolved, p.Range = address(need.Range), ""
		}
		needs[i].Key = p.Key
		packages = append(packages, p)
	}
	r.take(m.file, packages)
	return needs
}

// sortedKeys are the keys of a map in order.
func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
