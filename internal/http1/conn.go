package http1

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// A conn is one connection. One goroutine serves it; the body of a request may be
// read by another, and a watch for the client's leaving may be a third: each reads
// only while the others do not.
type conn struct {
	s      *Server
	nc     net.Conn
	tcp    *net.TCPConn // to write to: nc, or what it is around; nil if that is none
	tls    *tls.ConnectionState
	remote string
	base   context.Context
	state  atomic.Int32
	inward input
	watch  watch
	output
	turns  []turn // not used yet
	batch  int    // how many of them were made the last time
	served bool   // a request has been answered
	taken  bool   // by a handler
}

// The states of a connection: a stop ends those that are idle.
const (
	idle = iota
	active
	ended
)

func newConn(s *Server, nc net.Conn, state *tls.ConnectionState) *conn {
	c := &conn{s: s, nc: nc, tls: state, remote: nc.RemoteAddr().String()}
	inner := nc
	if w, ok := nc.(interface{ NetConn() net.Conn }); ok && state == nil { // around a connection in the clear
		inner = w.NetConn()
	}
	c.tcp, _ = inner.(*net.TCPConn)
	c.watch.conn = c
	ctx := context.WithValue(context.Background(), http.ServerContextKey, s.facade)
	c.base = context.WithValue(ctx, http.LocalAddrContextKey, nc.LocalAddr())
	if s.ConnContext != nil {
		c.base = s.ConnContext(c.base, nc)
	}
	return c
}

// serve answers requests one after the other, until nothing has come for a while.
func (c *conn) serve() {
	var rest time.Duration
	defer func() { // also where a handler ends the goroutine
		if rest <= 0 {
			c.finish()
		}
	}()
	for {
		var begun bool
		if begun, rest = c.await(); rest > 0 {
			go c.rest(rest)
			return
		}
		if !begun || !c.state.CompareAndSwap(idle, active) {
			break
		}
		x := newExchange(c)
		again := x.serve()
		if c.taken {
			return
		}
		x.release()
		c.served = true
		if !again || c.s.conns.Stopped() || !c.state.CompareAndSwap(active, idle) {
			break
		}
		if c.s.conns.Stopped() { // it became idle behind the back of the stop
			break
		}
	}
	c.inward.release()
}

// rest waits for what comes late, in a goroutine of its own: a stack that requests
// have made grow would stay so, and most connections rest for most of their time.
func (c *conn) rest(wait time.Duration) {
	in := &c.inward
	in.deadline.set(time.Now(), wait, c.nc.SetReadDeadline)
	if n, _ := c.nc.Read(in.one[:]); n == 0 {
		c.finish()
		return
	}
	in.grab()
	in.buf[0], in.w = in.one[0], 1
	c.serve()
}

// finish ends a connection that is still ours.
func (c *conn) finish() {
	if !c.taken {
		c.nc.Close()
	}
	c.s.conns.Leave(c)
}

// lingering bounds what is read, and how long, behind an answer to what was not
// read to its end: a connection that is closed with bytes unread is reset, and the
// client may never see the answer (RFC 9112 9.6).
const (
	lingerBytes = 256 << 10
	lingerTime  = time.Second
)

func (c *conn) linger() {
	type writeCloser interface{ CloseWrite() error }
	switch w, ok := c.nc.(writeCloser); {
	case c.tcp != nil:
		c.tcp.CloseWrite()
	case ok: // the end of TLS tells the client
		w.CloseWrite()
	}
	c.inward.r, c.inward.w = 0, 0
	until := time.Now().Add(lingerTime)
	c.nc.SetReadDeadline(until)
	for read := 0; read < lingerBytes; {
		n, err := c.nc.Read(c.inward.buf)
		if err != nil {
			return
		}
		read += n
	}
	time.Sleep(time.Until(until)) // what it still sends waits, while it reads the answer
}

func timedOut(err error) bool {
	var timeout net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}

// bufferSize is what a connection reads into, and outSize what it writes from.
const (
	bufferSize = 4 << 10
	outSize    = 8 << 10
)

var (
	buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}
	outs    = sync.Pool{New: func() any { return new([outSize]byte) }}
)
