package http1

import (
	"errors"
	"io"
	"sync/atomic"
	"time"

	"pavise/internal/poison"
)

// input is what was read and not yet used: buf[r:w].
type input struct {
	buf      []byte
	r, w     int
	one      [1]byte // what an idle connection reads into
	deadline deadline
	headBy   time.Time    // by when the head must be there; zero before its first byte
	wish     atomic.Int64 // the handler's own deadline, as told; 0 is none
	pace     pace
}

// grab makes sure of a buffer.
func (in *input) grab() {
	if in.buf == nil {
		in.buf = buffers.Get().(*[bufferSize]byte)[:]
	}
}

// release gives an empty buffer back; a larger one was for a large head alone.
func (in *input) release() {
	in.giveBack()
	in.buf, in.r, in.w = nil, 0, 0
}

func (in *input) giveBack() {
	if len(in.buf) == bufferSize {
		poison.Fill(in.buf)
		buffers.Put((*[bufferSize]byte)(in.buf))
	}
}

func (in *input) buffered() int { return in.w - in.r }

// room makes space behind what is buffered, growing up to most.
func (in *input) room(most int) {
	if in.r > 0 && in.w == len(in.buf) || in.r == in.w {
		in.w = copy(in.buf, in.buf[in.r:in.w])
		in.r = 0
	}
	if in.w == len(in.buf) && len(in.buf) < most {
		larger := make([]byte, min(2*len(in.buf), most))
		copy(larger, in.buf[:in.w])
		in.giveBack()
		in.buf = larger
	}
}

// warmTime is how long an idle connection keeps its buffer.
const warmTime = time.Second

// await waits for the first byte of a request; begun is false where none comes. A
// rest is how much longer one may be waited for, in a connection that by now holds
// as little as can be.
func (c *conn) await() (begun bool, rest time.Duration) {
	in := &c.inward
	in.headBy, in.pace = time.Time{}, c.s.limits.pace()
	if in.buffered() > 0 {
		return true, 0
	}
	wait := c.s.limits.Idle
	if !c.served {
		wait = c.s.limits.HeaderTime
	}
	if len(in.buf) > bufferSize {
		in.release()
	}
	in.grab()
	in.r = 0
	now := time.Now()
	in.deadline.set(now, min(wait, warmTime), c.nc.SetReadDeadline)
	n, err := c.nc.Read(in.buf)
	in.w = n
	if n > 0 || err == nil {
		return n > 0, 0
	}
	if rest = wait - time.Since(now); !timedOut(err) || rest <= 0 {
		return false, 0
	}
	in.release()
	c.turns, c.batch = nil, 0
	return false, rest
}

// errGone is that a client has left in the middle of a head.
var errGone = errors.New("http1: the client has gone")

// fillHead reads more of a head, in the time that is left for it.
func (c *conn) fillHead() error {
	in := &c.inward
	if in.headBy.IsZero() {
		in.headBy = time.Now().Add(c.s.limits.HeaderTime)
		in.deadline.at = in.headBy
		c.nc.SetReadDeadline(in.headBy)
	}
	in.room(c.s.limits.MaxHeaderBytes + bufferSize)
	n, err := c.nc.Read(in.buf[in.w:])
	in.w += n
	switch {
	case n > 0:
		return nil
	case timedOut(err):
		return slow("The head of the request did not come in time.")
	}
	return errGone
}

// read reads body from the connection at the client's pace, and gives up where
// quit says so or the handler's deadline is over.
func (c *conn) read(p []byte, quit func() error) (int, error) {
	in, l := &c.inward, &c.s.limits
	for {
		now := time.Now()
		wait, wish := in.pace.left, in.wish.Load()
		if wish != 0 {
			wait = min(wait, time.Duration(wish-told(now)))
		}
		in.deadline.set(now, wait, c.nc.SetReadDeadline)
		if err := quit(); err != nil {
			in.deadline.at = time.Time{}
			return 0, err
		}
		if in.wish.Load() != wish {
			in.deadline.at = time.Time{}
			continue
		}
		n, err := c.nc.Read(p)
		took := time.Since(now)
		timeout := err != nil && timedOut(err)
		if timeout {
			in.deadline.at = time.Time{}
			if wish != 0 && told(time.Now()) >= wish && n == 0 {
				return 0, err
			}
			err = nil
		}
		if quit() == nil && in.pace.tooSlow(l, n, took) {
			return n, slow(slowBody)
		}
		if n > 0 || err != nil {
			return n, unexpected(err)
		}
	}
}

const slowBody = "The rest of the request did not come, or too slowly."

// unexpected is the end of a connection in the middle of a body.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// setReadDeadline is the handler's.
func (c *conn) setReadDeadline(t time.Time) error {
	if t.IsZero() {
		c.inward.wish.Store(0)
		return nil
	}
	c.inward.wish.Store(told(t))
	return c.nc.SetReadDeadline(t)
}
