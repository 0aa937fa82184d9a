package weaktls

import (
	"bytes"
	"crypto/rsa"
	"crypto/tls"
	"io"
	"net"
	"pavise/test/servers"
	"testing"
	"time"
)

// A said connection is a client that has said all, and listens to nothing.
type said struct {
	net.Conn
	from io.Reader
}

func (s *said) Read(p []byte) (int, error)       { return s.from.Read(p) }
func (s *said) Write(p []byte) (int, error)      { return len(p), nil }
func (s *said) Close() error                     { return nil }
func (s *said) SetDeadline(time.Time) error      { return nil }
func (s *said) SetWriteDeadline(time.Time) error { return nil }

// one hands out a connection, once.
type one struct {
	net.Listener
	conn net.Conn
}

func (o one) Accept() (net.Conn, error) { return o.conn, nil }

// FuzzClient: whatever a client says, the server does not panic, and comes to an end.
func FuzzClient(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0x80, 0x2e, 1, 0, 2, 0, 3, 0, 0, 0, 16, 1, 0, 0x80})
	f.Add([]byte{22, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff})
	f.Add([]byte{24, 3, 3, 0, 3, 1, 0xff, 0xff})
	f.Add(helloOf(tls.VersionTLS12))
	f.Add(helloOf(tls.VersionTLS10))
	cfg := Config{
		Versions: []uint16{SSL2, SSL3, TLS10, TLS11, TLS12}, Suites: Suites(), SSL2: []uint32{0x020080, 0x010080, 0x0700c0},
		ClientRenegotiation: true, Compression: true, Tickets: true,
		Heartbeat: true, Heartbleed: true, CCS: true, ROBOT: true, Ticketbleed: true, Padding: Zombie,
	}
	pair := servers.SelfSigned(f, servers.RSA)
	cfg.Certificate, cfg.Key = pair.Certificate[0], pair.PrivateKey.(*rsa.PrivateKey)
	f.Fuzz(func(t *testing.T, b []byte) {
		l := Listen(one{conn: &said{from: bytes.NewReader(b)}}, cfg)
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, c); err == nil && len(b) < 100 {
			return // a polite farewell
		}
		c.Close()
	})
}

// helloOf is what crypto/tls says first, with a change of cipher and a heartbeat behind.
func helloOf(version uint16) []byte {
	to := new(bytes.Buffer)
	tls.Client(&written{to: to}, &tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version}).Handshake()
	return append(to.Bytes(), 24, 3, 1, 0, 3, 1, 0, 32, 20, 3, 1, 0, 1, 1, 20, 3, 1, 0, 1, 1)
}

// written keeps what a client says, and never answers.
type written struct {
	said
	to *bytes.Buffer
}

func (w *written) Read([]byte) (int, error)    { return 0, io.EOF }
func (w *written) Write(p []byte) (int, error) { return w.to.Write(p) }
