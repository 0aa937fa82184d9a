package proxy

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// claims are headers by which a client could claim to be another, or to have
// asked for another path; the app must hear them from us alone.
var claims = map[string]bool{"Forwarded": true, "X-Forwarded": true, "X-Forwarded-For": true, "X-Forwarded-Host": true,
	"X-Forwarded-Proto": true, "X-Forwarded-Port": true, "X-Forwarded-Server": true, "X-Forwarded-Ssl": true,
	"X-Forwarded-Scheme": true, "X-Forwarded-Prefix": true, "X-Real-Ip": true, "X-Client-Ip": true, "Client-Ip": true,
	"X-Cluster-Client-Ip": true, "True-Client-Ip": true, "Cf-Connecting-Ip": true, "Fastly-Client-Ip": true,
	"X-Original-Url": true, "X-Rewrite-Url": true, "X-Original-Host": true, "X-Request-Id": true}

// ours are the headers that dress sets.
var ours = []string{"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-Ip", "X-Request-Id"}

// dress replaces what the client claims by what we know.
func dress(r *http.Request, id string) {
	spell(r.URL)
	for name := range r.Header {
		if claims[heard(name)] {
			delete(r.Header, name)
		}
	}
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		r.Header["X-Forwarded-For"] = []string{host}
		r.Header["X-Real-Ip"] = []string{host}
	}
	proto := "http"
	if r.TLS != nil {
		proto = "https"
	}
	r.Header["X-Forwarded-Proto"] = []string{proto}
	r.Header["X-Forwarded-Host"] = []string{r.Host}
	if id != "" {
		r.Header["X-Request-Id"] = []string{id}
	}
}

// heard is the name as an app hears it: WSGI, Rack and PHP take X_Forwarded_For
// for X-Forwarded-For (CVE-2024-45614).
func heard(name string) string {
	if !strings.Contains(name, "_") {
		return name
	}
	return http.CanonicalHeaderKey(strings.ReplaceAll(name, "_", "-"))
}

// unfit reports whether a field must not come to the app as a trailer, where no
// control has looked (RFC 9110 6.5.1): a claim, a credential, an origin, or what
// describes message or connection.
func unfit(name string) bool {
	name = heard(name)
	switch name {
	case "Authorization", "Cookie", "Host", "Origin", "Connection", "Expect", "Range", "Te":
		return true
	}
	return claims[name] || strings.HasPrefix(name, "Content-") || strings.HasPrefix(name, "Sec-") || strings.HasPrefix(name, "Proxy-")
}

// literal are the bytes that may stand in a path without an escape (RFC 3986 3.3).
const literal = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:@/[]%"

// spell keeps the escapes of a path as they were sent: where a byte stands bare
// that should not, URL.EscapedPath spells all anew, and %2F becomes a slash. HTTP/2
// lets a blank stand in a query, where it would end the request line of HTTP/1.1.
func spell(u *url.URL) {
	u.RawQuery = strings.ReplaceAll(u.RawQuery, " ", "%20")
	if strings.Trim(u.RawPath, literal) == "" {
		return
	}
	var b strings.Builder
	for i := range len(u.RawPath) {
		if c := u.RawPath[i]; strings.IndexByte(literal, c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	u.RawPath = b.String()
}
