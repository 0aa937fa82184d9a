package mend

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"pavise"
)

// An edit replaces bytes of a file.
type edit struct {
	start, end int
	text       string
}

// A spot is a use of source that a finding is about, and the text around it.
type spot struct {
	pavise.Use
	text []byte
}

// sourceRules are the rules of source that can be mended, and how. A nil list of edits is
// that this place cannot be.
var sourceRules = map[string]struct {
	of   func(of string) bool
	mend func(s spot) []edit
}{
	"source.listen.host":            {listens, spot.loopback},
	"source.session.secure":         {sessions, func(s spot) []edit { return s.cookie("secure", "true") }},
	"source.session.http-only":      {sessions, func(s spot) []edit { return s.cookie("httpOnly", "true") }},
	"source.session.same-site":      {sessions, func(s spot) []edit { return s.cookie("sameSite", "'lax'") }},
	"source.session.name":           {sessions, spot.name},
	"source.session.untouched":      {sessions, spot.untouched},
	"source.cookies.secure":         {cookies, func(s spot) []edit { return s.option(2, "secure", "true") }},
	"source.cookies.http-only":      {cookies, func(s spot) []edit { return s.option(2, "httpOnly", "true") }},
	"source.cookies.same-site":      {cookies, func(s spot) []edit { return s.option(2, "sameSite", "'lax'") }},
	"source.proxy.strangers":        {ending("set"), spot.believeLoopback},
	"source.proxy.lost":             {apps, func(s spot) []edit { return s.after(".set('trust proxy', 'loopback')") }},
	"source.proxy.counted":          {apps, func(s spot) []edit { return s.after(".set('trust proxy', 'loopback')") }},
	"source.fingerprint.powered-by": {apps, func(s spot) []edit { return s.after(".disable('x-powered-by')") }},
}

func ending(method string) func(string) bool {
	return func(of string) bool { return strings.HasSuffix(of, "."+method) }
}

func listens(of string) bool {
	return strings.HasSuffix(of, ".listen") || of == "net/http.ListenAndServe" || of == "net/http.Server"
}

func sessions(of string) bool { return of == "express-session" || of == "cookie-session" }

func cookies(of string) bool { return strings.HasSuffix(of, ".cookie") }

func apps(of string) bool { return of == "express" }

// quote writes a string as the file does.
func (s spot) quote(text string) string {
	if strings.Count(string(s.text), `"`) > strings.Count(string(s.text), `'`) {
		return strings.ReplaceAll(text, "'", `"`)
	}
	return text
}

// loopback has a listener take connections of this machine alone.
func (s spot) loopback() []edit {
	if strings.HasPrefix(s.Of, "net/http.") {
		return s.goAddress()
	}
	if len(s.Args) == 0 || s.Args[0].Kind == pavise.FunctionValue {
		return nil
	}
	port := s.Args[0]
	if port.Kind == pavise.ObjectValue {
		return s.member(port, "host", "'127.0.0.1'")
	}
	if len(s.Args) > 1 && s.Args[1].Kind == pavise.StringValue {
		return []edit{{s.Args[1].Start, s.Args[1].End, s.quote("'127.0.0.1'")}}
	}
	return []edit{{port.End, port.End, s.quote(", '127.0.0.1'")}}
}

// goAddress puts the host into ":8080".
func (s spot) goAddress() []edit {
	v := s.Arg(0)
	if v.Kind == pavise.ObjectValue {
		v, _ = v.Member("Addr")
	}
	i := strings.LastIndexByte(v.Text, ':')
	if v.Kind != pavise.StringValue || i < 0 {
		return nil
	}
	return []edit{{v.Start, v.End, strconv.Quote("127.0.0.1" + v.Text[i:])}}
}

// cookie sets an option of the cookie of a session: in cookie-session that is one of its
// own.
func (s spot) cookie(name, value string) []edit {
	if s.Of == "cookie-session" {
		return s.option(0, name, value)
	}
	options := s.Arg(0)
	if len(s.Args) > 0 && options.Kind != pavise.ObjectValue {
		return nil
	}
	cookie, found := options.Member("cookie")
	switch {
	case !found:
		return s.option(0, "cookie", "{ "+name+": "+value+" }")
	case cookie.Kind == pavise.ObjectValue:
		return s.member(cookie, name, value)
	}
	return nil
}

// name gives the cookie of a session a name that does not tell what made it.
func (s spot) name() []edit {
	if s.Arg(0).Kind == pavise.ObjectValue {
		if _, found := s.Arg(0).Member("key"); found {
			return s.option(0, "key", "'sid'")
		}
	}
	return s.option(0, "name", "'sid'")
}

// untouched has a session be stored only when something is in it.
func (s spot) untouched() []edit {
	return append(s.option(0, "resave", "false"), s.option(0, "saveUninitialized", "false")...)
}

// option sets a member of the options that are an argument.
func (s spot) option(i int, name, value string) []edit {
	if i < len(s.Args) {
		if s.Args[i].Kind != pavise.ObjectValue {
			return nil
		}
		return s.member(s.Args[i], name, value)
	}
	if i > len(s.Args) || s.End == 0 || s.text[s.End-1] != ')' {
		return nil
	}
	comma := ""
	if i > 0 {
		comma = ", "
	}
	return []edit{{s.End - 1, s.End - 1, comma + "{ " + name + ": " + s.quote(value) + " }"}}
}

// member sets one of an object, in its way: on its line, or on one of its own.
func (s spot) member(v pavise.Value, name, value string) []edit {
	value = s.quote(value)
	if old, found := v.Member(name); found {
		if old.Start >= old.End {
			return nil
		}
		return []edit{{old.Start, old.End, value}}
	}
	if v.Start >= v.End || v.End > len(s.text) || s.text[v.Start] != '{' || s.text[v.End-1] != '}' {
		return nil
	}
	inside := s.text[v.Start+1 : v.End-1]
	space := inside[:len(inside)-len(bytes.TrimLeft(inside, " \t\r\n"))]
	if len(bytes.TrimSpace(inside)) == 0 {
		return []edit{{v.Start + 1, v.End - 1, " " + name + ": " + value + " "}}
	}
	pair := name + ": " + value + ","
	if len(space) == 0 {
		return []edit{{v.Start + 1, v.Start + 1, pair + " "}}
	}
	// As the first: behind the last may stand a comment, or a comma, or none.
	return []edit{{v.Start + 1 + len(space), v.Start + 1 + len(space), pair + string(space)}}
}

// believeLoopback has trust proxy believe a proxy on this machine alone.
func (s spot) believeLoopback() []edit {
	if len(s.Args) != 2 || s.Args[0].Text != "trust proxy" {
		return nil
	}
	return []edit{{s.Args[1].Start, s.Args[1].End, s.quote("'loopback'")}}
}

var assigned = regexp.MustCompile(`(?:(?:var|let|const)\s+)?([A-Za-z_$][\w$]*)\s*=\s*$`)

// after calls a method of an application, in the line after the one that makes it.
func (s spot) after(call string) []edit {
	line := s.text[bytes.LastIndexByte(s.text[:s.Start], '\n')+1 : s.Start]
	name := assigned.FindSubmatch(line)
	if name == nil {
		return nil
	}
	rest := s.text[s.End:]
	end := bytes.IndexByte(rest, '\n')
	if end < 0 {
		end = len(rest)
	}
	tail := bytes.TrimRight(rest[:end], "\r")
	semicolon := ""
	switch string(bytes.TrimSpace(tail)) {
	case ";":
		semicolon = ";"
	case "":
	default: // more is declared, or called, or said
		return nil
	}
	newline := "\n"
	if end < len(rest) && end > len(tail) {
		newline = "\r\n"
	}
	indent := line[:len(line)-len(bytes.TrimLeft(line, " \t"))]
	at := s.End + len(tail)
	return []edit{{at, at, newline + string(indent) + string(name[1]) + s.quote(call) + semicolon}}
}

// sourceEdits are those that mend a rule at a place, app.js:12.
func sourceEdits(p *pavise.Project, rule, where string, read func(string) ([]byte, error)) (file string, edits []edit, err error) {
	how, ok := sourceRules[rule]
	if !ok || p == nil {
		return "", nil, nil
	}
	file, line, _ := strings.Cut(where, ":")
	number, _ := strconv.Atoi(line)
	text, err := read(file)
	if err != nil || text == nil {
		return "", nil, err
	}
	for _, u := range p.Uses {
		if u.File != file || !how.of(u.Of) || u.Start > u.End || u.End > len(text) {
			continue
		}
		last := u.Line + bytes.Count(text[u.Start:u.End], []byte("\n"))
		app := strings.HasPrefix(rule, "source.proxy.") || rule == "source.fingerprint.powered-by"
		if number < u.Line || number > last {
			if !app || u.Of != "express" { // such a finding may stand where the lack is felt
				continue
			}
		}
		if edits = how.mend(spot{u, text}); len(edits) > 0 {
			return file, edits, nil
		}
	}
	if strings.HasPrefix(rule, "source.proxy.") || rule == "source.fingerprint.powered-by" {
		return elsewhere(p, how.of, how.mend, read)
	}
	return "", nil, nil
}

// elsewhere mends where the application is made, in whichever file.
func elsewhere(p *pavise.Project, of func(string) bool, mend func(spot) []edit, read func(string) ([]byte, error)) (string, []edit, error) {
	for _, u := range p.Uses {
		if !of(u.Of) || u.Test {
			continue
		}
		text, err := read(u.File)
		if err != nil {
			return "", nil, err
		}
		if u.End > len(text) {
			continue
		}
		if edits := mend(spot{u, text}); len(edits) > 0 {
			return u.File, edits, nil
		}
	}
	return "", nil, nil
}

// apply makes edits, none of which may lie in another.
func apply(text []byte, edits []edit) ([]byte, error) {
	edits = slices.Clone(edits)
	slices.Reverse(edits) // of two in one place the later is put in first, and so comes behind
	slices.SortStableFunc(edits, func(a, b edit) int { return b.start - a.start })
	last := len(text)
	for _, e := range edits {
		if e.start > e.end || e.end > last || e.start < 0 {
			return nil, fmt.Errorf("what is to be changed lies outside of the file")
		}
		text = slices.Concat(text[:e.start], []byte(e.text), text[e.end:])
		last = e.start
	}
	return text, nil
}
