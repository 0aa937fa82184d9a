package report

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"pavise"
)

// OnDisk reports whether it is of what was read on disk.
func (f Finding) OnDisk() bool { return f.disk }

// depend takes in what is known of a package: the score is then that of the
// advisory, if there is one.
func (f *Finding) depend(d *pavise.Dependency) {
	if d == nil {
		return
	}
	own := *d // it is cleaned
	f.Dependency = &own
	if !d.Flawed() {
		return
	}
	if c, err := pavise.ParseCVSS(d.CVSS); err == nil {
		f.CVSS, f.Score = d.CVSS, c.Score()
	} else {
		f.CVSS, f.Score = "", 0 // the rule's own is of no advisory
	}
}

// known reports whether the finding is about the advisory, by any of its names.
func (f Finding) known(advisory string) bool {
	d := f.Dependency
	return d != nil && (strings.EqualFold(d.Advisory, advisory) ||
		slices.ContainsFunc(d.Aliases, func(a string) bool { return strings.EqualFold(a, advisory) }))
}

// about reports whether the finding is about the version of a package.
func (f Finding) about(version string) bool {
	return f.Dependency != nil && f.Dependency.Name+" "+f.Dependency.Version == version
}

// arrow stands between what asks for a package and the package.
const arrow = " › "

// names are the ways in which a place on disk is meant: as it is shown, without its line,
// and of a package by each way to it.
func (f Finding) names(where string) []string {
	file, _ := f.fileOf(where)
	list := []string{where, file}
	if _, way, ok := strings.Cut(where, arrow); ok {
		list = append(list, way)
	}
	if f.Dependency != nil && where == f.Where {
		for _, way := range f.Dependency.Paths {
			list = append(list, strings.Join(way, arrow))
		}
	}
	return list
}

// fileOf is the file of a place on disk, and the line, 1 where none is known.
func (f Finding) fileOf(where string) (file string, line int) {
	file, _, way := strings.Cut(where, arrow)
	if d := f.Dependency; d != nil && where == f.Where && d.File != "" {
		return d.File, max(d.Line, 1)
	}
	if i := strings.LastIndexByte(file, ':'); i > 0 && !way {
		if n, err := strconv.Atoi(file[i+1:]); err == nil && n > 0 {
			return file[:i], n
		}
	}
	return file, 1
}

// fileURI is a file as services take it: below the project a relative reference, elsewhere
// an address with the scheme file (RFC 8089).
func fileURI(file string) string {
	parts := strings.Split(file, "/")
	for i, p := range parts {
		parts[i] = strings.ReplaceAll(url.PathEscape(p), ":", "%3A")
	}
	joined := strings.Join(parts, "/")
	if strings.HasPrefix(file, "/") {
		return "file://" + joined
	}
	return joined
}

// cleanDependency makes its texts printable and short.
func (f *Finding) cleanDependency() {
	if f.Dependency == nil {
		return
	}
	d := *f.Dependency
	cleanAll(&d.Key, &d.Ecosystem, &d.Name, &d.Version, &d.File, &d.Advisory, &d.Title, &d.Source, &d.CVSS,
		(*string)(&d.Scope), &d.Reach, &d.Fixed, &d.Same, &d.Safe, &d.Gain)
	d.Aliases = slices.Clone(first(d.Aliases))
	cleanEach(d.Aliases)
	d.Trace = slices.Clone(first(d.Trace))
	cleanEach(d.Trace)
	ways := make([][]string, len(d.Paths))
	for i, way := range d.Paths {
		ways[i] = slices.Clone(way)
		cleanEach(ways[i])
	}
	d.Paths = ways
	f.Dependency = &d
}
