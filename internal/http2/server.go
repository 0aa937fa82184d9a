// Package http2 serves HTTP/2 to the letter of RFC 9113 and RFC 7541. What a
// request means it has from internal/http1; here is how one is framed, and what
// bounds a client that opens, resets, stalls and floods at no cost of its own.
package http2

import (
	"context"
	"crypto/tls"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"pavise/internal/http1"
)

// A Server serves connections that others have accepted, and on which HTTP/2 was
// agreed to. Its fields must not change once it serves.
type Server struct {
	Handler http.Handler
	// Refuse answers what is no request this server can take, on its stream alone.
	// The request is what could be read of it: its URL is never nil, its body always
	// empty. Nil writes a line of text.
	Refuse func(w http.ResponseWriter, r *http.Request, fault *http1.Fault)
	http1.Limits
	// Strict refuses also what could be mended without doubt: the same
	// Content-Length twice, a Host that differs from :authority, values with white
	// space around them, bytes beyond ASCII in a target, and names that an app takes
	// for deciding ones.
	Strict bool
	// ConnContext makes the context of a connection; nil leaves it as it is.
	ConnContext func(context.Context, net.Conn) context.Context
	// ErrorLog hears of handlers that panic; nil is the log package's own.
	ErrorLog *log.Logger
	// Now is the clock of the Date header; nil is time.Now.
	Now func() time.Time

	once   sync.Once
	limits http1.Limits
	facade *http.Server // what handlers find under http.ServerContextKey
	date   http1.Date
	crew   crew
	conns  http1.Conns[*conn]
}

func (s *Server) prepare() {
	s.limits = s.Limits.Complete()
	s.facade = &http.Server{Handler: s.Handler, ErrorLog: s.ErrorLog}
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Refuse == nil {
		s.Refuse = http1.PlainRefusal
	}
}

// ServeConn serves one connection until it ends, and closes it. A TLS handshake
// must be over; state is what came of it.
func (s *Server) ServeConn(nc net.Conn, state *tls.ConnectionState) {
	s.once.Do(s.prepare)
	c := newConn(s, nc, state)
	if !s.conns.Enter(c) {
		c.turnAway()
		return
	}
	defer s.conns.Leave(c)
	c.serve()
}

// Shutdown tells every client to go, lets the streams end that it has opened, and
// waits for that until the context ends.
func (s *Server) Shutdown(ctx context.Context) error {
	for _, c := range s.stop() {
		go c.goAway() // one that takes no byte must not keep the others from hearing of it
	}
	return s.conns.Wait(ctx)
}

// Retire is Shutdown for a server whose place another takes: connections that were
// accepted before may come yet, and are served what they ask before they hear of it.
func (s *Server) Retire(ctx context.Context) error {
	s.once.Do(s.prepare)
	for _, c := range s.conns.Retire() {
		go c.goAway()
	}
	return s.conns.Wait(ctx)
}

// Close ends every connection at once.
func (s *Server) Close() error {
	for _, c := range s.stop() {
		c.cut()
	}
	return nil
}

func (s *Server) stop() []*conn {
	s.once.Do(s.prepare)
	s.crew.dismiss()
	return s.conns.Stop()
}

func (s *Server) logf(format string, args ...any) {
	if s.ErrorLog != nil {
		s.ErrorLog.Printf(format, args...)
	} else {
		log.Printf(format, args...)
	}
}
