//lint:file-ignore SA1019 a connection of x/net tries nothing twice, and says when it takes no more
package load

import (
	"bufio"
	"context"
	"fmt"
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
	again, err := c.ask(r)
	if !again {
		c.Close()
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.h1 = append(s.h1, c)
	return nil
}

// ask reports whether it may be asked again.
func (c *h1conn) ask(r *http.Request) (again bool, err error) {
	c.SetDeadline(time.Now().Add(patience))
	err = r.Write(c)
	var res *http.Response
	if err == nil {
		res, err = http.ReadResponse(c.from, r)
	}
	if err == nil {
		err = whole(res)
	}
	return err == nil && !res.Close, err
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
	return s.dialH1(context.Background())
}

func (s *Site) dialH1(ctx context.Context) (*h1conn, error) {
	conn, err := s.dial(ctx, "http/1.1")
	if err != nil {
		return nil, err
	}
	return &h1conn{conn, bufio.NewReader(conn)}, nil
}

// h2conns are the connections of HTTP/2 that take requests in turn. Each is another
// visitor's: no shield lets one ask so much.
type h2conns struct {
	mu    sync.Mutex
	turn  int
	conns [10]*http2.ClientConn
}

// overH2 asks over a connection that takes requests: one that was told to go is left,
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
	s.h2.mu.Lock()
	defer s.h2.mu.Unlock()
	s.h2.turn++
	c := &s.h2.conns[s.h2.turn%len(s.h2.conns)]
	if *c != nil && (*c).ReserveNewRequest() {
		return *c, nil
	}
	conn, err := s.dial(context.Background(), "h2")
	if err != nil {
		return nil, err
	}
	*c, err = (&http2.Transport{}).NewClientConn(conn)
	if err == nil && !(*c).ReserveNewRequest() {
		err = fmt.Errorf("a new connection takes no request")
	}
	return *c, err
}

func (h *h2conns) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.conns {
		if c != nil {
			c.Close()
		}
	}
}
