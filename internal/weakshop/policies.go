package weakshop

import "net/http"

// policies are Content-Security-Policies with every mistake that people make:
// the home page has none at all.
var policies = map[string]string{
	"/products": "script-src 'self' 'unsafe-inline' 'unsafe-eval' https: https://cdn.jsdelivr.net; imgs-src 'self'; " +
		"img-src 'self' http://pictures.shop.example 192.0.2.7; reflected-xss block; report-to shop",
	"/account": "script-src 'self' 'nonce-c2hvcA'",
}

// trust says whom pages may take from and who may read them: far too many, and
// no cache is told that it depends on who asks.
func trust(h http.Header, r *http.Request) {
	if policy := policies[r.URL.Path]; policy != "" {
		h.Set("Content-Security-Policy", policy)
	}
	switch origin := r.Header.Get("Origin"); {
	case r.URL.Path == "/static/style.css":
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Access-Control-Allow-Credentials", "true")
	case r.URL.Path == "/api/products" && origin != "":
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Allow-Credentials", "true")
	}
}
