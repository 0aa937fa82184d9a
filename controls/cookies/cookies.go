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
	"strings"

	"pavise"
)

const (
	hostPrefix   = "__Host-"
	securePrefix = "__Secure-"
)

type setCookie = pavise.SetCookie

// cut is strings.Cut at a byte: each cookie of each request goes through it.
func cut(s string, at byte) (before, after string, found bool) {
	if i := strings.IndexByte(s, at); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

// each judges the cookies that the site sets and that a rule applies to. The
// fault says what is wrong with one, "" if nothing is. A deletion is not judged:
// it leaves nothing in the browser.
func each(e *pavise.Evidence, rule, want string, applies func(setCookie) bool, fault func(setCookie) string) pavise.Finding {
	return e.Each(rule, want, func(a pavise.Answer) (string, bool) {
		var good, bad []string
		for _, line := range a.Response.Header["Set-Cookie"] {
			c := pavise.ParseSetCookie(line)
			if c.Deletes(e.Taken) || !applies(c) {
				continue
			}
			if saw := fault(c); saw != "" {
				bad = append(bad, show(c.Name)+" "+saw)
			} else {
				good = append(good, show(c.Name))
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
func kept(c setCookie) bool { return c.Size() <= pavise.MaxCookie }

// session tells whether the cookie is taken for a session. What scripts must
// read is none, even where its name has the __Host- prefix.
func session(c setCookie) bool {
	return kept(c) && pavise.SessionCookie(c.Name) && !pavise.ScriptCookie(c.Name)
}

// unless returns the fault, or "" if all is well.
func unless(ok bool, fault string) string {
	if ok {
		return ""
	}
	return fault
}
