package lockfile

import (
	"path"
	"strings"

	"pavise"
)

// A packageJSON is what a package.json says.
type packageJSON struct {
	name, version string
	manager       string   // npm, yarn, pnpm or bun, where it names one
	workspaces    []string // patterns of folders
	needs         []pavise.Need
	engine        string // of Node
	engineLine    int
	scripts       bool // something runs when it is installed
	ended         string
}

// readPackageJSON reads a package.json: of a project, or of what is installed.
func readPackageJSON(data []byte) (*packageJSON, error) {
	r := newJSON(data, false)
	m := new(packageJSON)
	err := r.document(func(name string) {
		switch name {
		case "name":
			m.name = r.text()
		case "version":
			m.version = r.text()
		case "packageManager":
			m.manager, _, _ = strings.Cut(r.text(), "@")
		case "deprecated":
			m.ended = r.text()
		case "workspaces":
			m.workspaces = append(m.workspaces, r.texts()...)
		case "dependencies":
			m.needs = r.needs(m.needs, "")
		case "devDependencies":
			m.needs = r.needs(m.needs, pavise.Dev)
		case "optionalDependencies":
			m.needs = r.needs(m.needs, pavise.Optional)
		case "peerDependencies":
			m.needs = r.needs(m.needs, pavise.Peer)
		case "engines":
			r.object(func(name string) {
				if name == "node" {
					m.engineLine = r.here()
					m.engine = r.text()
				}
			})
		case "scripts":
			r.object(func(name string) {
				m.scripts = m.scripts || name == "preinstall" || name == "install" || name == "postinstall"
			})
		}
	})
	return m, err
}

// has reports whether a folder, below its own, is one of its workspaces.
func (m *packageJSON) has(dir string) bool {
	in := false
	for _, pattern := range m.workspaces {
		out := strings.HasPrefix(pattern, "!")
		pattern = strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(pattern, "!"), "./"), "/")
		if matches(strings.Split(pattern, "/"), strings.Split(dir, "/")) {
			in = !out
		}
	}
	return in
}

// matches reports whether the parts of a path match those of a pattern, in which ** is
// any number of parts.
func matches(pattern, parts []string) bool {
	after, from := -1, 0 // behind the last **, and where it began to match
	i := 0
	for j := 0; j < len(parts); {
		switch {
		case i < len(pattern) && pattern[i] == "**":
			i++
			after, from = i, j
		case i < len(pattern) && matchesPart(pattern[i], parts[j]):
			i++
			j++
		case after >= 0:
			from++
			i, j = after, from
		default:
			return false
		}
	}
	for i < len(pattern) && pattern[i] == "**" {
		i++
	}
	return i == len(pattern)
}

func matchesPart(pattern, part string) bool {
	ok, err := path.Match(pattern, part)
	return err == nil && ok
}
