package requests

import (
	"net/http"
	"strings"
	"testing"

	"pavise"
)

func TestMethodsAdmit(t *testing.T) {
	dav := Methods{Allow: []string{"PROPFIND", "MKCOL"}}
	for _, test := range []struct {
		c      Methods
		method string
		want   int
		lines  []string
	}{
		{Methods{}, "GET", 0, nil}, {Methods{}, "HEAD", 0, nil}, {Methods{}, "POST", 0, nil}, {Methods{}, "PUT", 0, nil},
		{Methods{}, "PATCH", 0, nil}, {Methods{}, "DELETE", 0, nil}, {Methods{}, "OPTIONS", 0, nil},
		{Methods{}, "TRACE", 405, nil}, {Methods{}, "TRACK", 405, nil}, {Methods{}, "CONNECT", 405, nil}, {Methods{}, "DEBUG", 405, nil},
		{Methods{}, "trace", 405, nil}, {Methods{}, "get", 501, nil}, {Methods{}, "PROPFIND", 501, nil}, {Methods{}, "JEFF", 501, nil},
		{dav, "PROPFIND", 0, nil}, {dav, "MKCOL", 0, nil}, {dav, "MOVE", 501, nil},
		{Methods{}, "", 400, nil}, {Methods{}, "GE T", 400, nil}, {Methods{}, "GET\x00", 400, nil}, {Methods{}, "GET\r\nX: y", 400, nil}, {Methods{}, "GÉT", 400, nil},
		// On GET an override is taken out, elsewhere it must name a known method.
		{Methods{}, "GET", 0, []string{"X-HTTP-Method-Override: TRACE"}},
		{Methods{}, "POST", 0, []string{"X-HTTP-Method-Override: delete"}},
		{Methods{}, "POST", 0, []string{"X-Method-Override: PUT", "X-HTTP-Method: PATCH"}},
		{Methods{}, "POST", 400, []string{"X-HTTP-Method-Override: TRACE"}},
		{Methods{}, "POST", 400, []string{"X-HTTP-Method-Override: PUT", "X-HTTP-Method-Override: JEFF"}},
		{Methods{}, "PUT", 400, []string{"X-Method-Override: "}},
		{dav, "POST", 0, []string{"X-HTTP-Method-Override: MKCOL"}},
	} {
		r := request("POST", "/", test.lines...)
		r.Method = test.method
		got, refusal := 0, admit(t, test.c, shop, r)
		if refusal != nil {
			got = refusal.Status
			if refusal.Rule == "" || refusal.Reason == "" || strings.ContainsAny(refusal.Saw, "\r\n\x00") || (refusal.Allow != "") != (got == 405) {
				t.Errorf("%q: a poor refusal: %+v", test.method, refusal)
			}
		}
		if got != test.want {
			t.Errorf("%q %q: %d, want %d", test.method, test.lines, got, test.want)
		}
	}
	for query, want := range map[string]int{"_method=delete": 0, "a=%20&_method=PUT": 0, "_method=TRACE": 400, "a=1;%5Fmethod=x": 400,
		"_method=%54RACE": 400, "payment_method=card": 0, "_method": 400} {
		got := 0
		if refusal := admit(t, Methods{}, shop, request("POST", "/?"+query)); refusal != nil {
			got = refusal.Status
		}
		if got != want {
			t.Errorf("POST ?%s: %d, want %d", query, got, want)
		}
	}
}

func TestMethodsValidate(t *testing.T) {
	if err := (Methods{Allow: []string{"PROPFIND", "VERSION-CONTROL"}}).Validate(); err != nil {
		t.Error(err)
	}
	err := Methods{Allow: []string{"trace", "propfind", "A B", ""}}.Validate()
	if err == nil || strings.Count(err.Error(), "\n") != 3 || !strings.Contains(err.Error(), "must not name TRACE") {
		t.Errorf("%v", err)
	}
}

func TestMethodsStripsOverride(t *testing.T) {
	hooks, err := Methods{}.Enforce(pavise.Env{})
	if err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"":                           "",
		"a=1&b=%20":                  "a=1&b=%20",
		"_method=DELETE":             "",
		"a=1&_method=DELETE&b=2":     "a=1&b=2",
		"a=1;_method=DELETE":         "a=1",
		"%5Fmethod=DELETE&a=%zz":     "a=%zz",
		"_method&_method=PUT&x=%41;": "x=%41",
		"my_method=post":             "my_method=post",
	} {
		r := request("GET", "/?"+query, "X-HTTP-Method-Override: DELETE", "X-HTTP-Method: PUT", "X-Method-Override: PATCH")
		hooks.Rewrite(&pavise.Exchange{Request: r})
		if r.URL.RawQuery != want || len(r.Header) != 0 {
			t.Errorf("%q: %q with %v, want %q", query, r.URL.RawQuery, r.Header, want)
		}
	}
	r := request("POST", "/?_method=DELETE", "X-HTTP-Method-Override: DELETE")
	hooks.Rewrite(&pavise.Exchange{Request: r})
	if r.URL.RawQuery == "" || len(r.Header) != 1 {
		t.Error("an override is taken out of a POST")
	}
}

func TestMethodsCheck(t *testing.T) {
	const welcome = "<h1>Welcome to the shop of many words</h1>"
	page := func(status int, body string) *pavise.Response {
		return &pavise.Response{Status: status, Body: []byte(body), Header: http.Header{}}
	}
	for name, test := range map[string]struct {
		home, trace, unknown, options, overridden *pavise.Response
		want                                      [3]pavise.Outcome
	}{
		"knows its methods": {page(200, welcome), page(405, "no"), page(501, "no"), page(204, ""), page(200, welcome),
			[3]pavise.Outcome{pavise.Pass, pavise.Pass, pavise.Pass}},
		"takes all": {page(200, welcome), page(200, "TRACE / X: "+traceMark), page(200, welcome), page(204, ""), page(204, ""),
			[3]pavise.Outcome{pavise.Fail, pavise.Fail, pavise.Fail}},
		"takes OPTIONS for GET": {page(200, welcome), page(200, welcome), page(404, "no"), page(200, welcome), page(200, welcome),
			[3]pavise.Outcome{pavise.Pass, pavise.Pass, pavise.Pass}},
		"odd": {page(200, welcome), page(405, ""), page(405, ""), page(204, ""), page(403, "a wall"),
			[3]pavise.Outcome{pavise.Pass, pavise.Pass, pavise.Unknown}},
		"down": {page(503, ""), page(429, ""), page(503, ""), page(503, "a"), page(502, "b"),
			[3]pavise.Outcome{pavise.Unknown, pavise.Unknown, pavise.Unknown}},
		"silent": {nil, nil, nil, nil, nil, [3]pavise.Outcome{pavise.Unknown, pavise.Unknown, pavise.Unknown}},
	} {
		e := &pavise.Evidence{Target: pavise.Target{URL: "https://shop.example.com"}}
		answers := []*pavise.Response{test.home, test.trace, test.unknown, test.options, test.overridden}
		for i, probe := range (Methods{}).Probes(e) {
			if answers[i] != nil {
				e.Add(pavise.Answer{Probe: probe, Response: answers[i]})
			}
		}
		expect(t, name, Methods{}, e, map[string]pavise.Outcome{"requests.methods.trace": test.want[0],
			"requests.methods.unknown": test.want[1], "requests.methods.override": test.want[2], ruleWrite: pavise.Skip})
	}
}
