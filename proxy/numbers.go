package proxy

import "sync/atomic"

// connections counts those of clients, of TCP and of QUIC.
type connections struct {
	open, opened, refused atomic.Int64
	files                 atomic.Int64 // of TCP alone, each of which is a file
}

func (c *connections) enter() *connections {
	c.open.Add(1)
	c.opened.Add(1)
	return c
}

// Numbers are what a server does just now, and has done since its start.
type Numbers struct {
	Running     int // requests that are being answered, WebSockets among them
	WebSockets  int
	Connections int // that are open
	Opened      int // connections so far
	Refused     int // connections that were closed before they could ask: no handshake, or too many of one client
}

// Numbers tells them.
func (s *Server) Numbers() Numbers {
	return Numbers{Running: s.Running(), WebSockets: s.tunnels.len() / 2, Connections: int(s.conns.open.Load()),
		Opened: int(s.conns.opened.Load()), Refused: int(s.conns.refused.Load())}
}
