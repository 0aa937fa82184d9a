//go:build unix

package main

import (
	"crypto/tls"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/quic-go/quic-go/http3"
)

// TestUpgradeHTTP3: what is asked over HTTP/3 is answered to its end by the old process,
// and then who connects again is answered by the new one, at the same port.
func TestUpgradeHTTP3(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	over := func() (*http.Client, func() error) {
		transport := &http3.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, ServerName: "localhost"}}
		return &http.Client{Transport: transport, Timeout: 10 * time.Second}, transport.Close
	}
	ask := func(c *http.Client, path string) string {
		res, err := c.Get("https://" + strings.Replace(h.site.Host, "localhost", "127.0.0.1", 1) + path)
		if err != nil {
			return err.Error()
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		return res.Proto + " " + res.Status + " " + strings.TrimSpace(string(body))
	}
	before, closed := over()
	defer closed()
	const want = "HTTP/3.0 200 OK GET /\n0 bytes"
	if got := ask(before, "/"); got != want {
		t.Fatalf("%q", got)
	}
	running := make(chan string, 1)
	go func() { running <- ask(before, "/?wait=1s") }()
	time.Sleep(200 * time.Millisecond) // it is on its way
	if next, said := h.upgrade(); next == 0 {
		t.Fatal(said)
	}
	if got := <-running; got != want {
		t.Errorf("what ran: %q", got)
	}
	happens(t, func() bool {
		again, closed := over()
		defer closed()
		again.Timeout = 2 * time.Second // the old process may have the port until it is drained
		return ask(again, "/") == want
	})
	if got := ask(before, "/"); got != want {
		t.Errorf("who was there before, and connects again: %q", got)
	}
}
