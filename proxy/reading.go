package proxy

import (
	"net/http"
	"net/url"
	"strings"

	"pavise"
)

// A pathTable finds the longest begin of a path, by whole segments.
type pathTable struct {
	byBegin map[string]*route // in lower case
	longest int
}

// add takes in the route of a path; it reports whether there was none that differs from
// it by case alone.
func (t *pathTable) add(begin string, r *route) bool {
	key := lower(begin)
	if t.byBegin == nil {
		t.byBegin = map[string]*route{}
	}
	if t.byBegin[key] != nil {
		return false
	}
	t.byBegin[key], t.longest = r, max(t.longest, len(key))
	return true
}

// find returns the route of a path as it is read, nil if it has none. It is not sure of
// one that is only found by an app to which capital letters are the same as small ones,
// as they are to Express.
func (t *pathTable) find(path string) (found *route, sure bool) {
	var space [256]byte
	low := append(space[:0], path[:min(len(path), t.longest)]...)
	for i, c := range low {
		if 'A' <= c && c <= 'Z' {
			low[i] = c + 'a' - 'A'
		}
	}
	for end := len(low); end > 0; end-- {
		if end < len(path) && path[end] != '/' {
			continue
		}
		if r := t.byBegin[string(low[:end])]; r != nil {
			return r, r.begin == path[:end]
		}
	}
	return nil, true
}

// maxDoubtful bounds a path that can be read in several ways.
const maxDoubtful = 8 << 10

// route returns the route of a request; nil if it has none. It is not sure where an app
// might read the path in another way, by which it belongs to another route: there the
// request would get past the one that is meant for it (CWE-436).
func (t *pathTable) route(r *http.Request) (found *route, sure bool) {
	if t.byBegin == nil {
		return nil, true
	}
	path, plain := plainPath(r)
	found, sure = t.find(path)
	if !sure || plain || !strings.HasPrefix(path, "/") {
		return found, sure
	}
	texts, sure := decodings(path, rawPath(r))
	for _, text := range texts {
		sure = sure && t.agree(text, found)
	}
	return found, sure
}

// plainPath is [pavise.PlainPath], which also somebody reads in the same way who decodes
// twice, or decodes before he looks for the query.
func plainPath(r *http.Request) (path string, plain bool) {
	path, plain = pavise.PlainPath(r)
	return path, plain && !strings.ContainsAny(path, "%?#")
}

// agree reports whether every way in which an app may read what is decoded leads to the
// route.
func (t *pathTable) agree(text string, to *route) bool {
	if end := strings.IndexAny(text, "?#"); end >= 0 && !t.agree(text[:end], to) { // to an app that decodes before it parts the address
		return false
	}
	for way := range 1 << 4 {
		read := text
		if way&1 != 0 {
			read = strings.ReplaceAll(read, `\`, "/")
		}
		if way&2 != 0 {
			read = withoutParameters(read)
		}
		if read = segments(read, way&4 != 0, way&8 != 0); read == "" {
			read = "/"
		}
		if found, sure := t.find(read); !sure || found != to {
			return false
		}
	}
	return true
}

// rawPath is the path as it was sent: EscapedPath spells all anew where a byte stands bare
// that should not, and shows no encoded slash then.
func rawPath(r *http.Request) string {
	if raw := r.URL.RawPath; raw != "" {
		return raw
	}
	return r.URL.EscapedPath()
}

// decodings are the path decoded once, once but for slashes, and to the end; not ok is one
// that nobody should try to read.
func decodings(path, raw string) (texts []string, ok bool) {
	apart, err := url.PathUnescape(hiddenSlashes.Replace(raw))
	if err != nil || len(raw) > maxDoubtful {
		return nil, false
	}
	const most = 8
	last := path
	for range most {
		next, err := url.PathUnescape(last)
		if err != nil || next == last {
			return []string{path, apart, last}, !strings.Contains(last, "\x00")
		}
		last = next
	}
	return nil, false
}

// hiddenSlashes keeps encoded slashes from being taken for the ends of segments.
var hiddenSlashes = strings.NewReplacer("%2f", "\x01", "%2F", "\x01", "%5c", "\x01", "%5C", "\x01")

// withoutParameters takes ;… off every segment, as servers of Java do.
func withoutParameters(path string) string {
	var b strings.Builder
	for i, segment := range strings.Split(path, "/") {
		if i > 0 {
			b.WriteByte('/')
		}
		segment, _, _ = strings.Cut(segment, ";")
		b.WriteString(segment)
	}
	return b.String()
}

// segments puts a path together again, without the empty segments, and with the dot
// segments carried out (RFC 3986 5.2.4).
func segments(path string, merge, resolve bool) string {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	kept := parts[:0]
	for _, part := range parts {
		switch {
		case part == "" && merge, part == "." && resolve:
		case part == ".." && resolve:
			kept = kept[:max(len(kept)-1, 0)]
		default:
			kept = append(kept, part)
		}
	}
	return "/" + strings.Join(kept, "/")
}

// climbs reports whether some reading of a path goes up: out of what stands before it
// where the app is.
func climbs(r *http.Request) bool {
	path, plain := plainPath(r)
	if plain {
		return false
	}
	texts, ok := decodings(path, rawPath(r))
	for _, text := range texts {
		text = withoutParameters(strings.ReplaceAll(text, `\`, "/")) + "/"
		ok = ok && !strings.Contains(text, "/../") && !strings.Contains(text, "/./")
	}
	return !ok
}

// lower is in small letters what is of ASCII.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, s)
}
