package proxy

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// Plain http that comes to the port of TLS is not left to net/http, whose answer
// would lack our headers and lead nowhere: the first byte tells, and the
// connection is handed to the server of plain http.

// sniffing is the listener of TLS. Other connections arrive at the misplaced one.
type sniffing struct {
	net.Listener
	misplaced *misplaced
}

// Accept returns the next connection, not yet looked at.
func (s *sniffing) Accept() (net.Conn, error) {
	conn, err := s.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &sniffed{Conn: conn, misplaced: s.misplaced}, nil
}

// A sniffed connection ends for its reader if it begins as a method does. What
// else is no TLS is refused as TLS refuses it.
type sniffed struct {
	net.Conn
	misplaced *misplaced
	looked    bool
	gone      atomic.Bool // to the misplaced
}

func (s *sniffed) Read(b []byte) (int, error) {
	n, err := s.Conn.Read(b)
	if s.looked || n == 0 {
		return n, err
	}
	s.looked = true
	if c := b[0] | 0x20; c < 'a' || c > 'z' { // a record of TLS begins with 22 (RFC 8446 5.1)
		return n, err
	}
	s.gone.Store(true)
	s.misplaced.take(s.Conn, bytes.Clone(b[:n]))
	return 0, io.EOF
}

// Close leaves alone what another server has now; so do the deadlines.
func (s *sniffed) Close() error {
	if s.gone.Load() {
		return nil
	}
	return s.Conn.Close()
}

func (s *sniffed) SetDeadline(t time.Time) error {
	if s.gone.Load() {
		return nil
	}
	return s.Conn.SetDeadline(t)
}

func (s *sniffed) SetReadDeadline(t time.Time) error {
	if s.gone.Load() {
		return nil
	}
	return s.Conn.SetReadDeadline(t)
}

func (s *sniffed) SetWriteDeadline(t time.Time) error {
	if s.gone.Load() {
		return nil
	}
	return s.Conn.SetWriteDeadline(t)
}

// misplaced is the listener of connections that came to the wrong port.
type misplaced struct {
	at    net.Addr
	conns chan net.Conn
	done  context.Context
	stop  context.CancelFunc
}

func newMisplaced(at net.Addr) *misplaced {
	done, stop := context.WithCancel(context.Background())
	return &misplaced{at: at, conns: make(chan net.Conn), done: done, stop: stop}
}

func (m *misplaced) take(conn net.Conn, read []byte) {
	conn.SetDeadline(time.Time{})
	select {
	case m.conns <- &begun{Conn: conn, from: io.MultiReader(bytes.NewReader(read), conn)}:
	case <-m.done.Done():
		conn.Close()
	}
}

// Accept waits for the next connection.
func (m *misplaced) Accept() (net.Conn, error) {
	select {
	case conn := <-m.conns:
		return conn, nil
	case <-m.done.Done():
		return nil, net.ErrClosed
	}
}

// Close ends the listener.
func (m *misplaced) Close() error { m.stop(); return nil }

// Addr is the address of the port of TLS.
func (m *misplaced) Addr() net.Addr { return m.at }

// A begun connection has been read from before.
type begun struct {
	net.Conn
	from io.Reader
}

func (b *begun) Read(p []byte) (int, error) { return b.from.Read(p) }

type misplacedKey struct{}

// markMisplaced is the ConnContext of the server of plain http.
func markMisplaced(ctx context.Context, conn net.Conn) context.Context {
	if _, ok := conn.(*begun); ok {
		return context.WithValue(ctx, misplacedKey{}, true)
	}
	return ctx
}

// isMisplaced reports whether a request came to the port of TLS in the clear: the
// app must never see it.
func isMisplaced(r *http.Request) bool { return r.Context().Value(misplacedKey{}) != nil }
