package headers

import (
	"testing"

	"pavise"
)

func TestFrame(t *testing.T) {
	const csp = "Content-Security-Policy: "
	travel(t, Frame{}, []trip{
		{name: "nothing", app: head(), want: head("X-Frame-Options: SAMEORIGIN", csp+"frame-ancestors 'self'")},
		{name: "error page", status: 500, app: head(), want: head("X-Frame-Options: SAMEORIGIN", csp+"frame-ancestors 'self'")},
		{name: "stricter", app: head("X-Frame-Options: deny"), want: head("X-Frame-Options: DENY", csp+"frame-ancestors 'none'")},
		{name: "equal", app: head("X-Frame-Options: SameOrigin"), want: head("X-Frame-Options: SAMEORIGIN", csp+"frame-ancestors 'self'")},
		{name: "invalid", app: head("X-Frame-Options: ALLOW-FROM https://a.example"), want: head("X-Frame-Options: SAMEORIGIN", csp+"frame-ancestors 'self'"), note: "ALLOW-FROM"},
		{name: "both valid", app: head("X-Frame-Options: SAMEORIGIN", "X-Frame-Options: DENY"), want: head("X-Frame-Options: DENY", csp+"frame-ancestors 'none'")},
		{name: "one of two valid", app: head("X-Frame-Options: ALLOWALL, SAMEORIGIN"), want: head("X-Frame-Options: SAMEORIGIN", csp+"frame-ancestors 'self'")},
		{name: "csp says nothing of it", app: head(csp + "default-src 'self'"), want: head(csp+"default-src 'self'", csp+"frame-ancestors 'self'", "X-Frame-Options: SAMEORIGIN")},
		{name: "old header is stricter than an absent policy", app: head("X-Frame-Options: DENY", csp+"default-src 'self'"),
			want: head("X-Frame-Options: DENY", csp+"default-src 'self'", csp+"frame-ancestors 'none'")},
		{name: "csp says none", app: head(csp + "frame-ancestors 'none'"), want: head(csp+"frame-ancestors 'none'", "X-Frame-Options: DENY")},
		{name: "csp says self", app: head(csp + "Frame-Ancestors 'SELF'"), want: head(csp+"Frame-Ancestors 'SELF'", "X-Frame-Options: SAMEORIGIN")},
		{name: "csp names a partner", app: head(csp + "frame-ancestors 'self' https://a.example"),
			want: head(csp + "frame-ancestors 'self' https://a.example"), note: "is kept"},
		{name: "partner with its own old header", app: head(csp+"frame-ancestors https://a.example", "X-Frame-Options: ALLOW-FROM https://a.example"),
			want: head(csp+"frame-ancestors https://a.example", "X-Frame-Options: ALLOW-FROM https://a.example"), note: "is kept"},
		{name: "csp lets anyone in", app: head(csp + "default-src 'self'; frame-ancestors *"),
			want: head(csp+"default-src 'self'; frame-ancestors *", csp+"frame-ancestors 'self'", "X-Frame-Options: SAMEORIGIN"), note: "second policy"},
		{name: "report-only protects nobody", app: head("Content-Security-Policy-Report-Only: frame-ancestors 'none'"),
			want: head("Content-Security-Policy-Report-Only: frame-ancestors 'none'", csp+"frame-ancestors 'self'", "X-Frame-Options: SAMEORIGIN")},
	})
	travel(t, Frame{Allow: "none"}, []trip{
		{name: "none: nothing", app: head(), want: head("X-Frame-Options: DENY", csp+"frame-ancestors 'none'")},
		{name: "none: laxer", app: head("X-Frame-Options: SAMEORIGIN"), want: head("X-Frame-Options: DENY", csp+"frame-ancestors 'none'"), note: "replaced by DENY"},
		{name: "none: csp says self", app: head(csp + "frame-ancestors 'self'"),
			want: head(csp+"frame-ancestors 'self'", csp+"frame-ancestors 'none'", "X-Frame-Options: DENY"), note: "frame-ancestors 'none', is added"},
		{name: "none: csp names a partner", app: head(csp + "frame-ancestors https://a.example"),
			want: head(csp+"frame-ancestors https://a.example", csp+"frame-ancestors 'none'", "X-Frame-Options: DENY"), note: "is added"},
		{name: "none: csp says none", app: head(csp + "frame-ancestors 'none'"), want: head(csp+"frame-ancestors 'none'", "X-Frame-Options: DENY")},
	})
	judged(t, Frame{}, "headers.frame.present", []verdict{
		{"nothing", page(), pavise.Fail, "neither"},
		{"deny", page("X-Frame-Options: deny"), pavise.Pass, "deny"},
		{"invalid", page("X-Frame-Options: ALLOWALL"), pavise.Fail, "ALLOWALL"},
		{"two values", page("X-Frame-Options: DENY", "X-Frame-Options: SAMEORIGIN"), pavise.Fail, "DENY, SAMEORIGIN"},
		{"csp alone", page(csp + "frame-ancestors 'self'"), pavise.Pass, "the site itself"},
		{"csp names a partner", page(csp + "frame-ancestors https://a.example"), pavise.Pass, "sites that it names"},
		{"csp beats the old header", page("X-Frame-Options: DENY", csp+"frame-ancestors *"), pavise.Fail, "anyone"},
		{"two policies", page(csp+"frame-ancestors *", csp+"frame-ancestors 'self'"), pavise.Pass, "the site itself"},
	})
	judged(t, Frame{}, "headers.frame.ancestors", []verdict{
		{"nothing", page(), pavise.Fail, "no frame-ancestors"},
		{"the old header alone", page("X-Frame-Options: DENY"), pavise.Fail, "no frame-ancestors"},
		{"self", page(csp + "frame-ancestors 'self'"), pavise.Pass, "the site itself"},
		{"a partner", page(csp + "frame-ancestors https://a.example"), pavise.Pass, "sites that it names"},
		{"anyone", page(csp + "frame-ancestors https:"), pavise.Fail, "anyone"},
		{"reported only", page("Content-Security-Policy-Report-Only: frame-ancestors 'self'"), pavise.Fail, "no frame-ancestors"},
	})
	mistakes(t, map[string]pavise.Control{
		"<nil>": Frame{Allow: "self"},
		`headers.frame: allow must be none or self, not "deny"`: Frame{Allow: "deny"},
	})
}

func TestAncestors(t *testing.T) {
	for csp, want := range map[string]reach{
		"":                                                         silent,
		"default-src *":                                            silent,
		"default-src frame-ancestors":                              silent,
		"frame-ancestors":                                          nobody,
		"frame-ancestors 'none'":                                   nobody,
		"frame-ancestors 'strict-dynamic'":                         nobody,
		"frame-ancestors\t'self'":                                  itself,
		" ;; frame-ancestors 'none' 'self' ":                       itself,
		"frame-ancestors a.example":                                named,
		"frame-ancestors *.a.example":                              named,
		"frame-ancestors https://*.a.example/":                     named,
		"frame-ancestors https://a.example:*":                      named,
		"frame-ancestors *":                                        anyone,
		"frame-ancestors 'self' *":                                 anyone,
		"frame-ancestors *:443":                                    anyone,
		"frame-ancestors https://*":                                anyone,
		"frame-ancestors https://*:8443/x":                         anyone,
		"frame-ancestors *.com":                                    anyone,
		"frame-ancestors https:":                                   anyone,
		"frame-ancestors 'none'; frame-ancestors *":                nobody, // the first counts
		"frame-ancestors *, frame-ancestors 'self'":                itself, // both count
		"frame-ancestors 'self', default-src *, frame-ancestors *": itself,
	} {
		if got := ancestors([]string{csp}); got != want {
			t.Errorf("%q: %d, want %d", csp, got, want)
		}
	}
}
