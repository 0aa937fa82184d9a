package sites

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"pavise"
	"pavise/cmd/pavise/internal/cli"
	"pavise/site"
)

// settings are the keys of a site, or of one of its paths, as they are to be written.
type settings struct {
	m      site.Map
	folder string // where relative paths in the file begin
}

func (s *settings) get(key string) any { return s.m.Get(key) }

// put sets a key; nil removes it.
func (s *settings) put(key string, v any) { s.m.Put(key, v) }

// in changes a map below a key, which may be written as one of its values alone.
func (s *settings) in(key, alone string, change func(*settings)) {
	sub := &settings{folder: s.folder}
	switch v := s.get(key).(type) {
	case site.Map:
		sub.m = slices.Clone(v)
	case nil:
	default:
		sub.m = site.Map{{Key: alone, Value: v}}
	}
	change(sub)
	if len(sub.m) == 0 {
		s.put(key, nil)
	} else {
		s.put(key, sub.m.Short(alone))
	}
}

func sub(s *settings, key, alone string) *settings {
	one := &settings{}
	copied := &settings{m: slices.Clone(s.m)}
	copied.in(key, alone, func(m *settings) { one.m = slices.Clone(m.m) })
	return one
}

func (s *settings) hosts() []string { return texts(s.get("hosts")) }

// title is what commands call the site.
func (s *settings) title() string {
	if name := word(s.get("name")); name != "" {
		return name
	}
	if hosts := s.hosts(); len(hosts) > 0 {
		return hosts[0]
	}
	return ""
}

// backends are the addresses and weights that are set.
func (s *settings) backends() (at, weights []string) {
	list, ok := s.get("to").(site.List)
	if v := s.get("to"); !ok && v != nil {
		list = site.List{v}
	}
	for _, item := range list {
		one := &settings{m: site.Map{{Key: "at", Value: item}}}
		if m, ok := item.(site.Map); ok {
			one.m = m
		}
		at = append(at, word(one.get("at")))
		weights = append(weights, first(append(texts(one.get("weight")), "1")))
	}
	return at, weights
}

// fromHere is a path that was typed here, where relative ones in the file begin elsewhere.
func (s *settings) fromHere(path string) string {
	here, err := os.Getwd()
	if filepath.IsAbs(path) || err != nil || s.folder == here || s.folder == "" {
		return path
	}
	return filepath.Join(here, path)
}

// texts are the items of a list, or the one that stands alone.
func texts(v any) []string {
	switch v := v.(type) {
	case nil:
		return nil
	case site.List:
		var list []string
		for _, item := range v {
			list = append(list, word(item))
		}
		return list
	}
	return []string{word(v)}
}

// word is a value that is neither map nor list.
func word(v any) string {
	switch v.(type) {
	case site.Map, site.List, nil:
		return ""
	}
	return fmt.Sprint(v)
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

func rest(list []string) []string { return list[min(1, len(list)):] }

// given is a text, or nothing.
func given(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// keyValue reads KEY=VALUE, where the value is YAML. An empty one is nothing.
func keyValue(arg string, known []string) (key string, v any, err error) {
	key, text, ok := strings.Cut(arg, "=")
	if !ok {
		return "", nil, cli.Usage("KEY=VALUE, such as "+known[0]+"=…", "want a key and a value, not %q", arg)
	}
	if !slices.Contains(known, key) {
		hint := "known here: " + strings.Join(known, ", ")
		if near := pavise.Nearest(key, known); near != "" {
			hint = "did you mean " + near + "?"
		}
		return "", nil, cli.Usage(hint, "unknown key %q", key)
	}
	if strings.TrimSpace(text) == "" {
		return key, nil, nil
	}
	v, err = site.Value(text)
	if err != nil {
		return "", nil, cli.Usage("write it as in the file, such as "+key+"='[a, b]'", "%s: %w", key, err)
	}
	return key, v, nil
}

// sitesOf are the settings of each site.
func sitesOf(doc *site.Document) []*settings {
	var list []*settings
	v, _ := doc.Value("sites")
	items, _ := v.(site.List)
	for _, item := range items {
		m, _ := item.(site.Map)
		list = append(list, &settings{m: m})
	}
	return list
}
