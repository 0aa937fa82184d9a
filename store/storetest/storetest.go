// Package storetest holds an implementation of [pavise.Store] to what that promises.
//
//	func TestPromises(t *testing.T) {
//		storetest.Run(t, storetest.Kind{Open: func(t *testing.T, now func() time.Time) pavise.Store {
//			return mystore.New(now)
//		}})
//	}
package storetest

import (
	"context"
	"sync"
	"testing"
	"time"

	"pavise"
)

// A Kind is an implementation to be held to the promises.
type Kind struct {
	// Open returns a store with nothing in it, which goes by this clock. It ends by
	// t.Cleanup.
	Open func(t *testing.T, now func() time.Time) pavise.Store
	// OwnClock is that the store goes by a clock that no test sets, such as that of a
	// server: ends are waited for.
	OwnClock bool
	// Reopen closes what Open has returned and opens it again with all that is in it.
	// nil: it forgets.
	Reopen func(t *testing.T, s pavise.Store) pavise.Store
	// Room is how many bytes the store takes, about. 0: it is not to be made full.
	Room int
	// Yields is that a full store drops counters below [pavise.Precious] for others.
	Yields bool
}

// Run tries every promise, each on a store of its own.
func Run(t *testing.T, k Kind) {
	for _, promise := range []struct {
		name string
		try  func(*testing.T, *trial)
	}{
		{"a counter counts", counts},
		{"a counter keeps its end", countsEnd},
		{"a counter stays in its bounds", countsWithin},
		{"a life that is none", noLife},
		{"touch", touches},
		{"a value is swapped by its version", swaps},
		{"a value ends", valuesEnd},
		{"a version never comes again", versionsNeverRepeat},
		{"nothing deleted comes back", nothingComesBack},
		{"values are copies", copies},
		{"kinds", kinds},
		{"sizes", sizes},
		{"keys of any bytes", anyKey},
		{"a context that has ended", endedContext},
		{"counters at the same time", countsAtOnce},
		{"one of many swaps wins", oneWins},
		{"no update is lost", noLostUpdate},
		{"versions at the same time", versionsAtOnce},
		{"a late write at the same time", lateWrites},
		{"full", fills},
		{"full of counters", fillsWithCounters},
		{"full of values", fillsWithValues},
		{"opened again", opensAgain},
	} {
		t.Run(promise.name, func(t *testing.T) { promise.try(t, newTrial(t, k)) })
	}
}

// A trial is one store under test, and its time.
type trial struct {
	pavise.Store
	kind  Kind
	ctx   context.Context
	clock *Clock
	unit  time.Duration // a short life
	began time.Time
}

const forever = 24 * time.Hour // longer than any test

func newTrial(t *testing.T, k Kind) *trial {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	tr := &trial{kind: k, ctx: ctx, clock: NewClock(), unit: time.Minute, began: time.Now()}
	if k.OwnClock {
		tr.unit = 250 * time.Millisecond
	}
	tr.Store = k.Open(t, tr.clock.Now)
	return tr
}

// pass lets what lives for a unit come to its end.
func (tr *trial) pass() {
	if tr.kind.OwnClock {
		time.Sleep(tr.unit + tr.unit/5)
		return
	}
	tr.clock.Pass(tr.unit)
}

// late reports whether a unit has gone by on a clock that nobody sets since the trial
// began: what should still live may have ended.
func (tr *trial) late() bool { return tr.kind.OwnClock && time.Since(tr.began) >= tr.unit }

// left reports whether so much is left of a life, as far as a clock that goes on can tell.
func (tr *trial) left(left, want time.Duration) bool {
	if tr.kind.OwnClock {
		return left > 0 && left <= want
	}
	return left == want
}

// A Clock shows the time that a test has set. It is safe for concurrent use.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// NewClock returns a Clock that stands at a day in 2026.
func NewClock() *Clock { return &Clock{at: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)} }

// Now returns the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Pass lets time go by.
func (c *Clock) Pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}
