// Package http1 serves HTTP/1.1 and HTTP/1.0 to the letter of RFC 9110 and RFC
// 9112: what two readers could understand in two ways is refused, everything a
// client can grow is bounded, and every refusal is the caller's to write.
package http1

import (
	"context"
	"crypto/tls"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// A Server serves connections that others have accepted. Its fields must not
// change once it serves.
//
// What a handler is given serves the next request when it has returned: from then
// on neither it nor its goroutines may use the request, its header and URL, or the
// header of the response. The text in them lasts, for it is nobody else's. A
// response writer, a body and a context that were kept are over for good.
type Server struct {
	Handler http.Handler
	// Refuse answers what is no request this server can take. The request is what
	// could be read of it: its URL is never nil, its body always empty. The
	// connection closes behind it. Nil writes a line of text.
	Refuse func(w http.ResponseWriter, r *http.Request, fault *Fault)
	Limits
	// Strict refuses also what could be mended without doubt: folded fields, lines
	// that end in a bare LF, the same Content-Length twice, a Host that differs from
	// an absolute target, bytes beyond ASCII in a target, and names that an app
	// takes for deciding ones.
	Strict bool
	// ConnContext adds values to the context of a connection; nil adds none. That it
	// ends ends no request.
	ConnContext func(context.Context, net.Conn) context.Context
	// ErrorLog hears of handlers that panic; nil is the log package's own.
	ErrorLog *log.Logger
	// Now is the clock of the Date header; nil is time.Now.
	Now func() time.Time

	once   sync.Once
	limits Limits
	facade *http.Server // what handlers find under http.ServerContextKey
	date   Date
	orders orders
	conns  Conns[*conn]
}

func (s *Server) prepare() {
	s.limits = s.Limits.withDefaults()
	s.facade = &http.Server{Handler: s.Handler, ErrorLog: s.ErrorLog}
	if s.Now == nil {
		s.Now = time.Now
	}
}

// ServeConn serves one connection, and closes it at its end unless a handler has
// taken it over. It returns then, or when the connection has been idle for a while
// and somebody else waits for what comes. A TLS handshake must be over; state is
// what came of it, nil for a connection in the clear.
func (s *Server) ServeConn(nc net.Conn, state *tls.ConnectionState) {
	s.once.Do(s.prepare)
	c := newConn(s, nc, state)
	if !s.conns.Enter(c) {
		nc.Close()
		return
	}
	c.serve()
}

// Shutdown ends idle connections at once, the others behind their response, and
// waits for them until the context ends. Connections that handlers have taken
// over are not its business.
func (s *Server) Shutdown(ctx context.Context) error {
	s.once.Do(s.prepare)
	for _, c := range s.conns.Stop() {
		if c.state.CompareAndSwap(idle, ended) {
			c.nc.Close()
		}
	}
	return s.conns.Wait(ctx)
}

// Retire ends every connection behind its next answer, which says so, and returns when
// nothing is left or the context ends. Those that are idle are left alone: the client
// may be about to send. More may come. What is left then is for Shutdown or Close.
func (s *Server) Retire(ctx context.Context) error {
	s.once.Do(s.prepare)
	s.conns.Retire()
	return s.conns.Wait(ctx)
}

// Close ends every connection at once.
func (s *Server) Close() error {
	s.once.Do(s.prepare)
	for _, c := range s.conns.Stop() {
		c.nc.Close()
	}
	return nil
}

func (s *Server) logf(format string, args ...any) {
	if s.ErrorLog != nil {
		s.ErrorLog.Printf(format, args...)
	} else {
		log.Printf(format, args...)
	}
}

// now is the value of the Date header.
func (s *Server) now() string { return s.date.At(s.Now()) }

// A Date is how the header writes a time, written anew once a second.
type Date struct{ last atomic.Pointer[second] }

type second struct {
	at   int64
	text string
}

// At is the text of a time.
func (d *Date) At(t time.Time) string {
	if last := d.last.Load(); last != nil && last.at == t.Unix() {
		return last.text
	}
	next := &second{t.Unix(), t.UTC().Format(http.TimeFormat)}
	d.last.Store(next)
	return next.text
}
