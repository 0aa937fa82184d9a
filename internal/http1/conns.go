package http1

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// Conns are the connections that a server serves, until it stops.
type Conns[C comparable] struct {
	mu      sync.Mutex
	open    map[C]struct{}
	closing atomic.Bool
	empty   chan struct{} // closed when closing and nothing is left
}

// Enter takes one in; false when the server stops.
func (o *Conns[C]) Enter(c C) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closing.Load() {
		return false
	}
	if o.open == nil {
		o.open = map[C]struct{}{}
	}
	o.open[c] = struct{}{}
	return true
}

// Leave lets one go; twice is once.
func (o *Conns[C]) Leave(c C) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, ours := o.open[c]; !ours {
		return
	}
	if delete(o.open, c); o.closing.Load() && len(o.open) == 0 {
		close(o.empty)
	}
}

// Stop takes none in from now on, and returns those that are there.
func (o *Conns[C]) Stop() []C {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.closing.Swap(true) {
		if o.empty = make(chan struct{}); len(o.open) == 0 {
			close(o.empty)
		}
	}
	return slices.Collect(maps.Keys(o.open))
}

// Open returns those that are there.
func (o *Conns[C]) Open() []C {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Collect(maps.Keys(o.open))
}

// Closing reports whether Stop was called.
func (o *Conns[C]) Closing() bool { return o.closing.Load() }

// Wait returns when Stop was called and nothing is left, or the context ends.
func (o *Conns[C]) Wait(ctx context.Context) error {
	select {
	case <-o.empty:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
