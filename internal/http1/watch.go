package http1

import (
	"sync"
	"sync/atomic"
	"time"
)

// watchAfter is how long a request may take before anybody looks whether its
// client is still there: most are answered sooner, and need no goroutine.
const watchAfter = 10 * time.Millisecond

// A watch reads ahead while a handler is at work, to notice that the client has
// gone. It begins only when somebody asks the context of the request, and when
// nobody else reads.
type watch struct {
	conn    *conn
	mu      sync.Mutex
	life    *life // of the request that is served; nil between requests
	asked   bool  // somebody wants to know
	free    bool  // the body has been read
	running sync.WaitGroup
	armed   bool
	quit    atomic.Bool
	timer   *time.Timer
}

// ask is called by whoever looks at the context of a request.
func (w *watch) ask(l *life) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.life == l {
		w.asked = true
		w.arm()
	}
}

// mayRead is called when the body has been read.
func (w *watch) mayRead() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.free = true
	w.arm()
}

// begin is called before the handler is.
func (w *watch) begin(l *life, free bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.life, w.asked, w.free = l, false, free
}

func (w *watch) arm() {
	if w.armed || !w.asked || !w.free || w.life == nil {
		return
	}
	w.armed = true
	w.running.Add(1)
	if w.timer == nil {
		w.timer = time.AfterFunc(watchAfter, w.run)
	} else {
		w.timer.Reset(watchAfter)
	}
}

// end returns when nobody watches any more: the connection can be read from.
func (w *watch) end() {
	w.mu.Lock()
	armed := w.armed
	w.life, w.armed = nil, false
	w.mu.Unlock()
	if !armed {
		return
	}
	if w.timer.Stop() {
		w.running.Done()
		return
	}
	w.quit.Store(true)
	w.conn.nc.SetReadDeadline(past)
	w.running.Wait()
	w.quit.Store(false)
	w.conn.inward.deadline.at = time.Time{}
}

// run reads until the client has gone, the buffer is full or the watch ends. What
// it reads is the next request's.
func (w *watch) run() {
	defer w.running.Done()
	w.mu.Lock()
	l := w.life
	w.mu.Unlock()
	if l == nil {
		return
	}
	in := &w.conn.inward
	for {
		in.room(0)
		if in.w == len(in.buf) {
			return
		}
		w.conn.nc.SetReadDeadline(time.Time{})
		if w.quit.Load() {
			return
		}
		n, err := w.conn.nc.Read(in.buf[in.w:])
		in.w += n
		if err != nil && !timedOut(err) {
			l.end()
			return
		}
	}
}
