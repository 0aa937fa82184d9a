package upstream

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pavise/internal/http1"
	"pavise/internal/poison"
)

// An app is a server that a script plays, and a client that asks it.
type app struct {
	*Client
	conns atomic.Int32
}

// plays has every connection to it played by a script; n counts them from 1.
func plays(t *testing.T, script func(n int, conn *net.TCPConn, from *bufio.Reader)) *app {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a := &app{Client: &Client{Patience: 5 * time.Second}}
	a.Dial = func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", l.Addr().String())
	}
	t.Cleanup(func() { l.Close(); a.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			n := int(a.conns.Add(1))
			go func() {
				defer conn.Close()
				conn.SetDeadline(time.Now().Add(10 * time.Second))
				script(n, conn.(*net.TCPConn), bufio.NewReader(conn))
			}()
		}
	}()
	return a
}

// answers plays a server that says the same to each request on a connection.
func answers(says string) func(int, *net.TCPConn, *bufio.Reader) {
	return func(_ int, conn *net.TCPConn, from *bufio.Reader) {
		for {
			r, err := http.ReadRequest(from)
			if err != nil {
				return
			}
			io.Copy(io.Discard, r.Body)
			io.WriteString(conn, says)
		}
	}
}

// get asks for something and returns the answer's body.
func (a *app) get(r *http.Request) (status int, body string, err error) {
	answer, err := a.Ask(r, http.Header{}, nil)
	if err != nil {
		return 0, "", err
	}
	defer answer.Close()
	for {
		piece, err := answer.Next()
		if body += string(piece); err != nil {
			if err == io.EOF {
				err = nil
			}
			return answer.Status, body, err
		}
	}
}

func question1() *http.Request { return httptest.NewRequest("GET", "http://a.test/", nil) }

// TestReuse: a connection carries the next request where both sides are at the end
// of the last one, and only there (RFC 9112 9.3).
func TestReuse(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	for _, tt := range []struct {
		name, says string
		conns      int32 // for three requests
	}{
		{"length", ok + "Content-Length: 2\r\n\r\nab", 1},
		{"chunks", ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", 1},
		{"nothing", "HTTP/1.1 204 No Content\r\n\r\n", 1},
		{"1.0 that keeps", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nab", 1},
		{"1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nab", 3},
		{"close", ok + "Connection: x, Close\r\nContent-Length: 2\r\n\r\nab", 3},
		{"more than its length", ok + "Content-Length: 2\r\n\r\nabc", 3},
		{"an answer nobody asked for", ok + "Content-Length: 0\r\n\r\n" + ok + "Content-Length: 0\r\n\r\n", 3},
		{"kept for a second", ok + "Keep-Alive: max=9, timeout=1\r\nContent-Length: 0\r\n\r\n", 3},
		{"kept for five", ok + "Keep-Alive: timeout=5\r\nContent-Length: 0\r\n\r\n", 1},
	} {
		a := plays(t, answers(tt.says))
		for range 3 {
			if _, _, err := a.get(question1()); err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
		if n := a.conns.Load(); n != tt.conns {
			t.Errorf("%s: %d connections, want %d", tt.name, n, tt.conns)
		}
	}
}

// TestUnreadAnswers: what is left of one must not come to another's request.
func TestUnreadAnswers(t *testing.T) {
	a := plays(t, answers("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"+strings.Repeat("x", 5000)))
	for range 2 {
		answer, err := a.Ask(question1(), http.Header{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer.Next()
		answer.Close()
		answer.Close() // changes nothing
	}
	if n := a.conns.Load(); n != 2 {
		t.Errorf("%d connections", n)
	}
}

// TestClosedWhileKept: a connection that the server has closed meanwhile costs no
// request.
func TestClosedWhileKept(t *testing.T) {
	closed := make(chan bool, 10)
	a := plays(t, func(_ int, conn *net.TCPConn, from *bufio.Reader) {
		http.ReadRequest(from)
		io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		conn.Close()
		closed <- true
	})
	for range 5 {
		r := question1()
		posts(r, "abc", 3)
		if _, _, err := a.get(r); err != nil {
			t.Fatal(err)
		}
		<-closed
		time.Sleep(10 * time.Millisecond) // until the end of it is here
	}
}

// TestNothingIsSentTwice: what a server may have seen is not for us to repeat.
func TestNothingIsSentTwice(t *testing.T) {
	a := plays(t, func(n int, conn *net.TCPConn, from *bufio.Reader) {
		http.ReadRequest(from)
		if n == 1 {
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
			http.ReadRequest(from)
		}
	})
	if _, _, err := a.get(question1()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := a.get(question1()); !errors.Is(err, errNoAnswer) {
		t.Errorf("%v", err)
	}
	if n := a.conns.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

// TestRhythm: where a server closes connections that have rested, and does not say
// after how long, one that comes upon it tells the next not to come so late.
func TestRhythm(t *testing.T) {
	const closes = 1500 * time.Millisecond
	for name, ends := range map[string]func(n int, conn *net.TCPConn){
		"closed":     func(n int, conn *net.TCPConn) { conn.SetReadDeadline(time.Now().Add(closes)) },
		"met by one": func(n int, conn *net.TCPConn) {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := plays(t, func(n int, conn *net.TCPConn, from *bufio.Reader) {
				for asked := 0; ; asked++ {
					if _, err := http.ReadRequest(from); err != nil || n == 1 && asked == 1 {
						return
					}
					io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
					ends(n, conn)
				}
			})
			for i, pause := range []time.Duration{0, closes + 100*time.Millisecond, 100 * time.Millisecond, closes - 200*time.Millisecond} {
				time.Sleep(pause)
				if _, _, err := a.get(question1()); err != nil && (i != 1 || name == "closed") {
					t.Errorf("%d: %v", i, err)
				}
			}
			if n := a.conns.Load(); n != 3 { // the last request was not sent so late
				t.Errorf("%d connections", n)
			}
		})
	}
}

// TestKeptEnd: connections that nobody needs are closed, the most recent is taken
// first, and there are not more of them than are to be.
func TestKeptEnd(t *testing.T) {
	ended := make(chan int, 10)
	a := plays(t, func(n int, conn *net.TCPConn, from *bufio.Reader) {
		answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")(n, conn, from)
		ended <- n
	})
	a.Idle, a.MaxIdle = 200*time.Millisecond, 2
	var held []*Answer
	for range 3 {
		answer, err := a.Ask(question1(), http.Header{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, answer)
	}
	for _, answer := range held {
		answer.Close()
	}
	if n := <-ended; n != 3 {
		t.Errorf("connection %d is one too many", n)
	}
	<-ended
	<-ended
	a.kept.mu.Lock()
	defer a.kept.mu.Unlock()
	if len(a.kept.links) != 0 {
		t.Errorf("%d are kept", len(a.kept.links))
	}
}

// TestPatience: an answer that does not begin is given up, one that pauses is not.
func TestPatience(t *testing.T) {
	a := plays(t, func(n int, conn *net.TCPConn, from *bufio.Reader) {
		http.ReadRequest(from)
		if n > 1 {
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na")
		}
		time.Sleep(500 * time.Millisecond)
		io.WriteString(conn, "b")
	})
	a.Patience = 100 * time.Millisecond
	if _, _, err := a.get(question1()); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%v", err)
	}
	if _, body, err := a.get(question1()); body != "ab" || err != nil {
		t.Errorf("%q, %v", body, err)
	}
}

// TestServerThatTakesNoHead: nor is one waited for that does not even read.
func TestServerThatTakesNoHead(t *testing.T) {
	a := &Client{Patience: 50 * time.Millisecond, Dial: func(context.Context) (net.Conn, error) {
		conn, deaf := net.Pipe()
		t.Cleanup(func() { deaf.Close() })
		return conn, nil
	}}
	if _, err := a.Ask(question1(), http.Header{}, nil); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

// TestAskerLeaves: nobody waits for an answer that nobody wants, and the connection
// carries nothing else.
func TestAskerLeaves(t *testing.T) {
	asked, left := make(chan bool, 1), make(chan error, 1)
	a := plays(t, func(n int, conn *net.TCPConn, from *bufio.Reader) {
		http.ReadRequest(from)
		asked <- true
		_, err := from.ReadByte()
		left <- err
	})
	ctx, leave := context.WithCancel(context.Background())
	go func() { <-asked; leave() }()
	if _, _, err := a.get(question1().WithContext(ctx)); err == nil {
		t.Error("an answer")
	}
	if err := <-left; err != io.EOF {
		t.Error(err)
	}
}

// TestInterim: what comes before the last answer is told, and not for ever.
func TestInterim(t *testing.T) {
	hint := "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nConnection: x\r\nX: y\r\n\r\n"
	for n, want := range map[int]bool{1: true, maxInterim: true, maxInterim + 1: false} {
		a := plays(t, answers(strings.Repeat(hint, n)+"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
		told := 0
		answer, err := a.Ask(question1(), http.Header{}, func(status int, h http.Header) {
			if told++; status != 103 || len(h) != 1 || h.Get("Link") != "</a>" {
				t.Errorf("%d %v", status, h)
			}
		})
		if (err == nil) != want || told != min(n, maxInterim) && want {
			t.Errorf("%d: %v, %d told", n, err, told)
		}
		if err == nil {
			answer.Close()
		}
	}
}

// TestLongAnswers: what a server can make us hold is bounded.
func TestLongAnswers(t *testing.T) {
	const most = 256 << 10
	chunked := "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	for name, says := range map[string]string{
		"line":       "HTTP/1.1 200 " + strings.Repeat("x", most),
		"field":      "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", most),
		"fields":     "HTTP/1.1 200 OK\r\n" + strings.Repeat("X: y\r\n", most/6+10),
		"length":     "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n",
		"lines":      "HTTP/1.1 200 OK\r\n" + strings.Repeat("X:\n", maxLines) + "Content-Length: 0\r\n\r\n",
		"folds":      "HTTP/1.1 200 OK\r\nX: y\r\n" + strings.Repeat(" y\n", maxLines) + "Content-Length: 0\r\n\r\n",
		"chunk line": chunked + "1;" + strings.Repeat("x", http1.MaxChunkLine),
		"trailer":    chunked + "0\r\nX: " + strings.Repeat("x", most),
		"trailers":   chunked + "0\r\n" + strings.Repeat("X: y\r\n", most/6+10),
	} {
		a := plays(t, answers(says))
		if _, _, err := a.get(question1()); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: %v", name, err)
		}
	}
	a := plays(t, answers("HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", most-1000)+"\r\nContent-Length: 1\r\n\r\nx"))
	for range 2 {
		if _, body, err := a.get(question1()); body != "x" || err != nil {
			t.Errorf("%q, %v", body, err)
		}
	}
}

// TestReleasedIsSpoilt: what is used of an answer behind its end shows.
func TestReleasedIsSpoilt(t *testing.T) {
	if !poison.On {
		t.Skip("only under the race detector")
	}
	a := plays(t, answers("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab"))
	answer, err := a.Ask(question1(), http.Header{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	piece, _ := answer.Next()
	answer.Close()
	if string(piece) == "ab" {
		t.Error("a piece of a closed answer is as it was")
	}
}

// replays is a connection on which every write is a request, and answered alike.
type replays struct {
	once
	says []byte
	rest []byte
}

func (c *replays) Write(p []byte) (int, error) { c.rest = c.says; return len(p), nil }
func (c *replays) Read(p []byte) (int, error) {
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

// TestAllocations: an answer costs its head, the list of its values, and the
// watch over whoever asks; its body costs nothing.
func TestAllocations(t *testing.T) {
	if poison.On {
		t.Skip("the race detector allocates, too")
	}
	says := "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nSet-Cookie: a=b\r\nContent-Length: 10000\r\n\r\n" + strings.Repeat("x", 10_000)
	conn := &replays{says: []byte(says)}
	a := &app{Client: &Client{Dial: func(context.Context) (net.Conn, error) { return conn, nil }}}
	r, h := question1(), http.Header{}
	allocs := testing.AllocsPerRun(200, func() {
		answer, err := a.Ask(r, h, nil)
		if err != nil {
			t.Fatal(err)
		}
		for err == nil {
			_, err = answer.Next()
		}
		answer.Close()
		clear(h)
	})
	if allocs > 5 {
		t.Errorf("%.0f allocations", allocs)
	}
}
