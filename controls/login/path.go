package login

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"pavise"
)

// A place is a path pattern that guards: where [pavise.Pattern] must not match too
// much, this must not match too little. Whatever some app would take for the path
// is the path.
type place struct {
	method   string
	segments []string
	rest     bool // ends in **
	query    url.Values
}

// maxSegments bounds a pattern.
const maxSegments = 16

// parsePlace reads [METHOD ]/path[?query], where the path is a [pavise.Pattern].
func parsePlace(s, method string) (place, error) {
	pattern, query, _ := strings.Cut(s, "?")
	if _, err := pavise.ParsePattern(pattern); err != nil {
		return place{}, err
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return place{}, fmt.Errorf("path %q: the query cannot be read", s)
	}
	path := pattern
	if before, after, ok := strings.Cut(pattern, " "); ok {
		method, path = before, after
	}
	p := place{method: method, query: values, segments: segments(path, nil)}
	if n := len(p.segments); n > 0 && p.segments[n-1] == "**" {
		p.segments, p.rest = p.segments[:n-1], true
	}
	if len(p.segments) > maxSegments {
		return place{}, fmt.Errorf("path %q: more than %d segments", s, maxSegments)
	}
	return p, nil
}

// text tells a place from another.
func (p *place) text() string {
	return fmt.Sprint(p.method, " /", strings.Join(p.segments, "/"), p.rest, p.query.Encode())
}

// matches reports whether some app could take the request, whose path has the
// segments, for one to the place.
func (p *place) matches(r *http.Request, path []string) bool {
	return (p.method == "" || p.method == r.Method) && p.matchesPath(path) && p.matchesQuery(r.URL.RawQuery)
}

func (p *place) matchesPath(path []string) bool {
	wanted := p.segments
	if p.matchesSegments(wanted, path) {
		return true
	}
	if !p.rest {
		wanted = directory(wanted)
	}
	within := directory(path)
	return len(wanted)+len(within) < len(p.segments)+len(path) && p.matchesSegments(wanted, within)
}

func (p *place) matchesSegments(segments, path []string) bool {
	n := len(segments)
	if len(path) < n || len(path) > n && !p.rest && !(n > 0 && isScript(path[n-1])) {
		return false
	}
	for i, want := range segments {
		last := i == len(path)-1
		if want != "*" && !strings.EqualFold(want, path[i]) && !(last && strings.EqualFold(want, stem(path[i]))) {
			return false
		}
	}
	return true
}

func (p *place) matchesQuery(raw string) bool {
	if len(p.query) == 0 {
		return true
	}
	query, err := formFields(raw, true)
	return err == nil && p.named(query)
}

// named reports whether all that the query of the place names is among the fields.
func (p *place) named(fields []field) bool {
	for name, values := range p.query {
		if !slices.ContainsFunc(fields, func(f field) bool { return f.name == name && strings.EqualFold(f.value, values[0]) }) {
			return false
		}
	}
	return true
}

// segments takes a path apart as the most generous server would: with backslashes
// for slashes, without parameters (a;b), empty and dot segments, trailing dots and
// blanks, and decoded once more.
func segments(path string, into []string) []string {
	if strings.Contains(path, "%") {
		if decoded, err := url.PathUnescape(path); err == nil {
			path = decoded
		}
	}
	for begin := 0; begin < len(path); {
		end, cut := begin, -1
		for end < len(path) && path[end] != '/' && path[end] != '\\' {
			if c := path[end]; cut < 0 && (c == ';' || c == 0) {
				cut = end
			}
			end++
		}
		if cut < 0 {
			cut = end
		}
		into = addSegment(into, path[begin:cut])
		begin = end + 1
	}
	return into
}

func addSegment(into []string, seg string) []string {
	if seg == ".." {
		return into[:max(0, len(into)-1)]
	}
	for seg != "" && (seg[len(seg)-1] == ' ' || seg[len(seg)-1] == '.') {
		seg = seg[:len(seg)-1]
	}
	if seg == "" {
		return into
	}
	return append(into, seg)
}

// stem is a segment without what frameworks take for a format: login.json is login.
func stem(seg string) string {
	if i := strings.LastIndexByte(seg, '.'); i > 0 {
		return seg[:i]
	}
	return seg
}

// usual are the last segments of paths where people log in.
var usual = [...]string{
	"login", "logon", "log-in", "log_in", "signin", "sign-in", "sign_in", "dologin", "userlogin", "wp-login", "login_check",
	"login-check", "j_security_check", "j_spring_security_check", "authenticate", "authentication", "auth", "session", "sessions", "token",
}

// endsUsual reports whether a path ends as those where people log in, or has such a
// script in it.
func endsUsual(path []string) bool {
	path = directory(path)
	for i, seg := range path {
		if (i == len(path)-1 || isScript(seg)) && isUsual(seg) {
			return true
		}
	}
	return false
}

// directory is a path without the script by which a directory is shown: the login of
// Moodle is /login/index.php, and /login/ is the same.
func directory(path []string) []string {
	last := len(path) - 1
	if last < 0 || !isScript(path[last]) {
		return path
	}
	if name := stem(path[last]); strings.EqualFold(name, "index") || strings.EqualFold(name, "default") {
		return path[:last]
	}
	return path
}

// isScript reports whether a segment names what many a server runs whatever follows
// in the path (RFC 3875 4.1.5): /login.php/x is /login.php.
func isScript(seg string) bool {
	dot := strings.LastIndexByte(seg, '.')
	if dot <= 0 {
		return false
	}
	ending := seg[dot+1:]
	for _, script := range [...]string{"php", "phtml", "cgi", "fcgi", "pl", "py", "rb", "asp", "aspx", "ashx", "asmx", "jsp", "cfm"} {
		if strings.EqualFold(strings.TrimRight(ending, "0123456789"), script) {
			return true
		}
	}
	return false
}

func isUsual(seg string) bool {
	seg = stem(seg)
	for _, word := range usual {
		if len(word) == len(seg) && word[0] == seg[0]|0x20 && strings.EqualFold(word, seg) { // the first is a letter
			return true
		}
	}
	return false
}
