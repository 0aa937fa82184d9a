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

// answered is what the app of a house says.
const answered = "HTTP/3.0 200 OK GET /\n0 bytes"

// overHTTP3 is a client that speaks nothing else.
func overHTTP3() (c *http.Client, closed func() error) {
	transport := &http3.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, ServerName: "localhost"}}
	return &http.Client{Transport: transport, Timeout: 10 * time.Second}, transport.Close
}

// askHTTP3 returns what is answered, or why nothing is.
func (h *house) askHTTP3(c *http.Client, path string) string {
	res, err := c.Get("https://" + strings.Replace(h.site.Host, "localhost", "127.0.0.1", 1) + path)
	if err != nil {
		return err.Error()
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	return res.Proto + " " + res.Status + " " + strings.TrimSpace(string(body))
}

// TestUpgradeHTTP3: what is asked over HTTP/3 is answered to its end by the old process,
// and then who connects again is answered by the new one, at the same port.
func TestUpgradeHTTP3(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	over, ask := overHTTP3, h.askHTTP3
	before, closed := over()
	defer closed()
	if got := ask(before, "/"); got != answered {
		t.Fatalf("%q", got)
	}
	running := make(chan string, 1)
	go func() { running <- ask(before, "/?wait=1s") }()
	time.Sleep(200 * time.Millisecond) // it is on its way
	if next, said := h.upgrade(); next == 0 {
		t.Fatal(said)
	}
	if got := <-running; got != answered {
		t.Errorf("what ran: %q", got)
	}
	happens(t, func() bool {
		again, closed := over()
		defer closed()
		again.Timeout = 2 * time.Second // the old process may have the port until it is drained
		return ask(again, "/") == answered
	})
	if got := ask(before, "/"); got != answered {
		t.Errorf("who was there before, and connects again: %q", got)
	}
}

// TestUpgradeTwiceHTTP3: while the first process still answers over HTTP/3, the third one
// leaves the socket alone, although the second has never read from it.
func TestUpgradeTwiceHTTP3(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first, closed := overHTTP3()
	defer closed()
	if got := h.askHTTP3(first, "/"); got != answered {
		t.Fatalf("%q", got)
	}
	running := make(chan string, 1)
	go func() { running <- h.askHTTP3(first, "/?wait=4s") }()
	time.Sleep(200 * time.Millisecond) // it is on its way
	for range 2 {
		if next, said := h.upgrade(); next == 0 {
			t.Fatal(said)
		}
	}
	fresh := func() bool {
		again, closed := overHTTP3()
		defer closed()
		again.Timeout = 2 * time.Second
		return h.askHTTP3(again, "/") == answered
	}
	for wait := true; wait; {
		early := fresh()
		select {
		case got := <-running:
			wait = false
			if got != answered {
				t.Errorf("what ran: %q", got)
			}
		default:
			if early {
				t.Error("two read from the socket at once")
			}
		}
	}
	happens(t, fresh)
}
