package requests

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"pavise"
)

var shop = pavise.Site{Hosts: []string{"shop.example.com", "www.shop.example.com"}}

// admit runs the Admit hook of a control on one request.
func admit(t testing.TB, c pavise.Enforcer, site pavise.Site, r *http.Request) *pavise.Refusal {
	t.Helper()
	hooks, err := c.Enforce(pavise.Env{Site: site})
	if err != nil {
		t.Fatal(err)
	}
	x := &pavise.Exchange{Request: r, Secure: true}
	x.Host, x.Port = pavise.SplitHost(r.Host)
	err = hooks.Admit(x)
	var refusal *pavise.Refusal
	if err != nil && !errors.As(err, &refusal) {
		t.Fatalf("not a refusal: %v", err)
	}
	return refusal
}

func TestHostAdmit(t *testing.T) {
	odd := pavise.Site{Hosts: []string{"shop.example.com"}, HTTPS: 8443}
	for host, want := range map[string]int{
		"shop.example.com":        0,
		"SHOP.example.com":        0,
		"www.shop.example.com":    0,
		"shop.example.com:443":    0,
		"shop.example.com:8443":   421,
		"shop.example.com.":       421,
		"evil.example":            421,
		"127.0.0.1":               421,
		"[::1]":                   421,
		"shop.example.com@evil":   400,
		"shop.example.com/x":      400,
		"shop.example.com, a":     400,
		"shop.example.com:0":      400,
		"shop.example.com:443:80": 400,
		"[::1":                    400,
		"":                        400,
	} {
		r := httptest.NewRequest("GET", "https://shop.example.com/", nil)
		r.Host = host
		got := 0
		if refusal := admit(t, Host{}, shop, r); refusal != nil {
			got = refusal.Status
		}
		if got != want {
			t.Errorf("Host %q: %d, want %d", host, got, want)
		}
	}
	r := httptest.NewRequest("GET", "https://shop.example.com/", nil)
	if refusal := admit(t, Host{}, odd, r); refusal != nil {
		t.Errorf("the standard port may be mapped to ours: %v", refusal)
	}
	r.Host = "shop.example.com:9443"
	if admit(t, Host{}, odd, r) == nil {
		t.Error("a Host with a port of nobody's passes")
	}
	r.Host = strings.Repeat("a", 5000)
	if saw := admit(t, Host{}, shop, r).Saw; len(saw) > 200 {
		t.Errorf("%d bytes of a stranger's Host go to the log", len(saw))
	}
	if _, err := (Host{}).Enforce(pavise.Env{}); err == nil {
		t.Error("a site without hosts is taken")
	}
}

const homePage = `<html><title>Shop</title><body><h1>Shop</h1><nav><a href="/a">A</a><a href="/b">B</a></nav><p>Welcome to our shop</p></body></html>`

func TestHostCheck(t *testing.T) {
	page := func(status int, body string, header ...string) *pavise.Response {
		r := &pavise.Response{Status: status, Body: []byte(body), Header: http.Header{}}
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		return r
	}
	home := page(200, homePage)
	toLogin := page(302, "", "Location", "/login")
	tests := map[string]struct {
		home, strange      *pavise.Response
		unknown, reflected pavise.Outcome
	}{
		"the site answers":            {home, page(200, strings.Replace(homePage, "Welcome", "Hello", 1)), pavise.Fail, pavise.Pass},
		"and links to the name":       {home, page(200, homePage+`<a href="http://Unknown-Host.example/">`), pavise.Fail, pavise.Fail},
		"misdirected":                 {home, page(421, "no"), pavise.Pass, pavise.Pass},
		"bad request":                 {nil, page(400, "no"), pavise.Pass, pavise.Pass},
		"not found":                   {home, page(404, "no"), pavise.Pass, pavise.Pass},
		"another site's page":         {home, page(200, "<html><title>Welcome to nginx!</title><h1>It works</h1></html>"), pavise.Pass, pavise.Pass},
		"the same redirect":           {toLogin, toLogin, pavise.Fail, pavise.Pass},
		"the same, with the name":     {toLogin, page(302, "", "Location", "https://unknown-host.example/login"), pavise.Fail, pavise.Fail},
		"a redirect to the real name": {toLogin, page(302, "", "Location", "https://shop.example.com/login"), pavise.Pass, pavise.Pass},
		"a link header":               {home, page(404, "", "Link", "<https://unknown-host.example/s.css>"), pavise.Pass, pavise.Fail},
		"a cookie for the name":       {home, page(404, "", "Set-Cookie", "a=1; Domain=unknown-host.example"), pavise.Pass, pavise.Fail},
		"too many requests":           {home, page(429, ""), pavise.Unknown, pavise.Unknown},
		"home is forbidden":           {page(403, "no"), page(403, "no"), pavise.Unknown, pavise.Pass},
		"home is not known":           {nil, home, pavise.Unknown, pavise.Pass},
		"nothing is known":            {home, nil, pavise.Unknown, pavise.Unknown},
	}
	for name, test := range tests {
		e := &pavise.Evidence{Target: pavise.Target{URL: "https://shop.example.com"}}
		probes := Host{}.Probes(e)
		for i, r := range []*pavise.Response{test.home, test.strange} {
			if r != nil {
				e.Add(pavise.Answer{Probe: probes[i], Response: r})
			} else {
				e.Add(pavise.Answer{Probe: probes[i], Error: "timeout"})
			}
		}
		expect(t, name, Host{}, e, map[string]pavise.Outcome{
			"requests.host.unknown": test.unknown, "requests.host.reflected": test.reflected})
	}
}

// expect judges evidence and compares, rule by rule.
func expect(t *testing.T, name string, c pavise.Checker, e *pavise.Evidence, want map[string]pavise.Outcome) {
	t.Helper()
	found := c.Check(e)
	if len(found) != len(want) {
		t.Errorf("%s: %d findings, want %d", name, len(found), len(want))
	}
	for _, f := range found {
		if f.Outcome != want[f.Rule] || f.Where == "" || f.Saw == "" {
			t.Errorf("%s: %s is %q, want %s: %+v", name, f.Rule, f.Outcome, want[f.Rule], f)
		}
	}
}

// TestHostsNobodyCanName: a site whose name no request bears would refuse everybody.
func TestHostsNobodyCanName(t *testing.T) {
	for host, good := range map[string]bool{"shop.example.com": true, "localhost": true, "127.0.0.1": true, "::1": true, "xn--bcher-kva.example": true,
		"localhost:8443": false, "Shop.example.com": false, "https://shop.example.com": false, "bücher.example": false, "": false} {
		_, err := Host{}.Enforce(pavise.Env{Site: pavise.Site{Hosts: []string{"localhost", host}}})
		if good != (err == nil) || err != nil && !strings.Contains(err.Error(), "Site.HTTPS") {
			t.Errorf("%q: %v", host, err)
		}
	}
}
