package upstream

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// playsSecurely is plays under TLS.
func playsSecurely(t *testing.T, script func(conn *tls.Conn, from *bufio.Reader)) *app {
	t.Helper()
	server := httptest.NewTLSServer(nil) // has a certificate
	server.Close()
	cfg := &tls.Config{Certificates: server.TLS.Certificates}
	a := plays(t, func(_ int, conn *net.TCPConn, _ *bufio.Reader) {
		secure := tls.Server(conn, cfg)
		script(secure, bufio.NewReader(secure))
	})
	dial := a.Dial
	a.Dial = func(ctx context.Context) (net.Conn, error) {
		conn, err := dial(ctx)
		if err != nil {
			return nil, err
		}
		secure := tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
		return secure, secure.HandshakeContext(ctx)
	}
	return a
}

// TestKeptUnderTLS: what a server says behind an answer, with it or later, is nobody's
// answer; and where it has said farewell, a request is not sent.
func TestKeptUnderTLS(t *testing.T) {
	const ok, evil = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
	for _, tt := range []struct {
		name  string
		after func(*tls.Conn)
		conns int32 // for three requests
	}{
		{"nothing", func(*tls.Conn) {}, 1},
		{"an answer at once", func(conn *tls.Conn) { io.WriteString(conn, evil) }, 3},
		{"an answer later", func(conn *tls.Conn) { time.Sleep(20 * time.Millisecond); io.WriteString(conn, evil) }, 3},
		{"farewell at once", func(conn *tls.Conn) { conn.CloseWrite() }, 3},
		{"farewell later", func(conn *tls.Conn) { time.Sleep(20 * time.Millisecond); conn.CloseWrite() }, 3},
	} {
		said := make(chan bool, 10)
		a := playsSecurely(t, func(conn *tls.Conn, from *bufio.Reader) {
			for {
				if _, err := http.ReadRequest(from); err != nil {
					return
				}
				io.WriteString(conn, ok)
				tt.after(conn)
				said <- true
			}
		})
		for range 3 {
			if _, body, err := a.get(question1()); body != "ok" || err != nil {
				t.Errorf("%s: %q, %v", tt.name, body, err)
			}
			<-said
			time.Sleep(10 * time.Millisecond) // until it is here
		}
		if n := a.conns.Load(); n != tt.conns {
			t.Errorf("%s: %d connections, want %d", tt.name, n, tt.conns)
		}
	}
}
