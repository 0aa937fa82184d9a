package proxy

import (
	"bufio"
	"crypto/tls"
	"io"
	"net/http"
	"testing"
	"time"

	"pavise"
	"pavise/controls/transport"
)

// TestMisdirected: who shakes hands with a lax site and asks for a strict one is not
// served, and the other way round is.
func TestMisdirected(t *testing.T) {
	w := behind(t, hello, false, func(cfg *Config) {
		cfg.Sites[1].Policy = pavise.Recommend([]pavise.Control{marking{}, transport.Strict{}, transport.TLS{Profile: "modern"}})
	})
	for _, tt := range []struct {
		name, host string
		version    uint16
		want       int
	}{
		{"shop.test", "other.test", tls.VersionTLS12, 421},
		{"shop.test", "other.test", tls.VersionTLS13, 421},
		{"", "other.test", tls.VersionTLS13, 421},
		{"other.test", "other.test", tls.VersionTLS13, 200},
		{"other.test", "shop.test", tls.VersionTLS13, 200},
		{"shop.test", "shop.test", tls.VersionTLS12, 200},
	} {
		conn, err := tls.Dial("tcp", w.server.HTTPS().String(), &tls.Config{InsecureSkipVerify: true, ServerName: tt.name, MaxVersion: tt.version})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(rawTime))
		io.WriteString(conn, "GET / HTTP/1.1\r\nHost: "+tt.host+"\r\nConnection: close\r\n\r\n")
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != tt.want || res.Header.Get("Mark") != tt.host {
			t.Errorf("%+v: %d by %s", tt, res.StatusCode, res.Header.Get("Mark"))
		}
	}
}

// TestStrictReaderInTheClear: where one site is strict, nothing is mended for it.
func TestStrictReaderInTheClear(t *testing.T) {
	w := behind(t, hello, false, func(cfg *Config) {
		cfg.Sites[1].Policy = pavise.Recommend([]pavise.Control{marking{}, transport.Strict{}})
	})
	conn := from(t, "127.0.0.1", w.server.HTTP())
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: other.test\r\nX: a\r\n b\r\nConnection: close\r\n\r\n")
	if res, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil || res.StatusCode != http.StatusBadRequest {
		t.Errorf("%v, %v", res, err)
	}
}

// TestMisdirectedHTTP2: one connection of a browser serves all sites of its
// certificate (RFC 9113 9.1.1), where its TLS is good enough for them.
func TestMisdirectedHTTP2(t *testing.T) {
	w := behind(t, hello, true, func(cfg *Config) {
		cfg.Sites[1].Policy = pavise.Recommend([]pavise.Control{marking{}, transport.Strict{}, transport.TLS{Profile: "modern"}})
	})
	for version, want := range map[uint16]int{tls.VersionTLS12: 421, tls.VersionTLS13: 200} {
		transport := w.client.Transport.(*http.Transport).Clone()
		transport.TLSClientConfig.MaxVersion = version
		r := request("GET", w.base, nil)
		r.Host = "other.test"
		res, err := transport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want || res.ProtoMajor != 2 {
			t.Errorf("%s by TLS %x: %d", res.Proto, version, res.StatusCode)
		}
		transport.CloseIdleConnections()
	}
}
