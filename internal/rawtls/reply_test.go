package rawtls

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"pavise/test/servers"
	"strings"
	"testing"
	"time"
)

// standard serves TLS by the standard library, with an ECDSA certificate.
func standard(t *testing.T, cfg *tls.Config) string {
	pair := servers.SelfSigned(t, servers.ECDSA)
	pair.OCSPStaple = []byte("staple")
	cfg.Certificates = []tls.Certificate{pair}
	return servers.Speak(t, func(conn net.Conn) { tls.Server(conn, cfg).Handshake() })
}

func say(t *testing.T, address string, message []byte) net.Conn {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := conn.Write(message); err != nil {
		t.Fatal(err)
	}
	return conn
}

func offer(version uint16) Hello {
	var suites []uint16
	for _, id := range Suites(version) {
		suites = append(suites, uint16(id))
	}
	return NewHello(version, "a.test", suites, Groups(version))
}

func TestReadFlight(t *testing.T) {
	at := standard(t, &tls.Config{MinVersion: tls.VersionTLS10, NextProtos: []string{"h2"}})
	h := offer(TLS12).With(Renegotiation(), ExtendedMasterSecret(), StatusRequest(), ALPN("h2", "http/1.1"))
	r, err := ReadFlight(say(t, at, h.Marshal()))
	if err != nil {
		t.Fatal(err)
	}
	_, ems := r.Extension(ExtExtendedMasterSecret)
	_, secure := r.Extension(ExtRenegotiation)
	if r.Version != TLS12 || Lookup(uint32(r.Suite)).Exchange() != "ECDHE" || !r.Done || len(r.Certificates) != 1 ||
		string(r.Staple) != "staple" || r.Group != 29 || !ems || !secure || r.ALPN() != "h2" {
		t.Errorf("%+v", r)
	}
	if _, err := x509.ParseCertificate(r.Certificates[0]); err != nil {
		t.Error(err)
	}
	r, err = ReadHello(say(t, at, offer(TLS10).Marshal()))
	if err != nil || r.Version != TLS10 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestHelloRetryRequest(t *testing.T) {
	at := standard(t, &tls.Config{CurvePreferences: []tls.CurveID{tls.CurveP384}})
	r, err := ReadFlight(say(t, at, offer(TLS13).Marshal()))
	if err != nil || !r.Retry || r.Version != TLS13 || r.Group != 24 || r.Suite>>8 != 0x13 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestRefused(t *testing.T) {
	at := standard(t, &tls.Config{MinVersion: tls.VersionTLS12})
	_, err := ReadHello(say(t, at, offer(TLS11).Marshal()))
	var a *Alert
	if !errors.As(err, &a) || a.Description != AlertProtocolVersion || err.Error() != "alert protocol_version" {
		t.Error(err)
	}
	_, err = ReadHello2(say(t, at, NewHello2(Suites(SSL2)).Marshal()))
	if err == nil {
		t.Error("SSLv2 was answered")
	}
	if a := (&Alert{2, 199}); a.Error() != "alert 199" {
		t.Error(a)
	}
}

// TestNoTLS reads what is not, or is too much of it.
func TestNoTLS(t *testing.T) {
	hello := Message{MessageServerHello, append([]byte{3, 3}, make([]byte, 36)...)}
	long := append([]byte{22, 3, 3, 0, 4}, 11, 0xFF, 0, 0)
	tests := []struct{ name, sent, want string }{
		{"http", "HTTP/1.1 400 Bad Request\r\n\r\n", "not TLS"},
		{"nothing", "", "EOF"},
		{"half a record", "\x16\x03\x03\x00\x10abc", "unexpected EOF"},
		{"a record that is too long", "\x16\x03\x03\xff\xff", "not TLS"},
		{"a message that is too long", string(long), "more than"},
		{"empty records without end", strings.Repeat("\x16\x03\x03\x00\x00", 100), "more than 64 records"},
		{"warnings without end", strings.Repeat("\x15\x03\x03\x00\x02\x01\x70", 100), "more than 64 records"},
		{"a long alert", "\x15\x03\x03\x00\x03\x02\x28\x00", "an alert of 3 bytes"},
		{"another message", "\x16\x03\x03\x00\x04\x0e\x00\x00\x00", "malformed"},
		{"a hello with a long session id", string(Record{22, 0x303, Message{2, append(append(make([]byte, 34), 33), make([]byte, 40)...)}.Marshal()}.Marshal()), "malformed"},
		{"a hello with half an extension", string(Record{22, 0x303, Message{2, append(hello.Body, 0, 3, 0, 0, 0)}.Marshal()}.Marshal()), "malformed"},
		{"half a chain", string(Record{22, 0x303, append(hello.Marshal(), 11, 0, 0, 3, 0, 0, 9)}.Marshal()), "malformed"},
	}
	for _, tt := range tests {
		if _, err := ReadFlight(strings.NewReader(tt.sent)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestSSL2(t *testing.T) {
	h := NewHello2([]uint32{0x010080, 0x0700C0})
	want := []byte{0x80, 9 + 6 + 16, 1, 0, 2, 0, 6, 0, 0, 0, 16, 1, 0, 0x80, 7, 0, 0xC0}
	if got := h.Marshal(); !bytes.HasPrefix(got, want) || len(got) != len(want)+16 {
		t.Errorf("% x", got)
	}
	body := []byte{4, 0, 1, 0, 2, 0, 4, 0, 6, 0, 2, 'c', 'e', 'r', 't', 1, 0, 0x80, 2, 0, 0x80, 'i', 'd'}
	whole := append([]byte{0x80, byte(len(body))}, body...)
	r, err := ReadHello2(bytes.NewReader(whole))
	if err != nil || r.Version != 2 || string(r.Certificate) != "cert" || string(r.Connection) != "id" ||
		len(r.Kinds) != 2 || r.Kinds[1] != 0x020080 {
		t.Errorf("%+v, %v", r, err)
	}
	for n := range whole {
		if _, err := ReadHello2(bytes.NewReader(whole[:n])); err == nil {
			t.Errorf("%d bytes were enough", n)
		}
	}
	_, err = ReadHello2(strings.NewReader("\x15\x03\x01\x00\x02\x02\x28"))
	if a := new(Alert); !errors.As(err, &a) || a.Description != AlertHandshakeFailure {
		t.Error(err)
	}
}

func FuzzReply(f *testing.F) {
	f.Add([]byte("\x16\x03\x03\x00\x04\x0e\x00\x00\x00"))
	f.Add([]byte{0x80, 11, 4, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0})
	f.Add(Record{22, 0x303, Message{2, append(append([]byte{3, 3}, make([]byte, 33)...), 0xC0, 0x2F, 0, 0, 4, 0, 23, 0, 0)}.Marshal()}.Marshal())
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := ReadFlight(bytes.NewReader(data))
		if err == nil && !r.Done && r.Version < TLS13 {
			t.Error("half a flight is no flight")
		}
		if r != nil {
			r.ALPN()
		}
		ReadHello2(io.LimitReader(bytes.NewReader(data), 1<<16))
	})
}
