package mail

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"pavise/mail/letter"
)

// ErrNotLoopback is an address at which others than this machine could bring mail.
var ErrNotLoopback = errors.New("the relay listens on loopback alone, such as 127.0.0.1:25 or [::1]:25")

// maxTalks bounds how many programs talk to us at once at one address.
const maxTalks = 100

// A loopback takes connections of this machine alone, and reads of them what is strictly
// lines that end with CR LF.
type loopback struct {
	net.Listener
	slots chan struct{}

	mu    sync.Mutex
	conns map[*conn]bool
}

func newLoopback(l net.Listener) *loopback {
	return &loopback{Listener: l, slots: make(chan struct{}, maxTalks), conns: map[*conn]bool{}}
}

// Accept waits for a connection, and for another to end if there are too many: who comes
// then waits in the system's own queue.
func (l *loopback) Accept() (net.Conn, error) {
	l.slots <- struct{}{}
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			<-l.slots
			return nil, err
		}
		from, err := netip.ParseAddrPort(c.RemoteAddr().String())
		if err != nil || !from.Addr().Unmap().IsLoopback() {
			c.Close()
			continue
		}
		own := &conn{Conn: c, listener: l}
		own.strict.R = c
		l.mu.Lock()
		l.conns[own] = true
		l.mu.Unlock()
		return own, nil
	}
}

// drain waits until the conversations have ended, and at last ends them: a program that
// has no 250 keeps its message.
func (l *loopback) drain(ctx context.Context) {
	const idle = 5 * time.Second
	ctx, cancel := context.WithTimeout(ctx, idle)
	defer cancel()
	for ctx.Err() == nil && l.talks() > 0 {
		select {
		case <-ctx.Done():
		case <-time.After(10 * time.Millisecond):
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.conns {
		c.Conn.Close()
	}
}

func (l *loopback) talks() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.conns)
}

// A conn is one of a program.
type conn struct {
	net.Conn
	listener *loopback
	strict   letter.Strict
	closed   sync.Once
}

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.strict.Read(p)
	if n > 0 && err != nil && err != io.EOF { // what came before is told first
		return n, nil
	}
	return n, err
}

func (c *conn) Close() error {
	err := c.Conn.Close()
	c.closed.Do(func() {
		c.listener.mu.Lock()
		delete(c.listener.conns, c)
		c.listener.mu.Unlock()
		<-c.listener.slots
	})
	return err
}
