package http1

import (
	"net/http"
	"strings"
)

// Inspect judges a request that another server has read, by HTTP/2, HTTP/3 or
// net/http's HTTP/1.1, as far as its reader has left anything to judge. Whether a
// name of a field has an underscore in it the caller knows.
func Inspect(r *http.Request, underscored bool) *Fault {
	if underscored {
		for name := range r.Header {
			if strings.IndexByte(name, '_') >= 0 && Decides(name) {
				return bad("fields", "A field is named with underscores like one that decides.").saw(name)
			}
		}
	}
	for _, host := range r.Header["Host"] { // RFC 9113 8.3.1: beside :authority, and no other
		if !strings.EqualFold(host, r.Host) {
			return bad("host", "The request names one host in :authority and another in Host.")
		}
	}
	if r.ProtoMajor > 1 {
		for _, name := range []string{"Connection", "Transfer-Encoding", "Upgrade", "Keep-Alive", "Proxy-Connection"} {
			if r.Header[name] != nil {
				return bad("framing", "The request has a field of a connection, which HTTP/2 and HTTP/3 do not have.").saw(name) // RFC 9113 8.2.2
			}
		}
	}
	return inspectTarget(r)
}

func inspectTarget(r *http.Request) *Fault {
	target := r.RequestURI
	if target == "" || r.Method == http.MethodConnect { // not off a line; and for CONNECT it is the authority
		return nil
	}
	if fault := legible(target, true); fault != nil {
		return fault
	}
	path := target[0] == '/' || target == "*" && r.Method == http.MethodOptions
	if r.ProtoMajor > 1 && !path || r.URL.Opaque != "" || r.URL.User != nil {
		return bad("request-line", "The target of the request is neither a path nor an address.")
	}
	return nil
}
