package lockfile

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"pavise"
)

// readTOML reads a file into a value, with bounds that the library does not have: of how
// much there is, and of how deep it stands.
func readTOML(data []byte, into any) error {
	marks := 0
	for _, mark := range []string{"\n", ",", "[", "{", "="} {
		marks += bytes.Count(data, []byte(mark))
	}
	if marks > maxMarks {
		return fmt.Errorf("it has more than %d values", maxMarks)
	}
	if line := deepTOML(data); line > 0 {
		return &fault{line, fmt.Sprintf("values stand more than %d deep in one another", maxNesting)}
	}
	var at toml.ParseError
	if err := toml.Unmarshal(data, into); errors.As(err, &at) {
		return &fault{at.Position.Line, clip(at.Message)}
	} else if err != nil {
		return errors.New(clip(err.Error()))
	}
	return nil
}

// deepTOML is the line at which values stand too deep in one another, or a name has too
// many parts; 0 is none.
func deepTOML(data []byte) int {
	depth, line, dots := 0, 1, 0
	for i := 0; i < len(data); i++ {
		switch c := data[i]; c {
		case '\n':
			line++
			dots = 0
		case '.':
			dots++
		case '[', '{':
			depth++
		case ']', '}':
			depth = max(depth-1, 0)
		case '#':
			i += max(bytes.IndexByte(data[i:], '\n')-1, 0)
		case '"', '\'':
			quote := data[i : i+1]
			if long := bytes.Repeat(quote, 3); bytes.HasPrefix(data[i:], long) {
				quote = long
			}
			from := i
			for i += len(quote); i < len(data) && !bytes.HasPrefix(data[i:], quote) && (len(quote) == 3 || data[i] != '\n'); i++ {
				if data[i] == '\\' && c == '"' {
					i++
				}
			}
			i += len(quote) - 1
			line += bytes.Count(data[from:min(i, len(data))], []byte("\n"))
		}
		if depth > maxNesting || dots > 10*maxNesting {
			return line
		}
	}
	return 0
}

var tomlPackage = regexp.MustCompile(`(?m)^\[\[package\]\]`)

// packageLines are the lines at which packages begin.
func packageLines(data []byte) []int {
	var lines []int
	line, from := 1, 0
	for _, at := range tomlPackage.FindAllIndex(data, -1) {
		line += bytes.Count(data[from:at[0]], []byte("\n"))
		from = at[0]
		lines = append(lines, line)
	}
	return lines
}

// A tomlLock is a poetry.lock or a uv.lock: they differ in how a package tells from where
// it is and what it needs.
type tomlLock struct {
	Package []struct {
		Name, Version string
		Optional      bool
		Category      string
		Groups        []string
		Files         []struct{ Hash string }
		Sdist         struct{ URL, Hash string }
		Wheels        []struct{ URL, Hash string }
		Source        map[string]any
		Dependencies  any
		OptionalDeps  map[string][]pyRef `toml:"optional-dependencies"`
		DevDeps       map[string][]pyRef `toml:"dev-dependencies"`
		Line          int                `toml:"-"`
	}
	Metadata struct {
		Files map[string][]struct{ Hash string }
	}
}

// A pyRef names a package in a uv.lock.
type pyRef struct{ Name, Version string }

// pyLock reads a poetry.lock or a uv.lock.
func pyLock(data []byte, file string) (*lock, error) {
	var doc tomlLock
	if err := readTOML(data, &doc); err != nil {
		return nil, err
	}
	y := &pyLockReader{file: file, by: map[string][]int{}}
	lines := packageLines(data)
	for i, p := range doc.Package {
		pkg := pavise.Package{Ecosystem: pavise.PyPI, Name: pyName(p.Name), Version: p.Version, From: pavise.FromRegistry, File: file}
		if len(lines) == len(doc.Package) {
			pkg.Line = lines[i]
		}
		y.source(&pkg, p.Source)
		pkg.Integrity = len(p.Files) > 0 && p.Files[0].Hash != "" || p.Sdist.Hash != "" || len(p.Wheels) > 0 && p.Wheels[0].Hash != "" || len(doc.Metadata.Files[p.Name]) > 0
		if pkg.Resolved == "" {
			pkg.Resolved = address(p.Sdist.URL)
		}
		switch {
		case p.Category == "dev", p.Groups != nil && !slices.Contains(p.Groups, "main"):
			pkg.Scope = pavise.Dev
		case p.Optional:
			pkg.Scope = pavise.Optional
		}
		pkg.Needs = pyNeeds(p.Dependencies, pkg.Line)
		for _, extra := range sortedKeys(p.OptionalDeps) {
			pkg.Needs = append(pkg.Needs, refs(p.OptionalDeps[extra], pavise.Optional, pkg.Line)...)
		}
		if pkg.From == pavise.FromWorkspace || pkg.From == pavise.FromFile {
			for _, group := range sortedKeys(p.DevDeps) {
				pkg.Needs = append(pkg.Needs, refs(p.DevDeps[group], pavise.Dev, pkg.Line)...)
			}
		}
		if err := y.add(pkg); err != nil {
			return nil, err
		}
	}
	y.link()
	return &lock{form: path.Base(file), packages: y.packages, answer: y.answer}, nil
}

type pyLockReader struct {
	file     string
	packages []pavise.Package
	by       map[string][]int
	tally    tally
}

func (y *pyLockReader) add(p pavise.Package) error {
	why := y.tally.add(1, len(p.Needs))
	if p.Name == "" || len(p.Name) > maxName || why != "" {
		return &fault{p.Line, strings.TrimSpace("a package has no name, or a longer one than any " + why)}
	}
	p.Key = key(y.file, p.Name+"@"+p.Version)
	for _, i := range y.by[p.Name] {
		if y.packages[i].Key == p.Key {
			p.Key = fmt.Sprintf("%s:%d", p.Key, p.Line)
			break
		}
	}
	y.by[p.Name] = append(y.by[p.Name], len(y.packages))
	y.packages = append(y.packages, p)
	return nil
}

// source notes from where a package is.
func (y *pyLockReader) source(p *pavise.Package, source map[string]any) {
	at := func(name string) string { s, _ := source[name].(string); return s }
	kind, url := at("type"), at("url")
	switch {
	case kind == "git":
		p.From, p.Resolved = pavise.FromGit, address(url+"#"+at("resolved_reference"))
	case at("git") != "":
		p.From, p.Resolved = pavise.FromGit, address("git+"+at("git"))
	case kind == "directory", kind == "file", at("path") != "", at("directory") != "":
		p.From = pavise.FromFile
	case at("editable") != "", at("virtual") != "":
		p.From = pavise.FromWorkspace
	case kind == "url", kind == "" && url != "":
		p.From, p.Resolved = pavise.FromURL, address(url)
	}
}

// pyNeeds reads what a package needs: names with ranges, or a list of names.
func pyNeeds(v any, line int) []pavise.Need {
	var needs []pavise.Need
	switch v := v.(type) {
	case map[string]any: // poetry
		for _, name := range sortedKeys(v) {
			need := pavise.Need{Name: pyName(name), Line: line}
			switch asked := v[name].(type) {
			case string:
				need.Range = asked
			case map[string]any:
				need.Range, _ = asked["version"].(string)
				if optional, _ := asked["optional"].(bool); optional {
					need.Scope = pavise.Optional
				}
			}
			needs = append(needs, need)
		}
	case []map[string]any: // uv
		for _, ref := range v {
			name, _ := ref["name"].(string)
			version, _ := ref["version"].(string)
			needs = append(needs, pavise.Need{Name: pyName(name), Range: version, Line: line})
		}
	case []any:
		for _, ref := range v {
			if ref, ok := ref.(map[string]any); ok {
				needs = append(needs, pyNeeds([]map[string]any{ref}, line)...)
			}
		}
	}
	return needs
}

func refs(list []pyRef, scope pavise.Scope, line int) []pavise.Need {
	var needs []pavise.Need
	for _, ref := range list {
		needs = append(needs, pavise.Need{Name: pyName(ref.Name), Range: ref.Version, Scope: scope, Line: line})
	}
	return needs
}

func (y *pyLockReader) link() {
	for i := range y.packages {
		needs := y.packages[i].Needs
		for j := range needs {
			needs[j].Key, _ = y.answer("", needs[j])
		}
		y.packages[i].Needs = slices.DeleteFunc(needs, func(n pavise.Need) bool { return n.Key == "" && n.Scope != "" })
	}
}

// answer is the package of a name: of several versions that which is named, else the first.
func (y *pyLockReader) answer(_ string, need pavise.Need) (string, bool) {
	list := y.by[need.Name]
	if len(list) == 0 {
		return "", false
	}
	for _, i := range list {
		if y.packages[i].Version == need.Range {
			return y.packages[i].Key, true
		}
	}
	return y.packages[list[0]].Key, true
}
