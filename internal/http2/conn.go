package http2

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/net/http2/hpack"

	"pavise/internal/http1"
)

// A conn is one connection. One goroutine reads it; those of the handlers write
// their own frames. What both need is under the lock.
type conn struct {
	s      *Server
	nc     net.Conn
	tls    *tls.ConnectionState
	remote string
	base   context.Context

	// Of the goroutine that reads.
	in     input
	hpack  *hpack.Decoder
	block  block
	last   uint32 // the highest stream that the client has opened
	asked  uint32 // the highest that was answered, or refused
	queued bool   // it has put frames into the output

	mu sync.Mutex
	output
	streams    map[uint32]*stream
	idleSince  time.Time // when the last stream ended
	budget     budget
	window     int64 // what the client takes in all
	peerWindow int64 // what it takes of a new stream
	recv       int64 // what it may yet send in all
	owed       int64 // what it may send again, and has not been told
	resets     [resetsKept]uint32
	resetAt    int
	greeted    bool // our settings are in the output
	stopping   stopping
}

// What one connection may have open, and send before it is read.
const (
	maxStreams   = 100       // the least that RFC 9113 6.5.2 advises
	streamWindow = 256 << 10 // of bodies that the app does not take yet
	connWindow   = 512 << 10
	firstWindow  = 65535 // before anybody has said otherwise (RFC 9113 6.9.2)
	tableSize    = 4 << 10
)

// resetsKept is of how many streams we know that we have reset them, for what the
// client had sent before it knew is to be ignored (RFC 9113 5.1). No more can be
// open at a time.
const resetsKept = 128

func newConn(s *Server, nc net.Conn, state *tls.ConnectionState) *conn {
	c := &conn{s: s, nc: nc, tls: state, remote: nc.RemoteAddr().String(), streams: map[uint32]*stream{},
		budget: budget{left: budgetFull, at: time.Now()}, window: firstWindow, peerWindow: firstWindow, recv: connWindow}
	c.block.c = c
	c.output.begin(c)
	ctx := context.WithValue(context.Background(), http.ServerContextKey, s.facade)
	c.base = context.WithValue(ctx, http.LocalAddrContextKey, nc.LocalAddr())
	if s.ConnContext != nil {
		c.base = s.ConnContext(c.base, nc)
	}
	return c
}

// errDone is that a connection ends as it should.
var errDone = errors.New("http2: done")

func (c *conn) serve() {
	defer c.nc.Close()
	err := c.guarded()
	c.abandon(err)
	c.in.release()
	if _, ok := err.(connError); ok {
		c.linger(time.Second)
	} else if err == errDone {
		c.linger(farewell)
	}
}

// guarded reads, and keeps what is wrong with us to this connection.
func (c *conn) guarded() (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			c.s.logf("http2: panic reading from %s: %v\n%s", c.remote, reason, debug.Stack())
			err = connError{internalError, "it is our fault"}
		}
	}()
	return c.read()
}

// read reads until the connection ends.
func (c *conn) read() error {
	c.idleSince = time.Now()
	c.greet()
	if err := c.preface(); err != nil {
		return err
	}
	for first := true; ; first = false {
		h, err := c.next()
		if err == nil && first && h.kind != frameSettings {
			err = connError{protocolError, "the first frame is not SETTINGS"}
		}
		if err == nil {
			err = c.take(h)
			c.in.greeted = true
			if c.last > 0 && c.s.conns.Closing() { // it has come late, and has asked once
				c.goAway()
			}
		}
		if fault, ok := err.(streamError); ok {
			err = c.refuse(fault)
		}
		if err != nil {
			return err
		}
	}
}

const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// preface reads what begins each connection (RFC 9113 3.4).
func (c *conn) preface() error {
	b, err := c.whole(len(preface))
	if err != nil {
		return err
	}
	if string(b) != preface {
		return connError{protocolError, "this is not HTTP/2"}
	}
	return nil
}

// take acts on one frame.
func (c *conn) take(h header) error {
	if h.length > maxFrame {
		return connError{sizeError, "a frame is too long"}
	}
	if c.block.open && (h.kind != frameContinuation || h.stream != c.block.stream) {
		return connError{protocolError, "a head is not ended before the next frame"} // RFC 9113 6.10
	}
	if h.kind == frameData {
		return c.data(h)
	}
	p, err := c.whole(h.length)
	if err != nil {
		return err
	}
	switch h.kind {
	case frameHeaders:
		return c.headers(h, p)
	case frameContinuation:
		return c.continuation(h, p)
	}
	cost := costFrame
	if h.kind == frameSettings {
		cost = costSettings
	}
	if !c.spend(cost) {
		return errFlood
	}
	switch h.kind {
	case framePriority:
		return c.priority(h, p)
	case frameReset:
		return c.reset(h, p)
	case frameSettings:
		return c.settings(h, p)
	case framePing:
		return c.ping(h, p)
	case frameGoAway:
		return c.leaves(h)
	case frameWindow:
		return c.windowUpdate(h, p)
	case framePush:
		return connError{protocolError, "a client cannot push"} // RFC 9113 8.4
	}
	return nil // RFC 9113 4.1: of a type nobody knows
}

func (c *conn) spend(n int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.budget.spend(n)
}

// abandon ends all that is still open, and tells the client why.
func (c *conn) abandon(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, x := range c.streams {
		x.fail(errGone)
	}
	if fault, ok := err.(connError); ok && c.broken == nil {
		c.out = appendGoAway(c.buffer(), c.asked, fault)
		c.flushAll()
	}
	c.breaks(errGone)
}

// errGone is that the client, or the connection to it, has gone.
var errGone = errors.New("http2: the client has gone")

// lingerBytes bounds what is read behind the end: a connection that is closed with
// bytes unread is reset, and the client may never see what it was sent last.
const lingerBytes = 256 << 10

func (c *conn) linger(most time.Duration) {
	if w, ok := c.nc.(interface{ CloseWrite() error }); ok {
		w.CloseWrite()
	}
	c.nc.SetReadDeadline(time.Now().Add(most))
	io.CopyN(io.Discard, c.nc, lingerBytes)
}

// cut ends the connection at once, without the farewell of TLS, which may have to
// wait.
func (c *conn) cut() {
	if inner, ok := c.nc.(interface{ NetConn() net.Conn }); ok {
		inner.NetConn().Close()
		return
	}
	c.nc.Close()
}

func timedOut(err error) bool { return http1.TimedOut(err) }
