package catalog_test

import (
	"compress/gzip"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/internal/authority"
	"pavise/scan"
)

// talkativeShop compresses a page that repeats what is asked and holds a form token
// that stays the same, all that BREACH needs.
func talkativeShop(t *testing.T, _ *authority.Authority) scan.Options {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		var to io.Writer = w
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			defer z.Close()
			to = z
		}
		fmt.Fprintf(to, `<form method="post"><input type="hidden" name="csrf_token" value="5f2d9c1ab37e"></form><p>You looked for %s</p>`,
			html.EscapeString(r.URL.Query().Get("q")))
	}))
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // a scan makes many errors
	server.StartTLS()
	t.Cleanup(server.Close)
	address := server.Listener.Addr().String()
	return scan.Options{Target: pavise.Target{URL: "https://" + address, Start: "/", TLS: address}, Timeout: time.Minute}
}
