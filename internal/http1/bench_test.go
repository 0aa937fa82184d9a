package http1

import (
	"crypto/tls"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"
)

// shielded are the fields that a response bears behind our controls.
var shielded = http.Header{
	"Cache-Control":                     {"no-store"},
	"Content-Security-Policy":           {"default-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; script-src 'self'; script-src-attr 'none'; style-src 'self' https: 'unsafe-inline'; upgrade-insecure-requests"},
	"Content-Type":                      {"text/html; charset=utf-8"},
	"Cross-Origin-Embedder-Policy":      {"unsafe-none"},
	"Cross-Origin-Opener-Policy":        {"same-origin"},
	"Cross-Origin-Resource-Policy":      {"same-origin"},
	"Etag":                              {`W/"0123456789"`},
	"Last-Modified":                     {"Mon, 02 Jan 2006 15:04:05 GMT"},
	"Origin-Agent-Cluster":              {"?1"},
	"Permissions-Policy":                {"camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
	"Referrer-Policy":                   {"strict-origin-when-cross-origin"},
	"Set-Cookie":                        {"sid=0123456789abcdef; Path=/; Secure; HttpOnly; SameSite=Lax"},
	"Strict-Transport-Security":         {"max-age=31536000; includeSubDomains"},
	"Vary":                              {"Accept-Encoding"},
	"X-Content-Type-Options":            {"nosniff"},
	"X-Dns-Prefetch-Control":            {"off"},
	"X-Download-Options":                {"noopen"},
	"X-Frame-Options":                   {"DENY"},
	"X-Permitted-Cross-Domain-Policies": {"none"},
	"X-Request-Id":                      {"0123456789abcdef"},
}

// answering sends 1 KB behind such fields.
func answering(fields http.Header) http.HandlerFunc {
	page := []byte(strings.Repeat("x", 1024))
	return func(w http.ResponseWriter, r *http.Request) {
		maps.Copy(w.Header(), fields)
		w.Write(page)
	}
}

// An again is a connection that asks the same again and again.
type again struct {
	once
	request []byte
	more    func() bool
}

func (a *again) Read(p []byte) (int, error) {
	if !a.more() {
		return 0, io.EOF
	}
	return copy(p, a.request), nil
}

// BenchmarkServe is what a request costs without the kernel, and writing the fields
// that the handler sets.
func BenchmarkServe(b *testing.B) {
	for name, fields := range map[string]http.Header{"plain": {"Content-Type": {"text/html"}}, "shielded": shielded} {
		b.Run(name, func(b *testing.B) {
			server := &Server{Strict: true, Handler: answering(fields)}
			b.ReportAllocs()
			server.ServeConn(&again{request: []byte(browsers), more: b.Loop}, nil)
		})
	}
}

// BenchmarkKeepAlive asks for 1 KB again and again, of this server and of
// net/http's, in the clear and by TLS. The client is the same, and costs little.
func BenchmarkKeepAlive(b *testing.B) {
	b.Run("plain", func(b *testing.B) { beside(b, http.Header{"Content-Type": {"text/html"}}, nil) })
	example := httptest.NewTLSServer(nil)
	example.Close()
	b.Run("shielded", func(b *testing.B) {
		beside(b, shielded, &tls.Config{Certificates: example.TLS.Certificates, DynamicRecordSizingDisabled: true})
	})
}

func beside(b *testing.B, fields http.Header, config *tls.Config) {
	handler := answering(fields)
	ours := &Server{Strict: true, Handler: handler}
	b.Run("ours", func(b *testing.B) {
		ask(b, config, func(nc net.Conn) {
			if config == nil {
				ours.ServeConn(nc, nil)
				return
			}
			secure := tls.Server(nc, config)
			if err := secure.Handshake(); err != nil {
				b.Error(err)
			}
			state := secure.ConnectionState()
			ours.ServeConn(secure, &state)
		})
	})
	b.Run("net-http", func(b *testing.B) {
		server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 75 * time.Second}
		defer server.Close()
		ask(b, config, func(nc net.Conn) {
			if config != nil {
				nc = tls.Server(nc, config)
			}
			server.Serve(&single{conn: nc})
		})
	})
}

// A single is a listener to which one comes.
type single struct {
	net.Listener
	conn net.Conn
}

func (s *single) Addr() net.Addr { return new(net.TCPAddr) }
func (s *single) Close() error   { return nil }
func (s *single) Accept() (conn net.Conn, err error) {
	if conn, s.conn = s.conn, nil; conn == nil {
		err = net.ErrClosed
	}
	return conn, err
}

func ask(b *testing.B, config *tls.Config, serve func(net.Conn)) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	go func() {
		if nc, err := l.Accept(); err == nil {
			serve(nc)
		}
	}()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	if config != nil {
		conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true, DynamicRecordSizingDisabled: true})
	}
	sent, answer := []byte(browsers), make([]byte, 8192)
	conn.Write(sent)
	n, err := conn.Read(answer) // all answers are as long
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	began := cpu()
	for b.Loop() {
		conn.Write(sent)
		if _, err := io.ReadFull(conn, answer[:n]); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(cpu()-began)/float64(b.N), "cpu-ns/op")
}

// cpu is what this process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
