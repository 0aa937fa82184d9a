package catalog_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"pavise/internal/authority"
	"pavise/scan"
)

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
