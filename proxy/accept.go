package proxy

import (
	"cmp"
	"crypto/tls"
	"errors"
	"log"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"pavise"
	"pavise/proxy/http1"
)

// headerTime bounds a handshake, and the head of a request.
const headerTime = 10 * time.Second

// serve begins to accept. One listener reads for all sites, for it reads before a
// name is known: so it is as strict as the strictest of them.
func (s *Server) serve(sites []*siteTLS) {
	errorLog := log.New(journalWriter{s.cfg.Journal}, "", 0)
	s.one = &http1.Server{Handler: s, Refuse: s.refuse, ConnContext: markMisplaced, ErrorLog: errorLog, Now: s.cfg.Now,
		Limits: http1.Limits{HeaderTime: headerTime, Stall: s.patience}}
	for _, site := range sites {
		tune(s.one, site.tuned)
	}
	config := tlsConfig(sites)
	s.two = &http.Server{Handler: s, TLSConfig: config, ReadHeaderTimeout: headerTime, IdleTimeout: 75 * time.Second,
		MaxHeaderBytes: 64 << 10, DisableGeneralOptionsHandler: true, ErrorLog: errorLog}
	streams := &handed{at: s.secure.Addr(), conns: make(chan net.Conn), done: make(chan struct{})}
	go s.two.Serve(streams)
	go s.accept(s.secure, func(conn net.Conn) { s.secured(conn, config, streams) })
	if s.clear != nil {
		go s.accept(s.clear, func(conn net.Conn) { s.one.ServeConn(conn, nil) })
	}
}

// tune takes over what is tighter.
func tune(to *http1.Server, l pavise.Listener) {
	to.Strict = to.Strict || l.Strict
	to.MaxHeaderBytes = tighter(to.MaxHeaderBytes, l.MaxHeaderBytes)
	to.MaxFields = tighter(to.MaxFields, l.MaxFields)
	to.HeaderTime = tighter(to.HeaderTime, l.HeaderTime)
	to.Idle = tighter(to.Idle, l.Idle)
	to.Stall = tighter(to.Stall, l.Stall)
	to.MinRate = max(to.MinRate, l.MinRate)
}

// tighter is the lower of two bounds, where 0 is none.
func tighter[T cmp.Ordered](a, b T) T {
	var none T
	if a == none || b != none && b < a {
		return b
	}
	return a
}

// accept serves each connection in a goroutine of its own until the listener is
// closed.
func (s *Server) accept(l net.Listener, serve func(net.Conn)) {
	for {
		conn, err := l.Accept()
		switch {
		case err == nil:
			go serve(conn)
		case errors.Is(err, net.ErrClosed):
			return
		default: // no more files are to be had, say
			s.cfg.Journal.write(slog.LevelError, "no connection can be accepted", slog.String("error", err.Error()))
			time.Sleep(100 * time.Millisecond)
		}
	}
}

// secured brings the handshake to its end and hands the connection to whom it was
// agreed to speak to.
func (s *Server) secured(conn net.Conn, config *tls.Config, streams *handed) {
	misplaced := func(conn net.Conn) { s.one.ServeConn(conn, nil) }
	secure := tls.Server(&sniffed{Conn: conn, misplaced: misplaced}, config)
	secure.SetDeadline(time.Now().Add(headerTime))
	if err := secure.Handshake(); err != nil {
		secure.Close()
		return
	}
	secure.SetDeadline(time.Time{})
	state := secure.ConnectionState()
	if state.NegotiatedProtocol == "h2" {
		streams.take(secure)
	} else {
		s.one.ServeConn(secure, &state)
	}
}

// refuse answers what was no request, by the policy of the site that it names.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, f *http1.Fault) {
	refusal := &pavise.Refusal{Status: f.Status, Rule: "transport.strict." + f.Rule, Reason: f.Reason, Saw: f.Saw}
	s.site(r).Refuse(w, r, "transport.strict", refusal)
}

// handed is the listener of connections that others have accepted.
type handed struct {
	at    net.Addr
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func (h *handed) take(conn net.Conn) {
	select {
	case h.conns <- conn:
	case <-h.done:
		conn.Close()
	}
}

// Accept waits for the next connection.
func (h *handed) Accept() (net.Conn, error) {
	select {
	case conn := <-h.conns:
		return conn, nil
	case <-h.done:
		return nil, net.ErrClosed
	}
}

// Close ends the listener.
func (h *handed) Close() error { h.once.Do(func() { close(h.done) }); return nil }

// Addr is where they were accepted.
func (h *handed) Addr() net.Addr { return h.at }
