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
		{"good", pavise.Answer{Response: to(308, "https://shop.a.test/")}, pavise.Answer{Response: to(301, "https://shop.a.test"+redirectPath)},
			"redirect.https pass, redirect.permanent pass, redirect.path pass, redirect.www skip"},
		{"temporary and to the front page", pavise.Answer{Response: to(302, "https://shop.a.test/")}, pavise.Answer{Response: to(302, "https://shop.a.test/")},
			"redirect.https pass, redirect.permanent fail, redirect.path fail, redirect.www skip"},
		{"to another host first", pavise.Answer{Response: to(301, "https://www.shop.a.test/")}, pavise.Answer{Response: to(301, "https://www.shop.a.test"+redirectPath)},
			"redirect.https fail, redirect.permanent pass, redirect.path pass, redirect.www skip"},
		{"to http", pavise.Answer{Response: to(301, "http://shop.a.test/x")}, pavise.Answer{Response: to(301, "/x")},
			"redirect.https fail, redirect.permanent fail, redirect.path fail, redirect.www skip"},
		{"serves in the clear", pavise.Answer{Response: &pavise.Response{Status: 200, Header: http.Header{}}}, pavise.Answer{Error: "reset"},
			"redirect.https fail, redirect.permanent fail, redirect.path unknown, redirect.www skip"},
		{"closed", pavise.Answer{Error: "refused", Closed: true}, pavise.Answer{Error: "refused", Closed: true},
			"redirect.https skip, redirect.permanent skip, redirect.path skip, redirect.www skip"},
		{"timed out", pavise.Answer{Error: "timeout"}, pavise.Answer{Error: "timeout"},
			"redirect.https unknown, redirect.permanent unknown, redirect.path unknown, redirect.www skip"},
	}
	for _, tt := range tests {
		e := &pavise.Evidence{Target: pavise.Target{URL: "https://shop.a.test", Clear: "http://shop.a.test"}}
		tt.home.Probe, tt.deep.Probe = redirectProbes(e)
		e.Add(tt.home)
		e.Add(tt.deep)
		if got := outcomes(Redirect{}.Check(e)); got != tt.want {
			t.Errorf("%s: %s", tt.name, got)
		}
	}
	if got := outcomes(Redirect{}.Check(&pavise.Evidence{})); got != "redirect.https skip, redirect.permanent skip, redirect.path skip, redirect.www skip" {
		t.Error(got)
	}
}

// At a port of its own, where http has no other place, TLS servers answer plain
// http with 400: nothing is served in the clear.
func TestRedirectOnOddPort(t *testing.T) {
	e := &pavise.Evidence{Target: pavise.Target{URL: "https://shop.a.test:9443", Clear: "http://shop.a.test:9443", TLS: "shop.a.test:9443"}}
	home, deep := redirectProbes(e)
	e.Add(pavise.Answer{Probe: home, Response: &pavise.Response{Status: 400}})
	e.Add(pavise.Answer{Probe: deep, Error: "malformed HTTP response"})
	if got := outcomes(Redirect{}.Check(e)); got != "redirect.https skip, redirect.permanent skip, redirect.path skip, redirect.www skip" {
		t.Error(got)
	}
}

// TestTwin: what people type with or without www is the same site, and leads to https
// likewise; other names have no twin.
func TestTwin(t *testing.T) {
	for host, want := range map[string]string{"a.test": "www.a.test", "www.a.test": "a.test", "shop.a.test": "", "www.shop.a.test": "",
		"a.co.uk": "www.a.co.uk", "co.uk": "", "127.0.0.1": "", "localhost": "", "shop.localhost": "www.shop.localhost"} {
		if got := twin(host); got != want {
			t.Errorf("%s: %q", host, got)
		}
	}
	to := func(status int, location string) pavise.Answer {
		return pavise.Answer{Response: &pavise.Response{Status: status, Header: http.Header{"Location": {location}}}}
	}
	for name, tt := range map[string]struct {
		a    pavise.Answer
		want pavise.Outcome
	}{
		"to its own https":     {to(301, "https://www.a.test/"), pavise.Pass},
		"to the site":          {to(308, "https://a.test/"), pavise.Pass},
		"to the site in clear": {to(301, "http://a.test/"), pavise.Fail},
		"elsewhere":            {to(301, "https://parking.example/"), pavise.Fail},
		"serves":               {to(200, ""), pavise.Fail},
		"not here":             {to(421, ""), pavise.Pass},
		"nobody":               {pavise.Answer{Error: "no such host", Closed: true}, pavise.Skip},
		"timed out":            {pavise.Answer{Error: "timeout"}, pavise.Unknown},
	} {
		e := &pavise.Evidence{Target: pavise.Target{URL: "https://a.test", Clear: "http://a.test:8080"}}
		p, ok := twinProbe(e.Target)
		if tt.a.Probe = p; !ok || p.Request.URL != "http://www.a.test:8080/" {
			t.Fatalf("%+v", p.Request)
		}
		e.Add(tt.a)
		if f := checkTwin(e); f.Outcome != tt.want {
			t.Errorf("%s: %s, %s", name, f.Outcome, f.Saw)
		}
	}
}
