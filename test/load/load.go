// Package load asks a site as its visitors do, at a rate that does not wait for the
// answers, and takes down what went wrong. Nothing is tried twice: what a browser would
// mend unseen is a failure here.
package load

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// App answers everything by two lines, after a while where the query names one, and
// echoes what a WebSocket sends.
func App() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
			echo(w)
			return
		}
		if wait, err := time.ParseDuration(r.FormValue("wait")); err == nil {
			time.Sleep(wait)
		}
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s\n%d bytes\n", r.Method, r.URL.Path, len(body))
	}))
}

// echo is no WebSocket but by its handshake: whoever stands between does not look.
func echo(w http.ResponseWriter) {
	conn, from, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	io.Copy(conn, from)
}

// A Site is asked at an address under a name.
type Site struct {
	Address string // host:port
	Host    string // as the requests name it

	slow atomic.Int64 // nanoseconds of the slowest answer
	asks atomic.Int64
	late atomic.Int64

	dialled atomic.Int64
	mu      sync.Mutex
	bad     map[string]int
	h1      []*h1conn
	h2      h2conns
}

const (
	patience = 20 * time.Second
	visitors = 200 // of whom each has an address of its own on loopback
	atOnce   = 400 // requests under way, more than which this machine cannot ask
)

// Config is a client that trusts every certificate.
func (s *Site) config(protocol string) *tls.Config {
	name, _, _ := net.SplitHostPort(s.Host)
	return &tls.Config{InsecureSkipVerify: true, ServerName: name, NextProtos: []string{protocol}}
}

func (s *Site) dial(ctx context.Context, protocol string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	n := s.dialled.Add(1) // each is another visitor's, for one alone may not have so many
	from := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(1+n%visitors))}}
	conn, err := (&tls.Dialer{NetDialer: from, Config: s.config(protocol)}).DialContext(ctx, "tcp", s.Address)
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	return conn, nil
}

// failed takes down what went wrong, with addresses left out, so that the same counts as
// the same.
func (s *Site) failed(what string, err error) {
	said := err.Error()
	var op *net.OpError
	if errors.As(err, &op) {
		said = op.Op + ": " + op.Err.Error()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bad == nil {
		s.bad = map[string]int{}
	}
	s.bad[what+": "+said]++
}

// Asked is how much was asked and answered so far.
func (s *Site) Asked() int { return int(s.asks.Load()) }

// Slowest is the longest that anybody waited.
func (s *Site) Slowest() time.Duration { return time.Duration(s.slow.Load()) }

// Late is how much was not asked, because this machine did not keep up.
func (s *Site) Late() int { return int(s.late.Load()) }

// Failed is what went wrong, and how often.
func (s *Site) Failed() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.bad)
}

// Load asks so many requests a second until the context ends, half of them by HTTP/1.1
// and half by HTTP/2, and keeps so many WebSockets talking. It returns when all have
// been answered.
func (s *Site) Load(ctx context.Context, rate, sockets int) {
	var all sync.WaitGroup
	for range sockets {
		all.Go(func() { s.talk(ctx) })
	}
	const beat = 5 * time.Millisecond
	tick := time.NewTicker(beat)
	defer tick.Stop()
	begun, slots := time.Now(), make(chan struct{}, atOnce)
	for sent := 0; ctx.Err() == nil; {
		<-tick.C
		for due := int(time.Since(begun).Seconds() * float64(rate)); sent < due; sent++ {
			select {
			case slots <- struct{}{}:
				all.Go(func() { s.one(sent); <-slots })
			default:
				s.late.Add(1)
			}
		}
	}
	all.Wait()
	s.close()
}

// Ask asks once over a connection of its own.
func (s *Site) Ask() error {
	r, _ := http.NewRequest(http.MethodGet, "https://"+s.Host+"/", nil)
	defer s.close()
	return s.overH1(r)
}

// one asks once, in the way of its number.
func (s *Site) one(n int) {
	begun := time.Now()
	what, do := "HTTP/1.1", s.overH1
	if n%2 == 0 {
		what, do = "HTTP/2", s.overH2
	}
	method, body := http.MethodGet, ""
	if n%7 == 0 {
		method, body = http.MethodPost, strings.Repeat("x", 2000)
	}
	path := "/"
	if n%11 == 0 {
		path = "/?wait=30ms"
	}
	r, _ := http.NewRequest(method, "https://"+s.Host+path, strings.NewReader(body))
	r.Header.Set("Origin", "https://"+s.Host)
	if err := do(r); err != nil {
		s.failed(what+" "+method, err)
		return
	}
	s.asks.Add(1)
	for took := int64(time.Since(begun)); ; {
		if last := s.slow.Load(); took <= last || s.slow.CompareAndSwap(last, took) {
			return
		}
	}
}

// whole reads the answer to its end.
func whole(res *http.Response) error {
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && (res.StatusCode != http.StatusOK || strings.Count(string(body), "\n") != 2) {
		err = fmt.Errorf("status %d, %d bytes", res.StatusCode, len(body))
	}
	return err
}

func (s *Site) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.h1 {
		c.Close()
	}
	s.h1 = nil
	s.h2.close()
}
