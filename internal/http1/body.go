package http1

import (
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"pavise/internal/poison"
)

// A body is that of a request, read off the connection as the handler reads it.
type body struct {
	x      *exchange
	mu     sync.Mutex // held while somebody reads
	closed atomic.Bool
	drains bool        // what is read is for nobody
	ended  atomic.Bool // the whole message has been read
	left   int64       // of the body, or of the chunk
	chunks chunks      // where it is chunked
	err    error       // what reading it came to
}

// Read reads at most to the end of the body.
func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed.Load() {
		return 0, http.ErrBodyReadAfterClose
	}
	b.x.invite()
	return b.read(p)
}

func (b *body) read(p []byte) (n int, err error) {
	if b.err != nil || len(p) == 0 {
		return 0, b.err
	}
	if b.left == 0 {
		if err = b.next(); err != nil {
			return 0, b.fail(err)
		}
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	c := b.x.c
	if in := &c.inward; in.buffered() > 0 {
		n = copy(p, in.buf[in.r:in.w])
		in.r += n
	} else {
		n, err = c.read(p, b.quit)
	}
	b.left -= int64(n)
	if err == nil && b.left == 0 && !b.x.chunked() { // so that io.EOF needs no Read of its own
		err = io.EOF
	}
	if err != nil {
		return n, b.fail(err)
	}
	return n, nil
}

// next goes to the next chunk, io.EOF behind the last.
func (b *body) next() error {
	if !b.x.chunked() {
		return io.EOF
	}
	return b.nextChunk()
}

// fail keeps what ends the reading, but for what a later read could overcome.
func (b *body) fail(err error) error {
	switch {
	case err == io.EOF:
		b.ended.Store(true)
		b.x.c.watch.mayRead()
	case err == http.ErrBodyReadAfterClose, timedOut(err):
		return err
	default:
		if _, ours := err.(*Fault); !ours {
			b.x.turn.life.end()
		}
	}
	b.err = err
	return err
}

func (b *body) quit() error {
	if b.closed.Load() && !b.drains {
		return http.ErrBodyReadAfterClose
	}
	return nil
}

// Close lets nobody read on, and ends a Read that waits.
func (b *body) Close() error {
	if b.closed.Swap(true) {
		return nil
	}
	if !b.mu.TryLock() {
		b.x.c.nc.SetReadDeadline(past)
		b.mu.Lock()
		b.x.c.inward.deadline.at = time.Time{}
	}
	b.mu.Unlock()
	return nil
}

// buffered reports whether the rest of the body is here already: not while
// somebody reads it.
func (b *body) buffered() bool {
	if !b.mu.TryLock() {
		return false
	}
	defer b.mu.Unlock()
	return b.err == nil && !b.x.chunked() && b.left <= int64(b.x.c.inward.buffered())
}

// drainBytes and drainTime bound what is read of a body that the handler has left
// unread, so that the connection can go on: only what has arrived is worth it.
const (
	drainBytes = 256 << 10
	drainTime  = 5 * time.Millisecond
)

// drain reads the rest of a closed body; false if there is more than is worth it.
func (b *body) drain() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.x.c
	if b.ended.Load() || b.err != nil || !b.x.chunked() && b.left > drainBytes {
		return b.ended.Load()
	}
	b.drains = true
	c.inward.wish.Store(told(time.Now().Add(drainTime)))
	defer c.inward.wish.Store(0)
	c.inward.deadline.at = time.Time{}
	space := buffers.Get().(*[bufferSize]byte)
	defer func() {
		poison.Fill(space[:])
		buffers.Put(space)
	}()
	for read := 0; read < drainBytes; {
		n, err := b.read(space[:])
		if read += n; err != nil {
			break
		}
	}
	return b.ended.Load()
}
