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
		lines := own.enforced().of(nil)
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
