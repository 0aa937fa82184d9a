package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pavise"
	"pavise/store/storetest"
)

// A sick store fails, or does not answer until the test ends.
type sick struct {
	Store
	fails atomic.Bool
	hangs chan struct{} // nil: it does not
	asked atomic.Int64
}

func (s *sick) Get(ctx context.Context, key string) ([]byte, uint64, error) {
	s.asked.Add(1)
	if s.hangs != nil {
		<-s.hangs // whatever becomes of ctx
	}
	if s.fails.Load() {
		return nil, 0, fmt.Errorf("%w: it is sick", pavise.ErrAway)
	}
	return s.Store.Get(ctx, key)
}

func TestBreakerPromises(t *testing.T) {
	storetest.Run(t, storetest.Kind{Open: func(t *testing.T, now func() time.Time) pavise.Store {
		return NewBreaker(pavise.NewMemory(now), BreakerOptions{Now: now, Budget: time.Minute})
	}})
}

// TestBreaker goes through an outage: what is tried, what is not, and what is told.
func TestBreaker(t *testing.T) {
	clock, behind := storetest.NewClock(), &sick{Store: pavise.NewMemory(nil)}
	var told []error
	b := NewBreaker(behind, BreakerOptions{Now: clock.Now, Pause: time.Second, Budget: time.Minute,
		Changed: func(err error) { told = append(told, err) }})
	get := func(fails bool, asked int64) {
		t.Helper()
		before := behind.asked.Load()
		_, _, err := b.Get(t.Context(), "a")
		if errors.Is(err, pavise.ErrAway) != fails || behind.asked.Load()-before != asked {
			t.Errorf("%v, and the store was asked %d times; want %v, %d", err, behind.asked.Load()-before, fails, asked)
		}
	}
	get(false, 1)
	behind.fails.Store(true)
	get(true, 1)
	get(true, 1)
	behind.fails.Store(false)
	get(false, 1) // twice in a row is not yet away
	behind.fails.Store(true)
	for range inARow {
		get(true, 1)
	}
	get(true, 0)
	clock.Pass(time.Second)
	get(true, 1) // the trial
	get(true, 0)
	if c := b.Counts(); c.Away == nil || c.Outages != 1 {
		t.Errorf("while it is away: %+v", c)
	}
	behind.fails.Store(false)
	get(true, 0)
	clock.Pass(time.Second)
	get(false, 1)
	get(false, 1)
	if c := b.Counts(); c.Operations != 13 || c.Errors != 6 || c.Fast != 3 || c.Outages != 1 || c.Away != nil || !c.Since.Equal(clock.Now()) {
		t.Errorf("%+v", c)
	}
	if len(told) != 2 || !errors.Is(told[0], pavise.ErrAway) || told[1] != nil {
		t.Errorf("told %v", told)
	}
}

// TestBreakerTriesOnce: of many that ask when the pause is over, one waits for the
// store; and answers to what was asked before it went away change nothing.
func TestBreakerTriesOnce(t *testing.T) {
	clock, behind := storetest.NewClock(), &sick{Store: pavise.NewMemory(nil), hangs: make(chan struct{})}
	var changes atomic.Int64
	b := NewBreaker(behind, BreakerOptions{Now: clock.Now, Budget: 50 * time.Millisecond, Changed: func(error) { changes.Add(1) }})
	var wait sync.WaitGroup
	for range 100 {
		wait.Go(func() { b.Get(t.Context(), "a") })
	}
	wait.Wait()
	if changes.Load() != 1 || b.Counts().Away == nil {
		t.Errorf("%d changes, %+v", changes.Load(), b.Counts())
	}
	clock.Pass(time.Hour)
	before := behind.asked.Load()
	for range 100 {
		wait.Go(func() { b.Get(t.Context(), "a") })
	}
	wait.Wait()
	if asked := behind.asked.Load() - before; asked != 1 {
		t.Errorf("%d trials at once", asked)
	}
	close(behind.hangs)
	clock.Pass(time.Hour)
	if _, _, err := b.Get(t.Context(), "a"); err != nil || changes.Load() != 2 {
		t.Errorf("%v after %d changes", err, changes.Load())
	}
}

// TestBreakerIsBounded: a store that never answers holds so many operations and no
// more, and nobody waits longer than the budget.
func TestBreakerIsBounded(t *testing.T) {
	clock, behind := storetest.NewClock(), &sick{Store: pavise.NewMemory(nil), hangs: make(chan struct{})}
	defer close(behind.hangs)
	b := NewBreaker(behind, BreakerOptions{Now: clock.Now, Budget: 20 * time.Millisecond})
	var wait sync.WaitGroup
	for range 2 * underWay {
		wait.Go(func() {
			if _, _, err := b.Get(t.Context(), "a"); !errors.Is(err, pavise.ErrAway) {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if asked := behind.asked.Load(); asked > underWay {
		t.Errorf("%d operations hang", asked)
	}
}

// TestBreakerOfStrangers: who hangs up does not make the store look away, and what was
// to be counted is.
func TestBreakerOfStrangers(t *testing.T) {
	b := NewBreaker(pavise.NewMemory(nil), BreakerOptions{})
	gone, hangUp := context.WithCancel(t.Context())
	hangUp()
	for i := range int64(10) {
		if sum, _, err := b.Add(gone, "failed logins", 1, time.Hour); sum != i+1 || err != nil {
			t.Fatal(sum, err)
		}
	}
	if _, err := b.Swap(gone, "large", make([]byte, pavise.MaxSealed+1), 0, time.Hour); !errors.Is(err, pavise.ErrTooLarge) {
		t.Error(err)
	}
	if c := b.Counts(); c.Errors != 0 || c.Away != nil {
		t.Errorf("%+v", c)
	}
}

// A stuck store answers nobody while it is stuck.
type stuck struct {
	Store
	mu sync.RWMutex
}

func (s *stuck) Add(ctx context.Context, key string, n int64, life time.Duration) (int64, time.Duration, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.Store.Add(ctx, key, n, life)
}

func (s *stuck) Swap(ctx context.Context, key string, value []byte, version uint64, life time.Duration) (bool, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.Store.Swap(ctx, key, value, version, life)
}

func TestBreakerFaults(t *testing.T) {
	t.Parallel()
	behind := &stuck{Store: pavise.NewMemory(nil)}
	storetest.RunFaults(t, storetest.Trouble{Budget: 50 * time.Millisecond,
		Open: func(*testing.T) pavise.Store {
			return NewBreaker(behind, BreakerOptions{Budget: 50 * time.Millisecond, Pause: 20 * time.Millisecond})
		},
		Faults: []storetest.Fault{{Name: "stuck", Break: func(*testing.T) { behind.mu.Lock() }, Mend: func(*testing.T) { behind.mu.Unlock() }}},
	})
}

func BenchmarkBreaker(b *testing.B) {
	s := NewBreaker(pavise.NewMemory(nil), BreakerOptions{})
	b.ReportAllocs()
	for b.Loop() {
		s.Add(b.Context(), "a", 1, time.Hour)
	}
}
