package store

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pavise"
	"pavise/store/storetest"
	"pavise/test/redisserver"
)

// TestOpenRedis: two nodes and a real server, which is killed and comes back with
// nothing: they agree again, and nobody has restarted them.
func TestOpenRedis(t *testing.T) {
	t.Parallel()
	server := redisserver.Start(t, redisserver.Options{})
	var went, came atomic.Int64
	o := Options{URL: "redis://" + server.Address, Secret: one, Breaker: BreakerOptions{Pause: 50 * time.Millisecond, Changed: func(err error) {
		if err != nil {
			went.Add(1)
		} else {
			came.Add(1)
		}
	}}}
	a, b := opened(t, o), opened(t, o)
	if did, err := a.Swap(t.Context(), "token", []byte("alice"), 0, time.Hour); !did || err != nil {
		t.Fatal(did, err)
	}
	if value, _, err := b.Get(t.Context(), "token"); string(value) != "alice" || err != nil {
		t.Errorf("%q, %v", value, err)
	}
	if keys := server.Ask("KEYS", "*"); strings.Contains(keys, "token") {
		t.Errorf("it tells of %q", keys)
	}
	o.Secret = two
	if _, err := Open(t.Context(), o); !errors.Is(err, ErrSecret) || !strings.Contains(err.Error(), server.Address) {
		t.Errorf("with another secret: %v", err)
	}
	server.Kill()
	for _, s := range []*Opened{a, b} {
		eventually(t, "away", func() bool { s.Get(t.Context(), "token"); return s.Counts().Away != nil })
	}
	server.Begin()
	for _, s := range []*Opened{a, b} {
		eventually(t, "back", func() bool { s.Get(t.Context(), "token"); return s.Counts().Away == nil })
		if err := s.sealed.Check(t.Context()); err != nil { // as the next pulse does
			t.Error(err)
		}
	}
	a.Add(t.Context(), "counter", 1, time.Hour)
	if sum, _, err := b.Add(t.Context(), "counter", 1, time.Hour); sum != 2 || err != nil {
		t.Errorf("two nodes count %d, %v", sum, err)
	}
	if went.Load() != 2 || came.Load() != 2 {
		t.Errorf("two nodes tell of %d times away and %d times back", went.Load(), came.Load())
	}
}

// eventually waits until it is so.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for began := time.Now(); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Since(began) > 20*time.Second {
			t.Fatalf("it is never %s", what)
		}
	}
}

// TestSharedPromises holds all that stands before Redis to what a store promises.
func TestSharedPromises(t *testing.T) {
	t.Parallel()
	server := redisserver.Start(t, redisserver.Options{})
	storetest.Run(t, storetest.Kind{OwnClock: true, Open: func(t *testing.T, _ func() time.Time) pavise.Store {
		server.Ask("FLUSHALL")
		return opened(t, Options{URL: "redis://" + server.Address, Secret: one, Breaker: BreakerOptions{Budget: time.Minute}})
	}})
}
