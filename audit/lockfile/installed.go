package lockfile

import (
	"fmt"
	"path"
	"strings"

	"pavise"
)

// installed reads what stands in the node_modules of a module: by the list that npm 7
// keeps there, else by the package.json of each package.
func (r *reader) installed(m *nodeModule) (nodeLock, bool) {
	in := path.Join(m.dir, "node_modules")
	if !r.tree.Exists(in) {
		return nodeLock{}, false
	}
	at := nodeLock{dir: m.dir, file: path.Join(in, ".package-lock.json"), manager: "npm"}
	if data, err := r.tree.Read(at.file, 0); err == nil {
		if l, err := npmLock(data, at.file); err == nil {
			at.lock = l
			at.lock.form = "node_modules, by .package-lock.json"
		}
	}
	if at.lock == nil {
		at.file = in
		at.lock = r.walkInstalled(in)
	}
	if len(at.packages) == 0 || !r.take(at.file, at.packages) {
		return nodeLock{}, false
	}
	answer := at.answer
	at.answer = func(dir string, need pavise.Need) (string, bool) {
		key, _ := answer("", need) // it was made for nothing but what is there
		return key, key != "" || need.Scope != ""
	}
	at.manifest = r.manifest(at.file, at.form, pavise.NPM, false, nil)
	return at, true
}

// maxInstalled bounds the package.json files that are read of one node_modules, each of at
// most so many bytes.
const (
	maxInstalled    = 30_000
	maxInstalledOne = 4 << 20
)

// walkInstalled reads every package of a node_modules, with those in their own.
func (r *reader) walkInstalled(in string) *lock {
	n := &npmReader{json: newJSON(nil, false), file: in, tree: newNodeTree()}
	seen := 0
	var folder func(dir, place string, level int)
	folder = func(dir, place string, level int) {
		list, _ := r.tree.List(dir)
		for _, e := range list {
			name := e.Name()
			at := path.Join(dir, name)
			switch {
			case strings.HasPrefix(name, ".") || !e.IsDir() || seen == maxInstalled || r.ctx.Err() != nil:
			case strings.HasPrefix(name, "@") && level < maxParts:
				folder(at, place+name+"/", level+1)
			default:
				seen++
				if r.installedOne(n, at, place+name) && level < maxParts {
					folder(path.Join(at, "node_modules"), place+name+inModules, level+2)
				}
			}
		}
	}
	folder(in, "node_modules/", 1)
	switch {
	case seen == maxInstalled:
		r.miss(in, fmt.Errorf("there are more than %d packages installed", maxInstalled))
	case n.json.err != nil:
		r.miss(in, n.json.err)
	}
	n.link()
	return &lock{form: "node_modules", packages: n.packages, answer: n.answer}
}

// installedOne reads the package in a folder, and reports whether it may have others in it.
func (r *reader) installedOne(n *npmReader, dir, place string) bool {
	data, err := r.tree.Read(path.Join(dir, "package.json"), maxInstalledOne)
	if err != nil || badPlace(place) != "" {
		return false
	}
	m, err := readPackageJSON(data)
	if err != nil {
		r.miss(path.Join(dir, "package.json"), err)
		return false
	}
	e := npmEntry{name: m.name, version: m.version, ended: m.ended, script: m.scripts}
	for _, need := range m.needs {
		if need.Scope != pavise.Dev {
			e.needs = append(e.needs, need)
		}
	}
	if n.add(place, e, false); n.json.err != nil {
		return false
	}
	n.packages[len(n.packages)-1].File = path.Join(dir, "package.json")
	return true
}
