package flaw_test

import (
	"bytes"
	"context"
	"crypto/rsa"
	"io"
	"net"
	"runtime"
	"testing"
	"time"

	"pavise"
	"pavise/internal/flaw"
	"pavise/internal/weaktls"
	"pavise/test/servers"
)

// hostile are servers that do all they can to hold a scan up.
var hostile = map[string]func(net.Conn){
	"silent":        func(c net.Conn) { io.Copy(io.Discard, c) },
	"closes":        func(c net.Conn) {},
	"resets":        func(c net.Conn) { c.(*net.TCPConn).SetLinger(0) },
	"endless bytes": func(c net.Conn) { endless(c, bytes.Repeat([]byte{0}, 4096)) },
	"endless handshake": func(c net.Conn) {
		endless(c, append([]byte{22, 3, 3, 0x40, 0}, make([]byte, 1<<14)...))
	},
	"endless warnings":   func(c net.Conn) { endless(c, []byte{21, 3, 3, 0, 2, 1, 90}) },
	"endless heartbeats": func(c net.Conn) { endless(c, []byte{24, 3, 3, 0, 3, 2, 0, 0}) },
	"a message of 16 MB": func(c net.Conn) { endless(c, append([]byte{22, 3, 3, 0, 8, 2, 0xff, 0xff, 0xff}, 1, 2, 3, 4)) },
	"a drip": func(c net.Conn) {
		for _, b := range append([]byte{22, 3, 3, 0x40, 0}, make([]byte, 1<<14)...) {
			if _, err := c.Write([]byte{b}); err != nil {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
	},
}

func endless(c net.Conn, b []byte) {
	for {
		if _, err := c.Write(b); err != nil {
			return
		}
	}
}

// TestHostileServers: whatever a server does, each try ends in time, has found nothing,
// and nobody goes on behind it.
func TestHostileServers(t *testing.T) {
	before := runtime.NumGoroutine()
	for name, serve := range hostile {
		l := servers.Listen(t)
		servers.SpeakAt(l, serve)
		s := flaw.Server{Name: "a.test", Dial: func(ctx context.Context) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", l.Addr().String())
		}}
		for _, which := range every {
			ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
			done := make(chan struct{})
			go func() {
				defer close(done)
				if r, _ := flaw.Try(ctx, s, which); r.Has {
					t.Errorf("%s: %s was found: %+v", name, which, r)
				}
			}()
			select {
			case <-done:
			case <-time.After(10 * time.Second):
				t.Fatalf("%s: %s does not end", name, which)
			}
			cancel()
		}
		l.Close()
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("%d goroutines before, %d after", before, runtime.NumGoroutine())
}

// A replay is a server that says the same whatever it hears, and hangs up.
type replay struct {
	net.Conn
	from *bytes.Reader
}

func (r *replay) Read(p []byte) (int, error)       { return r.from.Read(p) }
func (r *replay) Write(p []byte) (int, error)      { return len(p), nil }
func (r *replay) Close() error                     { return nil }
func (r *replay) SetDeadline(time.Time) error      { return nil }
func (r *replay) SetReadDeadline(time.Time) error  { return nil }
func (r *replay) SetWriteDeadline(time.Time) error { return nil }

// FuzzServer: whatever a server says, no try panics.
func FuzzServer(f *testing.F) {
	for _, which := range every {
		f.Add(which, []byte{})
		f.Add(which, []byte{21, 3, 3, 0, 2, 2, 40})
		f.Add(which, flight(f))
	}
	f.Fuzz(func(t *testing.T, which string, said []byte) {
		s := flaw.Server{Name: "a.test", Dial: func(context.Context) (net.Conn, error) {
			return &replay{from: bytes.NewReader(said)}, nil
		}}
		r, err := flaw.Try(context.Background(), s, which)
		if err == nil && r.Has && r.Unknown != "" {
			t.Errorf("it has the flaw, and nobody knows: %+v", r)
		}
		if err == nil && which == pavise.ROBOT && r.Has {
			t.Errorf("one answer to everything is taken for several: %+v", r)
		}
	})
}

// flight is what a server says to an ordinary hello.
func flight(f *testing.F) []byte {
	inner, pair := servers.Listen(f), servers.SelfSigned(f, servers.RSA)
	l := weaktls.Listen(inner, weaktls.Config{Certificate: pair.Certificate[0], Key: pair.PrivateKey.(*rsa.PrivateKey),
		Versions: []uint16{weaktls.TLS12}, Suites: []uint16{0xc013, 0x002f}})
	go func() {
		if c, err := l.Accept(); err == nil {
			c.Read(make([]byte, 1))
			c.Close()
		}
	}()
	said := new(bytes.Buffer)
	s := flaw.Server{Dial: func(ctx context.Context) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, "tcp", inner.Addr().String())
		return tapped{c, said}, err
	}}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	flaw.Try(ctx, s, pavise.CCSInjection)
	return said.Bytes()
}

// A tapped connection keeps what is read.
type tapped struct {
	net.Conn
	kept *bytes.Buffer
}

func (c tapped) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.kept.Write(p[:n])
	return n, err
}
