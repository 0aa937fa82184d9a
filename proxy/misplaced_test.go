package proxy

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/controls/transport"
)

// TestPlainHTTPOnThePortOfTLS: it is answered by us, with every header, and the
// app never sees it, whether or not a control leads it to https.
func TestPlainHTTPOnThePortOfTLS(t *testing.T) {
	w := startSaying(t, func(r *http.Request) string { return r.URL.Path }, func(cfg *Config) {
		cfg.Sites[1].Policy = pavise.Recommend([]pavise.Control{marking{}, transport.Redirect{}})
	})
	conn, err := net.Dial("tcp", w.server.HTTPS().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	from := bufio.NewReader(conn)
	ask := func(host string) *http.Response {
		t.Helper()
		fmt.Fprintf(conn, "GET /a?b HTTP/1.1\r\nHost: %s\r\n\r\n", host)
		res, err := http.ReadResponse(from, nil)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		if strings.Contains(string(body), "app:") || res.Header.Get("Mark") == "" {
			t.Errorf("%s: %q, header %v", host, body, res.Header)
		}
		return res
	}
	host := "other.test:" + strings.Split(w.server.HTTPS().String(), ":")[1]
	if res := ask(host); res.StatusCode != 308 || res.Header.Get("Location") != "https://"+host+"/a?b" {
		t.Errorf("%d to %s", res.StatusCode, res.Header.Get("Location"))
	}
	if res := ask("shop.test"); res.StatusCode != 400 { // no redirect there
		t.Errorf("%d", res.StatusCode)
	}
	if log := w.log.String(); strings.Count(log, "msg=refused") != 1 || !strings.Contains(log, "This port speaks https alone.") {
		t.Errorf("logged %s", log)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := w.server.Stop(ctx); err != nil {
		t.Error(err)
	}
	if _, err := from.ReadByte(); err != io.EOF {
		t.Errorf("after the stop: %v", err)
	}
}

// TestNeitherTLSNorHTTP: what is nothing at all is answered in TLS: by an alert, or
// by the end of the connection.
func TestNeitherTLSNorHTTP(t *testing.T) {
	w := startSaying(t, func(r *http.Request) string { return r.URL.Path })
	for _, first := range []string{"\x80\x2e\x01\x00\x02", "\x00\x00\x00\x00\x00", "\x16HELLO"} {
		conn, err := net.Dial("tcp", w.server.HTTPS().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		io.WriteString(conn, first)
		if answer, _ := io.ReadAll(conn); strings.Contains(string(answer), "HTTP") {
			t.Errorf("%q is answered %q", first, answer)
		}
	}
}
