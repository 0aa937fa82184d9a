package proxy

import (
	"context"
	"errors"
	"log"
	"maps"
	"slices"
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
	return s.each(func(one stoppable) error { return stopOne(ctx, one) })
}

// retire lets the clients leave by themselves until the context ends.
func (s *servers) retire(ctx context.Context) error {
	return s.each(func(one stoppable) error { return one.Retire(ctx) })
}

func (s *servers) close() error { return s.each(stoppable.Close) }

// each does something with all servers at the same time.
func (s *servers) each(do func(stoppable) error) error {
	s.mu.Lock()
	pairs := slices.Collect(maps.Values(s.all))
	s.mu.Unlock()
	var doing sync.WaitGroup
	errs := make(chan error, 2*len(pairs))
	for _, p := range pairs {
		doing.Go(func() { errs <- do(p.http1) })
		doing.Go(func() { errs <- do(p.http2) })
	}
	doing.Wait()
	close(errs)
	var all error
	for err := range errs {
		all = errors.Join(all, err)
	}
	return all
}

// A stoppable is a server of either protocol.
type stoppable interface {
	Retire(context.Context) error
	Shutdown(context.Context) error
	Close() error
}

func stopOne(ctx context.Context, server stoppable) error {
	err := server.Shutdown(ctx)
	if err != nil {
		server.Close()
	}
	return err
}
