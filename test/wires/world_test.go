// Package wires holds what Pavise speaks to what others speak: WebSockets frame by frame,
// with apps and clients of our own and of ws, and HTTP/3 by the client of quic-go. All of
// it comes through the whole policy that is recommended.
package wires

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pavise"
	"pavise/catalog"
	"pavise/internal/authority"
	"pavise/proxy"
)

const (
	host     = "shop.localhost"
	patience = 20 * time.Second
)

// A world is Pavise in front of an app.
type world struct {
	*proxy.Server
	cfg       proxy.Config
	roots     *x509.CertPool
	authority string // the file of its certificate
	dialled   atomic.Int64
}

// shield starts Pavise in front of an app at an address, as it recommends itself.
func shield(t *testing.T, app string) *world {
	t.Helper()
	local, err := authority.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	up, err := proxy.ParseUpstream(app)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{roots: local.Pool(), authority: local.CertificateFile(), cfg: proxy.Config{HTTPS: "127.0.0.1:0",
		Journal: proxy.NewJournal(slog.New(slog.DiscardHandler), nil),
		Sites: []proxy.Site{{Hosts: []string{host}, Upstream: up, Certificate: local.Leaf([]string{host}),
			Policy: pavise.Recommend(catalog.Controls())}}}}
	if w.Server, err = proxy.Start(w.cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		w.Stop(ctx)
	})
	return w
}

// behind starts an app, and Pavise in front of it.
func behind(t *testing.T, app http.HandlerFunc) *world {
	t.Helper()
	server := httptest.NewServer(app)
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	return shield(t, server.URL)
}

// reload has the policy take over anew.
func (w *world) reload(t *testing.T) {
	t.Helper()
	sites := append([]proxy.Site(nil), w.cfg.Sites...)
	sites[0].Policy = pavise.Recommend(catalog.Controls())
	next := w.cfg
	next.Sites = sites
	if err := w.Reload(next); err != nil {
		t.Fatal(err)
	}
}

func (w *world) origin() string { return fmt.Sprintf("https://%s:%d", host, w.HTTPS().Port) }

// dial opens a connection for HTTP/1.1 in a version of TLS, each from another address of
// loopback: one client alone may not have thousands.
func (w *world) dial(t *testing.T, version uint16) (secure *tls.Conn, plain *net.TCPConn) {
	t.Helper()
	n := w.dialled.Add(1)
	from := net.Dialer{Timeout: patience, LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(1+n%200))}}
	raw, err := from.DialContext(t.Context(), "tcp", w.HTTPS().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { raw.Close() })
	raw.SetDeadline(time.Now().Add(patience))
	secure = tls.Client(raw, &tls.Config{RootCAs: w.roots, ServerName: host, NextProtos: []string{"http/1.1"},
		MinVersion: version, MaxVersion: version})
	if err := secure.Handshake(); err != nil {
		t.Fatal(err)
	}
	return secure, raw.(*net.TCPConn)
}

// A socket is the client's end of a WebSocket.
type socket struct {
	*tls.Conn
	tcp    *net.TCPConn
	from   *bufio.Reader
	answer http.Header
}

func (s *socket) Read(b []byte) (int, error) { return s.from.Read(b) }

// open opens a WebSocket; what is early leaves with the handshake.
func (w *world) open(t *testing.T, version uint16, path, early string, fields ...string) *socket {
	t.Helper()
	s := new(socket)
	s.Conn, s.tcp = w.dial(t, version)
	lines := append([]string{"GET " + path + " HTTP/1.1", strings.Replace(w.origin(), "https://", "Host: ", 1),
		"Origin: " + w.origin(), "Connection: Upgrade", "Upgrade: websocket",
		"Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA=="}, fields...)
	if _, err := io.WriteString(s.Conn, strings.Join(lines, "\r\n")+"\r\n\r\n"+early); err != nil {
		t.Fatal(err)
	}
	s.from = bufio.NewReader(s.Conn)
	res, err := http.ReadResponse(s.from, nil)
	if err != nil {
		t.Fatal(err)
	}
	if s.answer = res.Header; res.StatusCode != http.StatusSwitchingProtocols {
		body, _ := io.ReadAll(res.Body)
		t.Fatalf("answered %d: %s", res.StatusCode, body)
	}
	return s
}

// expect reads what must come, byte by byte.
func (s *socket) expect(t *testing.T, want string) {
	t.Helper()
	got := make([]byte, len(want))
	if n, err := io.ReadFull(s, got); err != nil || string(got) != want {
		t.Fatalf("after %d of %d bytes: %v; equal %v", n, len(want), err, string(got[:n]) == want[:n])
	}
}

// accepted takes the connection over for a WebSocket, with fields of the app's own.
func accepted(t *testing.T, w http.ResponseWriter, fields ...string) (*net.TCPConn, *bufio.Reader) {
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		t.Error(err)
		return nil, nil
	}
	lines := append([]string{"HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: websocket"}, fields...)
	io.WriteString(conn, strings.Join(lines, "\r\n")+"\r\n\r\n")
	return conn.(*net.TCPConn), rw.Reader
}

// echo sends back every byte, and ends when the client has.
func echo(t *testing.T) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		conn, from := accepted(t, w)
		defer conn.Close()
		io.Copy(conn, from)
	}
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("in vain: ", what)
		}
	}
}
