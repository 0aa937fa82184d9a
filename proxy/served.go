package proxy

import (
	"cmp"
	"context"
	"errors"
	"log"
	"time"

	"pavise"
	"pavise/internal/http1"
	"pavise/internal/http2"
)

// served is a site behind its listeners.
type served struct {
	chain  *pavise.Chain
	limits *pavise.Listener
	http1  *http1.Server
	http2  *http2.Server
}

// tuned is what the policy makes of a listener, with our own limits where it says
// nothing.
func tuned(face pavise.Site, policy pavise.Policy, now time.Time) (*pavise.Listener, error) {
	l := &pavise.Listener{Site: face}
	if err := policy.Tune(l, now); err != nil {
		return nil, err
	}
	l.HeaderTime = cmp.Or(l.HeaderTime, 10*time.Second)
	l.Idle = cmp.Or(l.Idle, 75*time.Second)
	l.Stall = cmp.Or(l.Stall, time.Minute)
	l.Grace = min(cmp.Or(l.Grace, 20*time.Second), l.Stall)
	l.MaxHeaderBytes = cmp.Or(l.MaxHeaderBytes, 64<<10)
	return l, nil
}

// beforeSNI are the limits while it is not known which site is meant: those of the
// most generous.
func beforeSNI(sites []*served) pavise.Listener {
	var l pavise.Listener
	any := false
	for _, s := range sites {
		l.HeaderTime = max(l.HeaderTime, s.limits.HeaderTime)
		l.ClientConns = max(l.ClientConns, s.limits.ClientConns)
		l.Proxies = append(l.Proxies, s.limits.Proxies...)
		any = any || s.limits.ClientConns == 0
	}
	if any {
		l.ClientConns = 0
	}
	return l
}

// start makes the servers of both protocols. Every request goes to s, for a
// connection may ask for any of the sites.
func (site *served) start(s *Server) {
	l, errors := site.limits, log.New(journalWriter{s.cfg.Journal}, "", 0)
	bounds := http1.Limits{MaxHeaderBytes: l.MaxHeaderBytes, MaxFields: l.MaxFields,
		HeaderTime: l.HeaderTime, Idle: l.Idle, Stall: l.Stall, MinRate: l.MinRate, Grace: l.Grace}
	site.http1 = &http1.Server{
		Handler:     s,
		Refuse:      s.refuseFault,
		Strict:      l.Strict,
		ConnContext: markMisplaced,
		ErrorLog:    errors,
		Now:         s.cfg.Now,
		Limits:      bounds,
	}
	site.http2 = &http2.Server{
		Handler:  s,
		Refuse:   s.refuseFault,
		Strict:   l.Strict,
		ErrorLog: errors,
		Now:      s.cfg.Now,
		Limits:   bounds,
	}
}

// stop lets running requests end until the context does, and then cuts them off.
func (site *served) stop(ctx context.Context) error {
	second := make(chan error)
	go func() { second <- stopOne(ctx, site.http2) }()
	err := stopOne(ctx, site.http1)
	return errors.Join(err, <-second)
}

func stopOne(ctx context.Context, server interface {
	Shutdown(context.Context) error
	Close() error
}) error {
	err := server.Shutdown(ctx)
	if err != nil {
		server.Close()
	}
	return err
}
