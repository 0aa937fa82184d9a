package http2

import (
	"io"
	"sync"
	"time"

	"pavise/internal/http1"
	"pavise/internal/poison"
)

// input is what was read and not yet used: buf[r:w].
type input struct {
	buf      []byte
	r, w     int
	one      [1]byte // what an idle connection reads into
	deadline http1.Deadline
	headBy   time.Time // by when what has begun must be there; zero where nothing has
	greeted  bool      // the preface and the first frame are here
}

// smallSize is what a connection reads into, and largeSize that into which the
// largest frame goes.
const (
	smallSize = 4 << 10
	largeSize = maxFrame + headSize + 64
)

var (
	smalls = sync.Pool{New: func() any { return new([smallSize]byte) }}
	larges = sync.Pool{New: func() any { return new([largeSize]byte) }}
)

// release gives the buffer back.
func (in *input) release() {
	poison.Fill(in.buf)
	switch len(in.buf) {
	case smallSize:
		smalls.Put((*[smallSize]byte)(in.buf))
	case largeSize:
		larges.Put((*[largeSize]byte)(in.buf))
	}
	in.buf, in.r, in.w = nil, 0, 0
}

func (in *input) buffered() int { return in.w - in.r }

// room makes space for n bytes from r on, and more behind what is buffered.
func (in *input) room(n int) {
	switch {
	case in.buf == nil && n <= smallSize:
		in.buf = smalls.Get().(*[smallSize]byte)[:]
	case len(in.buf) < n:
		rest := in.buf[in.r:in.w]
		larger := larges.Get().(*[largeSize]byte)[:]
		w := copy(larger, rest)
		in.release()
		in.buf, in.w = larger, w
	case len(in.buf)-in.r < n || in.r == in.w || in.w == len(in.buf):
		in.w = copy(in.buf, in.buf[in.r:in.w])
		in.r = 0
	}
}

// next is the header of the next frame.
func (c *conn) next() (header, error) {
	if !c.block.open {
		c.in.headBy = time.Time{}
	}
	b, err := c.whole(headSize)
	if err != nil {
		return header{}, err
	}
	return parseHeader(b), nil
}

// whole takes the next n bytes, which are good until more is read.
func (c *conn) whole(n int) ([]byte, error) {
	in := &c.in
	for in.buffered() < n {
		in.room(n)
		if err := c.fill(in.buffered() > 0); err != nil {
			return nil, err
		}
	}
	b := in.buf[in.r : in.r+n]
	in.r += n
	return b, nil
}

// some takes at most n of the next bytes: what is there, and waits if nothing is.
func (c *conn) some(n int) ([]byte, error) {
	in := &c.in
	if in.buffered() == 0 {
		in.room(min(n, largeSize))
		if err := c.fill(false); err != nil {
			return nil, err
		}
	}
	b := in.buf[in.r:min(in.w, in.r+n)]
	in.r += len(b)
	return b, nil
}

// warmTime is how long an idle connection keeps its buffers.
const warmTime = time.Second

// fill reads more. What has begun has the time for a head; else the connection may
// wait while it has streams, each of which bounds itself, and as idle without.
func (c *conn) fill(begun bool) error {
	in, l := &c.in, &c.s.limits
	if c.queued {
		c.queued = false
		c.flush()
	}
	for {
		now := time.Now()
		if begun && in.headBy.IsZero() {
			in.headBy = now.Add(l.HeaderTime)
		}
		wait, err := c.patience(now)
		if err != nil {
			return err
		}
		if len(in.buf) > 0 && in.buffered() == 0 {
			wait = min(wait, warmTime)
		}
		in.deadline.Set(now, wait, c.nc.SetReadDeadline)
		if c.closes() { // it may have been told so behind our back
			return errDone
		}
		n, err := c.pull()
		switch {
		case n > 0:
			return nil
		case err == nil:
		case !timedOut(err):
			return errGone
		default:
			in.deadline.Forget()
			if in.buffered() == 0 && time.Since(now) >= warmTime/2 {
				in.release()
			}
		}
	}
}

// pull reads once; without a buffer it waits for one byte alone.
func (c *conn) pull() (int, error) {
	in := &c.in
	if in.buf != nil {
		n, err := c.nc.Read(in.buf[in.w:])
		in.w += n
		return n, err
	}
	n, err := c.nc.Read(in.one[:])
	if n > 0 {
		in.room(smallSize)
		in.buf[0], in.w = in.one[0], 1
	}
	if err == io.EOF {
		n = 0
	}
	return n, err
}

// patience is how long the connection may yet wait for what it reads next.
func (c *conn) patience(now time.Time) (time.Duration, error) {
	in, l := &c.in, &c.s.limits
	if !in.headBy.IsZero() {
		if wait := in.headBy.Sub(now); wait > 0 {
			return wait, nil
		}
		return 0, connError{enhanceYourCalm, "what was begun did not come in time"}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.streams) > 0 {
		return l.Idle, nil
	}
	idle := l.Idle
	if !in.greeted {
		idle = l.HeaderTime
	}
	if wait := c.idleSince.Add(idle).Sub(now); wait > 0 {
		return wait, nil
	}
	return 0, connError{noError, "idle"}
}
