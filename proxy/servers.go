package proxy

import (
	"context"
	"errors"
	"log"
	"sync"

	"pavise"
	"pavise/internal/http1"
	"pavise/internal/http2"
)

// A pair serves connections of both protocols within the same bounds.
type pair struct {
	http1 *http1.Server
	http2 *http2.Server
}

// bounds are what a connection is held to from its begin to its end, whatever is
// reloaded meanwhile.
type bounds struct {
	http1.Limits
	strict bool
}

// servers are a pair for each bounds that were ever asked for: sites that have the same
// share it, before and after a reload.
type servers struct {
	of  *Server
	mu  sync.Mutex
	all map[bounds]*pair
}

// within returns the pair for the limits of a site. Every request goes to the Server, for
// a connection may ask for any of its sites.
func (s *servers) within(l *pavise.Listener) *pair {
	b := bounds{strict: l.Strict, Limits: http1.Limits{MaxHeaderBytes: l.MaxHeaderBytes, MaxFields: l.MaxFields,
		HeaderTime: l.HeaderTime, Idle: l.Idle, Stall: l.Stall, MinRate: l.MinRate, Grace: l.Grace}}
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.all[b]; p != nil {
		return p
	}
	if s.all == nil {
		s.all = map[bounds]*pair{}
	}
	errors := log.New(journalWriter{s.of.cfg.Journal}, "", 0)
	p := &pair{
		http1: &http1.Server{Handler: s.of, Refuse: s.of.refuseFault, Strict: b.strict, ConnContext: markMisplaced,
			ErrorLog: errors, Now: s.of.cfg.Now, Limits: b.Limits},
		http2: &http2.Server{Handler: s.of, Refuse: s.of.refuseFault, Strict: b.strict,
			ErrorLog: errors, Now: s.of.cfg.Now, Limits: b.Limits},
	}
	s.all[b] = p
	return p
}

// stop lets running requests end until the context does, and then cuts them off.
func (s *servers) stop(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var stopping sync.WaitGroup
	errs := make(chan error, 2*len(s.all))
	for _, p := range s.all {
		stopping.Go(func() { errs <- stopOne(ctx, p.http1) })
		stopping.Go(func() { errs <- stopOne(ctx, p.http2) })
	}
	stopping.Wait()
	close(errs)
	var all error
	for err := range errs {
		all = errors.Join(all, err)
	}
	return all
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
