package proxy

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"pavise"
	"pavise/controls/requests"
)

// TestConnectionsOfOneClient: one more than its share is refused, with one line in
// the log; others still get in, and so does the client when it has closed one.
func TestConnectionsOfOneClient(t *testing.T) {
	w := startSaying(t, func(r *http.Request) string { return r.URL.Path }, limited(func(l *pavise.Listener) { l.ClientConns = 3 }))
	ask := func(conn net.Conn) string {
		io.WriteString(conn, "GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n")
		b := make([]byte, len("HTTP/1.1 200"))
		io.ReadFull(conn, b)
		return string(b)
	}
	var mine []net.Conn
	for range 3 {
		conn := from(t, "127.0.0.1", w.server.HTTP())
		if got := ask(conn); got != "HTTP/1.1 200" {
			t.Fatalf("%q", got)
		}
		mine = append(mine, conn)
	}
	for _, at := range []net.Addr{w.server.HTTP(), w.server.HTTPS()} {
		for range 5 {
			if got, err := io.ReadAll(from(t, "127.0.0.1", at)); len(got) > 0 {
				t.Errorf("one too many is answered %q, %v", got, err)
			}
		}
	}
	if got := ask(from(t, "127.0.0.2", w.server.HTTP())); got != "HTTP/1.1 200" {
		t.Errorf("another client: %q", got)
	}
	if log := w.log.String(); strings.Count(log, "connections of this client are open") != 1 || !strings.Contains(log, "--proxy-protocol") {
		t.Errorf("logged %s", log)
	}
	for _, conn := range mine {
		conn.Close()
	}
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if got := ask(from(t, "127.0.0.1", w.server.HTTP())); got == "HTTP/1.1 200" {
			return
		}
		if time.Now().After(end) {
			t.Fatal("the client has closed all, and still does not get in")
		}
	}
}

func TestOneClient(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		same bool
	}{
		{"192.0.2.1", "192.0.2.1", true},
		{"192.0.2.1", "192.0.2.2", false},
		{"192.0.2.1", "::ffff:192.0.2.1", true},
		{"2001:db8::1", "2001:db8::2:0:0:1", true},
		{"2001:db8::1", "2001:db8:0:1::1", false},
		{"fe80::1%a", "fe80::1%b", true},
	} {
		of := func(s string) netip.Prefix {
			a := netip.MustParseAddr(s)
			return pavise.Subscriber(addressOf(&net.TCPAddr{IP: net.IP(a.AsSlice()), Zone: a.Zone()}).Addr())
		}
		if got := of(tt.a) == of(tt.b); got != tt.same {
			t.Errorf("%s and %s: %v", tt.a, tt.b, got)
		}
	}
}

// TestClientsAreForgotten: the count of a client that has gone takes no memory, and
// a connection that closes twice counts once.
func TestClientsAreForgotten(t *testing.T) {
	c := clients{most: 2}
	for i := range 10000 {
		peer := netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})
		var conns []*conn
		for j := range 3 {
			left, err := c.enter(peer)
			if (err == nil) != (j < 2) {
				t.Fatal(err)
			}
			conns = append(conns, &conn{Conn: new(deaf), of: new(connections), left: left})
		}
		for _, conn := range conns {
			conn.Close()
			conn.Close()
		}
	}
	if len(c.of) != 0 {
		t.Errorf("%d are remembered", len(c.of))
	}
}

// deaf is a connection to nobody.
type deaf struct{ net.Conn }

func (deaf) Close() error { return nil }

// exhausted is a listener that has no more files for a while.
type exhausted struct {
	net.Listener
	fails int
}

func (e *exhausted) Accept() (net.Conn, error) {
	if e.fails--; e.fails >= 0 {
		return nil, &net.OpError{Op: "accept", Err: syscall.EMFILE}
	}
	return e.Listener.Accept()
}

func TestAcceptOutlivesErrors(t *testing.T) {
	w := startSaying(t, func(r *http.Request) string { return r.URL.Path })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go w.server.accept(&exhausted{l, 3}, w.server.openClear)
	conn := from(t, "127.0.0.1", l.Addr())
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n")
	if got, err := io.ReadAll(conn); !strings.HasPrefix(string(got), "HTTP/1.1 200") {
		t.Errorf("%q, %v", got, err)
	}
	if !strings.Contains(w.log.String(), "too many open files") {
		t.Errorf("logged %s", w.log)
	}
}

// TestStopEndsHandshakes: neither who has said nothing, nor who is in the middle of
// a handshake, nor who is idle, keeps a stop waiting.
func TestStopEndsHandshakes(t *testing.T) {
	w := startSaying(t, func(r *http.Request) string { return r.URL.Path })
	var conns []net.Conn
	for _, said := range []string{"", "\x16\x03\x01\x02\x00\x01"} {
		conn := from(t, "127.0.0.1", w.server.HTTPS())
		io.WriteString(conn, said)
		conns = append(conns, conn)
	}
	for protocol, said := range map[string]string{
		"h2":       "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
		"http/1.1": "GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n",
	} {
		idle := from(t, "127.0.0.1", w.server.HTTPS())
		secure := tls.Client(idle, &tls.Config{InsecureSkipVerify: true, ServerName: "shop.test", NextProtos: []string{protocol}})
		io.WriteString(secure, said)
		if _, err := secure.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		conns = append(conns, secure)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Second)
	defer cancel()
	if err := w.server.Stop(ctx); err != nil {
		t.Error(err)
	}
	for i, conn := range conns {
		if _, err := io.Copy(io.Discard, conn); errors.Is(err, context.DeadlineExceeded) || isTimeout(err) {
			t.Errorf("%d: %v", i, err)
		}
	}
	if _, err := net.Dial("tcp", w.server.HTTPS().String()); err == nil {
		t.Error("somebody still listens")
	}
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// TestStopAmidConnections: a stop may come while a client is being told apart, and
// none is counted for ever.
func TestStopAmidConnections(t *testing.T) {
	for range 5 {
		w := behind(t, hello, false, limited(func(l *pavise.Listener) { l.ClientConns = 400 }), func(cfg *Config) {
			cfg.ProxyProtocol = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
		})
		var dialing sync.WaitGroup
		for range 20 {
			dialing.Go(func() {
				for {
					conn, err := net.Dial("tcp", w.server.HTTPS().String())
					if err != nil {
						return // it has stopped
					}
					io.WriteString(conn, "PROXY TCP4 203.0.113.7 192.0.2.1 5 6\r\n")
					conn.SetDeadline(time.Now().Add(5 * time.Millisecond))
					conn.Read(make([]byte, 1))
					conn.Close()
				}
			})
		}
		eventually(t, "somebody is there", func() bool {
			w.server.clients.mu.Lock()
			defer w.server.clients.mu.Unlock()
			return len(w.server.clients.of) > 0
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		w.server.Stop(ctx)
		cancel()
		dialing.Wait()
		eventually(t, "nobody is counted any more", func() bool {
			w.server.clients.mu.Lock()
			defer w.server.clients.mu.Unlock()
			return len(w.server.clients.of) == 0
		})
	}
}

// TestConnectionsOfProxies: the connections of a proxy that is trusted to name its
// clients are those of many.
func TestConnectionsOfProxies(t *testing.T) {
	w := behind(t, hello, false, limited(func(l *pavise.Listener) { l.ClientConns = 3 }), func(cfg *Config) {
		cfg.Sites[1].Policy = append(cfg.Sites[1].Policy, pavise.Setting{Control: requests.Client{Trust: pavise.Networks{"127.0.0.2/31"}}})
	})
	for client, want := range map[string]int{"127.0.0.1": 3, "127.0.0.2": 8} {
		served := 0
		for range 8 {
			conn := from(t, client, w.server.HTTP())
			io.WriteString(conn, "GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n")
			if n, _ := io.ReadFull(conn, make([]byte, 12)); n == 12 {
				served++
			}
		}
		if served != want {
			t.Errorf("of %s %d connections are served, want %d", client, served, want)
		}
	}
}
