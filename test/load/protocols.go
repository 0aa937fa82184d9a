//lint:file-ignore SA1019 a connection of x/net tries nothing twice, and says when it takes no more
package load

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http2"
)

// An h1conn is kept alive, and used for one request at a time.
type h1conn struct {
	net.Conn
	from *bufio.Reader
}

// overH1 asks over a connection that is open, or else another.
func (s *Site) overH1(r *http.Request) error {
	c, err := s.takeH1()
	if err != nil {
		return err
	}
	c.SetDeadline(time.Now().Add(patience))
	err = r.Write(c)
	var res *http.Response
	if err == nil {
		res, err = http.ReadResponse(c.from, r)
	}
	if err == nil {
		err = whole(res)
	}
	if err != nil || res.Close {
		c.Close()
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.h1 = append(s.h1, c)
	return nil
}

func (s *Site) takeH1() (*h1conn, error) {
	s.mu.Lock()
	if n := len(s.h1); n > 0 {
		defer s.mu.Unlock()
		c := s.h1[0] // the one that was idle for the longest
		s.h1 = s.h1[1:]
		return c, nil
	}
	s.mu.Unlock()
	conn, err := s.dial(context.Background(), "http/1.1")
	if err != nil {
		return nil, err
	}
	return &h1conn{conn, bufio.NewReader(conn)}, nil
}

// h2conns is the connection of HTTP/2 that takes requests, and those that end.
type h2conns struct {
	one sync.Mutex
	now *http2.ClientConn
}

// overH2 asks over the connection that takes requests: one that was told to go is left,
// which is all that a client is owed.
func (s *Site) overH2(r *http.Request) error {
	c, err := s.takeH2()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	res, err := c.RoundTrip(r.WithContext(ctx))
	if err != nil && strings.HasSuffix(err.Error(), "client conn not usable") { // it heard GOAWAY meanwhile, and nothing was sent
		return s.overH2(r)
	}
	if err != nil {
		return err
	}
	return whole(res)
}

func (s *Site) takeH2() (*http2.ClientConn, error) {
	s.h2.one.Lock()
	defer s.h2.one.Unlock()
	if s.h2.now != nil && s.h2.now.ReserveNewRequest() {
		return s.h2.now, nil
	}
	conn, err := s.dial(context.Background(), "h2")
	if err != nil {
		return nil, err
	}
	c, err := (&http2.Transport{}).NewClientConn(conn)
	if err == nil && !c.ReserveNewRequest() {
		err = fmt.Errorf("a new connection takes no request")
	}
	s.h2.now = c
	return c, err
}

func (h *h2conns) close() {
	h.one.Lock()
	defer h.one.Unlock()
	if h.now != nil {
		h.now.Close()
	}
}

// talk opens a WebSocket and says something ten times a second, and hears it.
func (s *Site) talk(ctx context.Context) {
	conn, err := s.dial(ctx, "http/1.1")
	if err != nil {
		s.failed("WebSocket", err)
		return
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET /ws HTTP/1.1\r\nHost: %s\r\nOrigin: https://%s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", s.Host, s.Host)
	from := bufio.NewReader(conn)
	conn.SetDeadline(time.Now().Add(patience))
	res, err := http.ReadResponse(from, nil)
	if err == nil && res.StatusCode != http.StatusSwitchingProtocols {
		err = fmt.Errorf("status %d", res.StatusCode)
	}
	for said := 0; err == nil && ctx.Err() == nil; said++ {
		conn.SetDeadline(time.Now().Add(patience))
		line := fmt.Sprintln("line", said)
		heard := make([]byte, len(line))
		if _, err = io.WriteString(conn, line); err == nil {
			_, err = io.ReadFull(from, heard)
		}
		if err == nil && string(heard) != line {
			err = fmt.Errorf("heard %q", heard)
		}
		time.Sleep(100 * time.Millisecond)
	}
	if err != nil {
		s.failed("WebSocket", err)
	}
}
