//lint:file-ignore SA1019 a connection of x/net tries nothing twice
package load

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/quic-go/quic-go/http3"
	"golang.org/x/net/http2"
)

// talk opens a WebSocket and says something ten times a second, and hears it.
func (s *Site) talk(ctx context.Context) error {
	c, err := s.dialH1(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	fmt.Fprintf(c, "GET /ws HTTP/1.1\r\nHost: %s\r\nOrigin: https://%s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", s.Host, s.Host)
	c.SetDeadline(time.Now().Add(patience))
	res, err := http.ReadResponse(c.from, nil)
	if err == nil && res.StatusCode != http.StatusSwitchingProtocols {
		err = &StatusError{Status: res.StatusCode}
	}
	if err == nil {
		defer s.goesOn("WebSockets")()
	}
	for said := 0; err == nil && ctx.Err() == nil; said++ {
		c.SetDeadline(time.Now().Add(patience))
		line := fmt.Sprintln("line", said)
		heard := make([]byte, len(line))
		if _, err = io.WriteString(c, line); err == nil {
			_, err = io.ReadFull(c.from, heard)
		}
		if err == nil && string(heard) != line {
			err = fmt.Errorf("heard %q", heard)
		}
		time.Sleep(100 * time.Millisecond)
	}
	return err
}

// tellEvents is the app's side: a number five times a second.
func tellEvents(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	for n := 0; ; n++ {
		fmt.Fprintf(w, "data: %d\n\n", n)
		if http.NewResponseController(w).Flush() != nil || !pause(r.Context(), 200*time.Millisecond) {
			return
		}
	}
}

// listenH1 hears events over HTTP/1.1, of which none may be missing.
func (s *Site) listenH1(ctx context.Context) error {
	c, err := s.dialH1(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	r := s.request(http.MethodGet, "/events", nil)
	c.SetDeadline(time.Now().Add(patience))
	if err := r.Write(c); err != nil {
		return err
	}
	res, err := http.ReadResponse(c.from, r)
	if err != nil {
		return err
	}
	return s.hear(ctx, res, func() { c.SetDeadline(time.Now().Add(patience)) })
}

// listenH2 does over HTTP/2, on a connection of its own.
func (s *Site) listenH2(ctx context.Context) error {
	conn, err := s.dial(ctx, "h2")
	if err != nil {
		return err
	}
	defer conn.Close()
	c, err := (&http2.Transport{}).NewClientConn(conn)
	if err != nil {
		return err
	}
	res, err := c.RoundTrip(s.request(http.MethodGet, "/events", nil).WithContext(ctx))
	if err != nil {
		return err
	}
	return s.hear(ctx, res, func() { conn.SetReadDeadline(time.Now().Add(patience)) })
}

// hear reads events until the context ends; wait is called before each.
func (s *Site) hear(ctx context.Context, res *http.Response, wait func()) error {
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return &StatusError{Status: res.StatusCode}
	}
	defer s.goesOn("event streams")()
	lines := bufio.NewReader(res.Body)
	for n := 0; ctx.Err() == nil; n++ {
		wait()
		data, err := lines.ReadString('\n')
		if err == nil {
			_, err = lines.Discard(1)
		}
		if err != nil {
			return err
		}
		if want := fmt.Sprintf("data: %d\n", n); data != want {
			return fmt.Errorf("heard %q after event %d", data, n-1)
		}
	}
	return nil
}

// browseH3 asks ten times a second over one connection, as long as there is one.
func (s *Site) browseH3(ctx context.Context) error {
	transport := &http3.Transport{TLSClientConfig: s.config("h3")}
	defer transport.Close()
	for ctx.Err() == nil {
		begun := time.Now()
		r := s.request(http.MethodGet, "/", nil)
		r.URL.Host = s.Address
		within, cancel := context.WithTimeout(ctx, patience)
		res, err := transport.RoundTrip(r.WithContext(within))
		if err == nil {
			err = whole(res)
		}
		cancel()
		if err != nil {
			return err
		}
		s.answered(begun)
		s.over3.Add(1)
		pause(ctx, 100*time.Millisecond)
	}
	return nil
}

// config is a client that trusts every certificate.
func (s *Site) config(protocol string) *tls.Config {
	return &tls.Config{InsecureSkipVerify: true, ServerName: s.name(), NextProtos: []string{protocol}}
}
