package proxy

import (
	"context"
	"errors"
	"io"
	"os"
	"testing"
	"time"
)

// TestStopWhileRetiring: who is told to stop while others still talk does so at once,
// and not when the time of the retirement is over.
func TestStopWhileRetiring(t *testing.T) {
	w := behind(t, shouting, false)
	_, from, _ := dialUpgrade(t, w, "/", "websocket")
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	freed, retired := make(chan struct{}), make(chan error, 1)
	go func() { retired <- w.server.Retire(ctx, func() { close(freed) }) }()
	<-freed
	if err := w.server.Stop(ctx); err != nil {
		t.Error(err)
	}
	select {
	case err := <-retired:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(rawTime):
		t.Fatal("it goes on")
	}
	if _, err := io.ReadAll(from); err != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("the tunnel outlived the server")
	}
}

// TestRetireBeforePackets: who retires before the UDP socket was free for it leaves it to
// the next for good.
func TestRetireBeforePackets(t *testing.T) {
	var cfg Config
	behind(t, hello, false, func(c *Config) { cfg = *c })
	s, err := Prepare(cfg)
	if err != nil {
		t.Fatal(err)
	}
	packets := make(chan struct{})
	s.Serve(packets)
	freed := false
	if err := s.Retire(t.Context(), func() { freed = true }); err != nil || !freed {
		t.Error(err, freed)
	}
	close(packets)
	s.serveHTTP3() // as the goroutine does that has waited, whenever its turn comes
	if s.quic.Load() != nil {
		t.Error("it reads from the socket of another")
	}
}

// TestCutIsToldOf: a WebSocket that the end cuts off is told of when the end has come.
func TestCutIsToldOf(t *testing.T) {
	for name, end := range map[string]func(*Server, context.Context) error{"stop": (*Server).Stop,
		"retire": func(s *Server, ctx context.Context) error { return s.Retire(ctx, func() {}) }} {
		t.Run(name, func(t *testing.T) {
			seen := new(watcher)
			w := behind(t, shouting, false, func(c *Config) { c.Observer = seen })
			const many = 20
			for range many {
				dialUpgrade(t, w, "/", "websocket")
			}
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			end(w.server, ctx)
			seen.mu.Lock()
			defer seen.mu.Unlock()
			if len(seen.told) != many {
				t.Errorf("%d of %d are told of", len(seen.told), many)
			}
		})
	}
}
