package http2

import (
	"encoding/binary"
	"time"
)

// stopping is how far the end of a connection has come.
type stopping int

const (
	serving  stopping = iota
	warned            // the client was told that it will end
	deciding          // and which stream is the last
)

// farewell is how long a client that was told to go has to close the connection
// itself, and how long a stop waits for it to have heard that; hearing is how long a
// server waits that retires, for which nobody is in a hurry.
const (
	farewell = 100 * time.Millisecond
	hearing  = 5 * time.Second
)

var stopPing = [8]byte{'p', 'a', 'v', 'i', 's', 'e', 'g', 'o'}

func appendGoAway(b []byte, last uint32, why connError) []byte {
	b = appendHeader(b, 8+len(why.why), frameGoAway, 0, 0)
	b = binary.BigEndian.AppendUint32(b, last)
	b = binary.BigEndian.AppendUint32(b, uint32(why.code))
	return append(b, why.why...)
}

// goAway begins the end. What the client sends before it hears of that is served
// yet: only the second GOAWAY names the last stream (RFC 9113 6.8).
func (c *conn) goAway() {
	c.mu.Lock()
	defer c.mu.Unlock()
	wait, retires := farewell, !c.s.conns.Stopped()
	if retires {
		wait = hearing
	}
	if c.stopping != serving || c.broken != nil || retires && !c.greeted {
		return
	}
	c.stopping = warned
	if len(c.streams) > 0 || retires {
		c.out = appendGoAway(c.buffer(), maxStreamID, connError{})
		c.out = append(appendHeader(c.out, 8, framePing, 0, 0), stopPing[:]...)
		c.flushLocked()
		time.AfterFunc(wait, func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.heard()
			c.flushLocked()
			c.rouse()
		})
	}
	c.rouse()
}

// turnAway tells a client that comes while the server stops that it was not served,
// and may ask elsewhere.
func (c *conn) turnAway() {
	c.greet()
	c.abandon(connError{noError, "stopping"})
	c.linger(farewell)
	c.nc.Close()
}

// heard is called when the client has answered to the first GOAWAY; c.mu is held.
func (c *conn) heard() error {
	if c.stopping != warned || c.broken != nil {
		return nil
	}
	c.stopping = deciding
	c.out = appendGoAway(c.buffer(), c.asked, connError{})
	return nil
}

// ignores reports whether a stream is behind the last; c.mu is held.
func (c *conn) ignores(id uint32) bool { return c.stopping == deciding && id > c.asked }

// rouse has the reader look whether it is done; c.mu is held.
func (c *conn) rouse() {
	if len(c.streams) == 0 {
		c.nc.SetReadDeadline(past)
	}
}

// past is a deadline that is over.
var past = time.Unix(1, 0)

// closes reports whether a connection that was told to go has nothing left to do.
func (c *conn) closes() bool {
	if !c.s.conns.Closing() {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopping == serving || len(c.streams) > 0 || c.stopping == warned && !c.s.conns.Stopped() {
		return false
	}
	c.heard()
	c.flushAll()
	return true
}
