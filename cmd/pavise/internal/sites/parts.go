package sites

import (
	"slices"
	"strings"

	"pavise/cmd/pavise/internal/cli"
	"pavise/site"
)

// pathSettings are those of a part of the site, there or not yet.
func (s *settings) pathSettings(path string) *settings {
	for _, p := range s.paths() {
		if word(p.get("path")) == path {
			return p
		}
	}
	return &settings{m: site.Map{{Key: "path", Value: path}}, folder: s.folder}
}

func (s *settings) paths() []*settings {
	var list []*settings
	items, _ := s.get("paths").(site.List)
	for _, item := range items {
		if m, ok := item.(site.Map); ok {
			list = append(list, &settings{m: slices.Clone(m), folder: s.folder})
		}
	}
	return list
}

// putPath puts the settings of a part in the place of those that were there.
func (s *settings) putPath(part *settings) {
	var items site.Items
	found := false
	for _, p := range s.paths() {
		if same := word(p.get("path")) == word(part.get("path")); same {
			p, found = part, true
		}
		items = append(items, p.m)
	}
	if !found {
		items = append(items, part.m)
	}
	s.put("paths", items)
}

// renamePath gives the part that is meant the path that --set names, where it stands: it
// keeps its comments.
func (x *changing) renamePath(doc *site.Document, i int) error {
	for _, arg := range x.set {
		key, v, err := keyValue(arg, site.PathKeys())
		path := word(v)
		j := slices.IndexFunc(sitesOf(doc)[i].paths(), func(p *settings) bool { return word(p.get("path")) == x.path })
		if err != nil || key != "path" || path == "" || j < 0 {
			continue // what is wrong with it is told where all are laid over the settings
		}
		if err := doc.Set(path, "sites", i, "paths", j, "path"); err != nil {
			return err
		}
		x.path = path
	}
	return nil
}

func (s *settings) removePath(path string) error {
	var items site.Items
	var known []string
	found := false
	for _, p := range s.paths() {
		known = append(known, word(p.get("path")))
		if word(p.get("path")) == path {
			found = true
		} else {
			items = append(items, p.m)
		}
	}
	if !found {
		return cli.Usage("it has "+strings.Join(append(known, "no other"), ", "), "%s has no path %s", s.title(), path)
	}
	if items == nil {
		s.put("paths", nil)
	} else {
		s.put("paths", items)
	}
	return nil
}

// ordered puts the keys into the order of the documentation.
func (s *settings) ordered(keys []string) {
	slices.SortStableFunc(s.m, func(a, b site.Pair) int {
		return placed(keys, a.Key) - placed(keys, b.Key)
	})
}

func placed(keys []string, key string) int {
	if i := slices.Index(keys, key); i >= 0 {
		return i
	}
	return len(keys)
}
