package from

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"path"
	"strconv"
	"strings"

	"pavise"
	"pavise/site"
)

// Bounds of a data file of mechanic's.
const maxDeep = 16

// A datum is a value of JSON, and its line.
type datum struct {
	line  int
	value any // string, json.Number, bool, nil, []datum or []member
}

type member struct {
	key string
	datum
}

// Mechanic reads mechanic's data file. Overrides are looked at by read, which returns
// what a file says, or an error where it is not there.
func Mechanic(name string, data []byte, read func(string) ([]byte, error)) (*Result, error) {
	r := &jsonReader{data: data, dec: json.NewDecoder(bytes.NewReader(data))}
	r.dec.UseNumber()
	root, err := r.datum(0)
	if err != nil {
		return nil, fmt.Errorf("%s:%d: it is not the data of mechanic: %w", name, r.line(), err)
	}
	m := &mechanic{name: name, read: read, overrides: "/etc/nginx/mechanic-overrides", conf: "/etc/nginx/conf.d"}
	top, ok := root.value.([]member)
	if !ok {
		return nil, fmt.Errorf("%s:1: it is not the data of mechanic, which is an object with sites", name)
	}
	for _, key := range top {
		if key.key == "settings" {
			m.settings(key.datum)
		}
	}
	for _, key := range top {
		switch key.key {
		case "settings":
		case "sites":
			list, _ := key.value.([]datum)
			for _, s := range list {
				m.site(s)
			}
		default:
			m.tell(key.line, key.key, Left, "mechanic is not known to keep this", "look what it is for")
		}
	}
	m.sort()
	return &m.Result, nil
}

// A jsonReader keeps the lines, which encoding/json does not.
type jsonReader struct {
	data []byte
	dec  *json.Decoder
	at   int64 // up to where lines are counted
	n    int
}

func (r *jsonReader) line() int {
	to := min(r.dec.InputOffset(), int64(len(r.data)))
	r.n += bytes.Count(r.data[r.at:to], []byte("\n"))
	r.at = to
	return r.n + 1
}

func (r *jsonReader) datum(deep int) (datum, error) {
	token, err := r.dec.Token()
	d := datum{line: r.line(), value: token}
	delim, ok := token.(json.Delim)
	switch {
	case err != nil || !ok:
		return d, err
	case deep == maxDeep:
		return d, fmt.Errorf("more than %d values stand in one another", maxDeep)
	}
	var list []datum
	var members []member
	for r.dec.More() {
		key := ""
		if delim == '{' {
			token, err := r.dec.Token()
			if err != nil {
				return d, err
			}
			key, _ = token.(string)
		}
		v, err := r.datum(deep + 1)
		if err != nil {
			return d, err
		}
		list, members = append(list, v), append(members, member{key, v})
	}
	if d.value = list; delim == '{' {
		d.value = members
	}
	_, err = r.dec.Token()
	return d, err
}

// text is a value as mechanic would write it for nginx.
func (d datum) text() string {
	switch v := d.value.(type) {
	case string:
		return strings.TrimSpace(v)
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// texts are the items of a list, which may be written with commas.
func (d datum) texts() []string {
	var list []string
	if items, ok := d.value.([]datum); ok {
		for _, item := range items {
			list = append(list, item.text())
		}
		return list
	}
	for part := range strings.SplitSeq(d.text(), ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

// on reports whether nunjucks takes the value for true; mechanic's "off" is told apart.
func (d datum) on() bool {
	text := d.text()
	return text != "" && text != "false" && text != "0" && text != "off"
}

type mechanic struct {
	Result
	name, overrides, conf string
	read                  func(string) ([]byte, error)
}

func (m *mechanic) tell(line int, what string, fate Fate, why, do string) {
	m.Tell(Told{m.name, line, what, fate, why, do})
}

func (m *mechanic) settings(d datum) {
	list, _ := d.value.([]member)
	for _, s := range list {
		what := "settings: " + s.key
		switch s.key {
		case "conf", "logs", "restart", "http2":
			m.tell(s.line, what, Implied, "it is about nginx", "")
		case "overrides":
			m.tell(s.line, what, Implied, "the files in it are looked at", "")
		case "bind":
			if at := s.text(); at != "*" && at != "" {
				m.bind(at, Told{m.name, s.line, what, Carried, "", ""})
			} else {
				m.tell(s.line, what, Implied, "Pavise listens at every address", "")
			}
		default:
			m.tell(s.line, what, Left, "it changes how mechanic writes for nginx", "import the nginx.conf that comes of it: pavise site import /etc/nginx/nginx.conf")
		}
		if text := s.text(); s.key == "conf" && text != "" {
			m.conf = text
		} else if s.key == "overrides" && text != "" {
			m.overrides = text
		}
	}
}

// bind has Pavise listen where mechanic does.
func (m *mechanic) bind(at string, told Told) {
	at = strings.Trim(at, "[]")
	listen := site.Map{{Key: "https", Value: net.JoinHostPort(at, "443")}, {Key: "http", Value: net.JoinHostPort(at, "80")}}
	m.File = append(m.File, Setting{site.Pair{Key: "listen", Value: listen}, told})
	m.Tell(told)
}

func (m *mechanic) site(d datum) {
	list, _ := d.value.([]member)
	of := map[string]datum{}
	for _, v := range list {
		of[v.key] = v.datum
	}
	name, host := of["shortname"].text(), strings.ToLower(of["host"].text())
	if host == "" || len(of["backends"].texts()) == 0 && !of["static"].on() && !of["redirect"].on() && !of["redirect-full"].on() {
		m.tell(d.line, "site "+name, Left, "it has no host, or nothing that answers, and mechanic does not serve it either", "pavise site add "+name+" --host HOST --backends PORT")
		return
	}
	s := Site{File: m.name, Line: d.line}
	if s.Put("name", name); name == host || name == "" {
		s.Map = nil
	}
	s.Put("hosts", site.Texts(append([]string{host}, of["aliases"].texts()...)))
	for _, key := range []string{"canonical", "default"} {
		if of[key].on() {
			s.Put(key, true)
		}
	}
	m.answers(&s, of)
	m.certificate(&s, of, name)
	for _, v := range list {
		m.option(name, v, of)
	}
	if m.override(name) {
		s.Put("maintenance", true)
	}
	s.Map = ordered(s.Map, site.SiteKeys())
	m.Sites = append(m.Sites, s)
}

// answers says what answers: as in mechanic's template, a redirect takes everything.
func (m *mechanic) answers(s *Site, of map[string]datum) {
	for _, key := range []string{"redirect", "redirect-full"} {
		if !of[key].on() {
			continue
		}
		r := site.Map{{Key: "to", Value: of[key].text()}}
		if key == "redirect-full" {
			r = append(r, site.Pair{Key: "keep-path", Value: true})
		}
		if of["permanent"].on() {
			r = append(r, site.Pair{Key: "permanent", Value: true})
		}
		s.Put("redirect", r.Short("to"))
		return
	}
	m.backends(s, of)
	if of["static"].on() {
		s.Put("static", of["static"].text())
	}
	if !of["websockets"].on() && !of["websocket"].on() && len(of["backends"].texts()) > 0 {
		m.tell(of["backends"].line, "no websockets", Implied, "Pavise passes WebSockets on to an app that wants them", "")
	}
}

// backends takes those with a path for parts of the site.
func (m *mechanic) backends(s *Site, of map[string]datum) {
	own := "/" + strings.Trim(of["path"].text(), "/")
	parts := map[string][]backend{}
	var order []string
	for _, at := range of["backends"].texts() {
		scheme := ""
		if of["https-upstream"].on() {
			scheme = "https://"
		}
		at, part, found := strings.Cut(at, "/")
		if part = "/" + strings.Trim(part, "/"); !found || part == "/" {
			part = own
		}
		if strings.Trim(at, "0123456789") == "" && scheme != "" {
			at = "localhost:" + at
		}
		if parts[part] == nil {
			order = append(order, part)
		}
		if remote(at) {
			s.Put("allow-remote-upstream", true)
		}
		parts[part] = append(parts[part], backend{at: scheme + at})
	}
	var paths site.Items
	for _, part := range order {
		if part == "/" {
			s.Put("to", to(parts[part]))
		} else {
			paths = append(paths, site.Map{{Key: "path", Value: part}, {Key: "to", Value: to(parts[part])}})
		}
	}
	if paths != nil {
		s.Put("paths", paths)
	}
}

// certificate takes that of nginx where it is there.
func (m *mechanic) certificate(s *Site, of map[string]datum, name string) {
	if !of["https"].on() {
		return
	}
	cert, key := path.Join(m.conf, "../certs", name+".cer"), path.Join(m.conf, "../certs", name+".key")
	if _, err := m.read(cert); err != nil {
		m.tell(of["https"].line, name+": https", Implied, "Pavise gets a certificate itself", "")
		return
	}
	s.Put("certificate", site.Map{{Key: "cert", Value: cert}, {Key: "key", Value: key}})
	m.tell(of["https"].line, name+": https", Carried, "with "+cert+"; without certificate Pavise gets one itself", "")
}

// option tells what became of one.
func (m *mechanic) option(name string, v member, of map[string]datum) {
	what := name + ": " + v.key
	redirected := of["redirect"].on() || of["redirect-full"].on()
	switch v.key {
	case "https", "shortname", "backendGroups": // told, and what mechanic makes of backends
	case "redirect-to-https", "http2":
		m.tell(v.line, what, Implied, "Pavise always does", "")
	case "backends", "https-upstream", "static", "websocket", "websockets":
		if redirected && v.on() {
			m.tell(v.line, what, Implied, "the redirect takes everything, as with mechanic", "")
		} else {
			m.tell(v.line, what, Carried, "", "")
		}
	case "autoindex":
		if v.on() {
			m.tell(v.line, what, Left, "index.html answers for its folder; that others are listed to everybody is not carried over", "if that is wanted: pavise site update "+name+" --autoindex")
		}
	case "host", "aliases", "canonical", "default", "redirect", "redirect-full", "permanent", "path":
		m.tell(v.line, what, Carried, "", "")
	default:
		m.tell(v.line, what, Left, "mechanic is not known to have this option", "look what it is for")
	}
}

// override tells of what the owner has added for nginx by hand, and reports whether some
// of it guards the site.
func (m *mechanic) override(name string) (guarded bool) {
	if name == "" || strings.Contains(name, "/") {
		return false
	}
	for _, part := range []string{"top", "server", "location", "proxy"} {
		file := path.Join(m.overrides, name, part)
		data, err := m.read(file)
		if err != nil {
			continue
		}
		for i, text := range strings.Split(string(data), "\n") {
			if text = strings.TrimSpace(text); text == "" || text[0] == '#' {
				continue
			}
			why, do := "it was added to "+name+" by hand, for nginx", "see what nginx has it do, and say that of the site"
			if guardsBy(text) {
				guarded = true
				why, do = why+", and may guard something: the site is closed, as maintenance", "have the app guard it, then: pavise site update "+name+" --maintenance=false"
			}
			m.Tell(Told{file, i + 1, shortened(text), Left, why, do})
		}
	}
	return guarded
}

// guardsBy reports whether a line for nginx may let some in alone. What a condition comes to
// may stand in other lines, and what is included in other files.
func guardsBy(line string) bool {
	n := new(nginx)
	for statement := range strings.FieldsFuncSeq(line, func(c rune) bool { return strings.ContainsRune(";{}", c) }) {
		words := strings.Fields(statement)
		if len(words) == 0 {
			continue
		}
		d := pavise.Directive{Name: words[0], Args: words[1:]}
		if d.Name == "internal" || d.Name == "include" || d.Name == "if" && !n.harmless(strings.Join(d.Args, " ")) || n.guards([]pavise.Directive{d}) {
			return true
		}
	}
	return false
}
