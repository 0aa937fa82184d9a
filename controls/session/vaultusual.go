package session

import (
	"net/http"
	"slices"
	"strings"

	"pavise"
)

// usualLogins and usualLogouts are the last words of paths, without what joins them.
var (
	usualLogins  = []string{"login", "signin", "logon", "authenticate", "session", "sessions", "token", "dologin", "wplogin"}
	usualLogouts = []string{"logout", "signout", "logoff", "dologout"}
)

var unjoined = strings.NewReplacer("-", "", "_", "")

// endsIn reports whether the last segment of a path is one of the words.
func endsIn(path string, words []string) bool {
	path = strings.TrimRight(path, "/")
	last := path[strings.LastIndexByte(path, '/')+1:]
	if stem, _, script := strings.Cut(last, "."); script {
		last = stem // login.php
	}
	return len(last) < 32 && slices.Contains(words, unjoined.Replace(strings.ToLower(last)))
}

func matchesAny(list []pavise.Pattern, r *http.Request) bool {
	return slices.ContainsFunc(list, func(p pavise.Pattern) bool { return p.Match(r) })
}

// logsIn reports whether an answer may have logged somebody in, for which there is a new
// handle: it says so rather too often. It is sure where the answer is no form once more.
// Who comes back from where he has logged in bears a code (RFC 6749 4.1.2).
func (v *vault) logsIn(x *pavise.Exchange) (maybe, sure bool) {
	r := x.Request
	switch {
	case x.LoggedIn:
		return true, true
	case x.Status >= 400:
		return false, false
	case matchesAny(v.logins, r):
		return true, true
	case r.Method == http.MethodPost:
		form := x.Status < 300 && pavise.MediaType(x.Header) == "text/html"
		return endsIn(r.URL.Path, usualLogins) && !leadsBack(x), !form
	}
	query := "&" + r.URL.RawQuery
	maybe = r.Method == http.MethodGet && strings.Contains(query, "&code=") && strings.Contains(query, "&state=")
	return maybe, maybe
}

// leadsBack reports whether an answer leads to the login again: it has failed.
func leadsBack(x *pavise.Exchange) bool {
	to, _, _ := strings.Cut(x.Header.Get("Location"), "?")
	return x.Status >= 300 && (to == "" || endsIn(to, usualLogins))
}

// saysLogin reports whether a cookie of the name is one that only a login sets.
func saysLogin(name string) bool {
	name = strings.ToLower(name)
	return strings.Contains(name, "auth") || strings.Contains(name, "token") || strings.Contains(name, "login") || strings.Contains(name, "jwt")
}

// logsOut reports whether an answer ends the session by where it was asked for.
func (v *vault) logsOut(x *pavise.Exchange) bool {
	r := x.Request
	return x.Status < 400 && x.Status >= 200 &&
		(matchesAny(v.logouts, r) || r.Method == http.MethodPost && endsIn(r.URL.Path, usualLogouts))
}

// safe reports whether a method changes nothing (RFC 9110 9.2.1).
func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions || method == http.MethodTrace
}

// navigates reports whether a request is for a page of its own, not for a part of one.
func navigates(r *http.Request) bool {
	if mode := r.Header.Get("Sec-Fetch-Mode"); mode != "" {
		return mode == "navigate"
	}
	accept, _, _ := strings.Cut(r.Header.Get("Accept"), ",")
	return strings.HasPrefix(accept, "text/html") && r.Header.Get("X-Requested-With") == ""
}
