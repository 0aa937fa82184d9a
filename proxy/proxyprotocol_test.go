package proxy

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quic-go/quic-go"

	"pavise"
)

// header2 is a header of version 2.
func header2(command, family byte, rest string) string {
	b := append([]byte(proxiedV2), command, family)
	b = binary.BigEndian.AppendUint16(b, uint16(len(rest)))
	return string(b) + rest
}

const (
	addresses4 = "\xc0\x00\x02\x07\x0a\x00\x00\x01\x1f\x90\x01\xbb"
	noop       = "\x04\x00\x02xx" // PP2_TYPE_NOOP
)

var addresses6 = func() string {
	from, to := netip.MustParseAddr("2001:db8::7").As16(), netip.MustParseAddr("2001:db8::1").As16()
	return string(from[:]) + string(to[:]) + "\x1f\x90\x01\xbb"
}()

// summed adds a right checksum to what precedes it.
func summed(rest string) string {
	b := []byte(header2(0x21, 0x11, rest+"\x03\x00\x04\x00\x00\x00\x00"))
	sum := crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli))
	binary.BigEndian.PutUint32(b[len(b)-4:], sum)
	return string(b)
}

func TestProxied(t *testing.T) {
	const peer = "invalid AddrPort"
	for _, tt := range []struct{ header, client string }{
		{"PROXY TCP4 192.0.2.7 10.0.0.1 8080 443\r\n", "192.0.2.7:8080"},
		{"PROXY TCP6 2001:db8::7 2001:db8::1 8080 443\r\n", "[2001:db8::7]:8080"},
		{"PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n", "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"},
		{"PROXY UNKNOWN\r\n", peer},
		{"PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n", peer},
		{header2(0x21, 0x11, addresses4), "192.0.2.7:8080"},
		{header2(0x21, 0x21, addresses6), "[2001:db8::7]:8080"},
		{header2(0x21, 0x11, addresses4+noop+noop), "192.0.2.7:8080"},
		{summed(addresses4 + noop), "192.0.2.7:8080"},
		{header2(0x20, 0x00, ""), peer},
		{header2(0x20, 0x11, "whatever"), peer}, // LOCAL: all of it is to be ignored
		{header2(0x21, 0x00, "whatever"), peer},
		{header2(0x21, 0x31, strings.Repeat("u", 216)), peer},
		{header2(0x21, 0x11, addresses4+"\x04\x0f\xf0"+strings.Repeat("x", 0xff0)), "192.0.2.7:8080"},
	} {
		client, n, err := parseProxied([]byte(tt.header + "GET /"))
		if err != nil || n != len(tt.header) || client.String() != tt.client {
			t.Errorf("%.60q: %s, %d of %d bytes, %v", tt.header, client, n, len(tt.header), err)
		}
		for i := range len(tt.header) {
			if _, _, err := parseProxied([]byte(tt.header[:i])); err != errShort {
				t.Errorf("%.60q: the first %d bytes: %v", tt.header, i, err)
				break
			}
		}
	}
}

func TestNotProxied(t *testing.T) {
	for _, header := range []string{
		"GET / HTTP/1.1\r\n", "\x16\x03\x01\x00\x05", "proxy TCP4 1.1.1.1 2.2.2.2 1 2\r\n", "PROXY\r\n",
		"PROXY \r\n", "PROXY TCP4\r\n", "PROXY TCP5 1.1.1.1 2.2.2.2 1 2\r\n", "PROXY TCP4 1.1.1.1 2.2.2.2 1\r\n",
		"PROXY TCP4  1.1.1.1 2.2.2.2 1 2\r\n", "PROXY TCP4 1.1.1.1 2.2.2.2 1 2 \r\n", "PROXY TCP4 1.1.1.1 2.2.2.2 1 65536\r\n",
		"PROXY TCP4 1.1.1.1 2.2.2.2 01 2\r\n", "PROXY TCP4 1.1.1.1 2.2.2.2 -1 2\r\n", "PROXY TCP4 01.1.1.1 2.2.2.2 1 2\r\n",
		"PROXY TCP4 ::1 ::1 1 2\r\n", "PROXY TCP6 1.1.1.1 2.2.2.2 1 2\r\n", "PROXY TCP6 fe80::1%lo ::1 1 2\r\n",
		"PROXY TCP4 1.1.1.1 shop.test 1 2\r\n", "PROXY TCP4 1.1.1.1 2.2.2.2 1 2\nxxx\r\n",
		"PROXY UNKNOWN " + strings.Repeat("x", 100) + "\r\n", "PROXY " + strings.Repeat("x", 200),
		header2(0x11, 0x11, addresses4), header2(0x22, 0x11, addresses4), header2(0x21, 0x13, addresses4),
		header2(0x21, 0x41, addresses4), header2(0x21, 0x11, addresses4[1:]), header2(0x21, 0x21, addresses4),
		header2(0x21, 0x11, addresses4+"\x04"), header2(0x21, 0x11, addresses4+"\x04\x00\x02x"),
		header2(0x21, 0x11, addresses4+"\x03\x00\x04\x00\x00\x00\x00"), header2(0x21, 0x11, addresses4+"\x03\x00\x00"),
		summed(addresses4)[:31] + "\xff\xff\xff\xff", header2(0x21, 0x11, strings.Repeat("x", 4097)),
	} {
		if client, _, err := parseProxied([]byte(header)); err == nil || err == errShort {
			t.Errorf("%.60q: %s, %v", header, client, err)
		}
	}
}

func FuzzProxied(f *testing.F) {
	f.Add([]byte("PROXY TCP4 192.0.2.7 10.0.0.1 8080 443\r\nGET /"))
	f.Add([]byte("PROXY UNKNOWN\r\n"))
	f.Add([]byte(header2(0x21, 0x21, addresses6+noop)))
	f.Add([]byte(summed(addresses4)))
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		client, n, err := parseProxied(b)
		if !bytes.Equal(b, before) || n < 0 || err == nil && (n == 0 || n > len(b) || n > maxProxied2) {
			t.Fatalf("%d, %v", n, err)
		}
		if err == nil && client.IsValid() && (client.Addr().Zone() != "" || client.Addr().Is4In6()) {
			t.Errorf("the client is %s", client)
		}
		if err == errShort && len(b) >= maxProxied2 {
			t.Errorf("%d bytes are not enough", len(b))
		}
	})
}

// balanced is a site behind a load balancer at 127.0.0.0/30.
func balanced(t *testing.T) *world {
	return startSaying(t, func(r *http.Request) string { return r.Header.Get("X-Forwarded-For") }, func(cfg *Config) {
		cfg.ProxyProtocol = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/30")}
	}, limited(func(l *pavise.Listener) { l.HeaderTime = time.Second }))
}

// from connects from an address of loopback.
func from(t *testing.T, address string, to net.Addr) net.Conn {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}, Timeout: 5 * time.Second}
	conn, err := d.Dial("tcp", to.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	return conn
}

// TestClientByPROXY: from a load balancer the client is who the header says, over
// every protocol and in the clear; a header that comes in pieces is the same.
func TestClientByPROXY(t *testing.T) {
	w := balanced(t)
	for header, want := range map[string]string{
		"PROXY TCP4 192.0.2.7 10.0.0.1 8080 443\r\n": "app: 192.0.2.7",
		header2(0x21, 0x21, addresses6+noop):         "app: 2001:db8::7",
		header2(0x20, 0x00, ""):                      "app: 127.0.0.1",
	} {
		for _, protocol := range []string{"h2", "http/1.1"} {
			conn := from(t, "127.0.0.1", w.server.HTTPS())
			io.WriteString(conn, header[:7])
			time.Sleep(10 * time.Millisecond)
			io.WriteString(conn, header[7:])
			secure := tls.Client(conn, &tls.Config{InsecureSkipVerify: true, ServerName: "shop.test", NextProtos: []string{protocol}})
			if got := askOver(t, secure, protocol); got != want {
				t.Errorf("%q over %s: %q", header, protocol, got)
			}
		}
		conn := from(t, "127.0.0.1", w.server.HTTP())
		io.WriteString(conn, header+"GET / HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n")
		if got, _ := io.ReadAll(conn); !strings.HasSuffix(string(got), want) {
			t.Errorf("%q in the clear: %q", header, got)
		}
	}
}

// askOver asks for the home page over a connection, by the one protocol.
func askOver(t *testing.T, conn *tls.Conn, protocol string) string {
	t.Helper()
	transport := &http.Transport{DialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return conn, conn.HandshakeContext(ctx) },
		ForceAttemptHTTP2: protocol == "h2"}
	defer transport.CloseIdleConnections()
	client := http.Client{Transport: transport, Timeout: 10 * time.Second}
	res, err := client.Get("https://shop.test/")
	if err != nil {
		t.Error(err)
		return ""
	}
	defer res.Body.Close()
	if (res.ProtoMajor == 2) != (protocol == "h2") {
		t.Errorf("answered by %s", res.Proto)
	}
	b, _ := io.ReadAll(res.Body)
	return string(b)
}

// TestWrongPROXY: whoever must send the header and sends another or none is not
// served, and does not keep us waiting.
func TestWrongPROXY(t *testing.T) {
	w := balanced(t)
	var wait sync.WaitGroup
	for _, header := range []string{
		"", "PROXY TCP4 192.0.2.7", "PROXY TCP4 192.0.2.7 10.0.0.1 8080 x\r\n", header2(0x21, 0x11, strings.Repeat("x", 60000)),
		"GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n",
	} {
		for _, at := range []net.Addr{w.server.HTTPS(), w.server.HTTP()} {
			conn := from(t, "127.0.0.1", at)
			io.WriteString(conn, header)
			wait.Go(func() {
				if got, _ := io.ReadAll(conn); len(got) > 0 {
					t.Errorf("%.60q is answered %q", header, got)
				}
			})
		}
	}
	wait.Wait()
	for _, want := range []string{"PROXY header: there is none", "127.0.0.1 is in proxy-protocol: have it send the header, or take it out", "i/o timeout", "a port is not", "longer than"} {
		if !strings.Contains(w.log.String(), want) {
			t.Errorf("not logged: %s, but %s", want, w.log)
		}
	}
}

// TestSpoofedPROXY: from anybody else the header is no header.
func TestSpoofedPROXY(t *testing.T) {
	w := balanced(t)
	for header, want := range map[string]int{"PROXY TCP4 192.0.2.7 10.0.0.1 8080 443\r\n": 400, "": 200} {
		conn := from(t, "127.0.0.9", w.server.HTTP())
		fmt.Fprintf(conn, "%sGET / HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n", header)
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		if body, _ := io.ReadAll(res.Body); res.StatusCode != want || want == 200 && string(body) != "app: 127.0.0.9" {
			t.Errorf("%q: %d %q", header, res.StatusCode, body)
		}
	}
	for _, header := range []string{"PROXY TCP4 192.0.2.7 10.0.0.1 8080 443\r\n", header2(0x21, 0x11, addresses4)} {
		conn := from(t, "127.0.0.9", w.server.HTTPS())
		io.WriteString(conn, header)
		secure := tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
		if err := secure.Handshake(); err == nil {
			t.Errorf("%q was believed", header)
		}
	}
}

// TestBalancedQUIC: in QUIC no balancer says whose a connection is, so none is taken
// from it, or all its clients would be counted as one.
func TestBalancedQUIC(t *testing.T) {
	for network, want := range map[string]bool{"127.0.0.0/30": false, "192.0.2.0/24": true} {
		w := behind(t, hello, false, func(cfg *Config) { cfg.ProxyProtocol = []netip.Prefix{netip.MustParsePrefix(network)} })
		ctx, cancel := context.WithTimeout(t.Context(), rawTime)
		conn, err := quic.DialAddr(ctx, w.server.HTTPS().String(), &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h3"}}, nil)
		cancel()
		if err == nil {
			conn.CloseWithError(0, "")
		}
		if got := err == nil; got != want {
			t.Errorf("from %s: %v", network, err)
		}
	}
}
