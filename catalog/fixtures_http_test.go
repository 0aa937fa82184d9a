package catalog_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"pavise/internal/authority"
	"pavise/internal/weakshop"
	"pavise/scan"
)

// uneven is a site whose versions of HTTP are served by different hands, and which
// announces one that nobody speaks.
func uneven(t *testing.T, local *authority.Authority) scan.Options {
	closed, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nowhere := closed.LocalAddr().(*net.UDPAddr).Port
	closed.Close()
	return scan.Options{Timeout: time.Minute, Target: serveBoth(t, local, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Alt-Svc", fmt.Sprintf(`h3=":%d"; ma=86400`, nowhere))
		if r.ProtoMajor == 2 {
			w.Header().Set("X-Content-Type-Options", "nosniff")
		}
	}))}
}

// api answers in data alone, and leads to https in the clear.
func api(t *testing.T, local *authority.Authority) scan.Options {
	return scan.Options{Timeout: time.Minute, Target: serveBoth(t, local, http.HandlerFunc(answerJSON))}
}

// strictAPI is one that refuses in the clear.
func strictAPI(t *testing.T, local *authority.Authority) scan.Options {
	opt := api(t, local)
	clear := listen(t)
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
	})}
	go server.Serve(clear)
	t.Cleanup(func() { server.Close() })
	opt.Target.Clear = fmt.Sprintf("http://%s:%d", weakshop.Host, port(clear))
	return opt
}

func answerJSON(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Path != "/" {
		w.WriteHeader(http.StatusNotFound)
	}
	io.WriteString(w, `{"shields":[]}`)
}

// forgotten is a server that nobody has set up and nobody looks after: what its parts
// show when they are left alone is open to all.
func forgotten(t *testing.T, local *authority.Authority) scan.Options {
	return scan.Options{Timeout: time.Minute, Target: serveBoth(t, local, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := neglected[r.URL.Path]
		switch {
		case !ok:
			http.NotFound(w, r)
			return
		case strings.HasSuffix(r.URL.Path, ".js"), strings.HasSuffix(r.URL.Path, ".map"):
			w.Header().Set("Content-Type", "text/javascript")
		case strings.Contains(body, "<title>"):
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
		default:
			w.Header().Set("Content-Type", "text/plain")
		}
		io.WriteString(w, body)
	}))}
}

// neglected is what such a server answers.
var neglected = map[string]string{
	"/": `<!DOCTYPE html><html><head><title>Welcome to nginx!</title></head><body><h1>Welcome to nginx!</h1>` +
		`<script src="/files/shop.js"></script></body></html>`,
	"/files/":            "<html>\r\n<head><title>Index of /files/</title></head>\r\n<body>\r\n<h1>Index of /files/</h1><hr><pre><a href=\"../\">../</a>",
	"/files/shop.js":     "\"use strict\";\n//# sourceMappingURL=shop.js.map\n",
	"/files/shop.js.map": `{"version":3,"sources":["../src/shop.ts"],"sourcesContent":["// secret"],"mappings":"AAAA"}`,
	"/package.json":      `{"name":"shop","dependencies":{"express":"4.16.0"}}`,
	"/server-status":     "<!DOCTYPE HTML><html><head><title>Apache Status</title></head><body></body></html>",
	"/console":           "<!doctype html><html><head><title>Console // Werkzeug Debugger</title></head></html>",
	"/metrics":           "# HELP go_goroutines Number of goroutines.\n# TYPE go_goroutines gauge\ngo_goroutines 7\n",
	"/openapi.json":      `{"openapi":"3.1.0","info":{"title":"shop"}}`,
}
