package weakshop

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"strings"
)

// boast sends what tells too much, and the headers that once were advice.
func boast(h http.Header) {
	h.Set("Server", "nginx/1.14.0 (Ubuntu)")
	h.Set("X-Powered-By", "Express")
	h.Set("Via", "1.1 cache-03.shop.internal (squid/3.5.27)")
	h.Set("X-XSS-Protection", "1; mode=block")
	h.Set("Referrer-Policy", "unsafe-url")
	h.Set("Public-Key-Pins", `pin-sha256="d6qzRu9zOECb90Uez27xWltNsj0e1Md7GkYYkVoZWmM="; max-age=5184000`)
	h.Set("Expect-CT", "max-age=86400, enforce")
}

// leftBehind are files that somebody forgot in the web root.
var leftBehind = map[string]string{
	"/.git/HEAD":    "ref: refs/heads/main\n",
	"/.git/config":  "[core]\n\trepositoryformatversion = 0\n\tbare = false\n",
	"/.env":         "DB_HOST=10.0.0.5\nDB_USER=shop\nDB_PASSWORD=example\n",
	"/backup.sql":   "-- MySQL dump 10.13\nCREATE TABLE `customers` (`id` int, `card` varchar(19));\nINSERT INTO `customers` VALUES (1,'4111');\n",
	"/app.js.bak":   "const secret = 'example';\n",
	"/.app.js.swp":  "b0VIM 8.2\x00\x00",
	"/index.php~":   "<?php $password = 'example';\n",
	"/.htpasswd":    "admin:$apr1$example$0123456789abcdefghijk.\n",
	"/.svn/entries": "12\n",
}

const style = `body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:40rem;padding:0 1rem}` +
	`nav a{margin-right:1rem}input{display:block;margin:.3rem 0}`

const script = `"use strict";
const scheme = location.protocol === "https:" ? "wss://" : "ws://";
const socket = new WebSocket(scheme + location.host + "/ws");
socket.onopen = () => { document.documentElement.dataset.chat = "open"; };
`

func page(w http.ResponseWriter, r *http.Request, title, body string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>%s</title>
<link rel="canonical" href="http://%s%s"><link rel="stylesheet" href="/static/style.css"></head>
<body><nav><a href="/">Home</a><a href="/products">Products</a><a href="/account">Account</a><a href="/order?id=7">Last order</a><a href="/old-products">Last year</a><a href="/api/products">API</a><a href="/go?to=/products">Offers</a></nav>
<h1>%s</h1>%s<script src="/static/app.js"></script></body></html>
`, title, html.EscapeString(r.Host), html.EscapeString(r.URL.Path), title, body)
}

func (s *Shop) home(w http.ResponseWriter, r *http.Request) {
	greeting := "Welcome, stranger."
	if s.session(w, r) {
		greeting = "Welcome back."
	}
	io.Copy(io.Discard, r.Body) // takes whatever anybody sends
	page(w, r, "The weak shop", "<p>"+greeting+" Shields of all sizes.</p>\n<p>You come from "+html.EscapeString(r.RemoteAddr)+"</p>\n"+loginForm)
}

// products is the old part of the shop: it keeps a session for the whole domain,
// so that every sibling host can read it.
func (s *Shop) products(w http.ResponseWriter, r *http.Request) {
	host, _, _ := strings.Cut(r.Host, ":")
	w.Header().Add("Set-Cookie", "PHPSESSID=7; Path=/; Domain="+host)
	page(w, r, "Products", "<ul><li>Round shield</li><li>Pavise</li></ul>")
}

// account keeps in a cookie what no browser will keep, and in another what everybody
// can read. Who is logged in sees what he has ordered.
func (s *Shop) account(w http.ResponseWriter, r *http.Request) {
	s.session(w, r)
	w.Header().Add("Set-Cookie", "prefs="+strings.Repeat("x", 5000)+"; Path=/")
	w.Header().Add("Set-Cookie", "session=eyJjYXJ0IjpbXSwidmlzaXRzIjoxfQ.aR3kLw.d2VhayBvbiBwdXJwb3Nl; Path=/")
	if !s.members.has(brought(r)) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusForbidden)
		page(w, r, "Log in first", loginForm)
		return
	}
	page(w, r, "Your account", "<p>Welcome back, "+Customer+". Seven round shields painted in blue and silver will arrive on Monday.</p>")
}

const stack = `
    at Layer.handle [as handle_request] (/srv/shop/node_modules/express/lib/router/layer.js:95:5)
    at next (/srv/shop/node_modules/express/lib/router/route.js:144:13)
    at Object.<anonymous> (/srv/shop/routes/products.js:42:17)
    at node:internal/process/task_queues:95:5`

// crash answers as Express does in development.
func crash(w http.ResponseWriter, _ *http.Request, status int, message string) {
	w.Header().Set("Content-Security-Policy", "default-src 'none'")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	trace := strings.ReplaceAll(html.EscapeString(message+stack), "\n", "<br> &nbsp; &nbsp;")
	io.WriteString(w, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Error</title>\n</head>\n<body>\n<pre>"+trace+"</pre>\n</body>\n</html>\n")
}

func (s *Shop) badJSON(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusBadRequest)
	fmt.Fprintf(w, `{"error":"SyntaxError: Unexpected end of JSON input","stack":%q}`, "SyntaxError: Unexpected end of JSON input"+stack)
}

// missing answers as Express does.
func missing(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", "default-src 'none'")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusNotFound)
	fmt.Fprintf(w, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Error</title>\n</head>\n<body>\n<pre>Cannot %s %s</pre>\n</body>\n</html>\n",
		r.Method, html.EscapeString(r.URL.EscapedPath()))
}
