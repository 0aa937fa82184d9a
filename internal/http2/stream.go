package http2

import (
	"net/http"
	"net/url"
	"runtime"
	"time"

	"pavise/internal/http1"
)

// A stream is one request and its response. Nothing of it is used again for
// another: handlers may keep what they were given.
type stream struct {
	c        *conn
	id       uint32
	req      *http.Request
	url      url.URL
	life     http1.Life
	fault    *http1.Fault // why it is no request
	body     body
	declared int64 // how long the body is said to be; -1 if it is not, or does not matter
	response

	// Under the lock of the connection.
	err     error // why nothing more can be sent or will come
	window  int64 // what the client takes
	recv    int64 // what it may yet send
	owed    int64 // what it may send again, and has not been told
	ended   bool  // it has sent all
	gone    bool  // it has reset the stream
	sentEnd bool  // we have
	awaits  bool  // it waits for 100 before it sends the body
	began   bool  // the head of the response is in the output
	waits   bool  // a writer does
	waited  bool  // and nothing was sent since
	wake    chan struct{}
	sending http1.Pace
	sendBy  time.Time // the handler's own deadline
}

func newStream(c *conn, id uint32) *stream {
	x := &stream{c: c, id: id}
	x.life.Begin(c.base)
	x.body.x = x
	x.req = new(http.Request).WithContext(&x.life)
	r := x.req
	r.Method, r.Proto, r.ProtoMajor = http.MethodGet, "HTTP/2.0", 2
	r.URL, r.Body, r.RemoteAddr, r.TLS = &x.url, http.NoBody, c.remote, c.tls
	return x
}

// open begins a stream.
func (c *conn) open(k *block) error {
	c.mu.Lock()
	full := c.full()
	c.mu.Unlock()
	if full {
		return streamError{k.stream, refusedStream}
	}
	x := newStream(c, k.stream)
	x.fault = x.parse(k)
	x.ended = k.endStream
	if x.declared = x.req.ContentLength; x.fault != nil {
		x.declared = -1
	} else if !k.endStream {
		x.body.begin()
	}
	c.mu.Lock()
	x.window, x.recv = c.peerWindow, streamWindow
	x.sending = c.s.limits.Begin()
	c.streams[x.id], c.asked = x, x.id
	poor := x.fault != nil && !c.budget.spend(costReset)
	c.mu.Unlock()
	if poor {
		return errFlood
	}
	c.s.crew.run(x)
	return nil
}

// full reports whether as many streams are open as may be; c.mu is held. Those that
// were reset count while their handlers run. One whose end may have reached the client
// counts no more, though we have not cleared up yet.
func (c *conn) full() bool {
	n := len(c.streams)
	if n < maxStreams || n >= 2*maxStreams {
		return n >= maxStreams
	}
	for _, x := range c.streams {
		if x.sentEnd && x.ended {
			n--
		}
	}
	return n >= maxStreams
}

// serve has the request answered.
func (x *stream) serve(w *worker) {
	x.response.begin(w)
	whole := false
	defer func() { // also where a handler ends the goroutine
		w.broken = !whole
		x.close(whole)
	}()
	if x.fault == nil {
		whole = x.call(x.c.s.Handler)
		return
	}
	x.strip()
	whole = x.call(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { x.c.s.Refuse(w, r, x.fault) }))
}

// strip leaves of what is no request what an answer may look at.
func (x *stream) strip() {
	r := x.req
	if r.RequestURI == "" {
		r.URL = &url.URL{Path: "/"}
	}
	r.Body, r.ContentLength, r.Trailer = http.NoBody, 0, nil
}

// call reports whether the handler returned.
func (x *stream) call(h http.Handler) (whole bool) {
	defer func() {
		if whole {
			return
		}
		reason := recover()
		if reason == nil || reason == http.ErrAbortHandler { // nil is runtime.Goexit
			return
		}
		stack := make([]byte, 64<<10)
		stack = stack[:runtime.Stack(stack, false)]
		x.c.s.logf("http: panic serving %s: %v\n%s", x.c.remote, reason, stack)
	}()
	h.ServeHTTP(x, x.req)
	return true
}

// close brings the response to its end, and the stream.
func (x *stream) close(whole bool) {
	if whole {
		x.finish()
	}
	unread := x.body.end()
	x.life.End()
	x.response.end()
	c := x.c
	c.mu.Lock()
	defer c.mu.Unlock()
	c.credit(nil, unread)
	switch {
	case x.err != nil: // the client was told, or has told us
	case !whole || !x.sentEnd:
		c.sendReset(x.id, internalError)
	case x.fault != nil && x.fault.Status == http.StatusBadRequest:
		c.sendReset(x.id, protocolError) // RFC 9113 8.1.1
	case !x.ended:
		c.sendReset(x.id, noError) // RFC 9113 8.1: it need not send the rest
	default:
		c.budget.earn(earnAnswer)
	}
	x.err = errOver
	delete(c.streams, x.id) // before the client hears of the end, and opens another
	last := len(c.streams) == 0
	if last {
		c.idleSince = time.Now()
	}
	if !last && !c.flushing { // the end of others may be ready to leave with it
		c.mu.Unlock()
		runtime.Gosched()
		c.mu.Lock()
	}
	c.flushLocked()
	if last && c.stopping != serving {
		c.rouse()
	}
}

// fail ends the stream where it is; c.mu is held.
func (x *stream) fail(err error) {
	if x.err == nil {
		x.err = err
		x.life.End()
		x.body.fail(err)
		x.wakeWriter()
	}
}

// sendReset ends a stream towards the client (RFC 9113 6.4); c.mu is held.
func (c *conn) sendReset(id uint32, why code) {
	if c.broken == nil {
		c.out = appendNumber(c.buffer(), frameReset, id, uint32(why))
	}
	c.resets[c.resetAt] = id
	c.resetAt = (c.resetAt + 1) % len(c.resets)
}

// wasReset reports whether we have ended it so; c.mu is held.
func (c *conn) wasReset(id uint32) bool {
	for _, had := range c.resets {
		if had == id {
			return true
		}
	}
	return false
}

// refuse ends a stream by a fault of the client, which pays for it (CVE-2025-8671).
func (c *conn) refuse(why streamError) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.budget.spend(costReset) {
		return errFlood
	}
	if x := c.streams[why.stream]; x != nil {
		x.fail(why)
	}
	c.sendReset(why.stream, why.code)
	c.queued = true
	return nil
}
