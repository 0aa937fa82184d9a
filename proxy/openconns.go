package proxy

import (
	"io"
	"sync"
)

// openConns knows connections that no server counts, so that a stop can end them.
type openConns struct {
	mu     sync.Mutex
	conns  map[io.Closer]struct{}
	closed bool
}

// add takes connections in until removed is called. After closeAll they are closed
// at once.
func (o *openConns) add(conns ...io.Closer) (removed func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.conns == nil {
		o.conns = map[io.Closer]struct{}{}
	}
	for _, c := range conns {
		if o.closed {
			c.Close()
			continue
		}
		o.conns[c] = struct{}{}
	}
	return func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		for _, c := range conns {
			delete(o.conns, c)
		}
	}
}

func (o *openConns) closeAll() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	for c := range o.conns {
		c.Close()
	}
}

func (o *openConns) len() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.conns)
}
