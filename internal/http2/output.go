package http2

import (
	"os"
	"sync"
	"time"

	"pavise/internal/http1"
	"pavise/internal/poison"
)

// output is the frames that were written and not yet sent. Whoever has put one in
// sends what is there, unless somebody does so already, who then sends that, too.
type output struct {
	out      []byte
	flushing bool
	waiting  int        // how many wait for room
	drained  *sync.Cond // something was sent
	broken   error      // no byte can be sent any more
	encoder  encoder
	// Of whoever is flushing.
	deadline http1.Deadline
	pace     http1.Pace
}

// outSize is one record of TLS, and what may wait to be sent but for a head and
// short frames.
const outSize = 16 << 10

var outs = sync.Pool{New: func() any { return new([outSize]byte) }}

func (o *output) begin(c *conn) {
	o.drained = sync.NewCond(&c.mu)
	o.encoder.begin()
	o.pace = c.s.limits.Begin()
}

// buffer is where to append; c.mu is held.
func (c *conn) buffer() []byte {
	if c.out == nil {
		c.out = outs.Get().(*[outSize]byte)[:0]
	}
	return c.out
}

func releaseOut(b []byte) {
	if cap(b) == outSize {
		b = b[:outSize]
		poison.Fill(b)
		outs.Put((*[outSize]byte)(b))
	}
}

// answer puts a short frame of the reader's into the output, which leaves before
// it waits; c.mu is held. Where the client does not take what is there, the reader
// waits with it, and reads no more.
func (c *conn) answer(put func([]byte) []byte) error {
	for len(c.out) > outSize-256 && c.broken == nil {
		c.drain()
	}
	if c.broken != nil {
		return errGone
	}
	c.out = put(c.buffer())
	c.queued = true
	return nil
}

// control is answer where the lock is not held.
func (c *conn) control(put func([]byte) []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.answer(put)
}

// flush sends what is in the output.
func (c *conn) flush() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.flushLocked()
}

// flushLocked is flush with c.mu held, which it lets go of meanwhile.
func (c *conn) flushLocked() error {
	for !c.flushing && len(c.out) > 0 && c.broken == nil {
		c.flushing = true
		b := c.out
		c.out = nil
		c.mu.Unlock()
		err := c.send(b)
		releaseOut(b)
		c.mu.Lock()
		c.flushing = false
		if err != nil {
			c.breaks(err)
			c.cut() // part of a record has left, perhaps
		}
		if c.waiting > 0 { // whose turn it is now
			c.drained.Broadcast()
			break
		}
	}
	return c.broken
}

// flushAll returns when nothing is left to be sent; c.mu is held, but meanwhile.
func (c *conn) flushAll() {
	for c.broken == nil && (c.flushing || len(c.out) > 0) {
		c.drain()
	}
}

// drain makes room in the output; c.mu is held, but meanwhile.
func (c *conn) drain() {
	if !c.flushing {
		c.flushLocked()
		return
	}
	c.waiting++
	c.drained.Wait()
	c.waiting--
	c.flushLocked() // whoever was sending has left the rest to us
}

// breaks ends all sending; c.mu is held.
func (c *conn) breaks(err error) {
	if c.broken != nil {
		return
	}
	c.broken = err
	releaseOut(c.out)
	c.out = nil
	c.drained.Broadcast()
	for _, x := range c.streams {
		x.fail(errGone)
	}
}

// send writes at the client's pace. The record that is late is lost, and all with
// it.
func (c *conn) send(p []byte) error {
	l := &c.s.limits
	for len(p) > 0 {
		now := time.Now()
		c.deadline.Set(now, c.pace.Left(), c.nc.SetWriteDeadline)
		n, err := c.nc.Write(p[:min(len(p), outSize)])
		if err != nil {
			return err
		}
		if c.pace.TooSlow(l, n, time.Since(now)) {
			return os.ErrDeadlineExceeded
		}
		p = p[n:]
	}
	return nil
}
