package proxy

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"pavise"
	"pavise/internal/http1"
)

// ours are the headers by which the app hears from us alone.
var ours = []string{"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "X-Real-Ip", "X-Request-Id"}

// dress replaces what the client claims by what we know. This is the floor where
// the policy leaves requests.client out: the app then hears of the peer.
func dress(w http.ResponseWriter, r *http.Request) {
	spell(r.URL)
	dropNamed(r.Header)
	for name := range r.Trailer {
		if unfit(name) {
			delete(r.Trailer, name)
		}
	}
	pavise.ReplaceForwarding(w)
	for name := range r.Header {
		if pavise.SpokenName(name) == "X-Request-Id" {
			delete(r.Header, name)
		}
	}
	if id := pavise.RequestID(w); id != "" {
		r.Header["X-Request-Id"] = []string{id}
	}
}

// dropNamed takes away what Connection names (RFC 9110 7.6.1), but for what we say
// ourselves.
func dropNamed(h http.Header) {
	lines := h["Connection"]
	delete(h, "Connection")
	for _, line := range lines {
		for item := range strings.SplitSeq(line, ",") {
			name := http.CanonicalHeaderKey(strings.TrimSpace(item))
			if name != "Upgrade" && !slices.Contains(ours, name) {
				delete(h, name)
			}
		}
	}
}

// unfit reports whether a field must not come to the app as a trailer, where no
// control has looked (RFC 9110 6.5.1): a claim, a credential, an origin, or what
// describes message or connection.
func unfit(name string) bool {
	return http1.Decides(name) || pavise.ForwardingHeader(name) || pavise.SpokenName(name) == "X-Request-Id"
}

// literal are the bytes that may stand in a path without an escape (RFC 3986 3.3).
const literal = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:@/[]%"

// spell keeps the escapes of a path as they were sent: where a byte stands bare
// that should not, URL.EscapedPath spells all anew, and %2F becomes a slash. HTTP/2
// lets a blank stand in a query, where it would end the request line of HTTP/1.1, and
// a #, where an app would see the end of the query.
func spell(u *url.URL) {
	if strings.ContainsAny(u.RawQuery, " #") {
		u.RawQuery = strings.NewReplacer(" ", "%20", "#", "%23").Replace(u.RawQuery)
	}
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
