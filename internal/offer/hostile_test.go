package offer

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"pavise/internal/rawtls"
	"pavise/test/servers"
)

// TestHostile surveys what is no good server: it ends, tells what it could not, and
// leaves nothing running.
func TestHostile(t *testing.T) {
	before := runtime.NumGoroutine()
	hello := func(conn net.Conn) { io.ReadAtLeast(conn, make([]byte, 4096), 1) }
	tests := []struct {
		name  string
		serve func(net.Conn)
		want  string // "" is that it is not known what it speaks
	}{
		{"hangs up", func(conn net.Conn) {}, "EOF"},
		{"resets", func(conn net.Conn) { conn.(*net.TCPConn).SetLinger(0) }, "reset"},
		{"speaks HTTP", func(conn net.Conn) { hello(conn); io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\n\r\n") }, ""},
		{"breaks off its hello", func(conn net.Conn) { hello(conn); io.WriteString(conn, "\x16\x03\x03\x00\x50\x02\x00") }, "EOF"},
		{"picks what nobody offered", func(conn net.Conn) {
			hello(conn)
			body := append(append([]byte{3, 3}, make([]byte, 33)...), 0xAB, 0xCD, 0)
			conn.Write(rawtls.Record{Type: 22, Version: 0x303, Data: rawtls.Message{Type: 2, Body: body}.Marshal()}.Marshal())
		}, ""},
		{"warns without end", func(conn net.Conn) {
			for {
				if _, err := io.WriteString(conn, "\x15\x03\x03\x00\x02\x01\x70"); err != nil {
					return
				}
			}
		}, ""},
	}
	for _, tt := range tests {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		o, err := Survey(ctx, dialTo(servers.Speak(t, tt.serve)), "a.test", 200)
		cancel()
		if err != nil {
			if tt.want == "" || !strings.Contains(err.Error(), tt.want) && !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue
		}
		for _, p := range o.Protocols {
			if len(p.Suites) > 0 || p.Version == rawtls.TLS12 && p.Unknown == "" {
				t.Errorf("%s: %+v", tt.name, p)
			}
		}
	}
	for range 100 {
		if runtime.NumGoroutine() <= before+2*len(tests) { // the listeners end with the test
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("%d goroutines, and %d before", runtime.NumGoroutine(), before)
}

func TestNobody(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	_, err = Survey(context.Background(), dialTo(l.Addr().String()), "a.test", 200)
	if !errors.Is(err, syscall.ECONNREFUSED) {
		t.Error(err)
	}
}

// TestSilent lets the time of the asker end, long before that of the lines.
func TestSilent(t *testing.T) {
	at := servers.Speak(t, func(conn net.Conn) { io.Copy(io.Discard, conn) })
	ctx, cancel := context.WithTimeoutCause(context.Background(), 200*time.Millisecond, errors.New("the time is up"))
	defer cancel()
	if _, err := Survey(ctx, dialTo(at), "a.test", 200); err == nil {
		t.Error("silence tells nothing")
	}
}

// TestShortHellos has a server that hangs up on a hello of 256 bytes or more.
func TestShortHellos(t *testing.T) {
	cfg := &tls.Config{MaxVersion: tls.VersionTLS12, Certificates: []tls.Certificate{servers.SelfSigned(t, servers.ECDSA)}}
	at := servers.Speak(t, func(conn net.Conn) {
		first := make([]byte, 4096)
		n, _ := conn.Read(first)
		if n >= 256 {
			return
		}
		server := tls.Server(&begun{conn, first[:n]}, cfg)
		io.Copy(io.Discard, server)
	})
	o := survey(t, at)
	if got := tell(o); !strings.Contains(got, "TLS 1.2: ECDHE_ECDSA_WITH_AES_128_GCM_SHA256") || !strings.Contains(got, "ECDHE_ECDSA_WITH_AES_256_CBC_SHA") ||
		strings.Contains(got, "TLS 1.3") {
		t.Error(got)
	}
}

// begun is a connection of which something was read already.
type begun struct {
	net.Conn
	first []byte
}

func (b *begun) Read(p []byte) (int, error) {
	if len(b.first) > 0 {
		n := copy(p, b.first)
		b.first = b.first[n:]
		return n, nil
	}
	return b.Conn.Read(p)
}
