package grade

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// A jar is the cookies that a browser would keep, by domain, path and name. It keeps
// those that are set to end at once, too.
type jar struct {
	at   map[string]int
	list []*http.Cookie
}

// A ladder of what may be wrong with cookies, the best first: the Observatory takes
// the last that applies.
var cookieFaults = []mark{
	{-5, "a cookie is not Secure, but HSTS protects it"},
	{-20, "a cookie is not Secure"},
	{-10, "a session cookie is not Secure, but HSTS protects it"},
	{-20, "SameSite of a cookie is not understood, or None without Secure"},
	{-20, "a cookie against CSRF has no SameSite"},
	{-30, "a session cookie is not HttpOnly"},
	{-40, "a session cookie is not Secure"},
}

const (
	insecureBehindHSTS = iota
	insecure
	insecureSessionBehindHSTS
	badSameSite
	tokenWithoutSameSite
	readableSession
	insecureSession
)

func (s *sight) cookies() mark {
	kept := s.jar()
	if len(kept) == 0 {
		return mark{}
	}
	behind := s.hsts().points >= 0
	worst, all := -1, true
	for _, line := range s.final.Response.Header.Values("Set-Cookie") {
		if oddSameSite(line) {
			worst = max(worst, badSameSite)
		}
	}
	for _, c := range kept {
		all = all && c.SameSite != 0
		for _, fault := range faults(c, behind) {
			worst = max(worst, fault)
		}
	}
	switch {
	case worst >= 0:
		return cookieFaults[worst]
	case all:
		return mark{5, "cookies are Secure, HttpOnly and SameSite"}
	}
	return mark{}
}

func faults(c *http.Cookie, behindHSTS bool) (list []int) {
	name := strings.ToLower(c.Name)
	session := strings.Contains(name, "login") || strings.Contains(name, "sess")
	add := func(is bool, fault int) {
		if is {
			list = append(list, fault)
		}
	}
	add(!c.Secure && c.SameSite == http.SameSiteNoneMode, badSameSite)
	add(!c.Secure && behindHSTS, insecureBehindHSTS)
	add(!c.Secure && !behindHSTS, insecure)
	add(strings.Contains(name, "csrf") && c.SameSite == 0, tokenWithoutSameSite)
	add(session && !c.Secure && behindHSTS, insecureSessionBehindHSTS)
	add(session && !c.Secure && !behindHSTS, insecureSession)
	add(session && !c.HttpOnly, readableSession)
	return list
}

// oddSameSite reports an attribute whose value browsers do not know.
func oddSameSite(line string) bool {
	for part := range strings.SplitSeq(line, ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if !strings.EqualFold(strings.TrimSpace(key), "samesite") {
			continue
		}
		value, _, _ = strings.Cut(value, "=")
		switch strings.ToLower(strings.TrimSpace(value)) {
		case "lax", "strict", "none":
		default:
			return true
		}
	}
	return false
}

// jar is what was set on the way to the home page.
func (s *sight) jar() []*http.Cookie {
	j := jar{at: map[string]int{}}
	for _, a := range s.chain {
		u, err := url.Parse(a.Probe.Request.URL)
		if err != nil {
			continue
		}
		for _, line := range a.Response.Header.Values("Set-Cookie") {
			if c := readCookie(line); c != nil && c.Name != "heroku-session-affinity" {
				j.keep(u, c)
			}
		}
	}
	return j.list
}

// keep takes in a cookie as far as its domain and the prefix of its name allow
// (RFC 6265 5.3, RFC 6265bis 4.1.3).
func (j *jar) keep(u *url.URL, c *http.Cookie) {
	host, domain := strings.ToLower(u.Hostname()), strings.ToLower(strings.TrimPrefix(c.Domain, "."))
	switch {
	case domain != "" && !domainMatches(host, domain):
		return
	case strings.HasPrefix(c.Name, "__Secure-") && !c.Secure:
		return
	case strings.HasPrefix(c.Name, "__Host-") && (!c.Secure || c.Domain != "" || c.Path != "/"):
		return
	}
	if domain == "" {
		domain = host
	}
	path := c.Path
	if !strings.HasPrefix(path, "/") {
		path = u.Path[:max(1, strings.LastIndex(u.Path, "/"))]
	}
	key := domain + ";" + path + ";" + c.Name
	if i, known := j.at[key]; known {
		j.list[i] = c
		return
	}
	j.at[key] = len(j.list)
	j.list = append(j.list, c)
}

func domainMatches(host, domain string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return host == domain
	}
	if suffix, icann := publicsuffix.PublicSuffix(domain); suffix == domain && (icann || strings.Contains(domain, ".")) {
		return false
	}
	return host == domain || strings.HasSuffix(host, "."+domain)
}

// readCookie reads a line as RFC 6265 5.2 has it; nil is that it is none.
func readCookie(line string) *http.Cookie {
	pair, attributes, _ := strings.Cut(line, ";")
	name, value, ok := strings.Cut(pair, "=")
	if name = strings.TrimSpace(name); !ok || name == "" || strings.ContainsFunc(pair, func(r rune) bool { return r < 0x20 }) {
		return nil
	}
	c := &http.Cookie{Name: name, Value: strings.TrimSpace(value)}
	for part := range strings.SplitSeq(attributes, ";") {
		key, value, _ := strings.Cut(part, "=")
		switch value = strings.TrimSpace(value); strings.ToLower(strings.TrimSpace(key)) {
		case "secure":
			c.Secure = true
		case "httponly":
			c.HttpOnly = true
		case "domain":
			c.Domain = value
		case "path":
			c.Path = value
		case "samesite":
			c.SameSite = map[string]http.SameSite{"strict": http.SameSiteStrictMode, "lax": http.SameSiteLaxMode, "none": http.SameSiteNoneMode}[strings.ToLower(value)]
		}
	}
	return c
}
