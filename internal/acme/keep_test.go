package acme

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io/fs"
	"log/slog"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// endless is an issuer that is asked until it is broken off.
type endless struct {
	stub
	mu    sync.Mutex
	asked map[string]bool
}

func (e *endless) kept(string) (*tls.Certificate, error) { return nil, fs.ErrNotExist }

func (e *endless) issue(ctx context.Context, host string, _ *x509.Certificate) (bool, error) {
	e.set(host, true)
	<-ctx.Done()
	e.set(host, false)
	return false, ctx.Err()
}

func (e *endless) set(host string, asked bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.asked[host] = asked; !asked {
		delete(e.asked, host)
	}
}

func (e *endless) hosts() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return strings.Join(slices.Sorted(maps.Keys(e.asked)), " ")
}

// TestKeep: certificates are asked for the hosts of the moment, and for no others.
func TestKeep(t *testing.T) {
	e := &endless{asked: map[string]bool{}}
	m := &Manager{issuer: e, hosts: map[string]*Host{}, cfg: Config{Now: time.Now, Log: func(slog.Level, string, ...slog.Attr) {}}}
	at := new(net.TCPAddr)
	asked := func(want string) {
		t.Helper()
		for end := time.Now().Add(10 * time.Second); e.hosts() != want; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("asked for %q, want %q", e.hosts(), want)
			}
		}
	}
	a := m.Host("a.test", nil)
	m.Host("refused.test", nil) // of a configuration that was not taken
	m.Keep([]string{"a.test"}, at, nil)
	asked("a.test")
	if m.Host("a.test", nil) != a || strings.Join(m.Waiting(), " ") != "a.test" {
		t.Error("a reload makes it anew, or keeps what was refused:", m.Waiting())
	}
	m.Host("b.test", nil)
	m.Keep([]string{"a.test", "b.test"}, at, nil)
	asked("a.test b.test")
	m.Keep([]string{"b.test"}, at, nil)
	asked("b.test")
	if m.Host("a.test", nil) == a {
		t.Error("what has gone comes back as it was")
	}
	m.Stop()
	asked("")
}
