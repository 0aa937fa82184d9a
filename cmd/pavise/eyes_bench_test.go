package main

import (
	"crypto/tls"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"pavise"
	"pavise/catalog"
	"pavise/cmd/pavise/internal/cli"
	"pavise/internal/authority"
	"pavise/proxy"
	"pavise/site"
)

// BenchmarkEyes is a request through the proxy, client and app in the same process:
// unseen, counted, and with log and traces as well.
func BenchmarkEyes(b *testing.B) {
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") }))
	defer app.Close()
	up, err := proxy.ParseUpstream(app.URL)
	if err != nil {
		b.Fatal(err)
	}
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) }))
	defer collector.Close()
	for _, seen := range []struct {
		name string
		file *site.File
	}{{"unseen", nil}, {"counted", &site.File{}}, {"logged", &site.File{Log: site.Log{Access: filepath.Join(b.TempDir(), "log"), Format: "json", Query: "names"}}},
		{"traced", &site.File{Traces: site.Traces{To: collector.URL, Sample: .01}}}} {
		b.Run(seen.name, func(b *testing.B) {
			local, err := authority.Open(b.TempDir())
			if err != nil {
				b.Fatal(err)
			}
			hosts := []string{"localhost", "127.0.0.1"}
			cfg := proxy.Config{HTTPS: "127.0.0.1:0", TCPAlone: true, Journal: proxy.NewJournal(slog.New(slog.DiscardHandler), nil),
				Sites: []proxy.Site{{Hosts: hosts, Upstream: up, Policy: pavise.Recommend(catalog.Controls()), Certificate: local.Leaf(hosts)}}}
			if seen.file != nil {
				eyes, err := openEyes(seen.file, cli.SayTo(io.Discard), io.Discard, nil)
				if err != nil {
					b.Fatal(err)
				}
				defer eyes.close()
				cfg.Observer = eyes
			}
			server, err := proxy.Start(cfg)
			if err != nil {
				b.Fatal(err)
			}
			defer server.Stop(b.Context())
			client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
			defer client.CloseIdleConnections()
			b.ReportAllocs()
			for b.Loop() {
				res, err := client.Get("https://" + server.HTTPS().String() + "/")
				if err != nil {
					b.Fatal(err)
				}
				io.Copy(io.Discard, res.Body)
				res.Body.Close()
			}
		})
	}
}
