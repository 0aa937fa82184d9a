package pavise

import (
	"fmt"
	"net/http"
	"strings"
)

// A Pattern names the requests that an exception is for: an optional method and
// a path whose segments are literal, * (any one segment) or, last, ** (any rest).
//
//	POST /webhooks/stripe      /admin/*      GET /feeds/**
//
// It never matches a path with an empty segment, a dot segment, a path parameter,
// a backslash, or an encoded slash or backslash, even if encoded twice: what an app
// makes of these nobody knows (CVE-2025-47910 was a pattern that matched too much;
// to a Java server /a/..;/b is /b).
type Pattern struct {
	method   string
	segments []string
	rest     bool // ends in **
}

// ParsePattern reads a pattern.
func ParsePattern(s string) (Pattern, error) {
	method, path, ok := strings.Cut(s, " ")
	if !ok {
		method, path = "", s
	}
	if method != strings.ToUpper(method) || (ok && method == "") {
		return Pattern{}, fmt.Errorf("path %q: the method is written in capitals before one space", s)
	}
	if !strings.HasPrefix(path, "/") {
		return Pattern{}, fmt.Errorf("path %q: must start with /", s)
	}
	if !plain(path) || strings.ContainsAny(path, "?#% ") {
		return Pattern{}, fmt.Errorf("path %q: write the decoded path, without query, parameters, empty or dot segments", s)
	}
	p := Pattern{method: method, segments: strings.Split(path[1:], "/")}
	last := len(p.segments) - 1
	for i, seg := range p.segments {
		switch {
		case seg == "**" && i == last:
			p.segments, p.rest = p.segments[:last], true
		case seg != "*" && strings.Contains(seg, "*"):
			return Pattern{}, fmt.Errorf("path %q: * stands for one whole segment, and ** only at the end", s)
		}
	}
	return p, nil
}

// Match reports whether the pattern names the request.
func (p Pattern) Match(r *http.Request) bool {
	if p.method != "" && p.method != r.Method {
		return false
	}
	path, ok := PlainPath(r)
	if !ok {
		return false
	}
	rest := path[1:]
	for i, want := range p.segments {
		seg, tail, more := strings.Cut(rest, "/")
		if want != "*" && want != seg || want == "*" && seg == "" {
			return false
		}
		if last := i == len(p.segments)-1; last && !p.rest {
			return !more
		}
		if !more {
			return false
		}
		rest = tail
	}
	return p.rest
}

// Beats reports whether p is more specific than q: a literal before *, * before
// **, and with a method before without.
func (p Pattern) Beats(q Pattern) bool {
	for i := range min(len(p.segments), len(q.segments)) {
		if a, b := p.segments[i] != "*", q.segments[i] != "*"; a != b {
			return a
		}
	}
	if len(p.segments) != len(q.segments) {
		return len(p.segments) > len(q.segments)
	}
	if p.rest != q.rest {
		return !p.rest
	}
	return p.method != "" && q.method == ""
}

// Compare orders patterns by what is more specific.
func (p Pattern) Compare(q Pattern) int {
	switch {
	case p.Beats(q):
		return -1
	case q.Beats(p):
		return 1
	}
	return 0
}

// PlainPath returns the path of a request, and whether everybody reads it in the same
// way, so that a pattern may match it.
func PlainPath(r *http.Request) (path string, ok bool) {
	// As it was sent: EscapedPath spells all anew where a byte stands bare that
	// should not, and shows no encoded slash then.
	path, raw := r.URL.Path, r.URL.RawPath
	if raw == "" {
		raw = r.URL.EscapedPath()
	}
	return path, strings.HasPrefix(path, "/") && plain(path) && plainRaw(path) && plainRaw(raw)
}

func plain(path string) bool {
	return !strings.Contains(path, "//") && !strings.ContainsAny(path, `\;`) &&
		!strings.Contains(path, "/./") && !strings.Contains(path, "/../") &&
		!strings.HasSuffix(path, "/.") && !strings.HasSuffix(path, "/..")
}

func plainRaw(raw string) bool {
	for i := 0; i+2 < len(raw); i++ {
		if raw[i] != '%' {
			continue
		}
		switch strings.ToLower(raw[i : i+3]) {
		case "%2f", "%5c", "%2e", "%00":
			return false
		}
	}
	return true
}
