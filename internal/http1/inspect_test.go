package http1

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestInspect(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*http.Request)
		rule   string
	}{
		{"ordinary", func(r *http.Request) {}, ""},
		{"underscore", func(r *http.Request) { r.Header["X_custom"] = []string{"1"} }, ""},
		{"deciding underscore", func(r *http.Request) { r.Header["X_forwarded_for"] = []string{"1"} }, "fields"},
		{"same Host", func(r *http.Request) { r.Header["Host"] = []string{"SHOP.test"} }, ""},
		{"another Host", func(r *http.Request) { r.Header["Host"] = []string{"evil.test"} }, "host"},
		{"two Hosts", func(r *http.Request) { r.Header["Host"] = []string{"shop.test", "evil.test"} }, "host"},
		{"Connection", func(r *http.Request) { r.Header.Set("Connection", "x") }, "framing"},
		{"Transfer-Encoding", func(r *http.Request) { r.Header.Set("Transfer-Encoding", "chunked") }, "framing"},
		{"Connection in HTTP/1.1", func(r *http.Request) { r.ProtoMajor = 1; r.Header.Set("Connection", "x") }, ""},
		{"fragment", func(r *http.Request) { r.RequestURI = "/#x" }, "request-line"},
		{"blank", func(r *http.Request) { r.RequestURI = "/?a b" }, "request-line"},
		{"beyond ASCII", func(r *http.Request) { r.RequestURI = "/\xfc" }, "request-line"},
		{"absolute", func(r *http.Request) { r.RequestURI = "http://shop.test/" }, "request-line"},
		{"opaque", func(r *http.Request) { r.URL.Opaque = "x" }, "request-line"},
		{"star", func(r *http.Request) { r.RequestURI = "*" }, "request-line"},
		{"star for OPTIONS", func(r *http.Request) { r.Method, r.RequestURI = "OPTIONS", "*" }, ""},
		{"CONNECT", func(r *http.Request) { r.Method, r.RequestURI = "CONNECT", "shop.test:443" }, ""},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.ProtoMajor, r.Host = 2, "shop.test"
		tt.change(r)
		f := Inspect(r, true)
		if f == nil && tt.rule != "" || f != nil && f.Rule != tt.rule {
			t.Errorf("%s: %v, want %q", tt.name, f, tt.rule)
		}
	}
}
