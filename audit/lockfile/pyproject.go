package lockfile

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"pavise"
)

// A pyProject is what a pyproject.toml says, as PEP 621, PEP 735 or Poetry have it.
type pyProject struct {
	Project struct {
		Name, Version        string
		Dependencies         []string
		OptionalDependencies map[string][]string `toml:"optional-dependencies"`
	}
	Groups map[string][]any `toml:"dependency-groups"`
	Tool   struct {
		Poetry struct {
			Name, Version string
			Dependencies  map[string]any
			Dev           map[string]any `toml:"dev-dependencies"`
			Group         map[string]struct{ Dependencies map[string]any }
		}
		UV struct {
			Dev []string `toml:"dev-dependencies"`
		} `toml:"uv"`
	}
}

// needs are all that it asks for.
func (m *pyProject) needs(data []byte) []pavise.Need {
	var needs []pavise.Need
	add := func(name, asked string, scope pavise.Scope) {
		if name = pyName(name); name != "" && name != "python" {
			needs = append(needs, pavise.Need{Name: name, Range: asked, Scope: scope})
		}
	}
	written := func(list []string, scope pavise.Scope) {
		for _, s := range list {
			s, _, _ = strings.Cut(s, ";")
			if parts := pyNeed.FindStringSubmatch(strings.TrimSpace(s)); parts != nil {
				add(parts[1], strings.TrimSpace(parts[2]), scope)
			}
		}
	}
	poetry := func(list map[string]any, scope pavise.Scope) {
		for _, need := range pyNeeds(list, 0) {
			if need.Scope == "" {
				need.Scope = scope
			}
			add(need.Name, need.Range, need.Scope)
		}
	}
	written(m.Project.Dependencies, "")
	for _, extra := range sortedKeys(m.Project.OptionalDependencies) {
		written(m.Project.OptionalDependencies[extra], pavise.Optional)
	}
	for _, group := range sortedKeys(m.Groups) {
		for _, v := range m.Groups[group] {
			if s, ok := v.(string); ok {
				written([]string{s}, pavise.Dev)
			}
		}
	}
	written(m.Tool.UV.Dev, pavise.Dev)
	poetry(m.Tool.Poetry.Dependencies, "")
	poetry(m.Tool.Poetry.Dev, pavise.Dev)
	for _, group := range sortedKeys(m.Tool.Poetry.Group) {
		poetry(m.Tool.Poetry.Group[group].Dependencies, pavise.Dev)
	}
	atLines(needs, data)
	return needs
}

// atLines finds the lines on which names stand first, alone or before a range.
func atLines(needs []pavise.Need, data []byte) {
	first := map[string]int{}
	line := 0
	for text := range bytes.Lines(data) {
		line++
		if len(text) > maxLine {
			continue
		}
		m := pyNeed.FindSubmatch(bytes.Trim(text, " \t\r\n\"'"))
		if m == nil {
			continue
		}
		if name := pyName(string(m[1])); first[name] == 0 {
			first[name] = line
		}
	}
	for i := range needs {
		needs[i].Line = first[needs[i].Name]
	}
}

// python reads the projects of Python.
func (r *reader) python() {
	r.requirements()
	locked := map[string]bool{}
	for _, file := range r.byName["pyproject.toml"] {
		data, ok := r.read(file)
		if !ok {
			continue
		}
		m := new(pyProject)
		if err := readTOML(data, m); err != nil {
			r.miss(file, err)
			continue
		}
		needs := m.needs(data)
		beside := path.Join(path.Dir(file), "uv.lock")
		if !r.tree.Exists(beside) {
			beside = path.Join(path.Dir(file), "poetry.lock")
		}
		locked[beside] = true
		if needs == nil && !r.tree.Exists(beside) {
			continue
		}
		r.manifest(file, "pyproject.toml", pavise.PyPI, false, data)
		module := pavise.Module{Dir: path.Dir(file), Ecosystem: pavise.PyPI, Name: m.Project.Name, Version: m.Project.Version, Manifest: file, Needs: needs}
		if module.Name == "" {
			module.Name, module.Version = m.Tool.Poetry.Name, m.Tool.Poetry.Version
		}
		r.module(module, beside, pyLock)
	}
	for _, file := range slices.Concat(r.byName["poetry.lock"], r.byName["uv.lock"]) {
		if !locked[file] {
			r.module(pavise.Module{Dir: path.Dir(file), Ecosystem: pavise.PyPI, Name: path.Base(path.Dir(file)), Manifest: file}, file, pyLock)
		}
	}
}
