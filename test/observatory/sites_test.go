package observatory

import "net/http"

// A site is a set of headers, and what else the Observatory looks at.
type site struct {
	name      string
	headers   [][2]string
	body      string
	status    int
	leads     string   // from / to this path
	onTheWay  []string // cookies that the redirect sets
	cors      func(h http.Header, origin string)
	untrusted bool // its certificate
	closed    bool // plain http
	stays     bool // at plain http
	viaClear  bool // to https by way of plain http
	viaHost   bool // to https by way of another host
}

type lines = [][2]string

// best is what an A+ takes, but for what is told.
func best(more ...[2]string) lines {
	return append(lines{
		{"Strict-Transport-Security", "max-age=63072000; includeSubDomains"},
		{"Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; frame-ancestors 'none'; form-action 'self'"},
		{"X-Content-Type-Options", "nosniff"},
		{"Referrer-Policy", "no-referrer"},
		{"Cross-Origin-Resource-Policy", "same-origin"},
	}, more...)
}

// without is best but for a header.
func without(name string, more ...[2]string) lines {
	var list lines
	for _, line := range best() {
		if line[0] != name {
			list = append(list, line)
		}
	}
	return append(list, more...)
}

func policy(value string) lines { return without(csp, [2]string{csp, value}) }
func cookie(value string) lines { return best([2]string{"Set-Cookie", value}) }

const (
	csp  = "Content-Security-Policy"
	hsts = "Strict-Transport-Security"
	page = `<!doctype html><title>a</title><p>b</p>`
)

var sites = []site{
	{name: "nothing"},
	{name: "best", headers: best(), body: page},
	{name: "api", headers: lines{{"X-Content-Type-Options", "nosniff"}}, status: 403},
	{name: "no nosniff", headers: without("X-Content-Type-Options")},
	{name: "nosniff twice", headers: best([2]string{"X-Content-Type-Options", "nosniff"})},
	{name: "xfo alone", headers: without(csp, [2]string{"X-Frame-Options", "DENY"})},
	{name: "xfo odd", headers: policy("default-src 'none'; form-action 'self'")},
	{name: "xfo allow-from", headers: append(policy("default-src 'self'"), [2]string{"X-Frame-Options", "ALLOW-FROM https://a.example"})},

	{name: "csp self", headers: policy("default-src 'self'; frame-ancestors 'self'")},
	{name: "csp inline", headers: policy("default-src 'self' 'unsafe-inline'")},
	{name: "csp inline and nonce", headers: policy("default-src 'self'; script-src 'unsafe-inline' 'nonce-abcdefgh'; object-src 'none'")},
	{name: "csp inline style", headers: policy("default-src 'none'; script-src 'self'; style-src 'unsafe-inline'")},
	{name: "csp eval", headers: policy("default-src 'self'; script-src 'self' 'unsafe-eval'")},
	{name: "csp http active", headers: policy("default-src 'self'; connect-src http://a.example")},
	{name: "csp http passive", headers: policy("default-src 'self'; img-src http://a.example")},
	{name: "csp broad", headers: policy("default-src https:")},
	{name: "csp no object-src", headers: policy("script-src 'self'")},
	{name: "csp strict-dynamic", headers: policy("script-src 'strict-dynamic' 'nonce-abcdefgh' https: 'unsafe-inline'; object-src 'none'; base-uri 'none'")},
	{name: "csp strict-dynamic alone", headers: policy("script-src 'strict-dynamic' 'self'; object-src 'none'")},
	{name: "csp twice the same", headers: policy("default-src 'self'; default-src 'none'")},
	{name: "csp two reports", headers: policy("default-src 'self'; report-uri /a; report-uri /b")},
	{name: "csp report only", headers: without(csp, [2]string{"Content-Security-Policy-Report-Only", "default-src 'self'"})},
	{name: "csp two headers", headers: policy("default-src 'self'"), body: page},
	{name: "csp two lines", headers: append(policy("default-src 'self'"), [2]string{csp, "script-src 'none'; object-src 'none'"})},
	{name: "csp short", headers: policy("a")},
	{name: "csp empty list", headers: policy("default-src; script-src 'self'")},
	{name: "csp meta", headers: without(csp), body: `<head><meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self'"></head>`},
	{name: "csp meta frames alone", headers: without(csp), body: `<head><meta http-equiv="Content-Security-Policy" content="frame-ancestors 'none'"></head>`},
	{name: "csp meta and header", headers: policy("default-src 'self' https://a.example; script-src https://b.example/x/ 'self'; img-src *"),
		body: `<meta http-equiv="content-security-policy" content="default-src 'self'; script-src https://b.example/x/ https://c.example; font-src 'none'">`},

	{name: "hsts short", headers: without(hsts, [2]string{hsts, "max-age=3600"})},
	{name: "hsts nearly", headers: without(hsts, [2]string{hsts, "max-age=15552000"})},
	{name: "hsts odd", headers: without(hsts, [2]string{hsts, "includeSubDomains"})},
	{name: "hsts quoted", headers: without(hsts, [2]string{hsts, `max-age="3600"`})},
	{name: "hsts twice", headers: best([2]string{hsts, "max-age=3600"})},
	{name: "untrusted", headers: best(), untrusted: true},

	{name: "referrer unsafe", headers: without("Referrer-Policy", [2]string{"Referrer-Policy", "unsafe-url"})},
	{name: "referrer list", headers: without("Referrer-Policy", [2]string{"Referrer-Policy", "no-referrer, origin, newer"})},
	{name: "referrer odd", headers: without("Referrer-Policy", [2]string{"Referrer-Policy", "none"})},
	{name: "referrer meta", headers: without("Referrer-Policy"), body: `<meta name="referrer" content="origin">`},

	{name: "corp cross", headers: without("Cross-Origin-Resource-Policy", [2]string{"Cross-Origin-Resource-Policy", "cross-origin"})},
	{name: "corp odd", headers: without("Cross-Origin-Resource-Policy", [2]string{"Cross-Origin-Resource-Policy", "nobody"})},

	{name: "cookie good", headers: cookie("__Host-sess=a; Path=/; Secure; HttpOnly; SameSite=Lax")},
	{name: "cookie no samesite", headers: cookie("sess=a; Secure; HttpOnly")},
	{name: "cookie odd samesite", headers: cookie("a=b; Secure; SameSite=Relaxed")},
	{name: "cookie none insecure", headers: cookie("a=b; SameSite=None")},
	{name: "cookie insecure", headers: without(hsts, [2]string{"Set-Cookie", "a=b; SameSite=Lax"})},
	{name: "cookie insecure behind hsts", headers: cookie("a=b; SameSite=Lax")},
	{name: "session insecure behind hsts", headers: cookie("PHPSESSID=b; HttpOnly; SameSite=Lax")},
	{name: "session insecure", headers: without(hsts, [2]string{"Set-Cookie", "login=b; HttpOnly"})},
	{name: "session readable", headers: cookie("session=b; Secure; SameSite=Strict")},
	{name: "csrf cookie", headers: cookie("csrftoken=b; Secure")},
	{name: "cookie of another host", headers: cookie("sess=b; Domain=other.example")},
	{name: "cookie that ends", headers: cookie("sess=; Max-Age=0")},
	{name: "cookie with a false prefix", headers: cookie("__Host-sess=a; Path=/a; Secure")},
	{name: "cookie without a name", headers: cookie("sess; Secure")},
	{name: "cookie on the way", headers: best(), leads: "/home", onTheWay: []string{"sess=a", "b=c; Secure"}},
	{name: "cookie set twice", headers: cookie("sess=a; Path=/; Secure; HttpOnly"), leads: "/home", onTheWay: []string{"sess=a; Path=/"}},

	{name: "cors reflected", headers: best(), cors: func(h http.Header, origin string) {
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Allow-Credentials", "true")
	}},
	{name: "cors public", headers: best(), cors: func(h http.Header, _ string) { h.Set("Access-Control-Allow-Origin", "*") }},
	{name: "cors named", headers: best(), cors: func(h http.Header, _ string) {
		h.Set("Access-Control-Allow-Origin", "https://partner.example")
		h.Set("Access-Control-Allow-Credentials", "true")
	}},

	{name: "no http", headers: best(), closed: true},
	{name: "stays in the clear", headers: best(), stays: true},
	{name: "http first", headers: best(), viaClear: true},
	{name: "another host first", headers: best(), viaHost: true},

	{name: "sri foreign", headers: best(), body: `<script src="https://cdn.example/a.js" integrity="sha384-a" crossorigin></script>`},
	{name: "sri missing", headers: best(), body: `<script src="https://cdn.example/a.js"></script><script src="/b.js"></script>`},
	{name: "sri in the clear", headers: best(), body: `<script src="http://cdn.example/a.js"></script>`},
	{name: "sri by slashes", headers: best(), body: `<script src="//cdn.example/a.js" integrity="sha384-a"></script>`},
	{name: "sri own", headers: best(), body: `<script src="/a.js" integrity="sha384-a"></script>`},
	{name: "sri inline", headers: best(), body: `<script>1</script>`},
	{name: "sri template", headers: best(), body: `<template><script src="https://cdn.example/a.js"></script></template>`},
	{name: "sri base", headers: best(), body: `<base href="https://cdn.example/"><script src="a.js"></script>`},
	{name: "sri noscript", headers: best(), body: `<body><noscript><script src="https://cdn.example/a.js"></script></noscript>`},
}
