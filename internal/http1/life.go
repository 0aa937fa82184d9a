package http1

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// A turn is what handlers get hold of and may keep by mistake: the context of one
// request and the writer of its response. The exchange behind it serves others
// later; a turn never does, and so what was kept stays over for ever.
type turn struct {
	life   life
	writer writer
}

// mostTurns is how many a connection makes at a time, once it is in use: they are
// small, and one by one each would cost as much as all of them.
const mostTurns = 8

// newTurn returns one that was never used.
func (c *conn) newTurn(h map[string][]string) *turn {
	if len(c.turns) == 0 {
		c.batch = min(max(1, 2*c.batch), mostTurns)
		c.turns = make([]turn, c.batch)
	}
	t := &c.turns[0]
	c.turns = c.turns[1:]
	t.life.base, t.life.watch = c.base, &c.watch
	t.writer.c, t.writer.header = c, h
	return t
}

// end is called when the exchange is nobody's any more.
func (t *turn) end() {
	t.writer.over.Store(true)
	t.life.end()
}

// A life is the context of a request: it ends with the handler, or when the
// client has gone, which is looked for once somebody asks. What it needs for that
// is made then, too.
type life struct {
	base  context.Context // of the connection
	watch *watch          // nil where somebody looks anyway
	over  atomic.Bool
	mu    sync.Mutex
	done  chan struct{} // nil until somebody asks
	heirs *heir
}

// An heir is told when a life ends.
type heir struct {
	told         func()
	before, next *heir
	gone         bool // from the list
}

// Deadline returns none: the limits are on what the client does.
func (l *life) Deadline() (time.Time, bool) { return time.Time{}, false }

// Value returns what the context of the connection has.
func (l *life) Value(key any) any { return l.base.Value(key) }

// Done is closed when the request is nobody's any more.
func (l *life) Done() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.done == nil {
		l.done = make(chan struct{})
		if l.over.Load() {
			close(l.done)
		}
	}
	l.ask()
	return l.done
}

// Err says why it is.
func (l *life) Err() error {
	if l.over.Load() {
		return context.Canceled
	}
	l.ask()
	return nil
}

// AfterFunc has f called when the life ends, by whoever ends it: f must not wait,
// nor touch the response. So the contexts made of this one need no goroutine (see
// [context.AfterFunc]). stop reports whether it was in time to keep f from that.
func (l *life) AfterFunc(f func()) (stop func() bool) {
	h := &heir{told: f}
	l.mu.Lock()
	if l.over.Load() {
		l.mu.Unlock()
		f()
		return func() bool { return false }
	}
	defer l.mu.Unlock()
	if h.next = l.heirs; h.next != nil {
		h.next.before = h
	}
	l.heirs = h
	l.ask()
	return func() bool { return l.disinherit(h) }
}

func (l *life) disinherit(h *heir) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if h.gone || l.over.Load() {
		return false
	}
	h.gone = true
	if h.next != nil {
		h.next.before = h.before
	}
	if h.before != nil {
		h.before.next = h.next
	} else {
		l.heirs = h.next
	}
	return true
}

func (l *life) ask() {
	if l.watch != nil && !l.over.Load() {
		l.watch.ask(l)
	}
}

// end closes Done and tells the heirs, once.
func (l *life) end() {
	l.mu.Lock()
	if l.over.Swap(true) {
		l.mu.Unlock()
		return
	}
	if l.done != nil {
		close(l.done)
	}
	h := l.heirs
	l.heirs = nil
	l.mu.Unlock()
	for ; h != nil; h = h.next {
		h.told()
	}
}
