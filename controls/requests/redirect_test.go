package requests

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"pavise"
)

func TestRedirectNotes(t *testing.T) {
	for name, test := range map[string]struct {
		path, location string
		status         int
		want           bool
	}{
		"open":            {"/go?to=https%3A%2F%2Fattacker.example%2F", "https://attacker.example/", 302, true},
		"without scheme":  {"/go?to=//attacker.example", "//attacker.example", 303, true},
		"with backslash":  {`/go?to=/\attacker.example`, `/\attacker.example`, 302, true},
		"to itself":       {"/go?to=https://shop.example.com/a", "https://shop.example.com/a", 302, false},
		"on the site":     {"/go?to=/a", "/a", 302, false},
		"of its own will": {"/pay?order=1", "https://pay.example.com/", 302, false},
		"no redirect":     {"/go?to=https://attacker.example", "https://attacker.example", 201, false},
	} {
		var noted []pavise.Decision
		hooks, err := Redirect{}.Enforce(pavise.Env{Site: shop, Now: time.Now, Decide: func(d pavise.Decision) { noted = append(noted, d) }})
		if err != nil {
			t.Fatal(err)
		}
		x := &pavise.Exchange{Request: httptest.NewRequest("GET", "https://shop.example.com"+test.path, nil),
			Status: test.status, Header: http.Header{"Location": {test.location}}}
		hooks.Amend(x)
		if got := len(noted) == 1; got != test.want || x.Header.Get("Location") != test.location {
			t.Errorf("%s: noted %v, leads to %q", name, noted, x.Header.Get("Location"))
		}
	}
}

func TestRedirectCheck(t *testing.T) {
	const site = "https://shop.example.com"
	for name, test := range map[string]struct {
		links    []string
		status   int
		location string
		want     pavise.Outcome
	}{
		"open":           {[]string{"/go?to=/a"}, 302, "https://attacker.example/", pavise.Fail},
		"in disguise":    {[]string{"/go?x=/a"}, 302, `/\attacker.example`, pavise.Fail},
		"kept at home":   {[]string{"/login?return_to=a"}, 302, "/", pavise.Pass},
		"only shown":     {[]string{"/go?next=a"}, 200, "https://attacker.example/", pavise.Pass},
		"nothing leads":  {[]string{"/list?page=2", "/logout?next=/"}, 302, "", pavise.Skip},
		"not answered":   {[]string{"/go?next=a"}, 0, "", pavise.Unknown},
		"asked too much": {[]string{"/go?next=a"}, 429, "", pavise.Unknown},
	} {
		e := &pavise.Evidence{Target: pavise.Target{URL: site}}
		var links []string
		for _, l := range test.links {
			links = append(links, site+l)
		}
		e.Add(pavise.Answer{Probe: e.Target.Home(), Response: &pavise.Response{Status: 200, Links: links}})
		for _, p := range (Redirect{}).Probes(e) {
			a := pavise.Answer{Probe: p, Error: "gone"}
			if test.status != 0 {
				a = pavise.Answer{Probe: p, Response: &pavise.Response{Status: test.status, Header: http.Header{"Location": {test.location}}}}
			}
			e.Add(a)
		}
		expect(t, name, Redirect{}, e, map[string]pavise.Outcome{"requests.redirect.open": test.want})
	}
}

func TestRedirectProbesAreBounded(t *testing.T) {
	e := &pavise.Evidence{Target: pavise.Target{URL: "https://shop.example.com"}}
	var links []string
	for i := range 100 {
		links = append(links, fmt.Sprintf("https://shop.example.com/go%d?next=/", i))
	}
	e.Add(pavise.Answer{Probe: e.Target.Home(), Response: &pavise.Response{Status: 200, Links: links}})
	if n := len((Redirect{}).Probes(e)); n != maxLeads {
		t.Error(n)
	}
}
