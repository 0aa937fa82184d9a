package session

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"
	"golang.org/x/net/publicsuffix"
)

// A Cookie says how browsers bear a session. The zero value is what we recommend: a
// name that tells nothing, and __Host- before it, so that the browser sends it to
// this host alone, over TLS alone, and no neighbour can plant one (RFC 6265bis
// 4.1.3.2); HttpOnly and SameSite=Lax; gone when the browser is closed.
type Cookie struct {
	// Name is written without a prefix; "" is id.
	Name string
	// Expires is a moment at which browsers forget the cookie, MaxAge how long they keep
	// it: Expires is one moment for all, and behind it nobody can log in any more. Neither
	// lets the session live longer.
	Expires time.Time
	MaxAge  time.Duration
	// SameSite may be Strict. None needs InsecureCrossSite.
	SameSite http.SameSite
	// Domain and Path contradict __Host-: they need a weaker InsecurePrefix.
	Domain, Path string
	// InsecurePrefix is "__Secure-", for a cookie that other hosts or paths share, or
	// "none".
	InsecurePrefix string
	// InsecurePlain leaves out Secure: a cookie that goes over plain http.
	InsecurePlain bool
	// InsecureScript leaves out HttpOnly: scripts read it, also those of an attacker.
	InsecureScript bool
	// InsecureCrossSite is SameSite=None: other sites' requests bear it.
	InsecureCrossSite bool
}

const (
	hostPrefix   = "__Host-"
	securePrefix = "__Secure-"
	noPrefix     = "none"
)

// Validate reports every mistake at once.
func (c Cookie) Validate() error {
	return errors.Join(append(c.mistakes(), c.contradictions()...)...)
}

// mistakes are what is wrong by itself.
func (c Cookie) mistakes() []error {
	var errs []error
	wrong := func(format string, v ...any) { errs = append(errs, fmt.Errorf("session: cookie: "+format, v...)) }
	low := strings.ToLower(c.Name)
	switch {
	case strings.HasPrefix(low, "__host-") || strings.HasPrefix(low, "__secure-"):
		wrong("write the name %.64q without its prefix, it is added", c.Name)
	case c.Name != "" && !httpguts.ValidHeaderFieldName(c.Name) || len(c.Name) > 64:
		wrong("%.64q cannot be the name of a cookie", c.Name)
	}
	if strings.ContainsAny(c.Path, ";\r\n") || c.Path != "" && c.Path[0] != '/' || !printable(c.Path) {
		wrong("the path %.64q must begin with / and have no semicolon", c.Path)
	}
	if c.Domain != "" {
		if why := domainMistake(c.Domain); why != "" {
			wrong("the domain %.64q %s", c.Domain, why)
		}
	}
	if !c.Expires.IsZero() && c.MaxAge != 0 {
		wrong("set expires or max-age, not both")
	}
	if c.MaxAge != 0 && c.MaxAge < time.Second {
		wrong("max-age must be a second at least, not %s; to end a session log out", c.MaxAge)
	}
	return errs
}

func domainMistake(domain string) string {
	_, err := netip.ParseAddr(domain)
	suffix, _ := publicsuffix.PublicSuffix(domain)
	switch {
	case err == nil:
		return "is an address: leave it out"
	case strings.HasPrefix(domain, "."):
		return "is written without the dot in front"
	case !httpguts.ValidHostHeader(domain) || strings.ContainsAny(domain, ":;/_[]") || !printable(domain):
		return "is no host name"
	case suffix == strings.ToLower(domain):
		return "is a public suffix: no browser takes it"
	}
	return ""
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// contradictions are what cannot be together.
func (c Cookie) contradictions() []error {
	var errs []error
	wrong := func(format string, v ...any) { errs = append(errs, fmt.Errorf("session: cookie: "+format, v...)) }
	switch c.InsecurePrefix {
	case "":
		const mend = `: leave it out, or set the insecure prefix "__Secure-"`
		if c.Domain != "" {
			wrong("the domain %.64q contradicts __Host-, which binds a cookie to one host"+mend, c.Domain)
		}
		if c.Path != "" && c.Path != "/" {
			wrong("the path %.64q contradicts __Host-, which wants /"+mend, c.Path)
		}
	case securePrefix, noPrefix:
	default:
		wrong("the insecure prefix is %q or %q, not %.64q", securePrefix, noPrefix, c.InsecurePrefix)
	}
	if c.InsecurePlain && c.InsecurePrefix != noPrefix {
		wrong("without Secure no browser takes the prefix %s: set the insecure prefix %q", c.prefix(), noPrefix)
	}
	none := c.SameSite == http.SameSiteNoneMode
	switch {
	case c.SameSite < 0 || c.SameSite > http.SameSiteNoneMode:
		wrong("there is no SameSite %d", c.SameSite)
	case none && !c.InsecureCrossSite:
		wrong("SameSite=None lets other sites act as the user: set InsecureCrossSite if that is meant")
	case !none && c.InsecureCrossSite && c.SameSite != 0:
		wrong("InsecureCrossSite contradicts SameSite=%s", sameSiteName(c.SameSite))
	}
	if c.InsecureCrossSite && c.InsecurePlain {
		wrong("SameSite=None needs Secure, and browsers drop it without")
	}
	return errs
}

func (c Cookie) prefix() string {
	switch c.InsecurePrefix {
	case "":
		return hostPrefix
	case noPrefix:
		return ""
	}
	return c.InsecurePrefix
}

func sameSiteName(s http.SameSite) string {
	switch s {
	case http.SameSiteStrictMode:
		return "Strict"
	case http.SameSiteNoneMode:
		return "None"
	}
	return "Lax"
}

// FullName is the name with its prefix.
func (c Cookie) FullName() string {
	return c.prefix() + cmp.Or(c.Name, "id")
}

// A cookieWriter writes a cookie, whose attributes are always the same.
type cookieWriter struct {
	Cookie
	name       string
	attributes string
}

func (c Cookie) writer() cookieWriter {
	w := cookieWriter{Cookie: c, name: c.FullName()}
	w.attributes = "; Path=" + cmp.Or(c.Path, "/")
	if c.Domain != "" {
		w.attributes += "; Domain=" + c.Domain
	}
	if !c.InsecurePlain {
		w.attributes += "; Secure"
	}
	if !c.InsecureScript {
		w.attributes += "; HttpOnly"
	}
	s := c.SameSite
	if c.InsecureCrossSite {
		s = http.SameSiteNoneMode
	}
	w.attributes += "; SameSite=" + sameSiteName(s)
	return w
}

// line sets the cookie; a browser keeps it no longer than to the end.
func (w *cookieWriter) line(value string, now, ends time.Time) string {
	s := w.name + "=" + value + w.attributes
	switch {
	case w.MaxAge > 0:
		s += "; Max-Age=" + strconv.FormatInt(int64(min(w.MaxAge, ends.Sub(now))/time.Second), 10)
	case !w.Expires.IsZero():
		at := w.Expires
		if ends.Before(at) {
			at = ends
		}
		s += "; Expires=" + at.UTC().Format(http.TimeFormat)
	}
	return s
}

// gone has the browser forget the cookie.
func (w *cookieWriter) gone() string {
	return w.name + "=" + w.attributes + "; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"
}

// read returns what the request bears under the name. Where it bears several that
// differ somebody may have planted one, and none counts.
func (w *cookieWriter) read(h http.Header) (value string, found bool) {
	for _, line := range h["Cookie"] {
		for line != "" {
			var pair string
			pair, line, _ = strings.Cut(line, ";")
			name, v, ok := strings.Cut(strings.Trim(pair, " \t"), "=")
			if !ok || name != w.name {
				continue
			}
			if found && v != value {
				return "", false
			}
			value, found = v, true
		}
	}
	return value, found
}
