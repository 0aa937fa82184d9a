package load

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// large is how much /large is: more than systems keep for whoever does not read.
const large = 12 << 20

func (s *Site) request(method, path string, body io.Reader) *http.Request {
	r, _ := http.NewRequest(method, "https://"+s.Host+path, body)
	r.Header.Set("Origin", "https://"+s.Host)
	return r
}

// sendSlowly sends a body at twice the rate that it must have at least, and is answered.
func (s *Site) sendSlowly(ctx context.Context) error {
	c, err := s.dialH1(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	defer s.goesOn("slow senders")()
	body := bytes.NewReader(make([]byte, 5000))
	_, err = c.ask(s.request(http.MethodPost, "/", io.NopCloser(slowly(ctx, body, 100))))
	if err == nil {
		s.asks.Add(1)
	}
	return err
}

// slowly gives so many bytes ten times a second.
func slowly(ctx context.Context, of io.Reader, bytes int) io.Reader {
	return readerFunc(func(b []byte) (int, error) {
		if !pause(ctx, 100*time.Millisecond) {
			return 0, ctx.Err()
		}
		return of.Read(b[:min(len(b), bytes)])
	})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

// readSlowly takes what is large in some seconds, and gets the whole of it.
func (s *Site) readSlowly(ctx context.Context) error {
	c, err := s.dialH1(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	defer s.goesOn("slow readers")()
	c.SetDeadline(time.Now().Add(10 * patience))
	r := s.request(http.MethodGet, "/large", nil)
	if err := r.Write(c); err != nil {
		return err
	}
	res, err := http.ReadResponse(c.from, r)
	if err != nil {
		return err
	}
	n, err := io.Copy(io.Discard, slowly(ctx, res.Body, 200<<10))
	if err == nil && (n != large || res.StatusCode != http.StatusOK) {
		err = &StatusError{res.StatusCode, int(n)}
	}
	if err == nil {
		s.asks.Add(1)
	}
	return err
}

// dawdle sends a field of a head once a second and never its end. What it is owed is to
// be sent away.
func (s *Site) dawdle(ctx context.Context) error {
	c, err := s.dialH1(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	defer s.goesOn("who never get to the point")()
	fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: %s\r\n", s.Host)
	heard := make(chan error, 1)
	go func() {
		c.SetReadDeadline(time.Now().Add(patience)) // twice the time of a head
		res, err := http.ReadResponse(c.from, nil)
		if err == nil && res.StatusCode != http.StatusRequestTimeout {
			err = &StatusError{Status: res.StatusCode}
		}
		heard <- err
	}()
	for n := 0; ; n++ {
		select {
		case err := <-heard:
			if err == nil || err == io.ErrUnexpectedEOF || err == io.EOF {
				s.sentAway.Add(1)
				return nil
			}
			return err
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
			fmt.Fprintf(c, "X-%d: and\r\n", n)
		}
	}
}

// SentAway is how many never got to the point, and were sent away for it.
func (s *Site) SentAway() int { return int(s.sentAway.Load()) }

// OverH3 is how many were answered over HTTP/3.
func (s *Site) OverH3() int { return int(s.over3.Load()) }

// idle is one of the connections that wait for most of the time. All come one after the
// other in the time of a rest.
func (s *Site) idle(ctx context.Context, i int, crowd Crowd) error {
	rest := crowd.Rest
	if !pause(ctx, rest*time.Duration(i)/time.Duration(crowd.Idle)) {
		return nil
	}
	for ctx.Err() == nil {
		if err := s.rest(ctx, rest); err != nil {
			return err
		}
	}
	return nil
}

// rest asks over one connection, and rests, until it is told to take another.
func (s *Site) rest(ctx context.Context, d time.Duration) error {
	c, err := s.dialH1(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	defer s.goesOn("idle connections")()
	for again := true; again && ctx.Err() == nil; {
		begun := time.Now()
		if again, err = c.ask(s.request(http.MethodGet, "/", nil)); err != nil {
			return err
		}
		s.answered(begun)
		if again {
			pause(ctx, d)
		}
	}
	return nil
}
