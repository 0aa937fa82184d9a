package shops

import (
	"context"
	"crypto/x509"
	"log/slog"
	"testing"
	"time"

	"pavise"
	"pavise/catalog"
	"pavise/internal/authority"
	"pavise/proxy"
)

// A Shield is Pavise in front of shops, one site a shop.
type Shield struct {
	Port  int
	Roots *x509.CertPool
}

// A Behind is a shop behind a shield: its host, the port where it listens, and settings
// that differ from what is recommended.
type Behind struct {
	Host, Port string
	Settings   []pavise.Control
}

// Front starts Pavise in front of the shops, as it recommends itself; an option may
// change what the proxy is given.
func Front(t *testing.T, shops []Behind, options ...func(*proxy.Config)) *Shield {
	t.Helper()
	local, err := authority.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	cfg := proxy.Config{HTTPS: "127.0.0.1:0", TCPAlone: true, Journal: proxy.NewJournal(slog.New(slog.DiscardHandler), nil)}
	for _, s := range shops {
		up, err := proxy.ParseUpstream("127.0.0.1:" + s.Port)
		if err != nil {
			t.Fatal(err)
		}
		cfg.Sites = append(cfg.Sites, proxy.Site{Hosts: []string{s.Host}, Upstream: up,
			Certificate: local.Leaf([]string{s.Host}), Policy: pavise.Recommend(with(s.Settings))})
	}
	for _, o := range options {
		o(&cfg)
	}
	server, err := proxy.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		server.Stop(ctx)
	})
	return &Shield{Port: server.HTTPS().Port, Roots: local.Pool()}
}

// with is the catalogue, but for settings of one's own.
func with(own []pavise.Control) []pavise.Control {
	list := catalog.Controls()
	for i, c := range list {
		for _, o := range own {
			if o.Doc().ID == c.Doc().ID {
				list[i] = o
			}
		}
	}
	return list
}

// URL is the origin of a host behind the shield.
func (s *Shield) URL(host string) string { return pavise.Origin("https", host, s.Port) }
