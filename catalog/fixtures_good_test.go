package catalog_test

import (
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/internal/authority"
	"pavise/internal/weakshop"
	"pavise/scan"
)

// goodShop is a small shop whose owner has done by hand what only an owner can do:
// a policy of scripts with nonces, cookies of one host, redirects that stay at home.
func goodShop(t *testing.T, local *authority.Authority) scan.Options {
	return scan.Options{Target: serveBoth(t, local, http.HandlerFunc(good)), Timeout: time.Minute}
}

// serveBoth serves an app over TLS that is trusted, and leads there in the clear.
func serveBoth(t *testing.T, local *authority.Authority, app http.Handler) pavise.Target {
	cert := certified(t, local, weakshop.Host)
	secure, clear := listen(t), listen(t)
	server := &http.Server{ReadHeaderTimeout: time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{*cert}, NextProtos: []string{"h2", "http/1.1"}},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.TLS == nil {
				http.Redirect(w, r, fmt.Sprintf("https://%s:%d%s", weakshop.Host, port(secure), r.URL.RequestURI()), http.StatusPermanentRedirect)
				return
			}
			app.ServeHTTP(w, r)
		})}
	go server.ServeTLS(secure, "", "")
	go server.Serve(clear)
	t.Cleanup(func() { server.Close() })
	return targetAt(port(secure), port(clear))
}

// good answers as an app does that has thought of everything.
func good(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	nonce := make([]byte, 16)
	rand.Read(nonce)
	value := base64.StdEncoding.EncodeToString(nonce)
	h.Set("Content-Security-Policy", "default-src 'self'; script-src 'nonce-"+value+"' 'strict-dynamic'; object-src 'none'; base-uri 'none'; "+
		"form-action 'self'; frame-ancestors 'none'; report-uri /csp")
	h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "strict-origin")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "text/html; charset=utf-8")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	switch r.URL.Path {
	case "/":
		if _, err := r.Cookie("__Host-sid"); err != nil {
			h.Add("Set-Cookie", "__Host-sid="+rand.Text()+"; Path=/; Secure; HttpOnly; SameSite=Lax")
		}
		fmt.Fprintf(w, `<!doctype html><title>The good shop</title><a href="/shields">Shields</a> <a href="/go?next=/shields">Offers</a>`+
			`<script nonce="%s" src="/shop.js"></script>`, value)
	case "/shields":
		io.WriteString(w, "<!doctype html><title>Shields</title><p>One pavise.</p>")
	case "/shop.js":
		h.Set("Content-Type", "text/javascript")
		io.WriteString(w, `"use strict";`)
	case "/go":
		leadHome(w, r)
	default:
		w.WriteHeader(http.StatusNotFound)
		io.WriteString(w, "<!doctype html><title>Not here</title><p>There is no such page.</p>")
	}
}

// leadHome leads to a page of the shop, wherever a stranger wanted to.
func leadHome(w http.ResponseWriter, r *http.Request) {
	to, err := url.Parse(strings.ReplaceAll(r.URL.Query().Get("next"), `\`, "/"))
	if err != nil || to.Host != "" || !strings.HasPrefix(to.Path, "/") {
		to = &url.URL{Path: "/"}
	}
	http.Redirect(w, r, to.RequestURI(), http.StatusSeeOther)
}
