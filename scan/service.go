package scan

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"slices"
	"time"

	"pavise"
)

// Bounds of what one service is asked.
const (
	serviceTime = 20 * time.Second // of all that one is asked, at the most
	greetTime   = time.Second      // in which a service that speaks first has begun
	answerTime  = 2 * time.Second
	moreTime    = 200 * time.Millisecond // in which the rest of it has come
	maxBanner   = 1 << 10
)

// A question makes a service speak that waits for its client. None changes anything.
type question struct {
	ports []int // where it is put first
	sent  string
}

// plainGet is put to whoever has said nothing to anything else. It has no Host: Redis
// takes one for an attack, and says nothing.
const plainGet = "GET / HTTP/1.0\r\n\r\n"

var questions = []question{
	{[]int{6379, 6380}, "PING\r\n"},
	{[]int{11211}, "version\r\n"},
	{[]int{5432, 5433}, sslRequest},
	{[]int{1433}, "\x12\x01\x00\x1a\x00\x00\x00\x00" + // TDS PRELOGIN, version alone
		"\x00\x00\x06\x00\x06\xff\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"},
	{[]int{3389}, "\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03\x00\x00\x00"}, // X.224 connection request
	{[]int{389}, "\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00"},                      // anonymous bind (RFC 4513 5.1.1)
	{[]int{445}, smbNegotiate},
	{[]int{2375, 2376}, "GET /version HTTP/1.0\r\n\r\n"},
	{[]int{2379}, "GET /version HTTP/1.0\r\n\r\n"},
	{[]int{9229}, "GET /json/version HTTP/1.0\r\n\r\n"},
	{[]int{80, 443, 3000, 3001, 4000, 4200, 5000, 5173, 5601, 5984, 6443, 8000, 8008, 8080, 8081, 8086, 8443, 8888, 9000, 9090, 9200, 9443, 10250, 15672, 27017}, plainGet},
}

// sslRequest asks PostgreSQL whether it speaks TLS.
const sslRequest = "\x00\x00\x00\x08\x04\xd2\x16\x2f"

// smbNegotiate asks in SMB1's frame for SMB1 or SMB2, as every server still reads it.
const smbNegotiate = "\x00\x00\x00\x3a\xffSMB\x72\x00\x00\x00\x00\x18\x01\x28\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x17\x00\x02NT LM 0.12\x00\x02SMB 2.002\x00"

// speakTLS are the ports where TLS is begun with.
var speakTLS = []int{443, 465, 636, 993, 995, 2376, 6443, 8443, 9443, 10250}

// service finds out what listens, on at most four connections: one to hear it greet,
// or answer in its own way, one to hear it answer to HTTP, one for TLS, and one for
// who says nothing to any of these.
func (c client) service(ctx context.Context, conn net.Conn, address string, port int) pavise.Service {
	another := func() net.Conn {
		conn, _ := c.dialBriefly(ctx, "tcp", address, connectTime)
		return conn
	}
	own := ownQuestion(port)
	if slices.Contains(speakTLS, port) {
		if s, ok := secured(ctx, conn, port, own); ok {
			return s
		}
		conn = another()
	}
	s := pavise.Service{Port: port, Banner: talk(ctx, conn, own)}
	s.Name = recognise(s.Banner, own)
	if s.Name == "" && own != "" && own != plainGet {
		if said := talk(ctx, another(), plainGet); len(said) > 0 {
			s.Name, s.Banner = recognise(said, plainGet), said
		}
	}
	if s.Name == "" || wantsTLS(s.Banner) {
		if within, ok := secured(ctx, another(), port, own); ok {
			return within
		}
	}
	if len(s.Banner) == 0 { // PostgreSQL says nothing to anything else, wherever it stands
		s.Banner = talk(ctx, another(), sslRequest)
		s.Name = recognise(s.Banner, sslRequest)
	}
	return s
}

// secured is the service within TLS, if that is spoken.
func secured(ctx context.Context, conn net.Conn, port int, own string) (pavise.Service, bool) {
	if conn == nil {
		return pavise.Service{}, false
	}
	cfg := config(pavise.Handshake{})
	cfg.NextProtos = nil
	inner := tls.Client(conn, cfg)
	limited, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	if err := inner.HandshakeContext(limited); err != nil {
		conn.Close()
		return pavise.Service{}, false
	}
	s := pavise.Service{Port: port, Secure: true, Banner: talk(ctx, inner, own)}
	s.Name = recognise(s.Banner, own)
	return s, true
}

// ownQuestion is what is asked at a port before there is a greeting; "" waits for one.
func ownQuestion(port int) string {
	for _, q := range questions {
		if slices.Contains(q.ports, port) {
			return q.sent
		}
	}
	return ""
}

// talk asks, at once or where no greeting comes, and returns the begin of what is said.
func talk(ctx context.Context, conn net.Conn, ask string) []byte {
	if conn == nil {
		return nil
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if ask == "" {
		if said := listen(conn, greetTime); len(said) > 0 {
			return said
		}
		ask = plainGet
	}
	if _, err := io.WriteString(conn, ask); err != nil {
		return nil
	}
	return listen(conn, answerTime)
}

// listen reads for so long, and a moment more where something comes.
func listen(conn net.Conn, wait time.Duration) []byte {
	said := make([]byte, maxBanner)
	n := 0
	conn.SetReadDeadline(time.Now().Add(wait))
	for n < len(said) {
		more, err := conn.Read(said[n:])
		if n == 0 && more > 0 {
			conn.SetReadDeadline(time.Now().Add(moreTime))
		}
		if n += more; err != nil {
			break
		}
	}
	return said[:n:n]
}
