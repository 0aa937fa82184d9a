package catalog

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"pavise"
)

// TestNothingIsShared lets an app spoil every header that it can reach, before its
// answer and behind it, and appends to each: what the next visitor gets, and what
// the app hears of him, must be what the first got.
func TestNothingIsShared(t *testing.T) {
	spoil := func(h http.Header) {
		for _, lines := range h {
			_ = append(lines, "appended")
			for i := range lines {
				lines[i] = "spoilt"
			}
		}
	}
	var heard http.Header
	spoils := false
	app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		heard = r.Header.Clone()
		h := w.Header()
		h["Content-Type"] = []string{"text/html; charset=utf-8"}
		h["Set-Cookie"] = []string{"connect.sid=s%3Aabc; Path=/; HttpOnly"}
		h["Access-Control-Allow-Origin"] = []string{"https://shop.example.com"}
		switch r.URL.Query().Get("page") {
		case "csp":
			h["Content-Security-Policy"] = []string{"default-src 'self'"}
		case "missing":
			w.WriteHeader(http.StatusNotFound)
			w.Write([]byte("<title>Error</title>\n</head>\n<body>\n<pre>Cannot GET /</pre>"))
		}
		w.Write(nil)
		if spoils {
			spoil(h)
			spoil(r.Header)
			if inner, ok := w.(interface{ Unwrap() http.ResponseWriter }); ok {
				spoil(inner.Unwrap().Header())
			}
		}
	})
	policy := pavise.Recommend(Controls())
	for _, major := range []int{1, 2} {
		for _, page := range []string{"plain", "csp", "missing"} {
			chain, err := policy.Wrap(pavise.Env{Site: pavise.Site{Hosts: []string{"shop.example.com"}}}, app)
			if err != nil {
				t.Fatal(err)
			}
			ask := func() (sent, asked http.Header) {
				v := newVisit(page, "GET", "/?page="+page, "")
				v.request.ProtoMajor = major
				v.header["Origin"] = []string{"https://shop.example.com"}
				v.header["Accept-Encoding"] = []string{"gzip, deflate, br, zstd"}
				for name, lines := range v.header {
					v.header[name] = slices.Clone(lines)
				}
				v.response.keeps = true
				v.to(chain)
				return v.response.sent, heard
			}
			spoils = false
			sent, asked := ask()
			spoils = true
			ask()
			spoils = false
			again, askedAgain := ask()
			for _, h := range []http.Header{sent, again} {
				delete(h, "X-Request-Id") // of a page of ours
				delete(h, "Content-Length")
				for i, line := range h["Set-Cookie"] { // each visitor has a handle of his own
					_, attributes, _ := strings.Cut(line, ";")
					h["Set-Cookie"][i] = attributes
				}
			}
			if !maps.EqualFunc(sent, again, slices.Equal[[]string]) {
				t.Errorf("HTTP/%d %s: the next response came with %v, not %v", major, page, again, sent)
			}
			if !maps.EqualFunc(asked, askedAgain, slices.Equal[[]string]) {
				t.Errorf("HTTP/%d %s: the app heard %v, not %v", major, page, askedAgain, asked)
			}
		}
	}
}
