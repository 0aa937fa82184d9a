package proxy

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// A side is one end of a tunnel: its connection, and what was read of it before.
type side struct {
	net.Conn
	ahead []byte
}

const (
	farewell     = 30 * time.Second // that one side may go on for when the other has ended
	restBuffer   = 1 << 10          // that a silent direction keeps: most are silent for most of their time
	burstBuffer  = 32 << 10         // that one has which is busy
	burstPause   = time.Second      // after which it is silent again
	discardBytes = 1 << 20          // that are read for nobody, so that no reset takes the last word away
)

var bursts = sync.Pool{New: func() any { return new([burstBuffer]byte) }}

// join copies both ways until both sides have ended, and returns how many bytes the
// client has sent and got. The end of one is passed on as an end of sending, and what is
// on its way to it still arrives: a close handshake ends with an answer (RFC 6455 5.5.1).
func join(client, app side) (received, sent int64) {
	over := sync.OnceValue(func() *time.Timer {
		return time.AfterFunc(farewell, func() { client.Close(); app.Close() })
	})
	other := make(chan struct{})
	go func() {
		received = pass(app, client)
		over()
		drain(app, client)
		close(other)
	}()
	sent = pass(client, app)
	over()
	drain(client, app)
	<-other
	over().Stop()
	return received, sent
}

// pass copies from one side to the other until one of them ends.
func pass(to, from side) (n int64) {
	if len(from.ahead) > 0 {
		k, err := to.Write(from.ahead)
		if n = int64(k); err != nil {
			return n
		}
	}
	rest := make([]byte, restBuffer)
	for {
		k, err := move(to, from, rest)
		if n += int64(k); err == nil && k == len(rest) {
			var more int64
			more, err = burst(to, from)
			n += more
		}
		if err != nil {
			return n
		}
	}
}

// burst copies with a large buffer until there is a pause.
func burst(to, from side) (n int64, err error) {
	b := bursts.Get().(*[burstBuffer]byte)
	defer bursts.Put(b)
	defer from.SetReadDeadline(time.Time{})
	for {
		from.SetReadDeadline(time.Now().Add(burstPause))
		k, err := move(to, from, b[:])
		n += int64(k)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return n, nil
		case err != nil, k < restBuffer:
			return n, err
		}
	}
}

// move reads once, and writes what it has read.
func move(to, from side, b []byte) (int, error) {
	n, err := from.Read(b)
	if n == 0 {
		return 0, err
	}
	n, failed := to.Write(b[:n])
	return n, errors.Join(failed, err)
}

// drain tells one side that nothing more comes, and reads what the other still sends:
// a connection that is closed with bytes unread is reset, and what was sent on it before
// may never be seen.
func drain(to, from side) {
	closeWrite(to.Conn)
	io.CopyN(io.Discard, from, discardBytes)
}

// closeWrite ends a connection in one direction.
func closeWrite(c net.Conn) {
	if inner, ok := c.(*conn); ok {
		c = inner.Conn
	}
	if w, ok := c.(interface{ CloseWrite() error }); ok {
		w.CloseWrite()
	}
}
