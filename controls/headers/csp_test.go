package headers

import (
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"pavise"
)

const (
	csp       = "Content-Security-Policy: "
	cspReport = "Content-Security-Policy-Report-Only: "
	reports   = "https://reports.example.com/csp"
)

func TestCSP(t *testing.T) {
	html, pdf := "Content-Type: text/html", "Content-Type: application/pdf"
	travel(t, CSP{}, []trip{
		{name: "nothing", app: head(), want: head(csp + basePolicy)},
		{name: "html", app: head(html), want: head(html, csp+basePolicy)},
		{name: "error page", status: 500, app: head(html), want: head(html, csp+basePolicy)},
		{name: "pdf", app: head(pdf), want: head(pdf)},
		{name: "pdf, written otherwise", app: head("Content-Type: Application/PDF; x=1"), want: head("Content-Type: Application/PDF; x=1")},
		{name: "what is stored stays", status: 304, app: head(), want: head()},
		{name: "the app governs both", app: head(csp + "default-src https://plugins.example; base-uri https://cdn.example"),
			want: head(csp + "default-src https://plugins.example; base-uri https://cdn.example")},
		{name: "objects of its own", app: head(csp + "object-src https://plugins.example"),
			want: head(csp+"object-src https://plugins.example", csp+"base-uri 'self'")},
		{name: "default governs objects", app: head(csp + "Default-Src 'self'"), want: head(csp+"Default-Src 'self'", csp+"base-uri 'self'")},
		{name: "scripts alone", app: head(csp + "script-src 'self'"), want: head(csp+"script-src 'self'", csp+basePolicy)},
		{name: "two lines", app: head(csp+"object-src 'self'", csp+"img-src *, base-uri *"), want: head(csp+"object-src 'self'", csp+"img-src *, base-uri *")},
		{name: "a name within another", app: head(csp + "x-object-src 'self'; base-uri-x *"),
			want: head(csp+"x-object-src 'self'; base-uri-x *", csp+basePolicy)},
		{name: "dropped by browsers", app: head(csp + "object-src “self”"), want: head(csp+"object-src “self”", csp+basePolicy)},
		{name: "reported only", app: head(cspReport + "object-src 'none'"), want: head(cspReport+"object-src 'none'", csp+basePolicy)},
	})
	full := strings.ReplaceAll(helmetPolicy, "; "+upgrade, "")
	travel(t, CSP{Policy: "helmet"}, []trip{
		{name: "helmet", app: head(), want: head(csp + helmetPolicy)},
		{name: "helmet: localhost", url: "https://localhost:3000/", app: head(), want: head(csp + full)},
		{name: "helmet: below localhost", url: "https://shop.localhost/", app: head(), want: head(csp + full)},
		{name: "helmet: address of this machine", url: "https://[::1]/", app: head(), want: head(csp + full)},
		{name: "helmet: the app's scripts stand", app: head(csp + "script-src https://cdn.example 'unsafe-inline'"),
			want: head(csp+"script-src https://cdn.example 'unsafe-inline'", csp+"base-uri 'self'; font-src 'self' https: data:; form-action 'self'; "+
				"img-src 'self' data:; object-src 'none'; style-src 'self' https: 'unsafe-inline'; upgrade-insecure-requests")},
		{name: "helmet: what would fall back to ours stands", app: head(csp + "script-src-elem https://cdn.example; worker-src blob:"),
			want: head(csp+"script-src-elem https://cdn.example; worker-src blob:", csp+"base-uri 'self'; font-src 'self' https: data:; form-action 'self'; "+
				"img-src 'self' data:; object-src 'none'; script-src-attr 'none'; style-src 'self' https: 'unsafe-inline'; upgrade-insecure-requests")},
		{name: "helmet: the app's default stands", app: head(csp + "default-src *"),
			want: head(csp+"default-src *", csp+"base-uri 'self'; form-action 'self'; upgrade-insecure-requests")},
	})
	travel(t, CSP{Policy: "helmet", Mode: "report-only", ReportTo: reports}, []trip{
		{name: "report-only", app: head(), want: head(
			csp+basePolicy+"; report-uri "+reports+"; report-to pavise-csp", cspReport+full+"; report-uri "+reports+"; report-to pavise-csp",
			`Reporting-Endpoints: pavise-csp="`+reports+`"`)},
		{name: "report-only: beside the app's", app: head(csp+"default-src 'none'; base-uri 'none'", cspReport+"img-src *", `Reporting-Endpoints: own="https://a.example/"`), want: head(
			csp+"default-src 'none'; base-uri 'none'", cspReport+"img-src *", cspReport+full+"; report-uri "+reports+"; report-to pavise-csp",
			`Reporting-Endpoints: own="https://a.example/", pavise-csp="`+reports+`"`)},
		{name: "report-only: endpoints of no sense", app: head(csp+"default-src 'none'; base-uri 'none'", "Reporting-Endpoints: own=;"), want: head(
			csp+"default-src 'none'; base-uri 'none'", cspReport+full+"; report-uri "+reports+"; report-to pavise-csp", "Reporting-Endpoints: own=;")},
	})
	travel(t, CSP{Policy: "script-src 'self'; object-src 'self'; report-uri /csp;"}, []trip{
		{name: "own: completed", app: head(), want: head(csp + "script-src 'self'; object-src 'self'; base-uri 'self'; report-uri /csp")},
	})
	travel(t, CSP{Policy: "sandbox allow-scripts; frame-ancestors https://a.example", Mode: "report-only", ReportTo: reports}, []trip{
		{name: "own: reported", app: head(), want: head(csp+basePolicy+"; report-uri "+reports+"; report-to pavise-csp",
			cspReport+"frame-ancestors https://a.example; "+basePolicy+"; report-uri "+reports+"; report-to pavise-csp",
			`Reporting-Endpoints: pavise-csp="`+reports+`"`)},
	})
}

// TestCSPAndFrame holds that the two agree: frame-ancestors comes from Frame
// alone, unless the app or the owner's own policy names it.
func TestCSPAndFrame(t *testing.T) {
	for _, c := range []struct {
		name     string
		control  CSP
		app      http.Header
		policies []string
		options  string
	}{
		{"nothing", CSP{}, head(), []string{basePolicy, "frame-ancestors 'self'"}, "SAMEORIGIN"},
		{"app names a partner", CSP{}, head(csp + "frame-ancestors https://a.example"), []string{"frame-ancestors https://a.example", basePolicy}, ""},
		{"app forbids", CSP{}, head("X-Frame-Options: DENY"), []string{basePolicy, "frame-ancestors 'none'"}, "DENY"},
		{"owner names a partner", CSP{Policy: "frame-ancestors https://a.example"}, head(), []string{"frame-ancestors https://a.example; " + basePolicy}, ""},
		{"helmet", CSP{Policy: "helmet"}, head(), []string{helmetPolicy, "frame-ancestors 'self'"}, "SAMEORIGIN"},
	} {
		w := httptest.NewRecorder()
		wrap(t, nil, 0, c.app, Frame{}, c.control).ServeHTTP(w, trip{}.request())
		if got := w.Header(); !slices.Equal(got[cspHeader], c.policies) || got.Get(frameHeader) != c.options {
			t.Errorf("%s: %q and %q", c.name, got[cspHeader], got[frameHeader])
		}
	}
}

// TestCSPOwnPages: our error pages have a policy of their own, and bear no other.
func TestCSPOwnPages(t *testing.T) {
	h := wrap(t, nil, 0, nil, Frame{}, CSP{}, refuser{})
	r := trip{}.request()
	r.Header.Set("Accept", "text/html")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if got := w.Header()[cspHeader]; w.Code != 403 || len(got) != 1 || !strings.HasPrefix(got[0], "default-src 'none'; style-src") {
		t.Errorf("%d with %q", w.Code, got)
	}
}

type refuser struct{ CSP }

func (refuser) Doc() pavise.Doc { return pavise.Doc{ID: "headers.refuser", Refuses: true} }
func (refuser) Enforce(pavise.Env) (pavise.Hooks, error) {
	return pavise.Hooks{Admit: func(*pavise.Exchange) error { return &pavise.Refusal{Status: 403} }}, nil
}

func TestCSPValidate(t *testing.T) {
	for _, good := range []CSP{
		{}, {Policy: "base"}, {Policy: "helmet"}, {Policy: "helmet", Mode: "report-only", ReportTo: reports}, {ReportTo: reports},
		{Policy: "default-src 'none'; script-src 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU' 'strict-dynamic' https: 'unsafe-inline'; style-src 'self' *.example.com https://a.example:*/x/ wss: data:"},
		{Policy: "script-src 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; frame-ancestors 'self' https://a.example; upgrade-insecure-requests; sandbox allow-forms;"},
		{Policy: "require-trusted-types-for 'script'; trusted-types one 'allow-duplicates'", Mode: "report-only", ReportTo: reports},
		{Policy: "img-src *; report-uri /csp", Mode: "report-only"},
		{Policy: "object-src *", InsecurePolicy: true},
	} {
		if err := good.Validate(); err != nil {
			t.Errorf("%+v: %v", good, err)
		}
	}
	for want, c := range map[string]CSP{
		`mode must be enforce or report-only, not "report"`: {Mode: "report"},
		`there is no directive "scrip-src": script-src is`:  {Policy: "scrip-src 'self'"},
		`there is no directive "script-src:": script-src`:   {Policy: "script-src: 'self'"},
		`there is no directive "frobnicate"`:                {Policy: "frobnicate 1"},
		`'self' stands where a directive should`:            {Policy: "script-src 'none'; 'self'"},
		"script-src: self needs single quotes: 'self'":      {Policy: "script-src self"},
		`script-src: "self" needs single quotes: 'self'`:    {Policy: `script-src "self"`},
		"script-src: 'self needs single quotes: 'self'":     {Policy: "script-src 'self"},
		"nonce-abcdefgh needs single quotes":                {Policy: "script-src nonce-abcdefgh"},
		"no keyword 'slef': 'self' is meant":                {Policy: "script-src 'slef'"},
		"'nonce-' is no keyword, nonce or hash":             {Policy: "script-src 'nonce-'"},
		"'sha256-abc' is no keyword, nonce or hash":         {Policy: "script-src 'sha256-abc'"},
		"'none' is dropped beside another source":           {Policy: "script-src 'none' 'self'"},
		"the second img-src is dropped":                     {Policy: "img-src *; IMG-SRC 'self'"},
		"a semicolon is missing before object-src":          {Policy: "script-src 'self' object-src 'none'"},
		"upgrade-insecure-requests: it takes no value":      {Policy: "upgrade-insecure-requests 1"},
		"a comma begins another policy":                     {Policy: "script-src 'self', img-src *"},
		"a character that is not ASCII":                     {Policy: "script-src ‘self’"},
		"https://a.example/?q is no source":                 {Policy: "script-src https://a.example/?q"},
		"a.*.example is no source":                          {Policy: "script-src a.*.example"},
		"a.example:x is no source":                          {Policy: "script-src a.example:x"},
		"'unsafe-inline' means nothing here":                {Policy: "frame-ancestors 'unsafe-inline'"},
		"there is no directive in":                          {Policy: " ; "},
		"object-src lets any site in by *":                  {Policy: "object-src *"},
		"default-src lets any site in by https:":            {Policy: "default-src https:"},
		"base-uri lets any site in by https://*":            {Policy: "base-uri https://*"},
		"a nonce must be new in every response":             {Policy: "script-src 'nonce-0123456789abcdef'"},
		"bytes are too many":                                {Policy: "img-src " + strings.Repeat("a.example ", 500)},
		"report-to must be an address":                      {ReportTo: "http://reports.example.com"},
		`not "https://a.example/;x"`:                        {ReportTo: "https://a.example/;x"},
		"the policy says where reports go already":          {Policy: "report-uri /csp", ReportTo: reports},
		"needs a policy that is more than base":             {Mode: "report-only", ReportTo: reports},
		"needs report-to":                                   {Policy: "helmet", Mode: "report-only"},
	} {
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "headers.csp: ") {
			t.Errorf("%q: %v, want %q", c.Policy, err, want)
		}
	}
	err := CSP{Policy: "script-src self; imgs-src *, object-src 'none'", Mode: "x", ReportTo: "y"}.Validate()
	if lines := strings.Split(err.Error(), "\n"); len(lines) != 5 {
		t.Errorf("not every mistake at once: %q", lines)
	}
	if list := cspMistakes(strings.Repeat("script-src self;", 1000)); len(list) > maxMistakes+1 {
		t.Errorf("%d mistakes of one policy", len(list))
	}
	if !errors.Is(CSP{}.Validate(), nil) {
		t.Error("the zero value is no good")
	}
}

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

// TestMemo holds that an answer is for the lines that were asked about, and that
// nobody can change what another response bears.
func TestMemo(t *testing.T) {
	m := newMemo(func(lines []string) []string { return beside(lines, "ours") })
	for _, lines := range [][]string{nil, {"a"}, {"a"}, {"b"}, {"a", "b"}, {"b"}, nil} {
		want := append(slices.Clone(lines), "ours")
		got := m.of(lines)
		if !slices.Equal(got, want) || cap(got) != len(got) {
			t.Errorf("%q: %q with room for %d", lines, got, cap(got))
		}
	}
}

// FuzzCSP: whatever a stranger sends can be read and judged, and what Validate
// takes is what browsers will do: nothing is dropped.
func FuzzCSP(f *testing.F) {
	for _, s := range []string{basePolicy, helmetPolicy, "script-src 'nonce-", "; ;,;", "x 'self' self \"self\"", "img-src [::1]:* *://*", "default-src\x00*",
		"object-src 'none'\tobject-src *", "script-src 'unsafe-inline' 'sha256-'", "frame-ancestors *.com", "report-to a", "'", "a:b:c//d?e"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, policy string) {
		e := page()
		h := e.Answers[0].Response.Header
		h[cspHeader], h[cspReportHeader] = []string{policy}, []string{policy, policy}
		e.Answers[0].Response.Body = []byte(`<meta http-equiv="content-security-policy" content="` + policy + `">`)
		for _, found := range (CSP{}).Check(e) {
			if len(found.Saw) > 400 {
				t.Errorf("%s: saw %d bytes", found.Rule, len(found.Saw))
			}
		}
		for _, d := range slices.Concat(parsePolicies([]string{policy})...) {
			if !speaksOf([]string{policy}, d.name) {
				t.Errorf("%q is parsed in %q, and not spoken of", d.name, policy)
			}
		}
		own := CSP{Policy: policy}
		if own.Validate() != nil {
			return
		}
		sent := head()
		own.enforced().amend(sent, cspHeader)
		lines := sent[cspHeader]
		if len(lines) != 1 || strings.ContainsAny(lines[0], "\r\n") || len(cspMistakes(lines[0])) > 0 {
			t.Fatalf("%q is taken and sent as %q", policy, lines)
		}
		for _, rule := range []string{"headers.csp.object-src", "headers.csp.base-uri", "headers.csp.syntax"} {
			if found := finding(t, CSP{}, rule, page(csp+lines[0])); found.Outcome != pavise.Pass {
				t.Errorf("%q is taken, sent as %q, and fails %s: %s", policy, lines[0], rule, found.Saw)
			}
		}
	})
}

func BenchmarkCSP(b *testing.B) {
	own := "default-src 'self'; script-src 'self' 'nonce-%'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'"
	for name, app := range map[string]func(i int) http.Header{
		"none":       func(int) http.Header { return http.Header{} },
		"the same":   func(int) http.Header { return http.Header{cspHeader: {own}} },
		"with nonce": func(i int) http.Header { return http.Header{cspHeader: {own[:len(own)-i%2*len(" 'self'")]}} },
	} {
		for control, c := range map[string]pavise.Enforcer{"csp": CSP{}, "frame": Frame{}} {
			b.Run(control+"/"+name, func(b *testing.B) {
				hooks, _ := c.Enforce(pavise.Env{Site: site})
				apps := []http.Header{app(0), app(1)}
				x := &pavise.Exchange{Request: trip{}.request(), Host: "shop.example.com", Secure: true, Status: 200, Header: make(http.Header, 8)}
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					clear(x.Header)
					maps.Copy(x.Header, apps[i%2])
					hooks.Amend(x)
				}
			})
		}
	}
}
