package agree

import (
	"context"
	"crypto/rsa"
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
	"pavise/test/servers"
)

// nearlyEvery is every flaw but those that OpenSSL of today cannot speak with, and
// that of tickets: testssl.sh tries it in the oldest version, where OpenSSL gets none.
var nearlyEvery = weaktls.Config{
	Versions: []uint16{weaktls.SSL2, weaktls.SSL3, weaktls.TLS10, weaktls.TLS11, weaktls.TLS12},
	SSL2:     []uint32{0x020080, 0x010080, 0x0700c0}, ClientRenegotiation: true, Compression: true, Tickets: true, FallbackSCSV: true,
	Heartbeat: true, Heartbleed: true, CCS: true, ROBOT: true, Padding: weaktls.Zombie,
}

// flawed is the server of our tests, with flaws.
func flawed(c weaktls.Config) func(*testing.T) string {
	return func(t *testing.T) string {
		pair, c := servers.SelfSigned(t, servers.RSA), c
		c.Certificate, c.Key, c.Suites = pair.Certificate[0], pair.PrivateKey.(*rsa.PrivateKey), weaktls.Suites()
		return serve(t, weaktls.Listen(servers.Listen(t), c))
	}
}

// serve has net/http's server answer, and returns the address.
func serve(t *testing.T, l net.Listener) string {
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("ok")) }), ErrorLog: quiet}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return l.Addr().String()
}

// shielded is Pavise, with every control on.
func shielded(t *testing.T) string {
	up, err := proxy.ParseUpstream(serve(t, servers.Listen(t)))
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
