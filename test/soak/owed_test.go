//go:build unix

package soak

import (
	"errors"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"pavise/test/load"
	"pavise/test/servers"
)

// A span is a time in which something was not as it is else.
type span struct{ from, to time.Time }

func (s span) meets(from, to time.Time) bool { return !to.Before(s.from) && !from.After(s.to) }

// A frail app dies, and returns at the same port.
type frail struct {
	at string

	mu     sync.Mutex
	server *http.Server // nil is dead
	away   []span
	deaths []span // until it took no more
}

func newFrail(t *testing.T) *frail {
	f := &frail{at: "127.0.0.1:" + servers.FreePort(t)}
	if err := f.begin(); err != nil {
		t.Fatal(err)
	}
	f.away = nil
	return f
}

func (f *frail) begin() error {
	l, err := listenAgain(f.at)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.server = &http.Server{Handler: load.Answer()}
	go f.server.Serve(l)
	if n := len(f.away); n > 0 {
		f.away[n-1].to = time.Now()
	}
	return nil
}

// die ends it, whatever it is asked at the moment.
func (f *frail) die() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.server == nil {
		return
	}
	begun := time.Now()
	f.server.Close()
	f.server = nil
	f.away = append(f.away, span{begun, begun.Add(time.Hour)})
	f.deaths = append(f.deaths, span{begun, time.Now()})
}

// was reports whether it was away, and whether it died, between two times.
func (f *frail) was(from, to time.Time) (away, died bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	meets := func(s span) bool { return s.meets(from, to) }
	return slices.ContainsFunc(f.away, meets), slices.ContainsFunc(f.deaths, meets)
}

// afterUpgrade is how long nobody may be there for HTTP/3 once another process has taken
// over: the old one has the port until what it is asked over HTTP/3 has ended.
const afterUpgrade = 5 * time.Second

// owes says what a failure is owed for. There are three such:
//   - whoever asks the frail app alone, while it is away, gets 502, 503 or 504 from Pavise;
//   - whoever asks the two apps gets 502 if the frail one had his request when it died;
//   - HTTP/3 has to connect again at an upgrade, and may find nobody for a moment.
//
// A connection that breaks is owed to nobody else, and no WebSocket or stream is ever to end.
func (c *crowdScene) owes(f load.Failure) string {
	now := time.Now()
	var answer *load.StatusError
	if errors.As(f.Err, &answer) && answer.Status >= 502 && answer.Status <= 504 {
		away, died := c.frail.was(f.Begun, now)
		switch {
		case f.Path == "/frail" && away:
			return "its only app was away"
		case f.Path == "/twin" && died:
			return "the app that had the request died"
		}
	}
	if f.What != "HTTP/3" {
		return ""
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.upgrading {
		if s.meets(f.Begun, now) {
			return "HTTP/3 had to connect again after an upgrade"
		}
	}
	return ""
}

// listenAgain listens where somebody has listened until now.
func listenAgain(at string) (l net.Listener, err error) {
	for range 50 {
		if l, err = net.Listen("tcp", at); err == nil {
			return l, nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return nil, err
}
