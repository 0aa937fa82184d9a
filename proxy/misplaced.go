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
// connection is served as one of plain http.

// A sniffed connection ends for its reader if it begins as a method does. What
// else is no TLS is refused as TLS refuses it.
type sniffed struct {
	net.Conn
	misplaced func(net.Conn)
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
	s.Conn.SetDeadline(time.Time{})
	go s.misplaced(&begun{Conn: s.Conn, from: io.MultiReader(bytes.NewReader(bytes.Clone(b[:n])), s.Conn)})
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

// A begun connection has been read from before.
type begun struct {
	net.Conn
	from io.Reader
}

func (b *begun) Read(p []byte) (int, error) { return b.from.Read(p) }

// NetConn is what can be written to.
func (b *begun) NetConn() net.Conn { return b.Conn }

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
