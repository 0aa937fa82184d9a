package catalog

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"pavise"
)

// BenchmarkChain is the whole recommended policy around an app that sets a
// cookie, beside the app alone.
func BenchmarkChain(b *testing.B) {
	app := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h["Content-Type"] = []string{"text/html; charset=utf-8"}
		h["X-Powered-By"] = []string{"Express"}
		h["Set-Cookie"] = []string{"connect.sid=s%3Aabc; Path=/; HttpOnly"}
		w.Write(nil)
	})
	at := time.Now()
	now := func() time.Time { // slow enough for login.rate: what it refuses is another benchmark
		at = at.Add(10 * time.Millisecond)
		return at
	}
	chain, err := pavise.Recommend(Controls()).Wrap(pavise.Env{Site: pavise.Site{Hosts: []string{"shop.example.com"}}, Now: now}, app)
	if err != nil {
		b.Fatal(err)
	}
	for name, handler := range map[string]http.Handler{"app": app, "chain": chain} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			r := httptest.NewRequest("GET", "https://shop.example.com/products?page=2", nil)
			r.Header["Accept-Encoding"] = []string{"gzip, deflate, br"}
			for b.Loop() {
				r.Header["Cookie"] = []string{"__Host-theme=dark; lang=en"}
				w := &sink{header: make(http.Header, 24)}
				if handler.ServeHTTP(w, r); w.status > http.StatusOK {
					b.Fatalf("answered %d", w.status)
				}
			}
		})
	}
}

// sink takes a response and keeps nothing.
type sink struct {
	header http.Header
	status int
}

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) Write(b []byte) (int, error) { return len(b), nil }
func (s *sink) WriteHeader(status int)      { s.status = status }
