package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"time"

	"pavise"
	"pavise/catalog"
	"pavise/controls/headers"
	"pavise/proxy"
)

// host is a name of this machine in every browser (RFC 6761 6.3).
const host = "shop.localhost"

// A running shop.
type running struct {
	*proxy.Server
	authority *authority
}

// start puts the shop behind the recommended controls, and serves it. The servers of
// the standard library would do as well, but they take what HTTP does not allow: so
// the shop stands on those of Pavise.
func start(https, http string, log *slog.Logger) (*running, error) {
	local, err := newAuthority(host)
	if err != nil {
		return nil, err
	}
	journal := proxy.NewJournal(log, nil)
	env := pavise.Env{Site: pavise.Site{Hosts: []string{host}}, Decide: journal.Decide}.Complete()
	app, err := newShop(env)
	if err != nil {
		return nil, err
	}
	server, err := proxy.Start(proxy.Config{HTTPS: https, HTTP: http, Journal: journal, Store: env.Store, Secret: env.Secret,
		Sites: []proxy.Site{{Hosts: env.Site.Hosts, Handler: app, Policy: pavise.Recommend(controls()), Certificate: local}}})
	if err != nil {
		return nil, err
	}
	return &running{server, local}, nil
}

// controls are those of the catalogue, all as recommended. What scripts and styles
// these pages need nobody else can know: no script at all.
func controls() []pavise.Control {
	list := catalog.Controls()
	for i, c := range list {
		if _, ok := c.(headers.CSP); ok {
			list[i] = headers.CSP{Policy: "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'"}
		}
	}
	return list
}

func (r *running) url() string { return fmt.Sprintf("https://%s:%d", host, r.HTTPS().Port) }

// stop lets what is under way end, for a moment.
func (r *running) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return r.Stop(ctx)
}

// Certificate is what the shop shows; the controls have a say in it.
func (a *authority) Certificate(now time.Time, check proxy.Check) (*tls.Certificate, error) {
	return &a.leaf, check(a.leaf.Leaf, now)
}
