package backends

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"pavise/internal/upstream"
)

// A Health is how a backend is asked whether it is well. The zero value asks nothing.
type Health struct {
	Path           string // that answers 200 to 399
	Host           string // that is asked for
	Every, Timeout time.Duration
	Fails, Passes  int
}

// Start begins to ask, where that is wanted. It may be called again.
func (b *Backend) Start() {
	b.once.Do(func() {
		if b.health.Path != "" {
			b.done = make(chan struct{})
			go b.watch()
		}
	})
}

// Stop ends the asking and closes the connections that are kept. Requests that run go on.
func (b *Backend) Stop() {
	b.once.Do(func() {})
	close(b.stop)
	if b.done != nil {
		<-b.done
	}
	b.Client.Close()
}

// watch asks, not at the same time as others: after a restart of everything all would.
func (b *Backend) watch() {
	defer close(b.done)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-b.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	asks := &upstream.Client{Dial: b.Client.Dial, Patience: b.health.Timeout, Idle: -1}
	fails, passes := 0, 0
	next := time.NewTimer(rand.N(min(b.health.Every, time.Second)))
	defer next.Stop()
	for {
		select {
		case <-b.stop:
			return
		case <-next.C:
		}
		switch err := b.check(ctx, asks); {
		case err == nil:
			fails, passes = 0, passes+1
		case upstream.Short(err) != nil: // here: of the backend it says nothing
		default:
			fails, passes = fails+1, 0
		}
		switch {
		case fails >= b.health.Fails:
			b.sick.Store(true)
		case passes >= b.health.Passes || passes > 0 && !b.sick.Load():
			b.sick.Store(false)
			b.back()
		}
		next.Reset(b.health.Every*9/10 + rand.N(b.health.Every/5+1))
	}
}

// check asks once, on a connection of its own.
func (b *Backend) check(ctx context.Context, asks *upstream.Client) error {
	ctx, cancel := context.WithTimeout(ctx, b.health.Timeout)
	defer cancel()
	u, err := url.ParseRequestURI(b.Prefix + b.health.Path)
	if err != nil {
		return err
	}
	r := &http.Request{Method: http.MethodGet, URL: u, Host: b.health.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"User-Agent": {"Pavise health check"}, "X-Forwarded-Proto": {"https"}}}
	answer, err := asks.Ask(r.WithContext(ctx), http.Header{}, nil)
	if err != nil {
		return err
	}
	defer answer.Close()
	if answer.Status == http.StatusSwitchingProtocols {
		return errors.New("it switched protocols")
	}
	if answer.Status < 200 || answer.Status > 399 {
		return fmt.Errorf("it answers %d", answer.Status)
	}
	return nil
}
