package http2

import (
	"io"
	"net/http"
	"time"

	"pavise/internal/http1"
)

// data takes a frame of a body (RFC 9113 6.1).
func (c *conn) data(h header) error {
	if h.stream == 0 {
		return connError{protocolError, "DATA on no stream"}
	}
	c.in.headBy = time.Time{} // a body may take its time
	pad, left := 0, h.length
	if h.has(flagPadded) {
		b, err := c.whole(min(1, left))
		if err != nil {
			return err
		}
		if len(b) == 0 {
			return connError{sizeError, "a padded frame has no room for its padding"}
		}
		left--
		if pad = int(b[0]); pad > left {
			return connError{protocolError, "the padding is longer than its frame"}
		}
		left -= pad
	}
	x, fault := c.charge(h, h.length-left)
	if _, ends := fault.(connError); ends {
		return fault
	}
	if err := c.payload(x, left); err != nil {
		return err
	}
	if err := c.payload(nil, pad); err != nil {
		return err
	}
	if x != nil && h.has(flagEndStream) {
		return x.ends()
	}
	return fault
}

// charge takes a frame off the windows, and gives the padding back at once. It
// returns the stream if that can take the rest.
func (c *conn) charge(h header, padding int) (*stream, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.recv -= int64(h.length); c.recv < 0 {
		return nil, connError{flowError, "more was sent than the window of the connection"}
	}
	x := c.streams[h.stream]
	c.queued = true
	switch {
	case h.stream > c.last:
		return nil, connError{protocolError, "DATA on a stream that was not opened"}
	case x != nil && x.gone:
		c.credit(nil, h.length)
		return nil, streamError{h.stream, streamClosed}
	case c.wasReset(h.stream), x != nil && x.err != nil, c.ignores(h.stream):
		c.credit(nil, h.length)
		if !c.budget.spend(costFrame) {
			return nil, errFlood
		}
		return nil, nil
	case x == nil:
		return nil, connError{streamClosed, "DATA on a stream that is over"}
	case x.ended:
		c.credit(nil, h.length)
		return nil, streamError{h.stream, streamClosed}
	}
	if h.length-padding == 0 && !h.has(flagEndStream) && !c.budget.spend(costFrame) { // CVE-2019-9518
		return nil, errFlood
	}
	c.budget.earn(h.length / earnBytes)
	if x.recv -= int64(h.length); x.recv < 0 {
		c.credit(nil, h.length)
		return nil, streamError{h.stream, flowError}
	}
	c.credit(x, padding)
	if length := x.declared; length >= 0 && x.body.arrived+int64(h.length-padding) > length {
		c.credit(nil, h.length-padding)
		return nil, streamError{h.stream, protocolError} // RFC 9113 8.1.1
	}
	return x, nil
}

// payload reads n bytes into the body of a stream, or nowhere.
func (c *conn) payload(x *stream, n int) error {
	for n > 0 {
		p, err := c.some(n)
		if err != nil {
			return err
		}
		n -= len(p)
		if x != nil {
			x.body.arrived += int64(len(p))
			x.returned(x.body.put(p))
		}
	}
	return nil
}

// ends is called with the end of the stream.
func (x *stream) ends() error {
	c := x.c
	if length := x.declared; length >= 0 && x.body.arrived != length {
		x.body.fail(errLength)
		return streamError{x.id, protocolError} // RFC 9113 8.1.1
	}
	x.body.fail(io.EOF)
	c.mu.Lock()
	defer c.mu.Unlock()
	x.ended = true
	return nil
}

// trailer takes what came behind the body (RFC 9113 8.1).
func (x *stream) trailer(k *block) error {
	x.c.mu.Lock()
	ended := x.ended
	x.c.mu.Unlock()
	switch {
	case ended:
		return streamError{x.id, streamClosed}
	case !k.endStream, k.large, k.size > x.c.s.limits.MaxTrailerBytes:
		return streamError{x.id, protocolError}
	}
	h := http.Header{}
	for _, f := range k.fields {
		name, value, fault := x.field(f)
		if fault != nil || name != "" && !http1.Trails(name) {
			return streamError{x.id, protocolError}
		}
		if name != "" {
			h[name] = append(h[name], value)
		}
	}
	x.body.trailers(h)
	return x.ends()
}

// consumed lets the client send as much again as the handler has read.
func (x *stream) consumed(n int) {
	c := x.c
	c.mu.Lock()
	defer c.mu.Unlock()
	c.credit(x, n)
	c.flushLocked()
}

// returned gives back what nobody will read.
func (x *stream) returned(n int) {
	if n > 0 {
		x.c.mu.Lock()
		defer x.c.mu.Unlock()
		x.c.credit(nil, n)
		x.c.flushLocked()
	}
}

// credit gives windows back, that of a stream if there is one: a quarter at a time
// (RFC 9113 6.9). c.mu is held.
func (c *conn) credit(x *stream, n int) {
	if n == 0 || c.broken != nil {
		return
	}
	if c.owed += int64(n); c.owed >= connWindow/4 {
		c.out = appendNumber(c.buffer(), frameWindow, 0, uint32(c.owed))
		c.recv, c.owed = c.recv+c.owed, 0
	}
	if x == nil || x.ended || x.err != nil {
		return
	}
	if x.owed += int64(n); x.owed >= streamWindow/4 {
		c.out = appendNumber(c.buffer(), frameWindow, x.id, uint32(x.owed))
		x.recv, x.owed = x.recv+x.owed, 0
	}
}
