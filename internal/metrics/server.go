package metrics

import (
	"io"
	"net/http"
	"strings"
	"time"

	"pavise"
)

// NewServer answers /metrics by the handler, /healthz with yes, and /readyz with what is
// lacking, a line each. A page in a browser on this machine must not read it under a name
// of its own that leads here (DNS rebinding): where only this machine may ask, the Host is
// an address, or localhost.
func NewServer(numbers http.Handler, lacks func() []string, localOnly bool) *http.Server {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", numbers)
	mux.HandleFunc("GET /healthz", func(to http.ResponseWriter, _ *http.Request) { io.WriteString(to, "ok\n") })
	mux.HandleFunc("GET /readyz", func(to http.ResponseWriter, _ *http.Request) {
		if lacks := lacks(); len(lacks) > 0 {
			http.Error(to, strings.Join(lacks, "\n"), http.StatusServiceUnavailable)
			return
		}
		io.WriteString(to, "ok\n")
	})
	guarded := http.HandlerFunc(func(to http.ResponseWriter, r *http.Request) {
		to.Header().Set("X-Content-Type-Options", "nosniff")
		to.Header().Set("Cache-Control", "no-store")
		if host, _ := pavise.SplitHost(r.Host); localOnly && pavise.Named(host) && !pavise.Local(host) {
			http.Error(to, "ask by an address, or as localhost", http.StatusMisdirectedRequest)
			return
		}
		mux.ServeHTTP(to, r)
	})
	return &http.Server{Handler: guarded, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 8 << 10}
}
