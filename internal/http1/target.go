package http1

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// plain are the bytes of a path that url.Parse leaves as they are.
var plain = func() (t [256]bool) {
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~$&+,/:;=@") {
		t[c] = true
	}
	return t
}()

// Plain reports whether a path has no byte that needs an escape.
func Plain(path string) bool {
	for i := range len(path) {
		if !plain[path[i]] {
			return false
		}
	}
	return true
}

// target reads the target of a request in one of its four forms (RFC 9112 3.2).
func (x *exchange) target(target string) *Fault {
	if fault := legible(target, x.c.s.Strict); fault != nil {
		return fault
	}
	r := x.req
	switch {
	case r.Method == http.MethodConnect:
		return noTunnel()
	case target == "*" && r.Method != http.MethodOptions:
		return bad("request-line", "The target * is for OPTIONS alone.")
	case target[0] != '/' && target != "*":
		return x.absolute(target)
	}
	return path(r, target)
}

func noTunnel() *Fault {
	return &Fault{Status: http.StatusNotImplemented, Rule: "request-line", Reason: "This server is no proxy to elsewhere.", Saw: `"CONNECT"`}
}

// suspect are the bytes that stand in few targets, or in none.
var suspect = func() (t [256]bool) {
	for b := range t {
		t[b] = b <= ' ' || b >= 0x7f || b == '#'
	}
	return t
}()

// legible refuses what may stand in no target (RFC 3986 2).
func legible(target string, strict bool) *Fault {
	for i := range len(target) {
		switch b := target[i]; {
		case !suspect[b]:
		case b <= ' ' || b == 0x7f || b == '#':
			return bad("request-line", "The target of the request has a byte in it that must be escaped.")
		case b >= 0x80 && strict:
			return bad("request-line", "The target of the request has a byte in it that is not ASCII.")
		}
	}
	return nil
}

// origin reads a path without escapes and its query as url.ParseRequestURI does,
// and faster; false where it has to look closer.
func origin(target string, u *url.URL) bool {
	for i := range len(target) {
		if target[i] == '?' {
			u.Path, u.RawQuery = target[:i], target[i+1:]
			u.ForceQuery = u.RawQuery == ""
			return true
		}
		if !plain[target[i]] {
			return false
		}
	}
	u.Path = target
	return target[0] == '/'
}

// absolute reads a target with a scheme, which must be that of the connection.
func (x *exchange) absolute(target string) *Fault {
	scheme := "http"
	if x.c.tls != nil {
		scheme = "https"
	}
	u, err := url.ParseRequestURI(target)
	switch {
	case err != nil, u.Opaque != "", u.Host == "" && u.Scheme != "":
		return bad("request-line", "The target of the request is neither a path nor an address.")
	case u.Scheme != scheme:
		return bad("request-line", "The target of the request is not of the scheme that is spoken here.").saw(u.Scheme)
	case u.User != nil:
		return bad("request-line", "The target of the request names a user.")
	case !wellFormed(u.Host):
		return bad("request-line", "The target of the request names no host.")
	}
	x.req.RequestURI, x.req.URL = target, u
	return nil
}

// host takes the Host field out of the header and compares it with the target
// (RFC 9112 3.2, 3.2.2).
func (x *exchange) host() *Fault {
	r := x.req
	lines := r.Header["Host"]
	delete(r.Header, "Host")
	switch {
	case len(lines) > 1:
		return bad("host", "The request has more than one Host.")
	case lines == nil && r.ProtoMinor > 0:
		return bad("host", "The request has no Host.")
	case lines != nil && !wellFormed(lines[0]):
		return bad("host", "The Host of the request is no host name.")
	case lines != nil:
		r.Host = lines[0]
	}
	if r.URL.Host == "" {
		return nil
	}
	if x.c.s.Strict && lines != nil && !strings.EqualFold(r.Host, r.URL.Host) {
		return bad("host", "The request names one host in its target and another in Host.")
	}
	r.Host = r.URL.Host
	return nil
}

// wellFormed reports whether it is a name or an address with or without a port,
// and nothing else (RFC 3986 3.2.2). Names are as DNS and URLs have them: what is
// written in other letters comes in punycode.
func wellFormed(host string) bool {
	name, port, hasPort := host, "", false
	if i := strings.LastIndexByte(host, ':'); i >= 0 && i > strings.LastIndexByte(host, ']') {
		name, port, hasPort = host[:i], host[i+1:], true
	}
	if hasPort && port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return false
		}
	}
	if inner, ok := strings.CutPrefix(name, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		return ok && inner != "" && strings.Trim(inner, "0123456789abcdefABCDEF:.") == ""
	}
	for i := range len(name) {
		if c := lower[name[i]]; !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_') {
			return false
		}
	}
	return name != ""
}
