// Package network spoils connections for tests: a Link passes TCP on to another
// address, for as long as the test lets it.
package network

import (
	"net"
	"sync"
	"testing"
	"time"

	"pavise/test/servers"
)

// A Link passes on what comes in at its address. It begins sound.
type Link struct {
	Address string // where to connect to instead

	to string

	mu      sync.Mutex
	state   state
	changed chan struct{} // closed when the state is another
	ends    map[net.Conn]bool
}

// A state is what a Link does with what comes.
type state struct {
	cut                 bool // connections are reset, and so are new ones
	holdThere, holdBack bool // what is sent there, or comes back, stays where it is
	delay               time.Duration
}

// NewLink returns a Link to an address, until the test ends.
func NewLink(t testing.TB, to string) *Link {
	t.Helper()
	listener := servers.Listen(t)
	l := &Link{Address: listener.Addr().String(), to: to, changed: make(chan struct{}), ends: map[net.Conn]bool{}}
	go l.accept(listener)
	t.Cleanup(l.Cut)
	return l
}

// Mend makes it sound. What was held back arrives now, as late as it is.
func (l *Link) Mend() { l.set(state{}) }

// Cut resets all connections, and every new one.
func (l *Link) Cut() { l.set(state{cut: true}) }

// Delay has everything arrive so much later, in either direction.
func (l *Link) Delay(d time.Duration) { l.set(state{delay: d}) }

// Swallow lets nothing through: connections stay open, and nobody hears of the other.
func (l *Link) Swallow() { l.set(state{holdThere: true, holdBack: true}) }

// SwallowAnswers lets what is asked through, and nothing back: what was asked for is
// done, and who asked never hears of it.
func (l *Link) SwallowAnswers() { l.set(state{holdBack: true}) }

func (l *Link) set(s state) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state = s
	close(l.changed)
	l.changed = make(chan struct{})
	if s.cut {
		for end := range l.ends {
			reset(end)
		}
	}
}

func (l *Link) now() (state, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state, l.changed
}

func (l *Link) accept(listener net.Listener) {
	for {
		near, err := listener.Accept()
		if err != nil {
			return
		}
		go l.join(near)
	}
}

func (l *Link) join(near net.Conn) {
	far, err := net.DialTimeout("tcp", l.to, 5*time.Second)
	if err != nil {
		reset(near)
		return
	}
	l.mu.Lock()
	cut := l.state.cut
	l.ends[near], l.ends[far] = true, true
	l.mu.Unlock()
	if !cut {
		var both sync.WaitGroup
		both.Go(func() { l.carry(far, near, func(s state) bool { return s.holdThere }) })
		both.Go(func() { l.carry(near, far, func(s state) bool { return s.holdBack }) })
		both.Wait()
	}
	l.mu.Lock()
	delete(l.ends, near)
	delete(l.ends, far)
	l.mu.Unlock()
	reset(near)
	reset(far)
}

// carry passes on what comes in one direction, and the end of it.
func (l *Link) carry(to, from net.Conn, held func(state) bool) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		came := time.Now()
		s, changed := l.now()
		for ; held(s); s, changed = l.now() {
			<-changed
		}
		time.Sleep(time.Until(came.Add(s.delay)))
		if _, broken := to.Write(buffer[:n]); broken != nil || err != nil {
			to.(*net.TCPConn).CloseWrite()
			return
		}
	}
}

// reset ends a connection at once.
func reset(c net.Conn) {
	c.(*net.TCPConn).SetLinger(0)
	c.Close()
}
