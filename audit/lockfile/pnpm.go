package lockfile

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"pavise"
)

// maxMarks bounds the places of a YAML file at which a value may begin: each takes memory
// before anything is known of it.
const maxMarks = 1_000_000

// yamlLine finds the line in what the library says of a fault.
var yamlLine = regexp.MustCompile(`line (\d+)`)

// readYAML reads a file. One with aliases, which can say the same a billion times, is not
// taken: what they stand for would be missed.
func readYAML(data []byte) (*yaml.Node, error) {
	marks := 0
	for _, mark := range []string{"\n", ",", "[", "{", ": ", "- "} {
		marks += bytes.Count(data, []byte(mark))
	}
	if marks > maxMarks {
		return nil, fmt.Errorf("it has more than %d values", maxMarks)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		at := 0
		if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
			at, _ = strconv.Atoi(m[1])
		}
		return nil, &fault{at, clip(err.Error())}
	}
	if at := alias(&doc); at > 0 {
		return nil, &fault{at, "it has an alias, which no package manager writes: what it stands for is not read"}
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, errors.New("it is no mapping")
	}
	return doc.Content[0], nil
}

// alias is the line of the first alias, 0 where there is none.
func alias(n *yaml.Node) int {
	if n.Kind == yaml.AliasNode {
		return n.Line
	}
	for _, c := range n.Content {
		if at := alias(c); at > 0 {
			return at
		}
	}
	return 0
}

// each calls for every member of a mapping.
func each(n *yaml.Node, member func(name, value *yaml.Node)) {
	if n == nil || n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		member(n.Content[i], n.Content[i+1])
	}
}

// member is one of a mapping; nil is that it has none.
func member(n *yaml.Node, name string) *yaml.Node {
	var found *yaml.Node
	each(n, func(k, v *yaml.Node) {
		if k.Value == name {
			found = v
		}
	})
	return found
}

// text is the scalar under a name.
func text(n *yaml.Node, name string) string {
	if v := member(n, name); v != nil && v.Kind == yaml.ScalarNode {
		return v.Value
	}
	return ""
}

// pnpmLock reads pnpm-lock.yaml of versions 5 to 9, which pnpm 6 to 10 write.
func pnpmLock(data []byte, file string) (*lock, error) {
	doc, err := readYAML(data)
	if err != nil {
		return nil, err
	}
	version := text(doc, "lockfileVersion")
	major, _, _ := strings.Cut(version, ".")
	if !strings.Contains(" 5 6 7 9 ", " "+major+" ") || major == "" {
		return nil, &fault{1, fmt.Sprintf("lockfileVersion %q is not known; 5 to 9 are", clip(version))}
	}
	y := &pnpmReader{file: file, by: map[string]int{}, old: major == "5", asked: map[string][]pavise.Need{}}
	y.importers(doc)
	each(member(doc, "packages"), y.pkg)
	each(member(doc, "snapshots"), y.needs)
	if y.err != nil {
		return nil, y.err
	}
	y.link()
	return &lock{form: "pnpm-lock v" + clip(version), packages: y.packages, members: sortedKeys(y.asked), answer: y.answer}, nil
}

type pnpmReader struct {
	file     string
	old      bool // version 5: slashes where later ones have an @, and peers behind _
	packages []pavise.Package
	by       map[string]int           // what follows "packages", without peers, to the place in packages
	asked    map[string][]pavise.Need // what modules ask for; Key is what they got, as it stands there
	tally    tally
	err      error
}

// groups are the parts of a module or package that name others.
var groups = []struct {
	name  string
	scope pavise.Scope
}{{"dependencies", ""}, {"optionalDependencies", pavise.Optional}, {"devDependencies", pavise.Dev}}

// importers reads what the modules ask for, and what they got.
func (y *pnpmReader) importers(doc *yaml.Node) {
	list := member(doc, "importers")
	if list == nil {
		y.importer("", doc)
	}
	each(list, func(dir, module *yaml.Node) {
		at := strings.TrimPrefix(path.Clean(dir.Value), ".")
		if len(at) > maxPlace {
			y.err = &fault{dir.Line, fmt.Sprintf("a place has at most %d bytes", maxPlace)}
			return
		}
		y.importer(at, module)
	})
	for _, dir := range sortedKeys(y.asked) {
		if dir != "" {
			y.by["workspace:"+dir] = len(y.packages)
			y.packages = append(y.packages, pavise.Package{Key: key(y.file, dir), Ecosystem: pavise.NPM, Name: path.Base(dir), From: pavise.FromWorkspace, File: y.file})
		}
	}
}

func (y *pnpmReader) importer(dir string, module *yaml.Node) {
	specifiers := map[string]string{}
	each(member(module, "specifiers"), func(name, asked *yaml.Node) { specifiers[name.Value] = asked.Value })
	needs := []pavise.Need{}
	for _, g := range groups {
		each(member(module, g.name), func(name, got *yaml.Node) {
			need := pavise.Need{Name: name.Value, Range: masked(specifiers[name.Value]), Scope: g.scope, Line: name.Line, Key: got.Value}
			if got.Kind == yaml.MappingNode {
				need.Range, need.Key = masked(text(got, "specifier")), text(got, "version")
			}
			if needs = append(needs, need); len(needs) > maxNeedsOne {
				y.refuse(name, "a module needs more than any does")
			}
		})
	}
	if y.err != nil {
		return
	}
	y.asked[dir] = needs
}

// withoutPeers is a name without the peers that it was put beside.
func (y *pnpmReader) withoutPeers(id string) string {
	if i := strings.IndexByte(id, '('); i > 0 {
		return id[:i]
	}
	if y.old {
		if i := strings.IndexByte(id[strings.LastIndexByte(id, '/')+1:], '_'); i > 0 {
			return id[:strings.LastIndexByte(id, '/')+1+i]
		}
	}
	return id
}

// pkg reads a package of "packages".
func (y *pnpmReader) pkg(id, entry *yaml.Node) {
	if len(id.Value) > maxPlace || y.err != nil {
		y.refuse(id, fmt.Sprintf("a name has at most %d bytes", maxPlace))
		return
	}
	place := y.withoutPeers(id.Value)
	if _, ok := y.by[place]; !ok {
		if why := y.tally.add(1, 0); why != "" {
			y.refuse(id, why)
			return
		}
		y.by[place] = len(y.packages)
		y.packages = append(y.packages, y.described(place, id.Line, entry))
	}
	y.needs(id, entry)
}

func (y *pnpmReader) refuse(at *yaml.Node, why string) {
	if y.err == nil {
		y.err = &fault{at.Line, why}
	}
}

// described is a package by what stands under its name.
func (y *pnpmReader) described(place string, line int, entry *yaml.Node) pavise.Package {
	name, version := splitPattern(strings.TrimPrefix(place, "/"))
	if y.old {
		name, version, _ = cutLast(strings.TrimPrefix(place, "/"), "/")
	}
	resolution := member(entry, "resolution")
	p := pavise.Package{Key: key(y.file, masked(place)), Ecosystem: pavise.NPM, Name: name, Version: version, From: pavise.FromRegistry, File: y.file, Line: line,
		Sum: text(resolution, "integrity"), Integrity: text(resolution, "integrity") != "", Script: text(entry, "requiresBuild") == "true", Ended: text(entry, "deprecated"),
		Resolved: address(text(resolution, "tarball"))}
	switch repo := text(resolution, "repo"); {
	case repo != "":
		p.From, p.Resolved = pavise.FromGit, address(repo+"#"+text(resolution, "commit"))
	case text(resolution, "directory") != "":
		p.From = pavise.FromFile
	case provenance(version) != pavise.FromRegistry:
		p.From = provenance(version)
	case provenance(p.Resolved) == pavise.FromGit:
		p.From = pavise.FromGit
	}
	if real := text(entry, "name"); real != "" {
		p.Name = real
	}
	if v := text(entry, "version"); v != "" || p.From != pavise.FromRegistry {
		p.Version = v
	}
	switch {
	case text(entry, "dev") == "true":
		p.Scope = pavise.Dev
	case text(entry, "optional") == "true":
		p.Scope = pavise.Optional
	}
	return p
}

// needs adds what a package got, in one place beside its peers.
func (y *pnpmReader) needs(id, entry *yaml.Node) {
	i, ok := y.by[y.withoutPeers(id.Value)]
	if !ok {
		return
	}
	p := &y.packages[i]
	for _, g := range groups[:2] {
		each(member(entry, g.name), func(name, got *yaml.Node) {
			if why := y.tally.add(0, 1); why != "" {
				y.refuse(name, why)
				return
			}
			p.Needs = append(p.Needs, pavise.Need{Name: name.Value, Range: masked(y.withoutPeers(got.Value)), Scope: g.scope, Line: name.Line, Key: got.Value})
		})
	}
}

// link finds the packages that were got.
func (y *pnpmReader) link() {
	for i := range y.packages {
		p := &y.packages[i]
		seen := map[string]bool{}
		kept := p.Needs[:0]
		for _, need := range p.Needs {
			if need.Key = y.got("", need); need.Key == "" || !seen[need.Key] {
				seen[need.Key] = true
				kept = append(kept, need)
			}
		}
		p.Needs = kept
	}
	for dir, needs := range y.asked {
		for i := range needs {
			needs[i].Key = y.got(dir, needs[i])
			at, isModule := y.by["workspace:"+dir]
			if isModule && needs[i].Scope != pavise.Dev {
				y.packages[at].Needs = append(y.packages[at].Needs, needs[i])
			}
		}
	}
}

// got is the key of the package that a need came to.
func (y *pnpmReader) got(dir string, need pavise.Need) string {
	if to, ok := strings.CutPrefix(need.Key, "link:"); ok {
		if i, ok := y.by["workspace:"+path.Join(dir, to)]; ok {
			return y.packages[i].Key
		}
		return ""
	}
	ref := y.withoutPeers(need.Key)
	for _, id := range []string{ref, "/" + need.Name + "/" + ref, "/" + need.Name + "@" + ref, need.Name + "@" + ref} {
		if i, ok := y.by[id]; ok {
			p := &y.packages[i]
			if p.Alias == "" && need.Name != p.Name {
				p.Alias = need.Name
			}
			if from := provenance(need.Range); p.From == pavise.FromRegistry && (from == pavise.FromURL || from == pavise.FromGit) {
				p.From = from
			}
			return p.Key
		}
	}
	return ""
}

// answer is what a module got.
func (y *pnpmReader) answer(dir string, need pavise.Need) (string, bool) {
	for _, was := range y.asked[dir] {
		if was.Name == need.Name {
			return was.Key, was.Range == need.Range || need.Scope == pavise.Peer
		}
	}
	return "", need.Scope == pavise.Peer
}
