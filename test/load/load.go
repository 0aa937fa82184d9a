// Package load asks a site as its visitors do, at a rate that does not wait for the
// answers, and takes down what went wrong. Nothing is tried twice: what a browser would
// mend unseen is a failure here.
package load

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// App is a server of Answer.
func App() *httptest.Server { return httptest.NewServer(Answer()) }

// Answer answers everything by two lines, after a while where the query names one, and
// echoes what a WebSocket sends. /events never ends, /large is large.
func Answer() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
			echo(w)
			return
		}
		switch r.URL.Path {
		case "/events":
			tellEvents(w, r)
			return
		case "/large":
			w.Write(make([]byte, large))
			return
		}
		if wait, err := time.ParseDuration(r.FormValue("wait")); err == nil {
			time.Sleep(wait)
		}
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s\n%d bytes\n", r.Method, r.URL.Path, len(body))
	})
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
	// Owed says what for a client was owed a failure; nil, or "", is that it was not.
	Owed func(Failure) string

	slow atomic.Int64 // nanoseconds of the slowest answer
	asks atomic.Int64
	late atomic.Int64
	// who was answered over HTTP/3, and who was sent away as too slow
	over3, sentAway atomic.Int64

	dialled atomic.Int64
	mu      sync.Mutex
	bad     map[string]int
	owed    map[string]int
	now     map[string]int // how much goes on, by what it is
	most    map[string]int
	h1      []*h1conn
	h2      h2conns
}

const (
	patience = 20 * time.Second
	visitors = 200  // of whom each has an address of its own on loopback
	atOnce   = 1000 // requests under way, more than which this machine cannot ask
)

func (s *Site) name() string {
	name, _, _ := net.SplitHostPort(s.Host)
	return name
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

// Asked is how much was asked and answered so far.
func (s *Site) Asked() int { return int(s.asks.Load()) }

// Slowest is the longest that anybody waited.
func (s *Site) Slowest() time.Duration { return time.Duration(s.slow.Load()) }

// Late is how much was not asked, because this machine did not keep up.
func (s *Site) Late() int { return int(s.late.Load()) }

// A Crowd is who comes at once.
type Crowd struct {
	Rate    int      // requests a second, half of them by HTTP/1.1 and half by HTTP/2
	Paths   []string // that these ask for in turn; none is / alone
	Sockets int      // WebSockets that talk all the time
	Events  int      // streams that are listened to all the time
	HTTP3   int      // who ask by HTTP/3, ten times a second
	Slow    int      // of each: who send slowly, who read slowly, who never get to the point
	Idle    int      // connections that are kept, and asked over once in Rest
	Rest    time.Duration
}

// Load has the crowd at work until the context ends. It returns when all have been
// answered.
func (s *Site) Load(ctx context.Context, c Crowd) {
	var all sync.WaitGroup
	several := func(n int, what string, do func(context.Context) error) {
		for range n {
			all.Go(func() { s.lasting(ctx, what, do) })
		}
	}
	several(c.Sockets, "WebSocket", s.talk)
	several(c.Events/2, "events by HTTP/1.1", s.listenH1)
	several(c.Events-c.Events/2, "events by HTTP/2", s.listenH2)
	several(c.HTTP3, "HTTP/3", s.browseH3)
	several(c.Slow, "slow sender", s.sendSlowly)
	several(c.Slow, "slow reader", s.readSlowly)
	several(c.Slow, "never to the point", s.dawdle)
	for i := range c.Idle {
		all.Go(func() {
			s.lasting(ctx, "idle connection", func(ctx context.Context) error { return s.idle(ctx, i, c) })
		})
	}
	s.paced(ctx, &all, c)
	all.Wait()
	s.close()
}

// paced begins so many requests a second, whether those before are answered or not.
func (s *Site) paced(ctx context.Context, all *sync.WaitGroup, c Crowd) {
	const beat = 5 * time.Millisecond
	tick := time.NewTicker(beat)
	defer tick.Stop()
	begun, slots := time.Now(), make(chan struct{}, atOnce)
	for sent := 0; ctx.Err() == nil; {
		<-tick.C
		for due := int(time.Since(begun).Seconds() * float64(c.Rate)); sent < due; sent++ {
			path := "/"
			if len(c.Paths) > 0 {
				path = c.Paths[rand.IntN(len(c.Paths))]
			}
			select {
			case slots <- struct{}{}:
				n := sent // which goes on
				all.Go(func() { s.one(n, path); <-slots })
			default:
				s.late.Add(1)
			}
		}
	}
}

// Ask asks once over a connection of its own.
func (s *Site) Ask() error {
	r, _ := http.NewRequest(http.MethodGet, "https://"+s.Host+"/", nil)
	defer s.close()
	return s.overH1(r)
}

// one asks once, in the way of its number.
func (s *Site) one(n int, path string) {
	begun := time.Now()
	what, do := "HTTP/1.1", s.overH1
	if n%2 == 0 {
		what, do = "HTTP/2", s.overH2
	}
	method, body := http.MethodGet, ""
	if n%7 == 0 {
		method, body = http.MethodPost, strings.Repeat("x", 2000)
	}
	query := ""
	if n%11 == 0 {
		query = "?wait=30ms"
	}
	r, _ := http.NewRequest(method, "https://"+s.Host+path+query, strings.NewReader(body))
	r.Header.Set("Origin", "https://"+s.Host)
	if err := do(r); err != nil {
		s.failed(Failure{What: what + " " + method, Path: path, Begun: begun, Err: err})
		return
	}
	s.answered(begun)
}

// answered takes down that somebody was, and how long that took.
func (s *Site) answered(begun time.Time) {
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
		err = &StatusError{res.StatusCode, len(body)}
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
