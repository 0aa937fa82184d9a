package lockfile

import (
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"

	"pavise"
)

// A goMod is what a go.mod says, as far as it names modules.
type goMod struct {
	module, goes, toolchain string
	goLine                  int
	needs                   []pavise.Need
	replaced                map[string]goReplace // by path, and by path@version
}

// A goReplace is what stands in the place of a module; without a version it is a folder.
type goReplace struct{ path, version string }

// readGoMod reads a go.mod (go.dev/ref/mod#go-mod-file-syntax).
func readGoMod(data []byte) (*goMod, error) {
	m := &goMod{replaced: map[string]goReplace{}}
	block, line := "", 0
	for text := range strings.Lines(string(data)) {
		line++
		text, comment, _ := strings.Cut(text, "//")
		words := strings.Fields(text)
		switch {
		case len(words) == 0:
			continue
		case block == "" && len(words) == 2 && words[1] == "(":
			block = words[0]
			continue
		case block != "" && words[0] == ")":
			block = ""
			continue
		case block != "":
			words = append([]string{block}, words...)
		}
		for i, w := range words {
			if s, err := strconv.Unquote(w); err == nil {
				words[i] = s
			}
		}
		if err := m.directive(words, strings.TrimSpace(comment), line); err != nil {
			return nil, &fault{line, err.Error()}
		}
	}
	switch {
	case block != "":
		return nil, &fault{line, fmt.Sprintf("the block %s ( has no end", clip(block))}
	case m.module == "":
		return nil, errors.New("it names no module")
	}
	return m, nil
}

func (m *goMod) directive(words []string, comment string, line int) error {
	switch words[0] {
	case "module", "go", "toolchain":
		if len(words) != 2 {
			return fmt.Errorf("%s has one argument", words[0])
		}
		switch words[0] {
		case "module":
			m.module = words[1]
		case "go":
			m.goes, m.goLine = words[1], line
		default:
			m.toolchain, m.goLine = strings.TrimPrefix(words[1], "go"), line
		}
	case "require":
		if len(words) != 3 {
			return errors.New("require has a path and a version")
		}
		if len(m.needs) >= maxPackages {
			return fmt.Errorf("there are more than %d modules", maxPackages)
		}
		m.needs = append(m.needs, pavise.Need{Name: words[1], Range: words[2], Line: line, Indirect: comment == "indirect" || strings.HasPrefix(comment, "indirect;")})
	case "replace":
		return m.replace(words[1:])
	}
	return nil
}

// replace reads PATH [VERSION] => PATH [VERSION].
func (m *goMod) replace(words []string) error {
	for i, w := range words {
		if w != "=>" || i < 1 || i > 2 || len(words)-i < 2 || len(words)-i > 3 {
			continue
		}
		r := goReplace{path: words[i+1]}
		if len(words)-i == 3 {
			r.version = words[i+2]
		}
		m.replaced[strings.Join(words[:i], "@")] = r
		return nil
	}
	return errors.New("replace is PATH [VERSION] => PATH [VERSION]")
}

// golang reads the modules of Go, and the programs that Go built.
func (r *reader) golang() {
	for _, file := range r.byName["go.mod"] {
		data, ok := r.read(file)
		if !ok {
			continue
		}
		m, err := readGoMod(data)
		if err != nil {
			r.miss(file, err)
			continue
		}
		at := r.manifest(file, "go.mod", pavise.GoModules, true, data)
		r.goModule(m, file, at)
	}
	r.goBinaries()
}

// goModule takes what a go.mod names.
func (r *reader) goModule(m *goMod, file string, manifest int) {
	sums, summed := r.goSum(path.Join(path.Dir(file), "go.sum"))
	var packages []pavise.Package
	if version := m.standard(); version != "" {
		p := stdlib(file, version)
		p.Line = m.goLine
		packages = append(packages, p)
		m.needs = append(m.needs, pavise.Need{Name: p.Name, Key: p.Key, Range: version, Line: m.goLine})
	}
	behind := &r.project.Manifests[manifest].Behind
	for i := range m.needs {
		need := &m.needs[i]
		if need.Key != "" {
			continue
		}
		need.Key = key(file, need.Name)
		p := m.required(*need, file)
		p.Integrity = sums[p.Name+" "+"v"+p.Version]
		if p.From == pavise.FromRegistry && !p.Integrity && len(*behind) < maxBehind {
			why := "go.sum has no hash of it"
			if !summed {
				why = "there is no go.sum"
			}
			*behind = append(*behind, fmt.Sprintf("%s v%s (%s:%d, %s)", p.Name, p.Version, file, need.Line, why))
		}
		packages = append(packages, p)
	}
	r.ran("go", m.standard(), file, m.goLine)
	if r.take(file, packages) {
		r.project.Modules = append(r.project.Modules, pavise.Module{Dir: path.Dir(file), Ecosystem: pavise.GoModules, Name: m.module, Manifest: file, Needs: m.needs})
	}
}

// standard is the version of the standard library: that of the toolchain, else the least
// that will do. A release before 1.21 has no patch there.
func (m *goMod) standard() string {
	if m.toolchain != "" && m.toolchain != "default" {
		version, _, _ := strings.Cut(m.toolchain, "-")
		return version
	}
	return m.goes
}

func stdlib(file, version string) pavise.Package {
	return pavise.Package{Key: key(file, "stdlib"), Ecosystem: pavise.GoModules, Name: "stdlib", Version: version, From: pavise.FromLanguage, Integrity: true, File: file}
}

// required is the module that is taken for a need.
func (m *goMod) required(need pavise.Need, file string) pavise.Package {
	p := pavise.Package{Key: need.Key, Ecosystem: pavise.GoModules, Name: need.Name, Version: strings.TrimPrefix(need.Range, "v"), From: pavise.FromRegistry, File: file, Line: need.Line}
	to, ok := m.replaced[need.Name+"@"+need.Range]
	if !ok {
		to, ok = m.replaced[need.Name]
	}
	switch {
	case !ok:
	case to.version == "":
		p.From, p.Version, p.Resolved = pavise.FromFile, "", to.path
	default:
		p.Version = strings.TrimPrefix(to.version, "v")
		if to.path != need.Name {
			p.Name, p.Alias = to.path, need.Name
		}
	}
	return p
}

// goSum are the modules and versions of which a go.sum has a hash, "path version".
func (r *reader) goSum(file string) (map[string]bool, bool) {
	if !r.tree.Exists(file) {
		return nil, false
	}
	data, ok := r.read(file)
	if !ok {
		return nil, false
	}
	sums := map[string]bool{}
	line := 0
	for text := range strings.Lines(string(data)) {
		line++
		words := strings.Fields(text)
		if len(words) == 0 {
			continue
		}
		if len(words) != 3 || len(sums) > maxPackages {
			r.miss(file, &fault{line, "a line is a module, its version and its hash"})
			return nil, false
		}
		sums[words[0]+" "+strings.TrimSuffix(words[1], "/go.mod")] = true
	}
	r.manifest(file, "go.sum", pavise.GoModules, false, data)
	return sums, true
}
