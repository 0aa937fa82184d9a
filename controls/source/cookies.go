package source

import (
	"slices"
	"strings"

	"pavise"
)

// Cookies judges the cookies that the program sets itself.
type Cookies struct{}

const (
	ruleCookieSecure   = "source.cookies.secure"
	ruleCookieHTTPOnly = "source.cookies.http-only"
	ruleCookieSameSite = "source.cookies.same-site"
)

// Doc describes the control.
func (Cookies) Doc() pavise.Doc {
	fix := pavise.Fix{Pavise: pavise.OnByDefault,
		Express: `res.cookie(name, value, { secure: true, httpOnly: true, sameSite: "lax" });`,
		Other:   "Go: http.Cookie{Name: name, Value: value, Path: \"/\", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}"}
	return pavise.Doc{
		ID:       "source.cookies",
		Title:    "Cookies as the source sets them",
		Why:      "A cookie without Secure travels in clear, one without HttpOnly can be read by an injected script, and one without SameSite goes along with the requests of other sites.",
		Verifies: "The options of res.cookie and the fields of Go's http.Cookie; what deletes a cookie does not count.",
		By:       "cookies.flags",
		Rules: []pavise.Rule{
			{ID: ruleCookieSecure, Title: "Every cookie is Secure", Severity: pavise.Medium, CVSS: takesSession, Fix: fix,
				References: []string{"ASVS 5.0 3.3.1", "PCI DSS 4.0.1 6.2.4", "CWE-614", "RFC 6265bis 4.1.2.5"}},
			{ID: ruleCookieHTTPOnly, Title: "Session cookies are HttpOnly", Severity: pavise.Medium, CVSS: takesSession, Fix: fix,
				References: []string{"ASVS 5.0 3.3.4", "PCI DSS 4.0.1 6.2.4", "CWE-1004", "RFC 6265bis 4.1.2.6"}},
			{ID: ruleCookieSameSite, Title: "Every cookie says which sites it goes along with", Severity: pavise.Low, Fix: fix,
				References: []string{"ASVS 5.0 3.3.2", "CWE-1275", "RFC 6265bis 4.1.2.7"}},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Cookies) Validate() error { return nil }

// A cookie is one that the program sets, with where each attribute stands.
type cookie struct {
	use                        pavise.Use
	name                       pavise.Value
	options                    pavise.Value
	secure, httpOnly, sameSite string // how the options name them
}

// Check judges every cookie.
func (c Cookies) Check(e *pavise.Evidence) []pavise.Finding {
	return judged(c, e, wants{
		ruleCookieSecure:   "secure: true",
		ruleCookieHTTPOnly: "httpOnly: true",
		ruleCookieSameSite: `sameSite: "lax" or "strict"`,
	}, func(p program, v *verdicts) {
		for _, c := range p.cookies() {
			v.cookie(ruleCookieSecure, c, c.secure)
			if name := c.name.Text; c.name.Kind != pavise.StringValue {
				v.skip(ruleCookieHTTPOnly, at(c.use, c.name), "what cookie it is is known only when it runs: %s", shown(c.name))
			} else if tellsSession(name) {
				v.cookie(ruleCookieHTTPOnly, c, c.httpOnly)
			}
			v.cookie(ruleCookieSameSite, c, c.sameSite)
		}
	})
}

// tellsSession reports whether a name is that of a session or a token of one.
func tellsSession(name string) bool {
	return !pavise.ScriptCookie(name) && (pavise.SessionCookie(name) || slices.Contains([]string{"token", "jwt", "auth", "access_token", "accesstoken",
		"refresh_token", "refreshtoken", "auth_token", "authtoken", "remember_me", "rememberme"}, fold(name)))
}

// cookie judges one attribute of one cookie.
func (v *verdicts) cookie(rule string, c cookie, attribute string) {
	value, told := flag(c.options, attribute)
	where, name := at(c.use, value), shown(c.name)
	switch {
	case told == unset:
		v.fail(rule, where, "the cookie %s is set without %s", name, attribute)
	case told == no, rule == ruleCookieSameSite && (fold(value.Text) == "none" && c.insecure() || strings.HasSuffix(value.Text, "SameSiteDefaultMode")):
		v.fail(rule, where, "of the cookie %s %s is %s", name, attribute, shown(value))
	case told == untold && rule == ruleCookieSameSite && value.Kind == pavise.NameValue && strings.Contains(value.Text, "SameSite"):
		v.pass(rule, where, "%s is %s", attribute, shown(value))
	case told == untold:
		v.unknown(rule, where, "%s of the cookie %s is known only when it runs: %s", attribute, name, shown(orOther(value, c.options)))
	default:
		v.pass(rule, where, "%s is %s", attribute, shown(value))
	}
}

// insecure reports whether it is known to be sent in clear.
func (c cookie) insecure() bool {
	_, told := flag(c.options, c.secure)
	return told == no || told == unset
}

// cookies returns those that the program sets.
func (p program) cookies() []cookie {
	var list []cookie
	for _, u := range p.onResponse("cookie") {
		if len(u.Args) >= 2 && !p.deletes(u.Args[1], u.Arg(2)) {
			list = append(list, cookie{u, u.Arg(0), u.Arg(2), "secure", "httpOnly", "sameSite"})
		}
	}
	for _, u := range p.of("net/http.Cookie", "github.com/gorilla/sessions.Options") {
		if u.Of == "net/http.Cookie" && !p.answersWith(u.File) || p.deletes(pavise.Value{}, u.Arg(0)) {
			continue
		}
		name, found := u.Arg(0).Member("Name")
		if !found && u.Of != "net/http.Cookie" {
			name = pavise.Value{Kind: pavise.StringValue, Text: "session"}
		}
		list = append(list, cookie{u, name, u.Arg(0), "Secure", "HttpOnly", "SameSite"})
	}
	return list
}

// answersWith reports whether a Go file sets cookies: elsewhere the struct is a client's.
func (p program) answersWith(file string) bool {
	return slices.ContainsFunc(p.uses, func(u pavise.Use) bool { return u.File == file && u.Of == "net/http.SetCookie" })
}

// deletes reports whether a cookie is set to go away.
func (p program) deletes(value, options pavise.Value) bool {
	if value.Kind == pavise.StringValue && value.Text == "" {
		return true
	}
	for _, name := range []string{"maxAge", "MaxAge"} {
		age, _ := options.Member(name)
		if n, counted := number(age); counted && (n < 0 || n == 0 && name == "maxAge") {
			return true
		}
	}
	return false
}
