package headers

import (
	"strings"
	"testing"

	"pavise"
)

func TestCSPCheck(t *testing.T) {
	const id = "headers.csp."
	nonced := "script-src 'nonce-0123456789abcdef' 'unsafe-inline' https: 'strict-dynamic'"
	for rule, verdicts := range map[string][]verdict{
		"present": {
			{"nothing", page(), pavise.Fail, "no policy"},
			{"enforced", page(csp + "img-src *"), pavise.Pass, "img-src *"},
			{"reported", page(cspReport + "img-src *"), pavise.Fail, "only a policy that reports"},
			{"empty", page(csp + " ; ,"), pavise.Fail, "no policy"},
		},
		"object-src": {
			{"nothing", page(), pavise.Fail, "no object-src"},
			{"none", page(csp + "object-src 'none'"), pavise.Pass, "'none'"},
			{"by default", page(csp + "default-src 'self'"), pavise.Pass, "default-src 'self'"},
			{"anyone", page(csp + "object-src *"), pavise.Fail, "by *"},
			{"its own beats the default", page(csp + "default-src 'none'; object-src data:"), pavise.Fail, "by data:"},
			{"one policy is enough", page(csp+"object-src *", csp+"object-src 'none'"), pavise.Pass, "'none'"},
			{"reported", page(cspReport + "object-src 'none'"), pavise.Fail, "no object-src"},
		},
		"base-uri": {
			{"default does not govern it", page(csp + "default-src 'none'"), pavise.Fail, "no base-uri"},
			{"self", page(csp + "base-uri 'self'"), pavise.Pass, "'self'"},
			{"anyone", page(csp + "base-uri https:"), pavise.Fail, "https:"},
		},
		"script-src": {
			{"none", page(csp + basePolicy), pavise.Fail, "no script-src"},
			{"by default", page(csp + "default-src 'self'"), pavise.Pass, "default-src"},
			{"reported", page(cspReport + "script-src 'self'"), pavise.Fail, "reported is script-src 'self'"},
		},
		"unsafe-inline": {
			{"not governed", page(csp + basePolicy), pavise.Skip, ""},
			{"inline", page(csp + "script-src 'self' 'UNSAFE-inline'"), pavise.Fail, "script-src has 'unsafe-inline'"},
			{"by default", page(csp + "default-src 'unsafe-inline'"), pavise.Fail, "default-src"},
			{"void beside a nonce", page(csp + nonced), pavise.Pass, "nonce"},
			{"void beside a hash", page(csp + "script-src 'unsafe-inline' 'sha256-x'"), pavise.Pass, "sha256"},
			{"attributes", page(csp + "script-src 'self'; script-src-attr 'unsafe-inline'"), pavise.Fail, "script-src-attr"},
			{"elements", page(csp + "script-src 'self'; script-src-elem 'unsafe-inline'"), pavise.Fail, "script-src-elem"},
			{"one policy is enough", page(csp+"script-src 'unsafe-inline'", csp+"script-src 'self'"), pavise.Pass, "'self'"},
			{"a policy of something else is not", page(csp+"script-src 'unsafe-inline'", csp+"img-src 'self'"), pavise.Fail, "'unsafe-inline'"},
			{"the first counts", page(csp + "script-src 'self'; script-src 'unsafe-inline'"), pavise.Pass, "'self'"},
		},
		"unsafe-eval": {
			{"eval", page(csp + "script-src 'unsafe-eval'"), pavise.Fail, "'unsafe-eval'"},
			{"wasm", page(csp + "script-src 'wasm-unsafe-eval'"), pavise.Pass, ""},
		},
		"wildcard": {
			{"star", page(csp + "script-src *"), pavise.Fail, "*"},
			{"scheme", page(csp + "script-src 'self' https:"), pavise.Fail, "https:"},
			{"data", page(csp + "default-src data:"), pavise.Fail, "data:"},
			{"blob", page(csp + "script-src 'self' blob:"), pavise.Pass, "blob:"},
			{"domain", page(csp + "script-src *.example.com"), pavise.Pass, ""},
			{"void beside strict-dynamic", page(csp + nonced), pavise.Pass, ""},
			{"pictures", page(csp + "script-src 'self'; img-src *"), pavise.Pass, ""},
		},
		"bypass": {
			{"public", page(csp + "script-src https://cdn.jsdelivr.net"), pavise.Fail, "cdn.jsdelivr.net"},
			{"with a port", page(csp + "script-src unpkg.com:443/"), pavise.Fail, "unpkg.com"},
			{"among others", page(csp + "script-src *.googleapis.com"), pavise.Fail, "*.googleapis.com"},
			{"not among others", page(csp + "script-src *.example.com *.jsdelivr.net.example"), pavise.Pass, ""},
			{"one script", page(csp + "script-src https://unpkg.com/vue@3/"), pavise.Pass, ""},
			{"own", page(csp + "script-src 'self' https://cdn.example.com"), pavise.Pass, ""},
		},
		"plain-http": {
			{"scheme", page(csp + "img-src http:"), pavise.Fail, "http:"},
			{"host", page(csp + "connect-src WS://a.example"), pavise.Fail, "WS://a.example"},
			{"this machine", page(csp + "connect-src http://localhost:3000"), pavise.Pass, ""},
			{"reports are no source", page(csp + "img-src *; report-uri http://a.example"), pavise.Pass, ""},
		},
		"address": {
			{"four", page(csp + "img-src https://192.0.2.1:8443/x"), pavise.Fail, "192.0.2.1"},
			{"six", page(csp + "img-src [2001:db8::1]:443"), pavise.Fail, "2001:db8::1"},
			{"this machine", page(csp + "img-src 127.0.0.1"), pavise.Pass, ""},
			{"name", page(csp + "img-src a.example"), pavise.Pass, ""},
		},
		"nonce-length": {
			{"none", page(csp + basePolicy), pavise.Skip, ""},
			{"short", page(csp + "script-src 'nonce-abc1234'"), pavise.Fail, "7 characters"},
			{"long", page(csp + nonced), pavise.Pass, "16 characters"},
		},
		"syntax": {
			{"none", page(), pavise.Skip, ""},
			{"good", page(csp + helmetPolicy), pavise.Pass, "every word"},
			{"bad", page(csp + "script-src self"), pavise.Fail, "needs single quotes"},
			{"reported", page(cspReport + "script-scr 'self'"), pavise.Fail, "script-src is meant"},
		},
		"deprecated": {
			{"old", page(csp + "block-all-mixed-content"), pavise.Fail, "block-all-mixed-content"},
			{"new", page(csp + basePolicy), pavise.Pass, "none"},
		},
		"reporting": {
			{"not meant", page(csp + basePolicy), pavise.Skip, ""},
			{"uri", page(csp + "img-src *; report-uri /csp"), pavise.Pass, "report-uri alone"},
			{"no group", page(csp + "img-src *; report-to x"), pavise.Fail, "does not name"},
			{"group", page(csp+"img-src *; report-to x", `Reporting-Endpoints: x="/csp"`), pavise.Pass, "report-to x"},
			{"group of the older header", page(csp+"img-src *; report-to x", `Report-To: {"group": "x", "endpoints": []}, {"max_age": 1}`), pavise.Pass, "report-to x"},
			{"older header of no sense", page(csp+"img-src *; report-to x", "Report-To: x"), pavise.Fail, "does not name"},
			{"to nobody", page(cspReport + "img-src *"), pavise.Fail, "to nobody"},
		},
	} {
		judged(t, CSP{}, id+rule, verdicts)
	}
	for _, f := range (CSP{}).Check(page(csp + "script-src " + strings.Repeat("é'unsafe-inline'", 4000))) {
		if len(f.Saw) > 300 {
			t.Errorf("%s: saw %d bytes", f.Rule, len(f.Saw))
		}
	}
}

func TestCSPMeta(t *testing.T) {
	with := func(body string) *pavise.Evidence {
		e := page()
		e.Answers[0].Response.Body = []byte(body)
		return e
	}
	meta := `<meta http-equiv="content-security-policy" content="object-src 'none'; frame-ancestors 'none'">`
	judged(t, CSP{}, "headers.csp.object-src", []verdict{
		{"in the head", with("<html><head><title>x</title>" + meta), pavise.Pass, "'none'"},
		{"behind the head", with("<html><head></head>" + meta), pavise.Fail, ""},
		{"in the body", with("<body>" + meta), pavise.Fail, ""},
		{"behind what ends the head", with("<div></div>" + meta), pavise.Fail, ""},
		{"in a comment", with("<!--" + meta + "-->"), pavise.Fail, ""},
		{"in a script", with("<script>" + meta + "</script>"), pavise.Fail, ""},
		{"of another kind", with(strings.Replace(meta, "policy", "policy-report-only", 1)), pavise.Fail, ""},
		{"too many before", with(strings.Repeat(strings.Replace(meta, "object", "img", 1), maxMeta) + meta), pavise.Fail, ""},
	})
	judged(t, CSP{}, "headers.csp.present", []verdict{
		{"what means nothing in a page", with(`<meta http-equiv=Content-Security-Policy content="sandbox; frame-ancestors 'self'; report-uri /x">`), pavise.Fail, "no policy"},
	})
}

func TestCSPNonceReuse(t *testing.T) {
	const rule = "headers.csp.nonce-reuse"
	twice := func(first, second string) *pavise.Evidence {
		e := page(csp + "script-src 'nonce-" + first + "'")
		probes := CSP{}.Probes(e)
		if len(probes) != 1 {
			t.Fatalf("asks %d things", len(probes))
		}
		a := page(csp + "script-src 'nonce-" + second + "'").Answers[0]
		a.Probe = probes[0]
		if second == "" {
			a.Response, a.Error = nil, "timeout"
		}
		e.Add(a)
		return e
	}
	judged(t, CSP{}, rule, []verdict{
		{"no nonce", page(csp + "script-src 'self'"), pavise.Skip, ""},
		{"the same again", twice("0123456789", "0123456789"), pavise.Fail, "another response had"},
		{"another", twice("0123456789", "9876543210"), pavise.Pass, "of its own"},
		{"not answered", twice("0123456789", ""), pavise.Unknown, "timeout"},
		{"twice in one policy", twice("0123456789'; style-src 'nonce-0123456789", "9876543210"), pavise.Pass, "of its own"},
	})
	if probes := (CSP{}).Probes(page(csp + "script-src 'self'")); len(probes) != 0 {
		t.Errorf("asks %d things without a nonce", len(probes))
	}
	e := evidence("https://shop.example.com")
	for _, path := range strings.Split("abcdefgh", "") {
		a := page(csp + "script-src 'nonce-" + strings.Repeat(path, 10) + "'").Answers[0]
		a.Probe.Request.URL += path
		e.Add(a)
	}
	if probes := (CSP{}).Probes(e); len(probes) != maxNoncePages {
		t.Errorf("asks %d things", len(probes))
	}
}
