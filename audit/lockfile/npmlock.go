package lockfile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"pavise"
)

// npmLock reads package-lock.json and npm-shrinkwrap.json of every version, and the
// list of what is installed that npm keeps in node_modules.
func npmLock(data []byte, file string) (*lock, error) {
	n := &npmReader{json: newJSON(data, false), file: file, asked: map[string][]pavise.Need{}, tree: newNodeTree()}
	version := "1"
	err := n.json.document(func(name string) {
		switch name {
		case "lockfileVersion":
			version = n.json.scalar()
		case "packages":
			n.json.object(n.place)
			n.flat = true
		case "dependencies":
			if !n.flat { // version 2 says it all twice, for npm 6
				n.nested("")
			}
		}
	})
	switch {
	case err != nil:
		return nil, err
	case version != "1" && version != "2" && version != "3":
		return nil, &fault{1, fmt.Sprintf("lockfileVersion %q is not known; 1, 2 and 3 are", clip(version))}
	}
	n.link()
	l := &lock{form: "package-lock v" + version, packages: n.packages, members: n.members, answer: n.answer}
	return l, nil
}

type npmReader struct {
	json     *jsonReader
	file     string
	flat     bool // versions 2 and 3: every package stands under its place
	packages []pavise.Package
	places   []string // of the packages
	members  []string
	links    []npmLink
	asked    map[string][]pavise.Need // what modules asked for when it was written, by folder
	tree     *nodeTree
	tally    tally
}

// An npmLink is a place in node_modules that is a link to a folder.
type npmLink struct{ place, to string }

// An npmEntry is one package as the lockfile has it.
type npmEntry struct {
	name, version, resolved, ended   string
	dev, optional, devOptional, peer bool
	link, bundled, integrity, script bool
	sum                              string
	line                             int
	needs                            []pavise.Need
}

// place reads an entry of "packages".
func (n *npmReader) place(place string) {
	if why := badPlace(place); why != "" {
		n.json.fail("%q: %s", clip(place), why)
		return
	}
	e := npmEntry{line: n.json.here()}
	n.json.object(func(name string) { n.field(&e, name) })
	module := place != "node_modules" && !strings.Contains("/"+place, "/node_modules/")
	switch {
	case e.link:
		n.links = append(n.links, npmLink{place, strings.TrimPrefix(e.resolved, "./")})
		return
	case module:
		n.asked[place] = e.needs
		n.members = append(n.members, place)
		if place == "" {
			return
		}
	}
	e.needs = slices.DeleteFunc(slices.Clone(e.needs), func(need pavise.Need) bool { return need.Scope == pavise.Dev })
	n.add(place, e, module)
}

func (n *npmReader) field(e *npmEntry, name string) {
	r := n.json
	switch name {
	case "name":
		e.name = r.text()
	case "version":
		e.version = r.text()
	case "resolved":
		e.resolved = r.text()
	case "integrity":
		e.sum = r.text()
		e.integrity = e.sum != ""
	case "deprecated":
		e.ended = r.text()
	case "link":
		e.link = r.truth()
	case "dev":
		e.dev = r.truth()
	case "optional":
		e.optional = r.truth()
	case "devOptional":
		e.devOptional = r.truth()
	case "peer":
		e.peer = r.truth()
	case "inBundle", "bundled":
		e.bundled = r.truth()
	case "hasInstallScript":
		e.script = r.truth()
	case "dependencies":
		e.needs = r.needs(e.needs, "")
	case "devDependencies":
		e.needs = r.needs(e.needs, pavise.Dev)
	case "optionalDependencies":
		e.needs = r.needs(e.needs, pavise.Optional)
	case "peerDependencies":
		e.needs = r.needs(e.needs, pavise.Peer)
	}
}

// needs reads an object of names and ranges.
func (r *jsonReader) needs(list []pavise.Need, scope pavise.Scope) []pavise.Need {
	r.object(func(name string) {
		line := r.here()
		asked := masked(r.text())
		if len(name) > maxName || len(list) >= maxNeedsOne {
			r.fail("%q: it has more needs, or a longer name, than any package", clip(name))
			return
		}
		list = append(list, pavise.Need{Name: name, Range: asked, Scope: scope, Line: line})
	})
	return list
}

// nested reads "dependencies" of version 1: what stands in the node_modules of a place.
func (n *npmReader) nested(in string) {
	n.json.object(func(name string) {
		place := strings.TrimPrefix(in+"/node_modules/"+name, "/")
		if why := badPlace(place); why != "" {
			n.json.fail("%q: %s", clip(place), why)
			return
		}
		e := npmEntry{line: n.json.here()}
		n.json.object(func(field string) {
			switch field {
			case "requires":
				e.needs = n.json.needs(e.needs, "")
			case "dependencies":
				n.nested(place)
			default:
				n.field(&e, field)
			}
		})
		if alias, ok := strings.CutPrefix(e.version, "npm:"); ok {
			e.name, e.version, _ = cutLast(alias, "@")
		}
		if from := provenance(e.version); from != pavise.FromRegistry {
			e.resolved, e.version = e.version, ""
		}
		n.add(place, e, false)
	})
}

// add adds the package that stands in a place.
func (n *npmReader) add(place string, e npmEntry, module bool) {
	if why := n.tally.add(1, len(e.needs)); why != "" {
		n.json.fail("%s", why)
		return
	}
	_, name, _ := cutLast("/"+place, "/node_modules/")
	p := pavise.Package{
		Key: key(n.file, place), Ecosystem: pavise.NPM, Name: name, Version: cmp.Or(e.version, archivedVersion(e.resolved)), From: archived(e.resolved), Resolved: address(e.resolved),
		Sum: e.sum, Integrity: e.integrity || e.bundled, // what is bundled came with what bundles it
		File: n.file, Line: e.line, Scope: e.scope(), Script: e.script, Ended: e.ended, Needs: once(e.needs),
	}
	switch {
	case module && e.name == "":
		p.Name = place[strings.LastIndexByte(place, '/')+1:]
	case e.name != "" && e.name != name:
		if p.Name = e.name; !module {
			p.Alias = name
		}
	}
	if module {
		if p.From = pavise.FromWorkspace; strings.HasPrefix(place, "../") {
			p.From = pavise.FromFile
		}
	}
	n.tree.put(place, len(n.packages))
	n.packages = append(n.packages, p)
	n.places = append(n.places, place)
}

// scope is what npm itself says it is there for; it is asked where nothing needs it.
func (e npmEntry) scope() pavise.Scope {
	switch {
	case e.dev:
		return pavise.Dev
	case e.optional, e.devOptional:
		return pavise.Optional
	case e.peer:
		return pavise.Peer
	}
	return ""
}

// once keeps the last need of each name: an optional one stands among the others, too.
func once(needs []pavise.Need) []pavise.Need {
	last := make(map[string]int, len(needs))
	for i, need := range needs {
		if before, ok := last[need.Name]; !ok || needs[before].Scope == "" || need.Scope != pavise.Peer {
			last[need.Name] = i
		}
	}
	var kept []pavise.Need
	for i, need := range needs {
		if last[need.Name] == i {
			kept = append(kept, need)
		}
	}
	return kept
}

// link finds for every need the package that Node would load.
func (n *npmReader) link() {
	for _, l := range n.links {
		if i, ok := n.tree.at(l.to); ok {
			n.tree.put(l.place, i)
		}
	}
	for i := range n.packages {
		needs := n.packages[i].Needs
		for j := range needs {
			to, ok := n.tree.find(n.places[i], needs[j].Name)
			if !ok {
				continue
			}
			needs[j].Key = n.packages[to].Key
			if !n.flat && n.packages[to].Scope == pavise.Optional {
				needs[j].Scope = pavise.Optional // version 1 tells it of the package alone
			}
			n.named(to, needs[j].Range)
		}
		n.packages[i].Needs = slices.DeleteFunc(needs, func(need pavise.Need) bool {
			return need.Key == "" && need.Scope != "" // nobody has to have it
		})
	}
	for dir, needs := range n.asked {
		for _, need := range needs {
			if to, ok := n.tree.find(dir, need.Name); ok {
				n.named(to, need.Range)
			}
		}
	}
}

// named notes that a package was asked for by an address.
func (n *npmReader) named(i int, asked string) {
	if p := &n.packages[i]; p.From == pavise.FromRegistry {
		if from := provenance(asked); from == pavise.FromURL || from == pavise.FromGit {
			p.From = from
		}
	}
}

// answer is what Node would load for a module.
func (n *npmReader) answer(dir string, need pavise.Need) (string, bool) {
	instep := true
	if n.flat {
		instep = slices.ContainsFunc(n.asked[dir], func(was pavise.Need) bool { return was.Name == need.Name && was.Range == need.Range })
	}
	if i, ok := n.tree.find(dir, need.Name); ok {
		return n.packages[i].Key, instep
	}
	return "", instep && need.Scope == pavise.Peer
}
