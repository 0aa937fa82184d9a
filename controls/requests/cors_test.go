package requests

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"pavise"
)

// allowing is a header of an app that allows an origin, with credentials if so
// given, and more lines of "Name: value".
func allowing(origin, credentials string, lines ...string) http.Header {
	h := http.Header{}
	if origin != "" {
		h[allowOrigin] = []string{origin}
	}
	if credentials != "" {
		h[allowCredentials] = []string{credentials}
	}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		h.Add(name, value)
	}
	return h
}

func amends(t testing.TB, c CORS, site pavise.Site, decide func(pavise.Decision)) func(*pavise.Exchange) {
	t.Helper()
	hooks, err := c.Enforce(pavise.Env{Site: site, Decide: decide})
	if err != nil {
		t.Fatal(err)
	}
	return hooks.Amend
}

func TestCORSAmend(t *testing.T) {
	const own, foreign, partner = "https://shop.example.com", "https://attacker.example", "https://pay.example.com"
	tests := []struct {
		name  string
		app   http.Header
		keeps bool
		vary  string
	}{
		{"nothing", allowing("", ""), false, ""},
		{"credentials for nobody", allowing("", "true"), true, ""},
		{"public", allowing("*", ""), false, ""},
		{"public, with credentials", allowing("*", "true"), false, ""},
		{"the site", allowing(own, "true"), true, "Origin"},
		{"another host of the site", allowing("https://www.shop.example.com", "true"), true, "Origin"},
		{"a partner", allowing(partner, "true"), true, "Origin"},
		{"a stranger", allowing(foreign, "true"), false, "Origin"},
		{"a stranger, in another way of writing", allowing(foreign, "TRUE"), false, "Origin"},
		{"a stranger, without credentials", allowing(foreign, ""), false, "Origin"},
		{"null", allowing("null", "true"), false, "Origin"},
		{"the site in the clear", allowing("http://shop.example.com", "true"), false, "Origin"},
		{"begins like the site", allowing(own+".attacker.example", "true"), false, "Origin"},
		{"ends like the site", allowing("https://attackershop.example.com", "true"), false, "Origin"},
		{"another port", allowing(own+":8443", "true"), false, "Origin"},
		{"a sibling", allowing("https://blog.example.com", "true"), false, "Origin"},
		{"capitals", allowing("https://Shop.example.com", "true"), false, "Origin"},
		{"a list", allowing(own+", "+foreign, "true"), false, "Origin"},
		{"vary of its own", allowing(own, "true", "Vary: Accept-Encoding"), true, "Accept-Encoding|Origin"},
		{"vary is said", allowing(own, "true", "Vary: Accept, origin"), true, "Accept, origin"},
		{"vary by everything", allowing(own, "true", "Vary: *"), true, "*"},
	}
	for _, c := range tests {
		amend := amends(t, CORS{Trust: []string{partner}}, shop, nil)
		x := &pavise.Exchange{Request: request("GET", "/"), Host: "shop.example.com", Secure: true, Header: c.app.Clone()}
		amend(x)
		if keeps := len(x.Header[allowCredentials]) > 0; keeps != c.keeps || strings.Join(x.Header["Vary"], "|") != c.vary ||
			!slices.Equal(x.Header[allowOrigin], c.app[allowOrigin]) {
			t.Errorf("%s: sends %v", c.name, x.Header)
		}
	}
	twice := &pavise.Exchange{Request: request("GET", "/"), Host: "shop.example.com", Secure: true,
		Header: http.Header{allowOrigin: {own, foreign}, allowCredentials: {"true"}}}
	amends(t, CORS{}, shop, nil)(twice)
	rebound := &pavise.Exchange{Request: request("GET", "/"), Host: "rebound.example", Secure: true, Header: allowing("https://rebound.example", "true")}
	amends(t, CORS{}, shop, nil)(rebound)
	for _, x := range []*pavise.Exchange{twice, rebound} {
		if len(x.Header[allowCredentials]) > 0 {
			t.Errorf("sends %v", x.Header)
		}
	}
	if _, err := (CORS{}).Enforce(pavise.Env{}); err == nil {
		t.Error("a site without hosts is taken")
	}
}

// TestCORSTells: the log has the line to paste once for each origin, of a few
// origins, and none for what nobody should trust.
func TestCORSTells(t *testing.T) {
	var mu sync.Mutex
	var reasons []string
	chain, err := pavise.Recommend([]pavise.Control{CORS{}}).Wrap(pavise.Env{Site: shop, Decide: func(d pavise.Decision) {
		mu.Lock()
		defer mu.Unlock()
		reasons = append(reasons, d.Reason)
	}}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(allowOrigin, r.Header.Get("Origin"))
		w.Header().Set(allowCredentials, "true")
	}))
	if err != nil {
		t.Fatal(err)
	}
	ask := func(origin string) { chain.ServeHTTP(discard{}, request("GET", "/", "Origin: "+origin)) }
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 10 {
				ask("https://pay.example.com")
			}
		})
	}
	all.Wait()
	ask("null")
	ask("https://" + strings.Repeat("a", 5000) + ".example")
	if len(reasons) != 3 || !strings.Contains(reasons[0], `requests.cors: {trust: ["https://pay.example.com"]}`) ||
		strings.Contains(reasons[1], "trust") || strings.Contains(reasons[2], "trust") || len(reasons[2]) > 300 {
		t.Errorf("told %q", reasons)
	}
	for i := range 2 * maxNotes {
		ask(fmt.Sprintf("https://a%d.example", i))
	}
	if len(reasons) != maxNotes {
		t.Errorf("told %d times", len(reasons))
	}
}

type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(b []byte) (int, error) { return len(b), nil }
func (discard) WriteHeader(int)             {}

func TestCORSValidate(t *testing.T) {
	err := CORS{Trust: []string{"https://pay.example.com", "null", "*", "http://pay.example.com"}}.Validate()
	if err == nil || strings.Count(err.Error(), "requests.cors: trust") != 3 || strings.Contains(err.Error(), "requests.origin") {
		t.Error(err)
	}
	if err := (CORS{}).Validate(); err != nil {
		t.Error(err)
	}
}

// asked is evidence of a site whose home page and API answer a request from an
// origin with what allow returns.
func asked(target pavise.Target, allow func(origin string) http.Header) *pavise.Evidence {
	e := &pavise.Evidence{Target: target}
	add := func(p pavise.Probe, h http.Header) {
		h.Set("Content-Type", "application/json")
		e.Add(pavise.Answer{Probe: p, Response: &pavise.Response{Status: 200, Header: h}})
	}
	add(target.Home(), http.Header{})
	add(pavise.Ask(pavise.Request{URL: target.URL + "/api"}), http.Header{})
	for _, p := range (CORS{}).Probes(e) {
		if h := allow(p.Request.Header.Get("Origin")); h != nil {
			add(p, h)
		}
	}
	return e
}

func TestCORSCheck(t *testing.T) {
	target := pavise.Target{URL: "https://www.shop.example:8443", Clear: "http://www.shop.example:8080"}
	only := func(with string) func(string) http.Header {
		return func(origin string) http.Header {
			if origin == with {
				return allowing(origin, "true", "Vary: Origin")
			}
			return allowing("", "")
		}
	}
	outcomes := func(reflected, null, inClear, wildcard, vary pavise.Outcome) map[string]pavise.Outcome {
		return map[string]pavise.Outcome{ruleReflected: reflected, ruleNull: null, ruleClear: inClear, ruleWildcard: wildcard, ruleVary: vary}
	}
	const pass, fail, skip, unknown = pavise.Pass, pavise.Fail, pavise.Skip, pavise.Unknown
	for name, c := range map[string]struct {
		allow func(origin string) http.Header
		want  map[string]pavise.Outcome
	}{
		"nothing":                  {func(string) http.Header { return http.Header{} }, outcomes(pass, pass, pass, skip, skip)},
		"public":                   {func(string) http.Header { return allowing("*", "") }, outcomes(pass, pass, pass, pass, skip)},
		"public, with credentials": {func(string) http.Header { return allowing("*", "true") }, outcomes(pass, pass, pass, fail, skip)},
		"everybody":                {func(o string) http.Header { return allowing(o, "true") }, outcomes(fail, fail, fail, skip, fail)},
		"everybody, without":       {func(o string) http.Header { return allowing(o, "", "Vary: Accept, Origin") }, outcomes(pass, pass, pass, skip, pass)},
		"not as browsers want it":  {func(o string) http.Header { return allowing(o, "True", "Vary: *") }, outcomes(pass, pass, pass, skip, pass)},
		"a partner":                {func(string) http.Header { return allowing("https://pay.example.com", "true") }, outcomes(pass, pass, pass, skip, skip)},
		"a stranger":               {only(attacker), outcomes(fail, pass, pass, skip, pass)},
		"begins alike":             {only("https://www.shop.example.attacker.example"), outcomes(fail, pass, pass, skip, pass)},
		"ends alike":               {only("https://attackershop.example:8443"), outcomes(fail, pass, pass, skip, pass)},
		"null":                     {only("null"), outcomes(pass, fail, pass, skip, pass)},
		"in the clear":             {only("http://www.shop.example:8080"), outcomes(pass, pass, fail, skip, pass)},
		"not answered":             {func(string) http.Header { return nil }, outcomes(unknown, unknown, unknown, unknown, unknown)},
		"answered in part": {func(o string) http.Header {
			if o == "null" {
				return nil
			}
			return allowing(o, "true")
		}, outcomes(fail, unknown, fail, unknown, fail)},
	} {
		expect(t, name, CORS{}, asked(target, c.allow), c.want)
	}
	expect(t, "not looked at", CORS{}, &pavise.Evidence{Target: target}, outcomes(unknown, unknown, unknown, unknown, unknown))
	clear := asked(pavise.Target{URL: "http://127.0.0.1:3000"}, func(o string) http.Header { return allowing(o, "true") })
	expect(t, "in the clear alone", CORS{}, clear, outcomes(fail, fail, skip, skip, fail))
}

// TestCORSProbes: the look is bounded, and alike every time.
func TestCORSProbes(t *testing.T) {
	e := &pavise.Evidence{Target: pavise.Target{URL: "https://shop.example"}}
	if probes := (CORS{}).Probes(e); len(probes) != 0 {
		t.Errorf("asks %d things of nobody", len(probes))
	}
	for _, path := range []string{"/", "/a", "/b", "/c", "/d"} {
		e.Add(pavise.Answer{Probe: pavise.Ask(pavise.Request{URL: e.Target.URL + path}),
			Response: &pavise.Response{Status: 200, Header: http.Header{"Content-Type": {"application/hal+json"}}}})
	}
	probes := CORS{}.Probes(e)
	if len(probes) != 3*6 {
		t.Errorf("asks %d things", len(probes))
	}
	same := func(a, b pavise.Probe) bool { return a.Key() == b.Key() }
	for range 5 {
		if !slices.EqualFunc(probes, CORS{}.Probes(e), same) {
			t.Fatal("asks in another order")
		}
	}
	for _, p := range probes {
		if m := p.Request.Method; m != "" && m != http.MethodOptions || p.Request.Body != "" {
			t.Errorf("asks %+v", p.Request)
		}
	}
}

// FuzzCORS tries to have a foreign origin read with credentials.
func FuzzCORS(f *testing.F) {
	f.Add("https://attacker.example", "true", "shop.example.com", "")
	f.Add("null", "TRUE", "rebound.example", "Accept")
	f.Add("https://shop.example.com", "true", "shop.example.com", "*, origin")
	amend := amends(f, CORS{Trust: []string{"https://pay.example.com"}}, shop, nil)
	good := []string{"https://shop.example.com", "https://www.shop.example.com", "https://pay.example.com"}
	f.Fuzz(func(t *testing.T, origin, credentials, host, vary string) {
		x := &pavise.Exchange{Request: request("GET", "/"), Host: host, Secure: true,
			Header: http.Header{allowOrigin: {origin}, allowCredentials: {credentials}, "Vary": {vary}}}
		amend(x)
		if len(x.Header[allowCredentials]) > 0 && !slices.Contains(good, origin) {
			t.Errorf("%q may read under %q", origin, host)
		}
		if lines := x.Header["Vary"]; origin != "*" && !pavise.HasToken(lines, "Origin") && !pavise.HasToken(lines, "*") {
			t.Errorf("%q varies by %q", origin, lines)
		}
	})
}

func BenchmarkCORS(b *testing.B) {
	amend := amends(b, CORS{}, shop, nil)
	for name, app := range map[string]http.Header{
		"none":     allowing("", ""),
		"own":      allowing("https://shop.example.com", "true"),
		"stranger": allowing("https://attacker.example", "true"),
	} {
		x := &pavise.Exchange{Request: request("GET", "/"), Host: "shop.example.com", Secure: true, Header: make(http.Header, 4)}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				clear(x.Header)
				for name, lines := range app {
					x.Header[name] = lines
				}
				amend(x)
			}
		})
	}
}
