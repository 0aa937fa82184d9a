package shops

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"pavise/controls/session"
)

// TestSocket: a WebSocket knows whose session it is by the handle, and by nothing else.
func TestSocket(t *testing.T) {
	t.Parallel()
	s := alone(t, Express(t, "app.js"), session.Vault{})
	c := s.Visitor(t, shop)
	c.LogIn("ada")
	own := cookiesOf(c.Who().Cookie)
	bears := c.Bears("/ws")
	want := func(when string, cookies []*http.Cookie, status int) {
		t.Helper()
		if got := upgrade(t, s, cookies); got != status {
			t.Errorf("%s: %d, want %d", when, got, status)
		}
	}
	want("with the handle", bears, http.StatusSwitchingProtocols)
	want("with the shop's own cookie", own, http.StatusUnauthorized)
	want("with none", nil, http.StatusUnauthorized)
	c.LogOut()
	want("with the handle of before the logout", bears, http.StatusUnauthorized)
}

// upgrade asks for a WebSocket, in one Cookie field for each cookie, and returns the
// status of the answer. It says a line where it may.
func upgrade(t *testing.T, s *Shield, cookies []*http.Cookie) int {
	t.Helper()
	conn, err := tls.DialWithDialer(&net.Dialer{Timeout: 5 * time.Second}, "tcp", fmt.Sprintf("127.0.0.1:%d", s.Port),
		&tls.Config{RootCAs: s.Roots, ServerName: shop, NextProtos: []string{"http/1.1"}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	var head strings.Builder
	fmt.Fprintf(&head, "GET /ws HTTP/1.1\r\nHost: %s:%d\r\nOrigin: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", shop, s.Port, s.URL(shop))
	for _, c := range cookies {
		fmt.Fprintf(&head, "Cookie: %s=%s\r\n", c.Name, c.Value)
	}
	if _, err := fmt.Fprint(conn, head.String()+"\r\n"); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(conn)
	res, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode == http.StatusSwitchingProtocols {
		conn.Write([]byte{0x81, 0x82, 0, 0, 0, 0, 'h', 'i'}) // one masked frame of text
		answer := make([]byte, 2+len("ada: hi"))
		if _, err := r.Read(answer); err != nil || !strings.HasSuffix(string(answer), "ada: hi") {
			t.Errorf("the socket says %q: %v", answer, err)
		}
	} else {
		res.Body.Close()
	}
	return res.StatusCode
}
