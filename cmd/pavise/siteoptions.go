package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"pavise"
	"pavise/site"
)

// Settings are the keys of a site, or of one of its paths, as they are to be written.
type settings struct {
	m      site.Map
	folder string // where relative paths in the file begin
}

func (s *settings) get(key string) any {
	for _, p := range s.m {
		if p.Key == key {
			return p.Value
		}
	}
	return nil
}

// put sets a key; nothing removes it.
func (s *settings) put(key string, v any) {
	i := slices.IndexFunc(s.m, func(p site.Pair) bool { return p.Key == key })
	switch {
	case v == nil && i >= 0:
		s.m = slices.Delete(s.m, i, i+1)
	case v == nil:
	case i >= 0:
		s.m[i].Value = v
	default:
		s.m = append(s.m, site.Pair{Key: key, Value: v})
	}
}

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
	switch only := sub.get(alone); {
	case len(sub.m) == 0:
		s.put(key, nil)
	case len(sub.m) == 1 && only != nil:
		s.put(key, only)
	default:
		s.put(key, sub.m)
	}
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

// A siteOption is a setting of a site by a flag: how it is set, and how it is said.
type siteOption struct {
	name, value, doc string // no value: true or false
	key              string
	app              bool // also of a path
	set              func(s *settings, text string) error
	say              func(s *settings) string // "": it is not set
}

// siteOptions are in the order in which they are applied.
var siteOptions = slices.Concat([]siteOption{
	{"host", "HOST", "the public name of the site", "hosts", false, setHost, func(s *settings) string { return first(s.hosts()) }},
	{"aliases", "HOSTS", "its other names", "hosts", false, setAliases, func(s *settings) string { return strings.Join(rest(s.hosts()), ",") }},
	toggle("canonical", "lead every alias to the host", false),
	toggle("default", "answer what names no site", false),
}, appOptions, []siteOption{
	toggle("allow-remote-upstream", "allow a backend on another machine", false),
	{"cert", "FILE", "PEM file of a certificate of one's own, with its chain", "certificate", false, namedFile("certificate", "cert"), saySub("certificate", "", "cert")},
	{"key", "FILE", "PEM file of its key", "certificate", false, namedFile("certificate", "key"), saySub("certificate", "", "key")},
})

// appOptions are those of a site and of each of its paths.
var appOptions = []siteOption{
	{"backends", "ADDRESSES", "where the app listens: ports, host:port, https://…, unix:/PATH", "to", true, setBackends, sayBackends},
	{"weights", "NUMBERS", "how many requests each backend takes in proportion", "to", true, setWeights, sayWeights},
	{"https-upstream", "", "speak https with the backends", "to", true, setSecure, func(*settings) string { return "" }},
	{"balance", "HOW", "least-connections, round-robin or address", "balance", true, setWord("balance"), sayWord("balance")},
	toggle("sticky", "a browser stays with one backend", true),
	{"health", "PATH", "ask the backends for this path whether they are well", "health", true, setSub("health", "path", "path"), saySub("health", "path", "path")},
	{"websockets", "", "pass WebSockets on, as is done anyway", "websockets", true, setWebSockets, sayWebSockets},
	{"static", "FOLDER", "serve the files in it; what is none goes to the backends", "static", true, namedFile("static", "folder"), saySub("static", "folder", "folder")},
	{"index", "FILES", "files that stand for their folder", "static", true, setIndex, func(s *settings) string { return strings.Join(texts(sub(s, "static", "folder").get("index")), ",") }},
	{"autoindex", "", "list a folder that has no such file, to everybody", "static", true, setSubBool("static", "folder", "listing"), saySub("static", "folder", "listing")},
	{"fallback", "FILE", "file in place of pages that are not there, for an app of one page", "static", true, setSub("static", "folder", "fallback"), saySub("static", "folder", "fallback")},
	{"redirect", "URL", "lead everything to this address", "redirect", true, setRedirect(false), sayRedirect(false)},
	{"redirect-full", "URL", "lead everything there, with its path", "redirect", true, setRedirect(true), sayRedirect(true)},
	{"permanent", "", "let browsers remember the redirect", "redirect", true, setSubBool("redirect", "to", "permanent"), saySub("redirect", "to", "permanent")},
	{"maintenance", "", "answer 503 in place of the app", "maintenance", true, setSubBool("maintenance", "on", "on"), saySub("maintenance", "on", "on")},
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

func rest(list []string) []string { return list[min(1, len(list)):] }

// toggle is an option that is true or left out.
func toggle(key, doc string, app bool) siteOption {
	return siteOption{key, "", doc, key, app, func(s *settings, text string) error {
		on, err := truth(text)
		s.put(key, map[bool]any{true: true}[on])
		return err
	}, func(s *settings) string { return sayTrue(s.get(key)) }}
}

func sayTrue(v any) string {
	if word(v) == "true" {
		return "true"
	}
	return ""
}

// truth reads true or false as mechanic does, and no other words.
func truth(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "true", "on", "1", "yes":
		return true, nil
	case "false", "off", "0", "no", "":
		return false, nil
	}
	return false, fmt.Errorf("want true or false, not %q", text)
}

// words takes a list apart that is written with commas.
func words(text string) []string {
	var list []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

func setHost(s *settings, text string) error {
	hosts, err := site.Hosts([]string{text})
	if err != nil {
		return err
	}
	s.put("hosts", site.Texts(append(hosts, slices.DeleteFunc(rest(s.hosts()), func(h string) bool { return h == hosts[0] })...)))
	return nil
}

func setAliases(s *settings, text string) error {
	hosts, err := site.Hosts(words(text))
	if err != nil {
		return err
	}
	if len(s.hosts()) == 0 {
		return fmt.Errorf("a site with aliases has a host: --host HOST")
	}
	s.put("hosts", site.Texts(append(s.hosts()[:1], hosts...)))
	return nil
}

func setBackends(s *settings, text string) error {
	list := words(text)
	pathed := func(b string) bool {
		i := strings.IndexByte(strings.TrimPrefix(strings.TrimPrefix(b, "https://"), "http://"), '/')
		return i > 0 && !strings.HasPrefix(b, "unix:")
	}
	if some := slices.ContainsFunc(list, pathed); some && slices.ContainsFunc(list, func(b string) bool { return !pathed(b) }) {
		i := slices.IndexFunc(list, pathed)
		at, path, _ := strings.Cut(list[i], "/")
		return fmt.Errorf("%s is a part of the site and not one backend more: --path /%s --backends %s", list[i], path, at)
	}
	s.putBackends(list, nil)
	return nil
}

// putBackends writes backends in the shortest form.
func (s *settings) putBackends(list, weights []string) {
	var items site.List
	for i, at := range list {
		if i < len(weights) && weights[i] != "1" {
			items = append(items, site.Map{{Key: "at", Value: at}, {Key: "weight", Value: site.Plain(weights[i])}})
		} else {
			items = append(items, at)
		}
	}
	switch {
	case len(items) == 0:
		s.put("to", nil)
	case len(items) == 1 && word(items[0]) != "":
		s.put("to", items[0])
	default:
		s.put("to", items)
	}
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

func sayBackends(s *settings) string {
	at, _ := s.backends()
	return strings.Join(at, ",")
}

func setWeights(s *settings, text string) error {
	at, _ := s.backends()
	weights := words(text)
	for _, w := range weights {
		if n, err := strconv.Atoi(w); err != nil || n < 1 {
			return fmt.Errorf("want numbers from 1, such as 3,1, not %q", w)
		}
	}
	if len(weights) != len(at) && len(weights) > 0 {
		return fmt.Errorf("%s for %s", plural(len(weights), "weight"), plural(len(at), "backend"))
	}
	s.putBackends(at, weights)
	return nil
}

func sayWeights(s *settings) string {
	_, weights := s.backends()
	if !slices.ContainsFunc(weights, func(w string) bool { return w != "1" }) {
		return ""
	}
	return strings.Join(weights, ",")
}

// setSecure gives the backends the scheme, or takes it.
func setSecure(s *settings, text string) error {
	on, err := truth(text)
	at, weights := s.backends()
	for i, b := range at {
		bare := strings.TrimPrefix(strings.TrimPrefix(b, "https://"), "http://")
		switch {
		case strings.HasPrefix(b, "unix:"):
		case !on:
			at[i] = bare
		case strings.Trim(bare, "0123456789") == "":
			at[i] = "https://" + net.JoinHostPort("127.0.0.1", bare)
		default:
			at[i] = "https://" + bare
		}
	}
	s.putBackends(at, weights)
	return err
}

func setWord(key string) func(*settings, string) error {
	return func(s *settings, text string) error {
		s.put(key, given(text))
		return nil
	}
}

// given is a text, or nothing.
func given(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func sayWord(key string) func(*settings) string {
	return func(s *settings) string { return word(s.get(key)) }
}

func sub(s *settings, key, alone string) *settings {
	one := &settings{}
	copied := &settings{m: slices.Clone(s.m)}
	copied.in(key, alone, func(m *settings) { one.m = slices.Clone(m.m) })
	return one
}

func saySub(key, alone, name string) func(*settings) string {
	return func(s *settings) string {
		v := sub(s, key, alone).get(name)
		if text := word(v); text != "false" {
			return text
		}
		return ""
	}
}

func setSub(key, alone, name string) func(*settings, string) error {
	return func(s *settings, text string) error {
		s.in(key, alone, func(m *settings) { m.put(name, given(text)) })
		return nil
	}
}

func setSubBool(key, alone, name string) func(*settings, string) error {
	return func(s *settings, text string) error {
		on, err := truth(text)
		s.in(key, alone, func(m *settings) { m.put(name, map[bool]any{true: true}[on]) })
		return err
	}
}

// namedFile is the name of a file, as the file in which it will stand must say it. Without
// the name all that stands beside it goes too.
func namedFile(key, name string) func(*settings, string) error {
	return func(s *settings, text string) error {
		if on, err := truth(text); err == nil && !on {
			s.put(key, nil)
			return nil
		}
		s.in(key, map[string]string{"static": "folder"}[key], func(m *settings) { m.put(name, s.fromHere(text)) })
		return nil
	}
}

// fromHere is a path that was typed here, where relative ones in the file begin elsewhere.
func (s *settings) fromHere(path string) string {
	here, err := os.Getwd()
	if filepath.IsAbs(path) || err != nil || s.folder == here || s.folder == "" {
		return path
	}
	return filepath.Join(here, path)
}

func setIndex(s *settings, text string) error {
	s.in("static", "folder", func(m *settings) {
		if list := words(text); list != nil {
			m.put("index", site.Texts(list))
		} else {
			m.put("index", nil)
		}
	})
	return nil
}

func setWebSockets(s *settings, text string) error {
	on, err := truth(text)
	s.put("websockets", map[bool]any{false: site.Plain("off")}[on])
	return err
}

func sayWebSockets(s *settings) string {
	if word(s.get("websockets")) == "off" {
		return "false"
	}
	return ""
}

func setRedirect(full bool) func(*settings, string) error {
	return func(s *settings, text string) error {
		if on, err := truth(text); err == nil && !on {
			s.put("redirect", nil)
			return nil
		}
		s.in("redirect", "to", func(m *settings) {
			m.put("to", text)
			m.put("keep-path", map[bool]any{true: true}[full])
		})
		return nil
	}
}

func sayRedirect(full bool) func(*settings) string {
	return func(s *settings) string {
		m := sub(s, "redirect", "to")
		if (word(m.get("keep-path")) == "true") == full {
			return word(m.get("to"))
		}
		return ""
	}
}

// keyValue reads KEY=VALUE, where the value is YAML. An empty one is nothing.
func keyValue(arg string, known []string) (key string, v any, err error) {
	key, text, ok := strings.Cut(arg, "=")
	if !ok {
		return "", nil, usage("KEY=VALUE, such as "+known[0]+"=…", "want a key and a value, not %q", arg)
	}
	if !slices.Contains(known, key) {
		hint := "known here: " + strings.Join(known, ", ")
		if near := pavise.Nearest(key, known); near != "" {
			hint = "did you mean " + near + "?"
		}
		return "", nil, usage(hint, "unknown key %q", key)
	}
	if strings.TrimSpace(text) == "" {
		return key, nil, nil
	}
	v, err = site.Value(text)
	if err != nil {
		return "", nil, usage("write it as in the file, such as "+key+"='[a, b]'", "%s: %w", key, err)
	}
	return key, v, nil
}
