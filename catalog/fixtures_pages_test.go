package catalog_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"pavise"
	"pavise/advisories"
	"pavise/internal/authority"
	"pavise/internal/weakshop"
	"pavise/scan"
)

// The sites of this file differ in what their pages load and say of their software. A
// fixture is one server; what is told of a version is judged by Pavise's own facts.

// weakPages load from everywhere and in the clear, and run what is known to be broken.
func weakPages(t *testing.T, local *authority.Authority) scan.Options {
	return pages(t, local, map[string]string{"Server": "Apache/2.2.34 (Unix)", "X-Powered-By": "Express"}, map[string]string{
		"/": `<!doctype html><title>The weak pages</title>
<script src="https://cdn.polyfill.io/v3/polyfill.min.js"></script>
<script src="https://code.jquery.com/jquery-3.4.1.min.js" integrity="md5-abc"></script>
<script src="/angular.js"></script><script src="http://cdn.example.net/old.js"></script><script src="/broken.js"></script>
<link rel="stylesheet" href="https://fonts.example.net/css">
<img src="http://pictures.example.net/shield.png"><a href="/login">Log in</a>
<form action="http://shop.localhost/search"><input name="q"></form>`,
		"/login":                    `<!doctype html><title>Log in</title><form action="http://shop.localhost/login"><input name="user"><input type="password" name="password"></form>`,
		"/angular.js":               "/*\n AngularJS v1.5.8\n (c) 2010-2016 Google, Inc. http://angularjs.org\n*/",
		"/broken.js":                "/*! broken v1.0 */ /*! slow v1.0 */",
		"/.well-known/security.txt": "Contact: mailto:security@shop.example\nExpires: 2024-01-01T00:00:00Z\n",
	})
}

// oldServer is a system that nobody mends any more, as it was installed.
func oldServer(t *testing.T, local *authority.Authority) scan.Options {
	return pages(t, local, map[string]string{"Server": "Microsoft-IIS/7.5"}, map[string]string{"/": "<html><head><title>IIS7</title></head></html>"})
}

// goodPages load and run only what is right.
func goodPages(t *testing.T, local *authority.Authority) scan.Options {
	return pages(t, local, map[string]string{"Server": "Microsoft-IIS/10.0", "X-Powered-By": "PHP/8.5.1"}, map[string]string{
		"/": `<!doctype html><title>The good pages</title>
<script src="/jquery.js" integrity="sha384-oqVuAfXRKap7fdgcCY5uykM6+R9GqQ8K/uxy9rx7HNQlGYl1kPzQho1wx4JwY8wC"></script>
<link rel="stylesheet" href="/shop.css"><img src="/shield.png">
<form method="post" action="/login"><input name="user"><input type="password" name="password"></form>`,
		"/jquery.js":                "/*! jQuery v3.7.1 | (c) OpenJS Foundation and other contributors */",
		"/.well-known/security.txt": "Contact: mailto:security@shop.example\nExpires: " + time.Now().AddDate(0, 6, 0).UTC().Format(time.RFC3339) + "\n",
	})
}

// pages serves texts by their path, all with the same headers.
func pages(t *testing.T, local *authority.Authority, headers, texts map[string]string) scan.Options {
	cert, err := local.Leaf([]string{weakshop.Host}).Certificate(time.Now(), (&pavise.Listener{}).Accepts)
	if err != nil {
		t.Fatal(err)
	}
	secure := listen(t)
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{*cert}},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for name, value := range headers {
				w.Header().Set(name, value)
			}
			text, ok := texts[r.URL.Path]
			w.Header().Set("Content-Type", kindOfText(r.URL.Path))
			if !ok {
				w.WriteHeader(http.StatusNotFound)
			}
			io.WriteString(w, text)
		})}
	go server.ServeTLS(secure, "", "")
	t.Cleanup(func() { server.Close() })
	at := fmt.Sprintf("%s:%d", weakshop.Host, port(secure))
	opt := scan.Options{Target: pavise.Target{URL: "https://" + at, Start: "/", TLS: at}, Timeout: time.Minute}
	know(t, &opt)
	return opt
}

func kindOfText(path string) string {
	switch path {
	case "/", "/login":
		return "text/html; charset=utf-8"
	case "/.well-known/security.txt":
		return "text/plain; charset=utf-8"
	}
	return "text/javascript"
}

// know has a scan judge versions by Pavise's own facts, of today, and by two more.
func know(t *testing.T, opt *scan.Options) {
	library := advisories.NewLibrary(nil)
	recogniser := advisories.NewRecogniser(append(advisories.Own().Signs,
		advisories.Sign{Library: "broken", Kind: "content", Pattern: `broken v([0-9.]+)`}, advisories.Sign{Library: "slow", Kind: "content", Pattern: `slow v([0-9.]+)`}))
	opt.Recognise = recogniser.Recognise
	opt.Known = func(k pavise.Known) (*pavise.Notices, error) {
		n, err := library.Known(k)
		switch {
		case err != nil:
			t.Error(err)
			return nil, err
		case k.Name == "broken":
			n.Covers, n.List = true, []pavise.Notice{{ID: "CVE-2020-1", Severity: pavise.Critical, Fixed: "2.0"}}
		case k.Name == "slow":
			n.Covers, n.List = true, []pavise.Notice{{ID: "CVE-2020-2", Severity: pavise.High, CWE: []string{"CWE-1333"}, Fixed: "2.0"}}
		case k.Name == "windows-server" && k.Version == "2016", k.Name == "php":
			n.Covers, n.List = true, nil // whenever the test is run
		case k.Name == "jquery" && len(n.List) == 0:
			n.Dated = time.Now()
		}
		return n, nil
	}
}
