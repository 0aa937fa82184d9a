package scripts

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"pavise"
)

const shop = "https://shop.example.com"

var today = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)

// pageWith is evidence of one page.
func pageWith(r pavise.Response, lines ...string) *pavise.Evidence {
	r.Proto, r.Status, r.Header = "HTTP/1.1", 200, http.Header{"Content-Type": {"text/html"}}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	return &pavise.Evidence{Taken: today, Target: pavise.Target{URL: shop, Start: "/", Clear: "http://shop.example.com"},
		Answers: []pavise.Answer{{Probe: pavise.Ask(pavise.Request{URL: shop + "/"}), Response: &r}}}
}

func loads(list ...pavise.Resource) pavise.Response { return pavise.Response{Resources: list} }

func script(address, integrity string, cross bool) pavise.Resource {
	return pavise.Resource{Kind: "script", URL: address, Integrity: integrity, CrossOrigin: cross}
}

// judged checks what a rule comes to.
func judged(t *testing.T, name string, c pavise.Checker, e *pavise.Evidence, rule string, want pavise.Outcome, saw string) {
	t.Helper()
	before, _ := json.Marshal(e)
	for _, f := range c.Check(e) {
		if f.Rule != rule {
			continue
		}
		if f.Outcome != want || !strings.Contains(f.Saw, saw) || f.Outcome == pavise.Fail && f.Proof.Command == "" {
			t.Errorf("%s: %s: %s, %q, %q, want %s, %q", name, rule, f.Outcome, f.Saw, f.Proof.Command, want, saw)
		}
		if after, _ := json.Marshal(e); string(after) != string(before) {
			t.Errorf("%s: the evidence was changed", name)
		}
		return
	}
	t.Errorf("%s: %s was not judged", name, rule)
}

const pinned = "sha384-oqVuAfXRKap7fdgcCY5uykM6+R9GqQ8K/uxy9rx7HNQlGYl1kPzQho1wx4JwY8wC"

func TestIntegrity(t *testing.T) {
	cdn := "https://cdn.example.net/x.js"
	for name, tt := range map[string]struct {
		r       pavise.Response
		rule    string
		outcome pavise.Outcome
		saw     string
	}{
		"own":              {loads(script(shop+"/x.js", "", false)), ruleScripts, pavise.Pass, "none comes from another site"},
		"own with port":    {loads(script(shop+":443/x.js", "", false)), ruleScripts, pavise.Pass, "none comes"},
		"bare":             {loads(script(cdn, "", false)), ruleScripts, pavise.Fail, "not pinned: " + cdn},
		"subdomain":        {loads(script("https://static.shop.example.com/x.js", "", false)), ruleScripts, pavise.Pass, "none comes"},
		"in the clear":     {loads(script("http://shop.example.com/x.js", "", false)), ruleScripts, pavise.Pass, "none comes"},
		"pinned":           {loads(script(cdn, pinned, true)), ruleScripts, pavise.Pass, "all from other sites are pinned"},
		"malformed":        {loads(script(cdn, "sha384-abc", true)), ruleScripts, pavise.Fail, "not pinned"},
		"style":            {loads(pavise.Resource{Kind: "style", URL: "https://fonts.example.net/c.css"}), ruleStyles, pavise.Fail, "fonts"},
		"style, scripts":   {loads(pavise.Resource{Kind: "style", URL: "https://fonts.example.net/c.css"}), ruleScripts, pavise.Pass, "none"},
		"heeded":           {loads(script(cdn, pinned, true)), ruleHeeded, pavise.Pass, "well formed"},
		"two, one is good": {loads(script(cdn, "md5-x "+pinned+"?opt", true)), ruleHeeded, pavise.Pass, "well formed"},
		"md5":              {loads(script(cdn, "md5-rL0Y20zC+Fzt72VPzMSk2A==", true)), ruleHeeded, pavise.Fail, "overlook"},
		"without cors":     {loads(script(cdn, pinned, false)), ruleHeeded, pavise.Fail, "crossorigin"},
		"own without cors": {loads(script(shop+"/x.js", pinned, false)), ruleHeeded, pavise.Pass, "well formed"},
		"no attribute":     {loads(script(cdn, "", false)), ruleHeeded, pavise.Skip, "nothing here"},
		"too many":         {pavise.Response{Resources: make([]pavise.Resource, pavise.MaxResources)}, ruleScripts, pavise.Unknown, "more than is looked at"},
		"cut":              {pavise.Response{Cut: true, Body: make([]byte, 256<<10)}, ruleScripts, pavise.Unknown, "longer than is read"},
		"kept short":       {pavise.Response{Cut: true, Body: make([]byte, shortened)}, ruleScripts, pavise.Pass, "none"},
	} {
		judged(t, name, Integrity{}, pageWith(tt.r), tt.rule, tt.outcome, tt.saw)
	}
}

func TestThirdParty(t *testing.T) {
	for name, tt := range map[string]struct {
		address, rule string
		outcome       pavise.Outcome
		saw           string
	}{
		"own":            {shop + "/x.js", ruleDeclared, pavise.Pass, "none"},
		"own sibling":    {"https://static.example.com/x.js", ruleDeclared, pavise.Pass, "none"},
		"another":        {"https://cdn.example.net/x.js", ruleDeclared, pavise.Fail, "scripts of cdn.example.net"},
		"another, good":  {"https://cdn.example.net/x.js", ruleHijacked, pavise.Pass, "none"},
		"hijacked":       {"https://cdn.polyfill.io/v3/polyfill.min.js", ruleHijacked, pavise.Fail, "cdn.polyfill.io"},
		"hijacked, bare": {"https://POLYFILL.IO/v3/polyfill.min.js", ruleHijacked, pavise.Fail, "POLYFILL.IO"},
		"alike":          {"https://notpolyfill.io/x.js", ruleHijacked, pavise.Pass, "none"},
	} {
		judged(t, name, ThirdParty{}, pageWith(loads(script(tt.address, "", false))), tt.rule, tt.outcome, tt.saw)
	}
}

func TestMixed(t *testing.T) {
	clear := func(kind string) pavise.Response {
		return loads(pavise.Resource{Kind: kind, URL: "http://a.example.net/x"})
	}
	judged(t, "script", Mixed{}, pageWith(clear("script")), ruleActive, pavise.Fail, "script http://a.example.net/x")
	judged(t, "font", Mixed{}, pageWith(clear("font")), ruleActive, pavise.Fail, "font")
	judged(t, "frame", Mixed{}, pageWith(clear("frame")), rulePassive, pavise.Pass, "none")
	judged(t, "image", Mixed{}, pageWith(clear("image")), rulePassive, pavise.Fail, "image http")
	judged(t, "image", Mixed{}, pageWith(clear("image")), ruleActive, pavise.Pass, "none")
	judged(t, "upgraded", Mixed{}, pageWith(clear("script"), "Content-Security-Policy: default-src 'self'; Upgrade-Insecure-Requests"), ruleActive, pavise.Pass, "upgrade")
	judged(t, "reported", Mixed{}, pageWith(clear("script"), "Content-Security-Policy-Report-Only: upgrade-insecure-requests"), ruleActive, pavise.Fail, "script")
	judged(t, "loopback", Mixed{}, pageWith(loads(pavise.Resource{Kind: "image", URL: "http://127.0.0.1:3000/x"})), rulePassive, pavise.Pass, "none")
	over := pageWith(clear("script"))
	over.Target.URL = "http://shop.example.com"
	judged(t, "over http", Mixed{}, over, ruleActive, pavise.Skip, "over http")
	judged(t, "nothing", Mixed{}, &pavise.Evidence{Target: pavise.Target{URL: shop}}, ruleActive, pavise.Unknown, "no response")
}

func TestForms(t *testing.T) {
	form := func(method, action string, password bool) *pavise.Evidence {
		return pageWith(pavise.Response{Forms: []pavise.Form{{Method: method, Action: action, Password: password}}})
	}
	judged(t, "good", Forms{}, form("POST", shop+"/login", true), ruleFormSecure, pavise.Pass, "none")
	judged(t, "good", Forms{}, form("POST", shop+"/login", true), ruleFormPassword, pavise.Pass, "none")
	judged(t, "clear", Forms{}, form("POST", "http://shop.example.com/search", false), ruleFormSecure, pavise.Fail, "by POST to http://")
	judged(t, "clear", Forms{}, form("POST", "http://shop.example.com/search", false), ruleFormPassword, pavise.Pass, "none")
	judged(t, "password", Forms{}, form("POST", "http://shop.example.com/login", true), ruleFormPassword, pavise.Fail, "http://")
	judged(t, "address", Forms{}, form("GET", shop+"/login", true), ruleFormAddress, pavise.Fail, "by GET")
	judged(t, "search", Forms{}, form("GET", shop+"/search", false), ruleFormAddress, pavise.Pass, "none")
	judged(t, "no form", Forms{}, pageWith(pavise.Response{}), ruleFormPassword, pavise.Skip, "nothing here")

	came := form("POST", shop+"/login", true) // the page is served in the clear, too
	came.Add(pavise.Answer{Probe: pavise.Ask(pavise.Request{URL: "http://shop.example.com/"}),
		Response: &pavise.Response{Status: 200, Header: http.Header{}, Forms: []pavise.Form{{Method: "POST", Action: shop + "/login", Password: true}}}})
	judged(t, "came in the clear", Forms{}, came, ruleFormPassword, pavise.Fail, "by POST")
}

func TestSameSite(t *testing.T) {
	for pair, want := range map[[2]string]bool{
		{"a.example.com", "B.Example.com"}: true, {"a.co.uk", "b.co.uk"}: false, {"10.0.0.1", "127.0.0.1"}: false,
		{"127.0.0.1", "127.0.0.1"}: true, {"localhost", "localhost"}: true, {"", "a.test"}: false, {"a.github.io", "b.github.io"}: false,
	} {
		if got := sameSite(pair[0], pair[1]); got != want {
			t.Errorf("%q: %v", pair, got)
		}
	}
}
