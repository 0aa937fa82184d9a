package agree

import (
	"context"
	"crypto/rsa"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"pavise"
	"pavise/catalog"
	"pavise/internal/authority"
	"pavise/internal/weaktls"
	"pavise/proxy"
)

// flawed is the server of our tests that has every flaw, but that OpenSSL of today can
// speak with it.
func flawed(t *testing.T) string {
	cert, key := certificate(t, "rsa")
	pair, err := tls.LoadX509KeyPair(cert, key)
	must(t, err)
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	l := weaktls.Listen(inner, weaktls.Config{
		Certificate: pair.Certificate[0], Key: pair.PrivateKey.(*rsa.PrivateKey),
		Versions: []uint16{weaktls.SSL2, weaktls.SSL3, weaktls.TLS10, weaktls.TLS11, weaktls.TLS12}, Suites: weaktls.Suites(),
		SSL2: []uint32{0x020080, 0x010080, 0x0700c0}, ClientRenegotiation: true, Compression: true, Tickets: true, FallbackSCSV: true,
		Heartbeat: true, Heartbleed: true, CCS: true, ROBOT: true, Padding: weaktls.Zombie,
	})
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("ok")) }), ErrorLog: quiet}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return inner.Addr().String()
}

// shielded is Pavise, with every control on.
func shielded(t *testing.T) string {
	app := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("ok")) }), ErrorLog: quiet}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	go app.Serve(l)
	t.Cleanup(func() { app.Close() })
	up, err := proxy.ParseUpstream(l.Addr().String())
	must(t, err)
	local, err := authority.Open(t.TempDir())
	must(t, err)
	hosts := []string{"localhost", "127.0.0.1"}
	server, err := proxy.Start(proxy.Config{HTTPS: "127.0.0.1:0", HTTP: "127.0.0.1:0",
		Journal: proxy.NewJournal(slog.New(slog.DiscardHandler), nil),
		Sites:   []proxy.Site{{Hosts: hosts, Upstream: up, Certificate: local.Leaf(hosts), Policy: pavise.Recommend(catalog.Controls())}}})
	must(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		server.Stop(ctx)
	})
	return server.HTTPS().String()
}
