package weaktls

import (
	"crypto/ecdh"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// A conn is one connection, from its first byte to its last.
type conn struct {
	net.Conn
	cfg   *Config
	count *atomic.Uint32

	raw     []byte // not yet taken
	in      half
	sending sync.Mutex // of out and version
	out     half
	version uint16
	open    atomic.Bool // both have finished, and there was no fault

	serverRandom []byte
	ephemeral    *ecdh.PrivateKey
	transcript   []byte
	verified     [2][]byte // the Finished of the client and the server
	compressed   bool
	early        func() error // what a change of cipher does that comes too early; nil is that none can

	pending []byte // of a handshake, not yet a message
	data    []byte // not yet read by the app
	shaken  bool
	failed  error
}

// Read reads what the client sends, after the handshake.
func (c *conn) Read(p []byte) (int, error) {
	for len(c.data) == 0 {
		if c.failed != nil {
			return 0, c.failed
		}
		switch err := c.step(); {
		case err == nil:
		case c.open.Load() && errors.Is(err, os.ErrDeadlineExceeded):
			return 0, err // nothing is lost
		default:
			return 0, c.fail(err)
		}
	}
	n := copy(p, c.data)
	c.data = c.data[n:]
	return n, nil
}

// step shakes hands, or takes one record.
func (c *conn) step() error {
	if !c.shaken {
		if answered, err := c.sslv2(); answered || err != nil {
			return err
		}
		c.shaken = true
		return c.shake()
	}
	typ, data, err := c.record()
	switch {
	case err != nil:
		return err
	case typ == dataRecord:
		c.data = data
		return nil
	case typ != handshakeRecord:
		return alert(unexpectedMessage)
	case !c.cfg.ClientRenegotiation:
		return c.writeRecord(alertRecord, []byte{1, noRenegotiation})
	}
	c.pending = append(c.pending, data...)
	return c.shake()
}

// shake shakes hands; in the midst of that the connection is not open.
func (c *conn) shake() error {
	c.open.Store(false)
	err := c.handshake()
	c.open.Store(err == nil)
	return err
}

// fail tells the client why a connection ends.
func (c *conn) fail(err error) error {
	c.open.Store(false)
	var a alert
	if errors.As(err, &a) {
		c.writeRecord(alertRecord, []byte{2, byte(a)})
	}
	c.Conn.Close() // the app has nothing to say any more
	c.failed = io.ErrUnexpectedEOF
	return err
}

// Write sends to the client; a handshake has gone before.
func (c *conn) Write(p []byte) (int, error) {
	if err := c.writeRecord(dataRecord, p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Close ends the connection, with a word where there was no fault.
func (c *conn) Close() error {
	if c.open.Load() {
		c.SetWriteDeadline(time.Now().Add(time.Second))
		c.writeRecord(alertRecord, []byte{1, closeNotify})
	}
	return c.Conn.Close()
}

// record is the next that is neither a heartbeat nor an alert.
func (c *conn) record() (byte, []byte, error) {
	for {
		typ, data, err := c.readRecord()
		switch {
		case err != nil:
			return 0, nil, err
		case typ == alertRecord && (len(data) != 2 || data[0] != 1 || data[1] == closeNotify):
			return 0, nil, io.EOF
		case typ == alertRecord:
		case typ == heartbeatRecord && c.cfg.Heartbeat:
			if err := c.beat(data); err != nil {
				return 0, nil, err
			}
		default:
			return typ, data, nil
		}
	}
}

// beat answers a heartbeat (RFC 6520 4). With Heartbleed it believes the length that
// the client claims, and sends what lies behind in the memory.
func (c *conn) beat(data []byte) error {
	const padding = 16
	if len(data) < 3 || data[0] != 1 {
		return nil
	}
	claimed, payload := int(data[1])<<8|int(data[2]), data[3:]
	switch {
	case claimed+padding <= len(payload):
		payload = payload[:claimed]
	case c.cfg.Heartbleed:
		payload = append(payload, c.memory(max(0, claimed-len(payload)))...)[:claimed]
	default:
		return nil // RFC 6520 4: discarded silently
	}
	return c.writeRecord(heartbeatRecord, append(append([]byte{2, data[1], data[2]}, payload...), make([]byte, padding)...))
}

// message is the next of a handshake.
func (c *conn) message() (typ byte, body []byte, err error) {
	for {
		if b := c.pending; len(b) >= 4 {
			n := 4 + (int(b[1])<<16 | int(b[2])<<8 | int(b[3]))
			if n > maxMessage {
				return 0, nil, alert(decodeError)
			}
			if len(b) >= n {
				c.pending = b[n:]
				c.transcript = append(c.transcript, b[:n]...)
				return b[0], b[4:n], nil
			}
		}
		typ, data, err := c.record()
		switch {
		case err != nil:
			return 0, nil, err
		case typ == handshakeRecord:
			c.pending = append(c.pending, data...)
		case typ == changeCipherSpec && c.early != nil && c.cfg.CCS:
			if err := c.early(); err != nil {
				return 0, nil, err
			}
		default:
			return 0, nil, alert(unexpectedMessage)
		}
	}
}
