package http1

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// Conns are the connections that a server serves, until it stops or retires.
type Conns[C comparable] struct {
	mu      sync.Mutex
	open    map[C]struct{}
	closing atomic.Bool
	stopped atomic.Bool
	empty   chan struct{} // closed when nothing is left; nil while nobody waits
}

// Enter takes one in; false when the server has stopped.
func (o *Conns[C]) Enter(c C) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.stopped.Load() {
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
	if delete(o.open, c); len(o.open) == 0 && o.empty != nil {
		close(o.empty)
		o.empty = nil
	}
}

// Stop takes none in from now on, and returns those that are there.
func (o *Conns[C]) Stop() []C {
	o.stopped.Store(true)
	return o.Retire()
}

// Retire has each connection end with its next answer, also those that come late, and
// returns those that are there.
func (o *Conns[C]) Retire() []C {
	o.closing.Store(true)
	return o.Open()
}

// Open returns those that are there.
func (o *Conns[C]) Open() []C {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Collect(maps.Keys(o.open))
}

// Closing reports whether Stop or Retire was called.
func (o *Conns[C]) Closing() bool { return o.closing.Load() }

// Stopped reports whether Stop was called.
func (o *Conns[C]) Stopped() bool { return o.stopped.Load() }

// Wait returns when nothing is left, or the context ends.
func (o *Conns[C]) Wait(ctx context.Context) error {
	empty := o.whenEmpty()
	if empty == nil {
		return nil
	}
	select {
	case <-empty:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (o *Conns[C]) whenEmpty() <-chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.open) > 0 && o.empty == nil {
		o.empty = make(chan struct{})
	}
	return o.empty
}
