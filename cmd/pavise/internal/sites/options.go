package sites

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"pavise"
	"pavise/site"
)

// An option is a setting of a site by a flag: how it is set, and how it is said.
type option struct {
	name, value, doc string // no value: true or false
	key              string
	app              bool // also of a path
	set              func(s *settings, text string) error
	say              func(s *settings) string // "": it is not set
}

// siteOptions are in the order in which they are applied.
var siteOptions = slices.Concat([]option{
	{"host", "HOST", "the public name of the site", "hosts", false, setHost, func(s *settings) string { return first(s.hosts()) }},
	{"aliases", "HOSTS", "its other names", "hosts", false, setAliases, func(s *settings) string { return strings.Join(rest(s.hosts()), ",") }},
	toggle("canonical", "lead every alias to the host", false),
	toggle("default", "answer what names no site", false),
}, appOptions, []option{
	toggle("allow-remote-upstream", "allow a backend on another machine", false),
	{"cert", "FILE", "PEM file of a certificate of one's own, with its chain", "certificate", false, namedFile("certificate", "cert"), saySub("certificate", "", "cert")},
	{"key", "FILE", "PEM file of its key", "certificate", false, namedFile("certificate", "key"), saySub("certificate", "", "key")},
})

// appOptions are those of a site and of each of its paths.
var appOptions = []option{
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

// toggle is an option that is true or left out.
func toggle(key, doc string, app bool) option {
	return option{key, "", doc, key, app, func(s *settings, text string) error {
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

// setBackends sets the addresses. One that stays keeps its weight, unless it is alone: then
// there is nothing to weigh.
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
	at, before := s.backends()
	weights := make([]string, len(list))
	for i, b := range list {
		if j := slices.Index(at, b); j >= 0 && len(list) > 1 {
			weights[i] = before[j]
		}
	}
	s.put("to", site.To(list, weights))
	return nil
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
		return fmt.Errorf("%s for %s", pavise.Plural(len(weights), "weight"), pavise.Plural(len(at), "backend"))
	}
	s.put("to", site.To(at, weights))
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
	s.put("to", site.To(at, weights))
	return err
}

func setWord(key string) func(*settings, string) error {
	return func(s *settings, text string) error {
		s.put(key, given(text))
		return nil
	}
}

func sayWord(key string) func(*settings) string {
	return func(s *settings) string { return word(s.get(key)) }
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
