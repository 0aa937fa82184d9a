package http2

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// A gate is a connection whose next writes can be held up.
type gate struct {
	net.Conn
	mu   sync.Mutex
	held chan struct{} // while somebody holds it up
	met  chan struct{} // a write waits
}

func (g *gate) Write(p []byte) (int, error) {
	g.mu.Lock()
	held := g.held
	g.mu.Unlock()
	if held != nil {
		select {
		case g.met <- struct{}{}:
		default:
		}
		<-held
	}
	return g.Conn.Write(p)
}

func (g *gate) hold() (free func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	held := make(chan struct{})
	g.held = held
	return func() {
		g.mu.Lock()
		g.held = nil
		g.mu.Unlock()
		close(held)
	}
}

// TestWhoGivesUpSends: who waits for room has the turn to send what others have left
// in the output, also where its own stream has ended meanwhile.
func TestWhoGivesUpSends(t *testing.T) {
	failed, stay := make(chan error, 1), make(chan struct{})
	defer close(stay)
	s := &Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Long") == "" {
			return
		}
		_, err := io.WriteString(w, strings.Repeat("x", 60_000))
		failed <- err
		<-stay // it clears up
	})}
	ours, theirs := net.Pipe()
	g := &gate{Conn: ours, met: make(chan struct{}, 1)}
	go s.ServeConn(g, nil)
	defer s.Close()
	theirs.SetDeadline(time.Now().Add(10 * time.Second))
	a := newRaw(t, theirs)
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		io.WriteString(theirs, preface)
		a.settings()
		a.open(flagEndStream, headOf("GET"))
	}()
	for !a.ended[1] {
		a.next()
	}
	<-sent
	until := func(what string, met func(c *conn) bool) {
		t.Helper()
		for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
			c := s.conns.Open()[0]
			c.mu.Lock()
			is := met(c)
			c.mu.Unlock()
			if is {
				return
			}
			if time.Now().After(end) {
				t.Fatal(what)
			}
		}
	}
	until("stream 1 stays", func(c *conn) bool { return len(c.streams) == 0 && !c.flushing })
	free := g.hold()
	a.open(flagEndStream, headOf("GET")) // 3 sends, and is held up
	<-g.met
	a.open(flagEndStream, headOf("GET")) // 5 leaves its end to 3
	until("stream 5 does not end", func(c *conn) bool { return len(c.out) > 0 && c.streams[5] == nil })
	a.open(flagEndStream, headOf("GET", "x-long", "1"))
	until("stream 7 does not wait", func(c *conn) bool { return c.waiting == 1 })
	a.number(frameReset, 7, 8)
	until("stream 7 is not reset", func(c *conn) bool { return c.streams[7].err != nil })
	free()
	for !a.ended[5] {
		if a.next() == nil {
			t.Fatal("what stream 5 has left in the output is not sent")
		}
	}
	go io.Copy(io.Discard, theirs)
	if err := <-failed; err != errGone {
		t.Error(err)
	}
}
