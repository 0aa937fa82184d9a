package transport

import (
	"net/http"
	"testing"

	"pavise"
)

// TestAltSvc: HTTP/3 is looked for where it is announced, and at no other host.
func TestAltSvc(t *testing.T) {
	for line, want := range map[string]string{
		`h3=":443"; ma=86400`:                    "https://a.test/",
		`h2=":443", h3=":443"`:                   "https://a.test/",
		`h3-29=":443"`:                           "",
		`h3=":8443"`:                             "https://a.test:8443/",
		`h3="a.test:443"`:                        "https://a.test/",
		`h3="elsewhere.test:443"`:                "",
		`clear`:                                  "",
		`h3="`:                                   "",
		`h3=":443`:                               "",
		`h3="elsewhere.test:443", h3=":8443", x`: "https://a.test:8443/",
	} {
		e := &pavise.Evidence{Target: pavise.Target{URL: "https://a.test", TLS: "a.test:443"}}
		e.Add(pavise.Answer{Probe: e.Target.Home(), Response: &pavise.Response{Status: 200, Header: http.Header{"Alt-Svc": {line}}}})
		got := ""
		if p, ok := announced(e); ok {
			if got = p.Request.URL; p.Request.Proto != pavise.HTTP3 || (p.Request.Host != "") != (got != "https://a.test/") {
				t.Errorf("%s: %+v", line, p.Request)
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

func TestVersionsChecked(t *testing.T) {
	nosniff := http.Header{"X-Content-Type-Options": {"nosniff"}, "Alt-Svc": {`h3=":443"`}}
	answer := func(status int, h http.Header) pavise.Answer {
		return pavise.Answer{Response: &pavise.Response{Status: status, Header: h}}
	}
	silent, unasked := pavise.Answer{Error: "no answer"}, pavise.Answer{Error: "not asked", Unasked: true}
	for name, tt := range map[string]struct {
		one, two, three pavise.Answer
		want            string
	}{
		"alike":          {answer(200, nosniff), answer(200, nosniff), answer(200, nosniff), "versions.http2 pass, versions.http3 pass, versions.alike pass"},
		"one lacks it":   {answer(200, nosniff), answer(200, nosniff), answer(200, nil), "versions.http2 pass, versions.http3 pass, versions.alike fail"},
		"one is another": {answer(200, nosniff), answer(404, nosniff), answer(200, nosniff), "versions.http2 pass, versions.http3 pass, versions.alike fail"},
		"too many":       {answer(200, nosniff), answer(429, nil), answer(200, nosniff), "versions.http2 pass, versions.http3 pass, versions.alike pass"},
		"only the first": {answer(200, nosniff), silent, silent, "versions.http2 fail, versions.http3 fail, versions.alike skip"},
		"bound reached":  {answer(200, nosniff), unasked, unasked, "versions.http2 unknown, versions.http3 unknown, versions.alike skip"},
	} {
		e := &pavise.Evidence{Target: pavise.Target{URL: "https://a.test", TLS: "a.test:443"}}
		e.Add(pavise.Answer{Probe: e.Target.Home(), Response: &pavise.Response{Status: 200, Header: nosniff}})
		for proto, a := range map[string]pavise.Answer{pavise.HTTP1: tt.one, pavise.HTTP2: tt.two, pavise.HTTP3: tt.three} {
			a.Probe = over(e, proto)
			e.Add(a)
		}
		if got := outcomes(Versions{}.Check(e)); got != tt.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}
