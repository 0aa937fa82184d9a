package lockfile

import (
	"fmt"
	"path"
	"strings"

	"pavise"
)

// A composerJSON is what a composer.json says.
type composerJSON struct {
	name, version string
	needs         []pavise.Need
	php           pavise.Need
}

func readComposerJSON(data []byte) (*composerJSON, error) {
	r := newJSON(data, false)
	m := new(composerJSON)
	err := r.document(func(name string) {
		switch name {
		case "name":
			m.name = r.text()
		case "version":
			m.version = r.text()
		case "require":
			m.needs = r.needs(m.needs, "")
		case "require-dev":
			m.needs = r.needs(m.needs, pavise.Dev)
		}
	})
	for _, need := range m.needs {
		if need.Name == "php" {
			m.php = need
		}
	}
	m.needs = packagesOnly(m.needs)
	return m, err
}

// packagesOnly leaves out what the platform has to have: PHP and its extensions.
func packagesOnly(needs []pavise.Need) []pavise.Need {
	var list []pavise.Need
	for _, need := range needs {
		if need.Name = strings.ToLower(need.Name); strings.Contains(need.Name, "/") {
			list = append(list, need)
		}
	}
	return list
}

// composerLock reads a composer.lock.
func composerLock(data []byte, file string) (*lock, error) {
	c := &composerReader{json: newJSON(data, false), file: file, by: map[string]int{}}
	err := c.json.document(func(name string) {
		switch name {
		case "packages":
			c.json.list(func() { c.pkg("") })
		case "packages-dev":
			c.json.list(func() { c.pkg(pavise.Dev) })
		}
	})
	if err != nil {
		return nil, err
	}
	for i := range c.packages {
		needs := c.packages[i].Needs
		for j := range needs {
			needs[j].Key = c.key(needs[j].Name)
		}
	}
	return &lock{form: "composer.lock", packages: c.packages, answer: func(_ string, need pavise.Need) (string, bool) {
		k := c.key(need.Name)
		return k, k != ""
	}}, nil
}

type composerReader struct {
	json     *jsonReader
	file     string
	packages []pavise.Package
	by       map[string]int // also by what a package stands for
	tally    tally
}

func (c *composerReader) key(name string) string {
	if i, ok := c.by[strings.ToLower(name)]; ok {
		return c.packages[i].Key
	}
	return ""
}

func (c *composerReader) pkg(scope pavise.Scope) {
	r := c.json
	p := pavise.Package{Ecosystem: pavise.Packagist, From: pavise.FromRegistry, File: c.file, Line: r.here(), Scope: scope}
	var stands []pavise.Need
	dist, source := "", ""
	r.object(func(name string) {
		switch name {
		case "name":
			p.Line = r.here()
			p.Name = strings.ToLower(r.text())
		case "version":
			p.Version = strings.TrimPrefix(r.text(), "v")
		case "require":
			p.Needs = packagesOnly(r.needs(nil, ""))
		case "replace", "provide":
			stands = r.needs(stands, "")
		case "source":
			source = c.place(&p)
		case "dist":
			dist = c.place(&p)
		case "abandoned":
			if by := r.scalar(); by == "true" {
				p.Ended = "abandoned"
			} else if by != "false" && by != "" {
				p.Ended = "abandoned; use " + by
			}
		}
	})
	if p.Resolved = address(dist); dist == "" {
		p.Resolved = address(source)
		if p.From == pavise.FromRegistry && source != "" {
			p.From = pavise.FromGit
		}
	}
	if why := c.tally.add(1, len(p.Needs)); why != "" || p.Name == "" || len(p.Name) > maxName {
		r.fail("%s", strings.TrimSpace("a package has no name, or a longer one than any "+why))
		return
	}
	p.Key = key(c.file, p.Name)
	if _, twice := c.by[p.Name]; twice {
		p.Key = fmt.Sprintf("%s:%d", p.Key, p.Line)
	}
	c.by[p.Name] = len(c.packages)
	for _, s := range stands {
		if _, ok := c.by[strings.ToLower(s.Name)]; !ok {
			c.by[strings.ToLower(s.Name)] = len(c.packages)
		}
	}
	c.packages = append(c.packages, p)
}

// place reads from where a package is taken. A commit of git holds it to what it was.
func (c *composerReader) place(p *pavise.Package) (url string) {
	r := c.json
	r.object(func(name string) {
		switch name {
		case "url":
			url = r.text()
		case "type":
			if r.text() == "path" {
				p.From = pavise.FromFile
			}
		case "reference":
			if ref := r.text(); len(ref) == 40 && commit.MatchString(ref) {
				p.Integrity = true
			}
		case "shasum":
			p.Integrity = r.text() != "" || p.Integrity
		}
	})
	return url
}

// composer reads the projects of PHP.
func (r *reader) composer() {
	locked := map[string]bool{}
	for _, file := range r.byName["composer.json"] {
		data, ok := r.read(file)
		if !ok {
			continue
		}
		m, err := readComposerJSON(data)
		if err != nil {
			r.miss(file, err)
			continue
		}
		r.manifest(file, "composer.json", pavise.Packagist, false, data)
		r.ran("php", bound(m.php.Range), file, m.php.Line)
		beside := path.Join(path.Dir(file), "composer.lock")
		locked[beside] = true
		r.module(pavise.Module{Dir: path.Dir(file), Ecosystem: pavise.Packagist, Name: m.name, Version: m.version, Manifest: file, Needs: m.needs}, beside, composerLock)
	}
	for _, file := range r.byName["composer.lock"] {
		if !locked[file] {
			r.module(pavise.Module{Dir: path.Dir(file), Ecosystem: pavise.Packagist, Name: path.Base(path.Dir(file)), Manifest: file}, file, composerLock)
		}
	}
}

// module adds a module with what the lockfile beside it has for its needs; where there is
// none it takes the ranges.
func (r *reader) module(m pavise.Module, beside string, read func([]byte, string) (*lock, error)) {
	l, at := r.lock(beside, m.Ecosystem, read)
	switch {
	case l == nil:
		var packages []pavise.Package
		for i := range m.Needs {
			need := &m.Needs[i]
			need.Key = key(m.Manifest, need.Name)
			packages = append(packages, pavise.Package{Key: need.Key, Ecosystem: m.Ecosystem, Name: need.Name, Range: need.Range, From: pavise.FromRegistry, File: m.Manifest, Line: need.Line, Scope: need.Scope})
		}
		r.take(m.Manifest, packages)
	case m.Manifest == beside:
		m.Needs = unneeded(l.packages)
	default:
		behind := &r.project.Manifests[at].Behind
		for i := range m.Needs {
			need := &m.Needs[i]
			var instep bool
			if need.Key, instep = l.answer("", *need); !instep && len(*behind) < maxBehind {
				*behind = append(*behind, fmt.Sprintf("%s (%s:%d)", strings.TrimSpace(need.Name+" "+need.Range), m.Manifest, need.Line))
			}
		}
	}
	r.project.Modules = append(r.project.Modules, m)
}

// lock reads a lockfile and takes its packages; nil is that there is none to go by.
func (r *reader) lock(file, ecosystem string, read func([]byte, string) (*lock, error)) (*lock, int) {
	if !r.tree.Exists(file) {
		return nil, 0
	}
	data, ok := r.read(file)
	if !ok {
		return nil, 0
	}
	l, err := read(data, file)
	if err != nil {
		r.miss(file, err)
		return nil, 0
	}
	if !r.take(file, l.packages) {
		return nil, 0
	}
	return l, r.manifest(file, l.form, ecosystem, true, data)
}
