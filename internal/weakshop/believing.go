package weakshop

import (
	"cmp"
	"fmt"
	"html"
	"net"
	"net/http"
	"strings"
)

// believe takes whatever a header says for the truth: the client's address, the
// host, the path and the method.
func believe(r *http.Request) *http.Request {
	r = r.WithContext(r.Context()) // the server keeps its own
	h := r.Header
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	r.RemoteAddr = cmp.Or(h.Get("X-Forwarded-For"), h.Get("X-Real-Ip"), host)
	r.Host = cmp.Or(h.Get("X-Forwarded-Host"), r.Host)
	if path := cmp.Or(h.Get("X-Original-Url"), h.Get("X-Rewrite-Url")); path != "" {
		u := *r.URL
		u.Path, u.RawPath = path, ""
		r.URL = &u
	}
	r.Method = cmp.Or(h.Get("X-Http-Method-Override"), r.Method)
	return r
}

// trace sends the request back, cookies and all (RFC 9110 9.3.8).
func trace(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "message/http")
	fmt.Fprintf(w, "TRACE %s HTTP/1.1\r\nHost: %s\r\n", r.URL.RequestURI(), r.Host)
	r.Header.Write(w)
}

// order shows the last of the orders that it is asked for, whoever looked at the
// first.
func order(w http.ResponseWriter, r *http.Request) {
	ids := append([]string{""}, r.URL.Query()["id"]...)
	page(w, r, "Your order", "<p>Order "+html.EscapeString(strings.TrimSpace(ids[len(ids)-1]))+": one pavise.</p>")
}
