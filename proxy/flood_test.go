package proxy

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"pavise"
)

// Floods: each tries to make us keep more and more, with an effort that grows and
// bounds that do not. Which limit holds is said at each; those of HTTP/2 are
// internal/http2's.

const (
	mostGoroutines = 2500     // proxy, app and attacker together: 100 streams and 200 connections are some
	mostHeap       = 48 << 20 // bytes that live on
)

// besieged is a site whose limits are short. Its app answers with much, to whoever
// sends all of his request.
func besieged(t *testing.T) (*world, *httptest.Server) {
	page := make([]byte, 256<<10)
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err == nil {
			w.Write(page)
		}
	}))
	t.Cleanup(app.Close)
	up, err := ParseUpstream(app.URL)
	if err != nil {
		t.Fatal(err)
	}
	return start(t, up, true, limited(func(l *pavise.Listener) {
		l.HeaderTime, l.Stall, l.Idle, l.MinRate = 700*time.Millisecond, 700*time.Millisecond, 2*time.Second, 1000
	})), app
}

// withstand runs the attack and sees that what it made us keep is bounded, that
// others are served meanwhile, and that nothing stays behind.
func withstand(t *testing.T, attack func(*testing.T, *world)) {
	t.Helper()
	w, app := besieged(t)
	serves := func(when string) {
		if res, _ := do(t, w, request("GET", w.base, nil)); res.StatusCode != 200 {
			t.Errorf("%s: %d", when, res.StatusCode)
		}
		w.client.CloseIdleConnections()
	}
	serves("before")
	goroutines, heap := runtime.NumGoroutine(), live()
	done := make(chan struct{})
	var peak int
	var sampling sync.WaitGroup
	sampling.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(2 * time.Millisecond):
				peak = max(peak, runtime.NumGoroutine())
			}
		}
	})
	attack(t, w)
	close(done)
	sampling.Wait()
	if peak-goroutines > mostGoroutines {
		t.Errorf("%d goroutines at the peak, %d before", peak, goroutines)
	}
	if now := live(); now-heap > mostHeap {
		t.Errorf("%d bytes live, %d before", now, heap)
	}
	serves("after")
	for end := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > goroutines+20; time.Sleep(20 * time.Millisecond) {
		app.CloseClientConnections() // those that are kept for the next requests, at most 256
		if time.Now().After(end) {
			stacks := make([]byte, 64<<10)
			t.Fatalf("%d goroutines stay, %d before\n%s", runtime.NumGoroutine(), goroutines, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

func live() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// attackers opens connections, all of which are closed when the test ends.
func attackers(t *testing.T, n int, open func() net.Conn) []net.Conn {
	t.Helper()
	conns := make([]net.Conn, n)
	for i := range conns {
		conns[i] = open()
		t.Cleanup(func() { conns[i].Close() })
	}
	return conns
}

func overTLS(t *testing.T, w *world, protocol string) net.Conn {
	t.Helper()
	d := &net.Dialer{Timeout: 10 * time.Second}
	conn, err := tls.DialWithDialer(d, "tcp", w.server.HTTPS().String(),
		&tls.Config{InsecureSkipVerify: true, ServerName: "shop.test", NextProtos: []string{protocol}})
	if err != nil {
		t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	return conn
}

// allClosed waits until the server has closed each.
func allClosed(t *testing.T, conns []net.Conn) {
	t.Helper()
	for i, conn := range conns {
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		if _, err := io.Copy(io.Discard, conn); isTimeout(err) {
			t.Fatalf("connection %d is still open", i)
		}
	}
}

// TestSlowFlood: connections that end what they began a byte at a time, or never
// (accept.go, patience.go; the head of a request is that of its server).
func TestSlowFlood(t *testing.T) {
	withstand(t, func(t *testing.T, w *world) {
		var conns []net.Conn
		more := map[string][]net.Conn{}
		for _, kind := range []struct{ first, more string }{
			{"GET / HTTP/1.1\r\nHost: shop.test\r\n", "X-A: b\r\n"}, // Slowloris
			{"GET / HT", ""},
			{"POST / HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 1000000\r\n\r\n", "x"}, // R.U.D.Y.
			{"POST / HTTP/1.1\r\nHost: shop.test\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"},
			{strings.Repeat("GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n", 40), ""}, // and takes no answer
			{"", ""},
		} {
			these := attackers(t, 50, func() net.Conn { return overTLS(t, w, "http/1.1") })
			for _, conn := range these {
				io.WriteString(conn, kind.first)
			}
			more[kind.more] = append(more[kind.more], these...)
			conns = append(conns, these...)
		}
		for range 20 {
			for piece, these := range more {
				for _, conn := range these {
					io.WriteString(conn, piece)
				}
			}
			time.Sleep(100 * time.Millisecond)
		}
		allClosed(t, conns)
	})
}

// TestHalfOpenFlood: two hundred handshakes that never end (accept.go), silent ones
// and some that go on a byte at a time.
func TestHalfOpenFlood(t *testing.T) {
	withstand(t, func(t *testing.T, w *world) {
		conns := attackers(t, 200, func() net.Conn { return from(t, "127.0.0.1", w.server.HTTPS()) })
		for _, conn := range conns {
			io.WriteString(conn, "\x16\x03\x01\x3f\xff\x01\x00\x3f\xfb\x03\x03")
		}
		for range 10 {
			for _, conn := range conns[100:] {
				io.WriteString(conn, "\x00")
			}
			time.Sleep(100 * time.Millisecond)
		}
		allClosed(t, conns)
	})
}

// TestBigHeads: a head is bounded, as one long field and as many short ones, and so
// is what is read of a client that goes on (served.go: MaxHeaderBytes).
func TestBigHeads(t *testing.T) {
	for name, piece := range map[string]string{"one field": strings.Repeat("x", 16<<10), "many": strings.Repeat("A: b\r\n", 2<<10)} {
		t.Run(name, func(t *testing.T) {
			withstand(t, func(t *testing.T, w *world) {
				conn := attackers(t, 1, func() net.Conn { return overTLS(t, w, "http/1.1") })[0]
				io.WriteString(conn, "GET / HTTP/1.1\r\nHost: shop.test\r\nX: ")
				sent := 0
				for range 1000 {
					n, err := io.WriteString(conn, piece)
					if sent += n; err != nil {
						break
					}
				}
				if sent > 8<<20 {
					t.Errorf("%d bytes of a head were taken", sent)
				}
			})
		})
	}
}

// TestPipelining: requests that do not wait for answers are served one after the
// other, and no further than their answers are taken.
func TestPipelining(t *testing.T) {
	withstand(t, func(t *testing.T, w *world) {
		conn := attackers(t, 1, func() net.Conn { return overTLS(t, w, "http/1.1") })[0]
		many := strings.Repeat("GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n", 10_000)
		for range 1000 {
			if _, err := io.WriteString(conn, many); err != nil {
				if isTimeout(err) {
					t.Error("the connection is still open, and no answer was taken")
				}
				return
			}
		}
		t.Error("10,000,000 requests were taken, and no answer was")
	})
}
