package pavise

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

const (
	// MaxCookie is how many bytes of name and value a browser keeps: a cookie with
	// more is ignored (RFC 6265bis 5.6).
	MaxCookie = 4096
	// maxAttribute is how long the value of an attribute may be: a longer one
	// is ignored (RFC 6265bis 5.6).
	maxAttribute = 1024
)

// A SetCookie is one Set-Cookie line as a browser reads it (RFC 6265bis 5.6): of
// two attributes with the same name the last one counts.
type SetCookie struct {
	Name, Value      string
	Secure, HttpOnly bool
	HasDomain        bool   // there is such an attribute, even an empty one
	Domain           string // "" is the host alone
	Path             string // "" where the browser derives it from the address
	SameSite         string // Strict, Lax or None; "" where absent or not understood
	MaxAge, Expires  string
}

// ParseSetCookie reads a line as browsers do: whatever it is, it is a cookie.
func ParseSetCookie(line string) SetCookie {
	pair, attributes, more := cutByte(line, ';')
	name, value, named := cutByte(pair, '=')
	if !named {
		name, value = "", pair
	}
	c := SetCookie{Name: trimBlank(name), Value: trimBlank(value)}
	for more {
		var attribute string
		attribute, attributes, more = cutByte(attributes, ';')
		key, value, _ := cutByte(attribute, '=')
		if value = trimBlank(value); len(value) <= maxAttribute {
			c.set(trimBlank(key), value)
		}
	}
	return c
}

func (c *SetCookie) set(key, value string) {
	switch {
	case isWord(key, "Path"):
		if c.Path = value; !strings.HasPrefix(value, "/") {
			c.Path = ""
		}
	case isWord(key, "Secure"):
		c.Secure = true
	case isWord(key, "HttpOnly"):
		c.HttpOnly = true
	case isWord(key, "SameSite"):
		c.SameSite = ""
		for _, known := range [...]string{"Strict", "Lax", "None"} {
			if isWord(value, known) {
				c.SameSite = known
			}
		}
	case isWord(key, "Domain"):
		c.HasDomain, c.Domain = true, value
	case isWord(key, "Max-Age"):
		c.MaxAge = value
	case isWord(key, "Expires"):
		c.Expires = value
	}
}

// isWord reports whether a word is the one in ASCII, in whatever letter case; none of
// another length is.
func isWord(word, wanted string) bool {
	return len(word) == len(wanted) && (word == wanted || strings.EqualFold(word, wanted))
}

// Size is what counts against [MaxCookie].
func (c SetCookie) Size() int { return len(c.Name) + len(c.Value) }

// Deletes reports whether a browser drops the cookie instead of keeping it.
func (c SetCookie) Deletes(now time.Time) bool {
	end, ends := c.Ends(now)
	return ends && !end.After(now)
}

// Ends is when a browser drops the cookie; most live until it is closed. Max-Age
// beats Expires (RFC 6265bis 5.7).
func (c SetCookie) Ends(now time.Time) (end time.Time, ends bool) {
	if age, err := strconv.ParseInt(c.MaxAge, 10, 64); (err == nil || errors.Is(err, strconv.ErrRange)) && c.MaxAge[0] != '+' {
		return now.Add(time.Duration(min(max(age, 0), maxAge)) * time.Second), true
	}
	return cookieDate(c.Expires)
}

// maxAge is what browsers cut a longer life to, in seconds (RFC 6265bis 5.6.2).
const maxAge = 400 * 24 * 3600

// cutByte is strings.Cut at a byte: each cookie of each response goes through it.
func cutByte(s string, at byte) (before, after string, found bool) {
	if i := strings.IndexByte(s, at); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

// trimBlank takes off what browsers take off around names and values.
func trimBlank(s string) string {
	for s != "" && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	for s != "" && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}

// ScriptCookie knows the cookies whose point is that the site's own script copies
// them into a header or a form: of Angular and axios, Django, Symfony, CakePHP,
// Tornado and Magento.
func ScriptCookie(name string) bool {
	bare := strings.TrimPrefix(strings.TrimPrefix(name, "__Host-"), "__Secure-")
	switch strings.ToLower(bare) {
	case "xsrf-token", "csrf-token", "csrftoken", "csrf_token", "_csrf_token", "_xsrf", "form_key":
		return true
	}
	return false
}
