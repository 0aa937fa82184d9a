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

// matches reports whether some app could take the request for one to the place.
func (p place) matches(r *http.Request) bool {
	if p.method != "" && p.method != r.Method {
		return false
	}
	return p.matchesURL(r.URL)
}

func (p place) matchesURL(u *url.URL) bool {
	var room [maxSegments]string
	return p.matchesPath(segments(u.Path, room[:0])) && (len(p.query) == 0 || p.matchesQuery(u.RawQuery))
}

func (p place) matchesPath(path []string) bool {
	if len(path) < len(p.segments) || len(path) > len(p.segments) && !p.rest {
		return false
	}
	for i, want := range p.segments {
		last := i == len(path)-1
		if want != "*" && !strings.EqualFold(want, path[i]) && !(last && strings.EqualFold(want, stem(path[i]))) {
			return false
		}
	}
	return true
}

func (p place) matchesQuery(raw string) bool {
	query, err := formFields(raw, true)
	return err == nil && p.named(query)
}

// named reports whether all that the query of the place names is among the fields.
func (p place) named(fields []field) bool {
	for name, values := range p.query {
		if !slices.ContainsFunc(fields, func(f field) bool { return f.name == name && strings.EqualFold(f.value, values[0]) }) {
			return false
		}
	}
	return true
}

// withoutQuery is the place whatever the query says.
func (p place) withoutQuery() place {
	p.query = nil
	return p
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
	for path != "" {
		end := strings.IndexAny(path, `/\`)
		seg := path
		if end >= 0 {
			seg, path = path[:end], path[end+1:]
		} else {
			path = ""
		}
		if i := strings.IndexAny(seg, ";\x00"); i >= 0 {
			seg = seg[:i]
		}
		if seg == ".." {
			into = into[:max(0, len(into)-1)]
			continue
		}
		if seg = strings.TrimRight(seg, " ."); seg != "" {
			into = append(into, seg)
		}
	}
	return into
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

// usualPlace reports whether a path ends as those where people log in.
func usualPlace(path string) bool {
	var room [maxSegments]string
	segs := segments(path, room[:0])
	return len(segs) > 0 && isUsual(segs[len(segs)-1])
}

func isUsual(seg string) bool {
	seg = stem(seg)
	for _, word := range usual {
		if len(word) == len(seg) && strings.EqualFold(word, seg) {
			return true
		}
	}
	return false
}
