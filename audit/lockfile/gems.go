package lockfile

import (
	"path"
	"regexp"
	"strings"

	"pavise"
)

// The lines of a Gemfile.lock and of a Gemfile that name something.
var (
	gemSpec  = regexp.MustCompile(`^( {2}| {4}| {6})([A-Za-z0-9_.-]+)(?: \(([^)]*)\))?(!)?(?: (sha\S+))?$`)
	gemLine  = regexp.MustCompile(`^\s*gem[\s(]+["']([A-Za-z0-9_.-]+)["']((?:\s*,\s*["'][^"']*["'])*)(.*)$`)
	gemGroup = regexp.MustCompile(`^\s*group[\s(]+(.*)\bdo\b`)
	gemWord  = regexp.MustCompile(`["']([^"']*)["']`)
	gemName  = regexp.MustCompile(`:(\w+)`)
)

// gemLock reads a Gemfile.lock.
func gemLock(data []byte, file string) (*lock, error) {
	g := &gemReader{file: file, by: map[string]int{}, asked: map[string]bool{}}
	if err := g.read(string(data)); err != nil {
		return nil, err
	}
	for i := range g.packages {
		needs := g.packages[i].Needs
		for j := range needs {
			needs[j].Key = g.key(needs[j].Name)
		}
	}
	return &lock{form: "Gemfile.lock", packages: g.packages, answer: func(_ string, need pavise.Need) (string, bool) {
		return g.key(need.Name), g.asked[need.Name]
	}}, nil
}

type gemReader struct {
	file, section, remote, revision string
	packages                        []pavise.Package
	by                              map[string]int
	asked                           map[string]bool
	tally                           tally
}

func (g *gemReader) key(name string) string {
	if i, ok := g.by[name]; ok {
		return g.packages[i].Key
	}
	return ""
}

func (g *gemReader) read(text string) error {
	line := 0
	for s := range strings.Lines(text) {
		line++
		s = strings.TrimRight(s, " \r\n")
		switch {
		case strings.HasPrefix(s, "<<<<<<<"):
			return &fault{line, "a merge was not finished: both sides stand there"}
		case s == "":
		case s[0] != ' ':
			g.section, g.remote, g.revision = s, "", ""
		case strings.HasPrefix(s, "  remote: "):
			g.remote = strings.TrimPrefix(s, "  remote: ")
		case strings.HasPrefix(s, "  revision: "):
			g.revision = strings.TrimPrefix(s, "  revision: ")
		default:
			if m := gemSpec.FindStringSubmatch(s); m != nil && len(s) < maxLine {
				if err := g.spec(len(m[1]), m[2], m[3], m[5], line); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// spec reads a name with its version or range, by how far it is indented.
func (g *gemReader) spec(indent int, name, version, sum string, line int) error {
	from, locks := map[string]pavise.Provenance{"GEM": pavise.FromRegistry, "GIT": pavise.FromGit, "PATH": pavise.FromFile, "PLUGIN SOURCE": pavise.FromURL}[g.section]
	needs := 0
	switch {
	case g.section == "DEPENDENCIES" && indent == 2:
		g.asked[name] = true
	case g.section == "CHECKSUMS" && indent == 2:
		if i, ok := g.by[name]; ok && sum != "" {
			g.packages[i].Integrity = true
		}
	case locks && indent == 4:
		version, _, _ = strings.Cut(version, "-") // the platform
		if _, twice := g.by[name]; twice {
			return nil // of another platform
		}
		p := pavise.Package{Key: key(g.file, name), Ecosystem: pavise.RubyGems, Name: name, Version: version, From: from, File: g.file, Line: line, Resolved: address(g.remote)}
		if from == pavise.FromGit {
			p.Resolved = address(g.remote + "#" + g.revision)
		}
		g.by[name] = len(g.packages)
		g.packages = append(g.packages, p)
	case locks && indent == 6 && len(g.packages) > 0:
		needs = 1
		p := &g.packages[len(g.packages)-1]
		p.Needs = append(p.Needs, pavise.Need{Name: name, Range: version, Line: line})
	}
	if why := g.tally.add(1-needs, needs); why != "" {
		return &fault{line, why}
	}
	return nil
}

// gemNeeds reads the gems that a Gemfile names in plain words. It is a program in Ruby,
// and is not run.
func gemNeeds(text string) []pavise.Need {
	var needs []pavise.Need
	dev, line := false, 0
	for s := range strings.Lines(text) {
		line++
		s = strings.TrimRight(s, " \r\n")
		if len(s) > maxLine || len(needs) == maxPackages {
			break
		}
		if m := gemGroup.FindStringSubmatch(s); m != nil {
			dev = onlyDev(m[1])
			continue
		}
		if strings.TrimSpace(s) == "end" {
			dev = false
		}
		m := gemLine.FindStringSubmatch(s)
		if m == nil {
			continue
		}
		var ranges []string
		for _, w := range gemWord.FindAllStringSubmatch(m[2], -1) {
			ranges = append(ranges, w[1])
		}
		need := pavise.Need{Name: m[1], Range: strings.Join(ranges, ", "), Line: line}
		if _, group, ok := strings.Cut(m[3], "group"); dev || ok && onlyDev(group) {
			need.Scope = pavise.Dev
		}
		needs = append(needs, need)
	}
	return needs
}

// onlyDev reports whether groups are all of those that production does not load.
func onlyDev(groups string) bool {
	named := gemName.FindAllStringSubmatch(groups, -1)
	for _, g := range named {
		if g[1] != "development" && g[1] != "test" && g[1] != "s" {
			return false
		}
	}
	return named != nil
}

// gems reads the projects of Ruby.
func (r *reader) gems() {
	locked := map[string]bool{}
	for _, file := range r.byName["Gemfile"] {
		data, ok := r.read(file)
		if !ok {
			continue
		}
		r.manifest(file, "Gemfile", pavise.RubyGems, false, data)
		beside := path.Join(path.Dir(file), "Gemfile.lock")
		locked[beside] = true
		r.module(pavise.Module{Dir: path.Dir(file), Ecosystem: pavise.RubyGems, Name: path.Base(path.Dir(file)), Manifest: file, Needs: gemNeeds(string(data))}, beside, gemLock)
	}
	for _, file := range r.byName["Gemfile.lock"] {
		if !locked[file] {
			r.module(pavise.Module{Dir: path.Dir(file), Ecosystem: pavise.RubyGems, Name: path.Base(path.Dir(file)), Manifest: file}, file, gemLock)
		}
	}
}
