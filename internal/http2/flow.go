package http2

import (
	"os"
	"time"
)

// smallest is the least piece of a body that is worth a frame while there is more.
const smallest = 2 << 10

// grant waits until at least one of so many bytes of body may be put into the
// output, and returns how many; c.mu is held, but meanwhile.
func (x *stream) grant(want int) (int, error) {
	c := x.c
	for {
		if err := x.over(); err != nil {
			return 0, err
		}
		if want == 0 {
			return 0, nil
		}
		if x.late() {
			x.giveUp()
			continue
		}
		n := int(min(int64(want), x.window, c.window))
		if n <= 0 && len(c.out) > 0 && !c.flushing {
			c.flushLocked() // and meanwhile there may be a window
			continue
		}
		if n <= 0 {
			x.await()
			continue
		}
		room := outSize - headSize - len(c.out)
		if room < min(n, smallest) {
			c.drain()
			continue
		}
		return min(n, room), nil
	}
}

// over reports why nothing more can be sent; c.mu is held.
func (x *stream) over() error {
	switch {
	case x.err != nil:
		return x.err
	case x.sentEnd: // and no frame may follow (RFC 9113 5.1)
		return errOver
	}
	return x.c.broken
}

// await waits until the client takes more, at its pace; c.mu is held, but meanwhile.
func (x *stream) await() {
	c := x.c
	if x.wake == nil {
		x.wake = make(chan struct{}, 1)
	}
	began := time.Now()
	wait := x.sending.Left()
	if !x.sendBy.IsZero() {
		wait = min(wait, x.sendBy.Sub(began))
	}
	x.waits = true
	c.mu.Unlock()
	timer := time.NewTimer(wait)
	select {
	case <-x.wake:
	case <-timer.C:
	}
	timer.Stop()
	c.mu.Lock()
	x.waits = false
	x.waited = true // and is judged by what is sent next
	if x.sending.TooSlow(&c.s.limits, 0, time.Since(began)) && x.err == nil {
		x.giveUp()
	}
}

// giveUp ends a stream whose time is over; c.mu is held.
func (x *stream) giveUp() {
	x.c.sendReset(x.id, cancel)
	x.fail(os.ErrDeadlineExceeded)
	x.c.flushLocked()
}

// late reports whether the handler's own deadline is over; c.mu is held.
func (x *stream) late() bool { return !x.sendBy.IsZero() && !time.Now().Before(x.sendBy) }

// wakeWriter is called when something has changed for who waits; c.mu is held.
func (x *stream) wakeWriter() {
	if x.waits {
		select {
		case x.wake <- struct{}{}:
		default:
		}
	}
}

// data puts a and then b into the output, as frames of body; c.mu is held, but
// meanwhile.
func (x *stream) data(a, b []byte, end bool) error {
	c := x.c
	for left := len(a) + len(b); left > 0 || end && !x.sentEnd; {
		n, err := x.grant(left)
		if err != nil {
			return err
		}
		flags := byte(0)
		if left -= n; left == 0 && end {
			flags, x.sentEnd = flagEndStream, true
		}
		c.out = appendHeader(c.buffer(), n, frameData, flags, x.id)
		m := min(n, len(a))
		c.out = append(c.out, a[:m]...)
		a = a[m:]
		c.out = append(c.out, b[:n-m]...)
		b = b[n-m:]
		x.window -= int64(n)
		c.window -= int64(n)
		if x.waited {
			x.sending.TooSlow(&c.s.limits, n, 0)
			x.waited = false
		}
		c.budget.earn(n / earnBytes)
		if left == 0 {
			c.budget.earn(earnFrame)
		}
	}
	return nil
}

// lets reports whether the client may send more bodies at all.
func (c *conn) lets() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.recv > 0
}
