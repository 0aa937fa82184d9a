package scan

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"

	"pavise"
)

// Bounds of robots.txt: a robot reads 500 KiB at least (RFC 9309 2.5).
const (
	maxRobots     = 500 << 10
	maxRobotRules = 1000
	maxStars      = 16
)

// robotName is how robots.txt may call this scan (RFC 9309 2.2.1).
const robotName = "pavise"

// A robotRule allows or bars the paths that a pattern matches.
type robotRule struct {
	pattern string
	allow   bool
}

// robots are the rules that a site has for this scan.
type robots struct {
	rules []robotRule
	all   bool // nothing may be followed: nobody could read the rules
}

// robotsFrom reads the answer to robots.txt: where there is none everything may be
// followed, and where the server fails nothing (RFC 9309 2.3.1).
func robotsFrom(a *pavise.Answer) robots {
	switch r := a.Response; {
	case r == nil:
		return robots{all: true}
	case r.Status >= http.StatusInternalServerError || r.Status == http.StatusTooManyRequests:
		return robots{all: true}
	case r.Status != http.StatusOK || r.HTML(): // the page that an app has for every path
		return robots{}
	default:
		return parseRobots(r.Body, r.Cut)
	}
}

// parseRobots reads the groups for this scan, or those for all where there is none
// (RFC 9309 2.2.1). The last line of what was cut may be half a rule.
func parseRobots(text []byte, cut bool) robots {
	if last := bytes.LastIndexByte(text, '\n'); cut && last >= 0 {
		text = text[:last]
	}
	var mine, everybody robots
	var named, open, forAll, forMe bool
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	for line := range bytes.FieldsFuncSeq(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
		key, value, ok := robotLine(line)
		switch {
		case !ok:
		case key == "user-agent":
			if !open { // another group
				open, forAll, forMe = true, false, false
			}
			forAll = forAll || value == "*"
			forMe = forMe || strings.EqualFold(productToken(value), robotName)
			named = named || forMe
		case key == "allow" || key == "disallow":
			open = false
			rule := robotRule{normalPath(value), key == "allow"}
			if forMe {
				mine.add(rule)
			}
			if forAll {
				everybody.add(rule)
			}
		}
	}
	if named {
		return mine
	}
	return everybody
}

// add keeps a rule. An empty one says nothing (RFC 9309 2.2.2), and of one with very
// many wildcards the beginning is enough.
func (r *robots) add(rule robotRule) {
	if strings.Count(rule.pattern, "*") > maxStars {
		rule.pattern = strings.Join(strings.SplitN(rule.pattern, "*", maxStars+1)[:maxStars], "*")
	}
	if rule.pattern != "" && len(r.rules) < maxRobotRules {
		r.rules = append(r.rules, rule)
	}
}

// robotLine splits a line into its key, in lower case, and its value.
func robotLine(line []byte) (key, value string, ok bool) {
	line, _, _ = bytes.Cut(line, []byte("#"))
	name, rest, ok := bytes.Cut(line, []byte(":"))
	return strings.ToLower(string(bytes.TrimSpace(name))), string(bytes.TrimSpace(rest)), ok
}

// productToken is the name that a value begins with.
func productToken(value string) string {
	end := strings.IndexFunc(value, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' || r == '-')
	})
	if end < 0 {
		return value
	}
	return value[:end]
}

// bars reports whether the rules ask robots not to follow a link: the longest that
// matches decides, and of two as long the one that allows (RFC 9309 2.2.2).
func (r robots) bars(link string) bool {
	if r.all {
		return true
	}
	u, err := url.Parse(link)
	if err != nil {
		return false
	}
	path := normalPath(u.RequestURI())
	longest, barred := -1, false
	for _, rule := range r.rules {
		switch n := len(rule.pattern); {
		case n < longest || n == longest && !barred:
		case globs(rule.pattern, path) && (n > longest || rule.allow):
			longest, barred = n, !rule.allow
		}
	}
	return barred && path != "/robots.txt"
}

// globs reports whether a pattern with * for anything, and $ for the end, matches
// the beginning of a path (RFC 9309 2.2.3).
func globs(pattern, path string) bool {
	pattern, ends := strings.CutSuffix(pattern, "$")
	first, rest, more := strings.Cut(pattern, "*")
	if !strings.HasPrefix(path, first) {
		return false
	}
	path = path[len(first):]
	for more {
		var piece string
		piece, rest, more = strings.Cut(rest, "*")
		if ends && !more { // the last piece stands at the end
			return strings.HasSuffix(path, piece)
		}
		at := strings.Index(path, piece)
		if at < 0 {
			return false
		}
		path = path[at+len(piece):]
	}
	return !ends || path == ""
}

// normalPath writes a path as it is compared: bytes beyond ASCII by their escapes,
// escapes in capitals, and nothing escaped that need not be (RFC 9309 2.2.2).
func normalPath(path string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		c, escaped := path[i], false
		if c == '%' && i+2 < len(path) {
			if raw, err := url.PathUnescape(path[i : i+3]); err == nil {
				c, escaped = raw[0], true
				i += 2
			}
		}
		if c >= 0x80 || escaped && !unreserved(c) {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// unreserved bytes mean the same escaped or not (RFC 3986 2.3).
func unreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}
