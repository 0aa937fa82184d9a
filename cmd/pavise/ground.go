package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"pavise/cmd/pavise/internal/cli"
	"pavise/internal/acme"
	"pavise/internal/authority"
	"pavise/proxy"
	"pavise/store"
)

// A ground is what is opened once and outlives the plans that stand on it, one after
// the other.
type ground struct {
	journal *proxy.Journal
	secret  []byte // nil is one for this run
	former  [][]byte
	kept    *store.Opened                // what is remembered; nil is the memory of a proxy
	lost    error                        // why that is memory, and not what was asked for
	local   *authority.Authority         // once it is needed
	manager atomic.Pointer[acme.Manager] // once an authority is asked
	sentry  *sentry                      // who is kept away, and let be; nil is nobody
	notes   []string                     // said at start
	exposed exposed                      // the dashboard, where it is a site of its own
}

// openGround opens what the first plan says, but for what is opened when it is needed.
func openGround(ctx context.Context, p *plan, j *proxy.Journal) (*ground, error) {
	g := &ground{journal: j}
	if err := g.keepSecret(p); err != nil {
		return nil, err
	}
	if err := g.remember(ctx, p); err != nil {
		return g, err
	}
	g.keepWatch(ctx, p)
	return g, nil
}

// taken says of a port that is taken whether it is by a Pavise with the same state.
func (g *ground) taken(err error) error {
	if g.lost == nil || !errors.Is(err, syscall.EADDRINUSE) {
		return err
	}
	return cli.Failed("a Pavise with this state runs already: pavise reload has it take up the file, pavise upgrade a new program", "%w", err)
}

func (g *ground) close() {
	g.asksNobody()
	if g.sentry != nil {
		g.sentry.Stop()
	}
	g.kept.Close()
}

// warn keeps a warning until what stands is announced.
func (g *ground) warn(format string, args ...any) {
	g.notes = append(g.notes, "warning: "+fmt.Sprintf(format, args...))
}

// config is what a proxy starts with, or is reloaded with, by the plan.
func (g *ground) config(p *plan) (proxy.Config, error) {
	cfg := p.cfg
	cfg.Journal, cfg.Secret, cfg.Former = g.journal, g.secret, g.former
	cfg.Store, cfg.Shared = g.kept.Store, g.kept.Shared()
	cfg.Sites = slices.Clone(p.cfg.Sites)
	for i := range cfg.Sites {
		if err := g.certificates(p, &cfg.Sites[i], p.own[i].Cert, p.own[i].Key); err != nil {
			return cfg, err
		}
	}
	g.showDashboard(p, cfg.Sites)
	if m := g.manager.Load(); m != nil {
		cfg.Challenges = m
	}
	return cfg, g.guard(p, &cfg)
}

// certificates gives a site those to show: its own, else by host one that an authority
// issues, else one of the local authority.
func (g *ground) certificates(p *plan, s *proxy.Site, cert, key string) error {
	if cert == "" {
		return g.issued(p, s)
	}
	s.Certificate = &proxy.Files{Cert: cert, Key: key, Journal: g.journal}
	if err := s.Check(time.Now); err != nil {
		return cli.Usage("it must name every HOST, and its key must be PEM without a password: openssl x509 -noout -text -in "+cert,
			"%s", cli.OneLine(err))
	}
	return nil
}

// leaf returns certificates of the local authority, which is opened when it is first
// needed.
func (g *ground) leaf(p *plan, hosts []string) (*authority.Leaf, error) {
	if g.local == nil {
		var err error
		if g.local, err = cli.OpenAuthority(p.file.State); unwritable(err) {
			g.warn("the certificate is of an authority that ends with this process, and that no browser trusts: %v", err)
			dir, _ := cli.StateDir(p.file.State)
			g.local, err = authority.OfThisRun(dir)
		}
		if err != nil {
			return nil, err
		}
	}
	leaf := g.local.Leaf(hosts)
	leaf.Failed = g.journal.CertificateFailed
	return leaf, nil
}

// tookOver has certificates asked for the hosts that the proxy now serves, and for no
// others.
func (g *ground) tookOver(server *proxy.Server, sites []proxy.Site) {
	m := g.manager.Load()
	if m == nil {
		return
	}
	var hosts []string
	for _, s := range sites {
		for host, from := range s.ByHost {
			if _, managed := from.(*acme.Host); managed {
				hosts = append(hosts, host)
			}
		}
	}
	m.Keep(hosts, server.HTTPS(), server.HTTP())
}

// showsLocal reports whether some site shows a certificate of the local authority and
// none else.
func showsLocal(sites []proxy.Site) bool {
	return slices.ContainsFunc(sites, func(s proxy.Site) bool {
		_, local := s.Certificate.(*authority.Leaf)
		return local
	})
}

// directory is whom the plan asks for certificates.
func (p *plan) directory() string { return cmp.Or(p.file.ACME.Directory, acme.LetsEncrypt) }

// unwritable reports whether a disk is full, or takes nothing: that keeps nothing from being
// served.
func unwritable(err error) bool {
	return errors.Is(err, syscall.EROFS) || errors.Is(err, syscall.ENOSPC)
}
