package proxy

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// accept takes connections until the listener is closed, each in a goroutine of
// its own. No other error ends it: where there are no more files to be had, those
// that are open will be closed.
func (s *Server) accept(l net.Listener, open opener) {
	const longest = time.Second
	pause := time.Duration(0)
	most := mostConns(openFiles())
	for {
		s.waitForFiles(most)
		raw, err := l.Accept()
		switch {
		case err == nil:
			pause = 0
			s.conns.files.Add(1)
			s.accepted.Go(func() { s.receive(&conn{Conn: raw, of: s.conns.enter()}, open) })
		case errors.Is(err, net.ErrClosed):
			return
		default:
			pause = min(max(2*pause, 5*time.Millisecond), longest)
			s.cfg.Journal.write(slog.LevelError, "no connection can be accepted", slog.String("error", err.Error()))
			time.Sleep(pause)
		}
	}
}

// An opener finds out what a connection speaks, and returns what serves it.
type opener func(*conn) (serve func(), err error)

// receive takes one connection from the socket to the server of its protocol. All
// of that must be done within the time for one head of a request.
func (s *Server) receive(c *conn, open opener) {
	s.lapse()
	opened := s.opening.add(c.Conn) // c is still ours alone
	c.SetDeadline(time.Now().Add(s.now.Load().limits.HeaderTime))
	serve, err := s.identified(c, open)
	opened()
	if err != nil {
		c.Close()
		s.refused(c, err)
		return
	}
	c.SetDeadline(time.Time{})
	s.accepted.Go(serve) // on a stack that no handshake has grown, for connections are idle for most of their time
}

func (s *Server) identified(c *conn, open opener) (serve func(), err error) {
	if s.now.Load().balances(c.Conn.RemoteAddr()) {
		client, err := c.readProxied()
		if err != nil {
			return nil, err
		}
		c.client = client
	}
	if c.left, err = s.clients.enter(addressOf(c.RemoteAddr()).Addr()); err != nil {
		return nil, err
	}
	return open(c)
}

// openClear serves plain http. Names are not known yet, so a strict site's reader
// reads, if there is one: what it takes is good enough for all.
func (s *Server) openClear(c *conn) (serve func(), err error) {
	sites := s.now.Load().sites
	reader := sites[max(0, slices.IndexFunc(sites, func(site *served) bool { return site.limits.Strict }))]
	return func() { reader.http1.ServeConn(c, nil) }, nil
}

// openSecure shakes hands, and goes on by what was agreed to. Plain http that comes
// to the port of TLS is served, too: what refuses it bears our headers and leads to
// https. What else is no TLS is refused as TLS refuses it.
func (s *Server) openSecure(c *conn) (serve func(), err error) {
	if len(c.ahead) == 0 {
		if err := c.readAhead(maxHello); err != nil {
			return nil, err
		}
	}
	if first := c.ahead[0] | 0x20; 'a' <= first && first <= 'z' { // a record of TLS begins with 22 (RFC 8446 5.1)
		c.misplaced = true
		return s.openClear(c)
	}
	secure := tls.Server(c, s.tls)
	if err := secure.Handshake(); err != nil {
		return nil, fmt.Errorf("handshake: %w", err)
	}
	state := secure.ConnectionState()
	site := s.now.Load().site(state.ServerName)
	switch state.NegotiatedProtocol {
	case "h2":
		return func() { site.http2.ServeConn(secure, &state) }, nil
	case acmeTLS:
		return nil, errors.New("the handshake was the answer to a challenge") // RFC 8737 3
	}
	return func() { site.http1.ServeConn(secure, &state) }, nil
}

// maxHello is how much is read ahead of a handshake: most hellos are smaller.
const maxHello = 2 << 10

// refused takes down why a connection was closed, as loud as it matters: whoever
// looks whether the port is open, and handshakes that fail, are everyday.
func (s *Server) refused(c *conn, err error) {
	level := slog.LevelDebug
	var crowd *crowdError
	var header *proxiedError
	c.of.refused.Add(1)
	switch {
	case errors.As(err, &crowd) && !crowd.first:
		return
	case errors.As(err, &crowd), errors.As(err, &header):
		level = slog.LevelWarn
	}
	peer := addressOf(c.RemoteAddr()).Addr().String()
	attrs := []slog.Attr{slog.String("client", peer), slog.String("reason", clip(err.Error()))}
	if errors.Is(err, errNoHeader) {
		attrs = append(attrs, slog.String("do", peer+" is in proxy-protocol: have it send the header, or take it out"))
	}
	s.cfg.Journal.write(level, "connection closed", attrs...)
}

// A conn is the connection of a client.
type conn struct {
	net.Conn
	client    netip.AddrPort // who it is, where a trusted peer has said so
	ahead     []byte         // what was read before it is asked for
	misplaced bool           // speaks plain http at the port of TLS
	of        *connections
	closing   sync.Once
	left      func() // is called when it closes
}

// readAhead reads once, up to so many bytes in all.
func (c *conn) readAhead(most int) error {
	c.ahead = slices.Grow(c.ahead, min(maxHello, most-len(c.ahead)))
	n, err := c.Conn.Read(c.ahead[len(c.ahead):min(cap(c.ahead), most)])
	c.ahead = c.ahead[:len(c.ahead)+n]
	if n > 0 {
		return nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return err
}

func (c *conn) Read(b []byte) (int, error) {
	if len(c.ahead) == 0 {
		return c.Conn.Read(b)
	}
	n := copy(b, c.ahead)
	if c.ahead = c.ahead[n:]; len(c.ahead) == 0 {
		c.ahead = nil
	}
	return n, nil
}

// RemoteAddr is the client's address.
func (c *conn) RemoteAddr() net.Addr {
	if c.client.IsValid() {
		return net.TCPAddrFromAddrPort(c.client)
	}
	return c.Conn.RemoteAddr()
}

// Close ends the connection, and counts it no more.
func (c *conn) Close() error {
	c.closing.Do(func() {
		c.of.open.Add(-1)
		c.of.files.Add(-1)
		if c.left != nil {
			c.left()
		}
	})
	return c.Conn.Close()
}

// NetConn is what can be written to.
func (c *conn) NetConn() net.Conn { return c.Conn }

// addressOf is the address of a peer as it is compared; that of none is zero.
func addressOf(a net.Addr) netip.AddrPort {
	t, ok := a.(interface{ AddrPort() netip.AddrPort })
	if !ok {
		return netip.AddrPort{}
	}
	p := t.AddrPort()
	return netip.AddrPortFrom(p.Addr().Unmap().WithZone(""), p.Port())
}
