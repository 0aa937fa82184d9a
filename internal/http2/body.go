package http2

import (
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"pavise/internal/http1"
	"pavise/internal/poison"
)

// A body is that of a request: what has come and was not read. The flow control
// bounds that.
type body struct {
	x       *stream
	mu      sync.Mutex
	chunks  []*[chunkSize]byte
	r, w    int // into the first, and into the last
	size    int
	err     error // what comes behind that
	closed  bool
	trailer http.Header // of the request: what was announced
	last    http.Header // what came
	wake    chan struct{}
	waits   bool
	pace    http1.Pace
	wish    time.Time // the handler's own deadline
	arrived int64     // of the reading goroutine: how much has come
}

// chunkSize is in which pieces a body waits: a stream keeps one at least.
const chunkSize = 4 << 10

var chunks = sync.Pool{New: func() any { return new([chunkSize]byte) }}

// begin makes it the body of its request.
func (b *body) begin() {
	b.pace = b.x.c.s.limits.Begin()
	b.trailer = b.x.req.Trailer
	if b.x.declared != 0 {
		b.x.req.Body = b
	}
}

// Read waits for what comes next.
func (b *body) Read(p []byte) (n int, err error) {
	b.x.invite()
	b.mu.Lock()
	if err = b.await(); err == nil {
		n = b.take(p)
		if b.size == 0 && b.err == io.EOF { // so that it needs no Read of its own
			err = b.ends()
		}
	}
	b.mu.Unlock()
	if n > 0 {
		b.x.consumed(n)
	}
	return n, err
}

// await returns when there is something to take; b.mu is held.
func (b *body) await() error {
	for {
		switch {
		case b.closed:
			return http.ErrBodyReadAfterClose
		case b.size > 0:
			return nil
		case b.err != nil:
			return b.ends()
		}
		if err := b.wait(); err != nil {
			return err
		}
	}
}

// wait waits once, at the client's pace. While it may not send, because the app does
// not take what others have sent on the connection, the time is not its own.
func (b *body) wait() error {
	if b.wake == nil {
		b.wake = make(chan struct{}, 1)
	}
	began, l := time.Now(), &b.x.c.s.limits
	wait := b.pace.Left()
	if !b.wish.IsZero() {
		wait = min(wait, b.wish.Sub(began))
	}
	b.waits = true
	b.mu.Unlock()
	may := b.x.c.lets()
	timer := time.NewTimer(wait)
	select {
	case <-b.wake:
	case <-timer.C:
	}
	timer.Stop()
	took := time.Since(began)
	if !may || !b.x.c.lets() {
		took = 0
	}
	b.mu.Lock()
	b.waits = false
	switch {
	case b.size > 0 || b.err != nil || b.closed:
		b.pace.TooSlow(l, b.size, took)
		if b.err == nil && b.pace.Left() <= 0 {
			b.err = http1.Slow()
		}
	case !b.wish.IsZero() && !time.Now().Before(b.wish):
		b.pace.TooSlow(l, 0, took)
		return os.ErrDeadlineExceeded
	case b.pace.TooSlow(l, 0, took):
		b.err = http1.Slow()
	}
	return nil
}

// take copies out; b.mu is held.
func (b *body) take(p []byte) (n int) {
	for n < len(p) && b.size > 0 {
		first := b.chunks[0]
		end := chunkSize
		if len(b.chunks) == 1 {
			end = b.w
		}
		m := copy(p[n:], first[b.r:end])
		n, b.size = n+m, b.size-m
		if b.r += m; b.r == end {
			b.r = 0
			b.drop()
		}
	}
	return n
}

// drop lets the first chunk go.
func (b *body) drop() {
	first := b.chunks[0]
	poison.Fill(first[:])
	chunks.Put(first)
	b.chunks[0] = nil
	if b.chunks = b.chunks[1:]; len(b.chunks) == 0 {
		b.chunks, b.w = nil, 0
	}
}

// ends is what comes behind the body, with its trailers; b.mu is held.
func (b *body) ends() error {
	if b.err == io.EOF && b.last != nil {
		for name := range b.trailer { // what was not announced nobody looks for
			b.trailer[name] = b.last[name]
		}
		b.last = nil
	}
	return b.err
}

// put adds what has come; it reports how much of it nobody will read.
func (b *body) put(p []byte) (lost int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || b.err != nil {
		return len(p)
	}
	b.size += len(p)
	for len(p) > 0 {
		if len(b.chunks) == 0 || b.w == chunkSize {
			b.chunks = append(b.chunks, chunks.Get().(*[chunkSize]byte))
			b.w = 0
		}
		n := copy(b.chunks[len(b.chunks)-1][b.w:], p)
		b.w += n
		p = p[n:]
	}
	b.signal()
	return 0
}

// signal wakes who waits; b.mu is held.
func (b *body) signal() {
	if b.waits {
		select {
		case b.wake <- struct{}{}:
		default:
		}
	}
}

// fail ends it with an error, or io.EOF.
func (b *body) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		b.err = err
	}
	b.signal()
}

// trailers keeps what came behind it.
func (b *body) trailers(h http.Header) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last = h
}

// Close lets nobody read on, and ends a Read that waits.
func (b *body) Close() error {
	b.x.returned(b.end())
	return nil
}

// end is Close, and returns how much was thrown away.
func (b *body) end() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	unread := b.size
	b.closed, b.size = true, 0
	for len(b.chunks) > 0 {
		b.drop()
	}
	b.signal()
	return unread
}

var errLength = errors.New("http2: the body is not as long as was said")
