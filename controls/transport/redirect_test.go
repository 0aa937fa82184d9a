package transport

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"pavise"
)

func TestRedirectEnforced(t *testing.T) {
	tests := []struct{ site, method, target, host, want string }{
		{"", "GET", "/a?b=c", "shop.example.com", "https://shop.example.com/a?b=c"},
		{"", "POST", "/login", "shop.example.com:80", "https://shop.example.com/login"},
		{"", "GET", "//evil.test/x", "shop.example.com", "https://shop.example.com//evil.test/x"},
		{"", "GET", "/a%0d%0aSet-Cookie:x", "shop.example.com", "https://shop.example.com/a%0d%0aSet-Cookie:x"},
		{"", "GET", "http://evil.test/x", "evil.test", "https://shop.example.com/x"},
		{"", "GET", "/", "", "https://shop.example.com/"},
		{"", "OPTIONS", "*", "shop.example.com", "https://shop.example.com/"},
		{"8443", "GET", "/", "shop.example.com", "https://shop.example.com:8443/"},
	}
	for _, tt := range tests {
		site := pavise.Site{Hosts: []string{"shop.example.com"}}
		if tt.site != "" {
			site.HTTPS = 8443
		}
		wrap, err := pavise.Protect(site, Redirect{})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(tt.method, tt.target, nil)
		r.Host = tt.host
		w := httptest.NewRecorder()
		wrap(http.NotFoundHandler()).ServeHTTP(w, r)
		if got := w.Header().Get("Location"); w.Code != 308 || got != tt.want {
			t.Errorf("%s %s at %q: %d to %q, want %q", tt.method, tt.target, tt.host, w.Code, got, tt.want)
		}
	}
}

func TestRedirectLeavesTLSAlone(t *testing.T) {
	wrap, _ := pavise.Protect(pavise.Site{Hosts: []string{"shop.example.com"}}, Redirect{})
	w := httptest.NewRecorder()
	wrap(http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest("GET", "https://shop.example.com/", nil))
	if w.Code != 404 {
		t.Error(w.Code)
	}
}

func TestRedirectChecked(t *testing.T) {
	to := func(status int, location string) *pavise.Response {
		return &pavise.Response{Status: status, Header: http.Header{"Location": {location}}}
	}
	tests := []struct {
		name       string
		home, deep pavise.Answer
		want       string
	}{
		{"good", pavise.Answer{Response: to(308, "https://a.test/")}, pavise.Answer{Response: to(301, "https://a.test"+redirectPath)},
			"redirect.https pass, redirect.permanent pass, redirect.path pass"},
		{"temporary and to the front page", pavise.Answer{Response: to(302, "https://a.test/")}, pavise.Answer{Response: to(302, "https://a.test/")},
			"redirect.https pass, redirect.permanent fail, redirect.path fail"},
		{"to another host first", pavise.Answer{Response: to(301, "https://www.a.test/")}, pavise.Answer{Response: to(301, "https://www.a.test"+redirectPath)},
			"redirect.https fail, redirect.permanent pass, redirect.path pass"},
		{"to http", pavise.Answer{Response: to(301, "http://a.test/x")}, pavise.Answer{Response: to(301, "/x")},
			"redirect.https fail, redirect.permanent fail, redirect.path fail"},
		{"serves in the clear", pavise.Answer{Response: &pavise.Response{Status: 200, Header: http.Header{}}}, pavise.Answer{Error: "reset"},
			"redirect.https fail, redirect.permanent fail, redirect.path unknown"},
		{"closed", pavise.Answer{Error: "refused", Closed: true}, pavise.Answer{Error: "refused", Closed: true},
			"redirect.https skip, redirect.permanent skip, redirect.path skip"},
		{"timed out", pavise.Answer{Error: "timeout"}, pavise.Answer{Error: "timeout"},
			"redirect.https unknown, redirect.permanent unknown, redirect.path unknown"},
	}
	for _, tt := range tests {
		e := &pavise.Evidence{Target: pavise.Target{URL: "https://a.test", Clear: "http://a.test"}}
		tt.home.Probe, tt.deep.Probe = redirectProbes(e)
		e.Add(tt.home)
		e.Add(tt.deep)
		if got := outcomes(Redirect{}.Check(e)); got != tt.want {
			t.Errorf("%s: %s", tt.name, got)
		}
	}
	if got := outcomes(Redirect{}.Check(&pavise.Evidence{})); got != "redirect.https skip, redirect.permanent skip, redirect.path skip" {
		t.Error(got)
	}
}

// At a port of its own, where http has no other place, TLS servers answer plain
// http with 400: nothing is served in the clear.
func TestRedirectOnOddPort(t *testing.T) {
	e := &pavise.Evidence{Target: pavise.Target{URL: "https://a.test:9443", Clear: "http://a.test:9443", TLS: "a.test:9443"}}
	home, deep := redirectProbes(e)
	e.Add(pavise.Answer{Probe: home, Response: &pavise.Response{Status: 400}})
	e.Add(pavise.Answer{Probe: deep, Error: "malformed HTTP response"})
	if got := outcomes(Redirect{}.Check(e)); got != "redirect.https skip, redirect.permanent skip, redirect.path skip" {
		t.Error(got)
	}
}
