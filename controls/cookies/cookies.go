// Package cookies holds the controls that give an app's cookies the attributes
// and the names they should have, and keep forged ones away from it.
//
// They stand in the order [Rename], [Tossing], [Flags]. On the way in, Rename
// drops what a neighbour could have forged before Tossing would refuse it, so
// that nobody is locked out by a cookie that does no harm. On the way out the
// order is reversed, so that the settings of Flags are in the app's own names.
package cookies

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"pavise"
)

const (
	// maxCookie is how many bytes of name and value a browser keeps: one with
	// more is ignored (RFC 6265bis 5.6).
	maxCookie = 4096
	// maxAttribute is how long the value of an attribute may be: a longer one
	// is ignored (RFC 6265bis 5.6).
	maxAttribute = 1024

	hostPrefix   = "__Host-"
	securePrefix = "__Secure-"
)

// A setCookie is one Set-Cookie line as a browser reads it (RFC 6265bis 5.6): of
// two attributes with the same name the last one counts.
type setCookie struct {
	name, value      string
	secure, httpOnly bool
	hasDomain        bool   // there is such an attribute, even an empty one
	domain           string // "" is the host alone
	path             string // "" where the browser derives it from the address
	sameSite         string // Strict, Lax or None; "" where absent or not understood
	maxAge, expires  string
}

func parse(line string) setCookie {
	pair, attributes, more := cut(line, ';')
	name, value, named := cut(pair, '=')
	if !named {
		name, value = "", pair
	}
	c := setCookie{name: trim(name), value: trim(value)}
	for more {
		var attribute string
		attribute, attributes, more = cut(attributes, ';')
		key, value, _ := cut(attribute, '=')
		if value = trim(value); len(value) <= maxAttribute {
			c.set(trim(key), value)
		}
	}
	return c
}

func (c *setCookie) set(key, value string) {
	switch {
	case is(key, "Path"):
		if c.path = value; !strings.HasPrefix(value, "/") {
			c.path = ""
		}
	case is(key, "Secure"):
		c.secure = true
	case is(key, "HttpOnly"):
		c.httpOnly = true
	case is(key, "SameSite"):
		c.sameSite = ""
		for _, known := range [...]string{"Strict", "Lax", "None"} {
			if is(value, known) {
				c.sameSite = known
			}
		}
	case is(key, "Domain"):
		c.hasDomain, c.domain = true, value
	case is(key, "Max-Age"):
		c.maxAge = value
	case is(key, "Expires"):
		c.expires = value
	}
}

// is reports whether a word is the one in ASCII, in whatever letter case; none of
// another length is.
func is(word, wanted string) bool {
	return len(word) == len(wanted) && (word == wanted || strings.EqualFold(word, wanted))
}

func (c setCookie) size() int { return len(c.name) + len(c.value) }

// deletes reports whether a browser drops the cookie instead of keeping it.
// Max-Age beats Expires (RFC 6265bis 5.7).
func (c setCookie) deletes(now time.Time) bool {
	if age, err := strconv.ParseInt(c.maxAge, 10, 64); err == nil {
		return age <= 0
	}
	at, err := http.ParseTime(c.expires)
	if err != nil {
		at, err = time.Parse("Mon, 02-Jan-2006 15:04:05 MST", c.expires)
	}
	return err == nil && !at.After(now)
}

// cut is strings.Cut at a byte: each cookie of each request goes through it.
func cut(s string, at byte) (before, after string, found bool) {
	if i := strings.IndexByte(s, at); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

// trim takes off what browsers take off around names and values.
func trim(s string) string {
	for s != "" && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	for s != "" && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}

// each judges the cookies that the site sets and that a rule applies to. The
// fault says what is wrong with one, "" if nothing is. A deletion is not judged:
// it leaves nothing in the browser.
func each(e *pavise.Evidence, rule, want string, applies func(setCookie) bool, fault func(setCookie) string) pavise.Finding {
	return e.Each(rule, want, func(a pavise.Answer) (string, bool) {
		var good, bad []string
		for _, line := range a.Response.Header["Set-Cookie"] {
			c := parse(line)
			if c.deletes(e.Taken) || !applies(c) {
				continue
			}
			if saw := fault(c); saw != "" {
				bad = append(bad, show(c.name)+" "+saw)
			} else {
				good = append(good, show(c.name))
			}
		}
		if len(bad) > 0 {
			return list(bad), true
		}
		return list(good), false
	})
}

// list joins the first few: a site may set as many cookies as it likes.
func list(items []string) string {
	const enough = 4
	if more := len(items) - enough; more > 0 {
		return strings.Join(items[:enough], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(items, ", ")
}

// show writes a name of a stranger's choosing so that a terminal and a log can
// bear it.
func show(name string) string {
	if name == "" {
		return "a cookie without name"
	}
	if len(name) > 64 || !printable(name) {
		return fmt.Sprintf("%.64q", name)
	}
	return name
}

// printable reports whether all bytes are of printable ASCII.
func printable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

func every(setCookie) bool { return true }

// kept tells whether browsers keep the cookie: only then its attributes matter.
func kept(c setCookie) bool { return c.size() <= maxCookie }

// session tells whether the cookie is taken for a session. What scripts must
// read is none, even where its name has the __Host- prefix.
func session(c setCookie) bool {
	return kept(c) && pavise.SessionCookie(c.name) && !readByScripts(c.name)
}

// readByScripts knows the cookies whose point is that the site's own script
// copies them into a header or a form: of Angular and axios, Django, Symfony,
// CakePHP, Tornado and Magento.
func readByScripts(name string) bool {
	_, bare := cutPrefix(name)
	switch strings.ToLower(bare) {
	case "xsrf-token", "csrf-token", "csrftoken", "csrf_token", "_csrf_token", "_xsrf", "form_key":
		return true
	}
	return false
}

// unless returns the fault, or "" if all is well.
func unless(ok bool, fault string) string {
	if ok {
		return ""
	}
	return fault
}
