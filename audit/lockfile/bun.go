package lockfile

import (
	"slices"
	"strings"

	"pavise"
)

// bunLock reads bun.lock, which is JSON with comments.
func bunLock(data []byte, file string) (*lock, error) {
	b := &bunReader{npmReader: npmReader{json: newJSON(data, true), file: file, flat: true, asked: map[string][]pavise.Need{}, tree: newNodeTree()}, at: map[string]string{}}
	version := ""
	err := b.json.document(func(name string) {
		switch name {
		case "lockfileVersion":
			version = b.json.scalar()
		case "workspaces":
			b.json.object(b.workspace)
		case "packages":
			b.json.object(b.pkg)
		}
	})
	if err != nil {
		return nil, err
	}
	b.link()
	return &lock{form: "bun.lock v" + clip(version), packages: b.packages, members: b.members, answer: b.answer}, nil
}

// A bunReader has the packages in the places that npm would give them: bun names them by
// the way of names that leads there.
type bunReader struct {
	npmReader
	at map[string]string // the folder of a module to its place
}

func (b *bunReader) workspace(dir string) {
	if why := badPlace(dir); why != "" {
		b.json.fail("%q: %s", clip(dir), why)
		return
	}
	e := npmEntry{}
	b.json.object(func(name string) { b.field(&e, name) })
	b.asked[dir] = e.needs
	b.members = append(b.members, dir)
}

// pkg reads a package: what it is, from where, what it needs, its hash. Which of these
// are there depends on where it comes from.
func (b *bunReader) pkg(way string) {
	place := bunPlace(way)
	if why := badPlace(place); why != "" {
		b.json.fail("%q: %s", clip(way), why)
		return
	}
	e := npmEntry{line: b.json.here()}
	id, hash, from := "", "", ""
	b.json.list(func() {
		switch s := b.json.peek(); {
		case s == '{':
			b.json.object(func(name string) { b.field(&e, name) })
		case id == "":
			id = b.json.text()
		default:
			if hash = b.json.text(); strings.Contains(hash, "://") {
				from = hash
			}
		}
	})
	e.integrity = strings.HasPrefix(hash, "sha")
	name, version := splitPattern(id)
	e.name, e.version = name, version
	switch from := provenance(version); from {
	case pavise.FromRegistry:
	case pavise.FromWorkspace:
		dir := strings.TrimPrefix(version, "workspace:")
		b.at[dir] = place
		for _, need := range b.asked[dir] {
			if need.Scope != pavise.Dev {
				e.needs = append(e.needs, need)
			}
		}
		e.version = ""
		b.add(place, e, false)
		b.last().From, b.last().Key = from, key(b.file, dir)
		return
	default:
		e.resolved, e.version = version, ""
	}
	b.add(place, e, false)
	switch p := b.last(); {
	case p.From == pavise.FromRegistry && e.resolved != "":
		p.From = pavise.FromURL
	case p.From == pavise.FromRegistry:
		p.Resolved = address(from) // "" where it is that of all
	}
}

func (b *bunReader) last() *pavise.Package {
	if len(b.packages) == 0 {
		return new(pavise.Package)
	}
	return &b.packages[len(b.packages)-1]
}

// bunPlace is the place of "a/@scope/b": in the node_modules of @scope/b's in a's.
func bunPlace(way string) string {
	parts := strings.Split(way, "/")
	var names []string
	for i := 0; i < len(parts); i++ {
		if strings.HasPrefix(parts[i], "@") && i+1 < len(parts) {
			names = append(names, parts[i]+"/"+parts[i+1])
			i++
			continue
		}
		names = append(names, parts[i])
	}
	return "node_modules/" + strings.Join(names, inModules)
}

// answer is what a module gets.
func (b *bunReader) answer(dir string, need pavise.Need) (string, bool) {
	instep := slices.ContainsFunc(b.asked[dir], func(was pavise.Need) bool { return was.Name == need.Name && was.Range == need.Range })
	if i, ok := b.tree.find(b.at[dir], need.Name); ok {
		return b.packages[i].Key, instep
	}
	return "", instep && need.Scope == pavise.Peer
}
