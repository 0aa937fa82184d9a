package http1

import (
	"crypto/tls"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"pavise/internal/poison"
)

// output is what was written and not yet sent.
type output struct {
	mu      sync.Mutex
	x       *exchange // whose response it is; nil between responses
	out     []byte
	skip    int   // what is to be sent begins here
	broken  error // no byte can be sent any more
	sentBy  deadline
	sending pace
	sendBy  atomic.Int64 // the handler's own deadline, as told; 0 is none
	heeded  int64        // what that was when the deadline was set last
}

// begin lets an exchange write.
func (c *conn) begin(x *exchange) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.x, c.out, c.skip = x, outs.Get().(*[outSize]byte)[:0], 0
	c.sending = c.s.limits.pace()
}

// end lets it write no more.
func (c *conn) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cap(c.out) == outSize {
		poison.Fill(c.out[:outSize])
		outs.Put((*[outSize]byte)(c.out[:outSize]))
	}
	c.x, c.out = nil, nil
	if c.inward.wish.Swap(0) != 0 {
		c.inward.deadline.at = time.Time{}
	}
	c.sendBy.Store(0)
}

// abort drops what was not sent: the client must not take the response for whole.
func (c *conn) abort(x *exchange) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out = c.out[:0]
	if !x.committed || x.chunks || x.length >= 0 {
		return
	}
	// A body that the end of the connection ends would look whole.
	if t, ok := c.nc.(*tls.Conn); ok {
		t.NetConn().Close()
	} else if c.tcp != nil {
		c.tcp.SetLinger(0)
	}
}

// put buffers p, and sends what does not fit.
func (c *conn) put(p []byte) error {
	if len(c.out)+len(p) <= cap(c.out) {
		c.out = append(c.out, p...)
		return c.broken
	}
	return c.send(p)
}

// send sends what is buffered, and then p.
func (c *conn) send(p []byte) error {
	out := c.out[c.skip:]
	c.out, c.skip = c.out[:0], 0
	if len(out) == 0 {
		return c.sendAll(p)
	}
	if len(p) == 0 {
		return c.sendAll(out)
	}
	if c.tcp != nil {
		both := net.Buffers{out, p}
		return c.paced(func() (int, bool, error) {
			n, err := both.WriteTo(c.tcp)
			return int(n), len(both) == 0, err
		})
	}
	n := copy(out[len(out):cap(out)], p)
	if err := c.sendAll(out[:len(out)+n]); err != nil || n == len(p) {
		return err
	}
	return c.sendAll(p[n:])
}

// record is how much TLS sends at a time: when that is late, all is lost.
const record = 16 << 10

func (c *conn) sendAll(p []byte) error {
	if len(p) == 0 {
		return c.broken
	}
	return c.paced(func() (int, bool, error) {
		piece := p
		if c.tcp == nil && len(p) > record {
			piece = p[:record]
		}
		n, err := c.nc.Write(piece)
		p = p[n:]
		return n, len(p) == 0, err
	})
}

// paced writes at the client's pace until all is sent.
func (c *conn) paced(write func() (n int, all bool, err error)) error {
	l := &c.s.limits
	for c.broken == nil {
		now := time.Now()
		wait, own := c.sending.left, c.sendBy.Load()
		if own != c.heeded {
			c.heeded, c.sentBy.at = own, time.Time{}
		}
		if own != 0 {
			wait = min(wait, time.Duration(own-told(now)))
		}
		c.sentBy.set(now, wait, c.nc.SetWriteDeadline)
		n, all, err := write()
		late := err != nil && timedOut(err)
		if late {
			c.sentBy.at = time.Time{}
			if own := c.sendBy.Load(); c.tcp != nil && (own == 0 || told(time.Now()) < own) {
				err = nil // it goes on where it was
			}
		}
		switch {
		case err != nil:
			c.breaks(err)
		case c.sending.tooSlow(l, n, time.Since(now)):
			c.breaks(os.ErrDeadlineExceeded)
		case all:
			return nil
		}
	}
	return c.broken
}

func (c *conn) breaks(err error) {
	c.broken = err
	if c.x != nil {
		c.x.turn.life.end()
	}
}

// chunk writes p as one chunk (RFC 9112 7.1).
func (c *conn) chunk(p []byte) error {
	var size [20]byte
	head := append(strconv.AppendUint(size[:0], uint64(len(p)), 16), "\r\n"...)
	if len(c.out)+len(head) > cap(c.out) {
		if err := c.send(nil); err != nil {
			return err
		}
	}
	c.out = append(c.out, head...)
	if err := c.put(p); err != nil {
		return err
	}
	return c.put(crlf)
}

var crlf = []byte("\r\n")

// setWriteDeadline is the handler's.
func (c *conn) setWriteDeadline(t time.Time) error {
	if t.IsZero() {
		c.sendBy.Store(0)
		return nil
	}
	c.sendBy.Store(told(t))
	return c.nc.SetWriteDeadline(t)
}
