package headers

import (
	"net/http"
	"strings"

	"pavise"
)

// setsSession returns the name of the first session cookie that a response sets.
func setsSession(h http.Header) string {
	for _, line := range h["Set-Cookie"] {
		if name := sessionName(line); name != "" {
			return name
		}
	}
	return ""
}

// mostCookies is more than any browser keeps for a site.
const mostCookies = 200

// followsSession returns the name of the first session cookie that a request
// bears. A request with too many cookies to look at is taken for one.
func followsSession(h http.Header) string {
	n := 0
	for _, line := range h["Cookie"] {
		for pair := range strings.SplitSeq(line, ";") {
			if name := sessionName(pair); name != "" {
				return name
			}
			if n++; n > mostCookies {
				return "too many cookies"
			}
		}
	}
	return ""
}

// sessionName returns the name in front of the first =, if it is a session's.
func sessionName(pair string) string {
	name, _, _ := strings.Cut(pair, "=")
	if name = strings.TrimSpace(name); pavise.SessionCookie(name) {
		return name
	}
	return ""
}

// sessionOf returns the session cookies that a response sets, as the next
// request bears them.
func sessionOf(h http.Header) string {
	var pairs []string
	for _, line := range h["Set-Cookie"] {
		if pair, _, _ := strings.Cut(line, ";"); sessionName(pair) != "" {
			pairs = append(pairs, strings.TrimSpace(pair))
		}
	}
	return strings.Join(pairs, "; ")
}
