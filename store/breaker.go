package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"pavise"
)

// A Breaker is a [Store] in front of one that may be away: a circuit breaker. Every
// operation ends within a budget, and after some that failed it says [pavise.ErrAway]
// at once for a pause; then one operation is the trial of whether it is back.
//
// An operation that has begun is not given up because whoever asked has gone: a
// failure that a stranger brings about by hanging up would be none of the store.
type Breaker struct {
	store Store
	o     BreakerOptions
	slots chan struct{} // one for each operation under way

	mu     sync.Mutex
	counts Counts
	failed int       // in a row
	until  time.Time // while it is away: when to try
	trying bool
	full   time.Time // when there was no room last
	epoch  int       // what was asked before it went away says nothing after

	telling sync.Mutex // of Changed
}

// BreakerOptions are what may be chosen. The zero value is what we recommend.
type BreakerOptions struct {
	Budget time.Duration    // of an operation; 0 is 250 ms
	Pause  time.Duration    // until the next trial; 0 is 1 s
	Now    func() time.Time // nil is time.Now
	// Changed is told once when the store goes away, with the error, and once when it
	// is back, with nil, one after the other. nil: nobody is told.
	Changed func(error)
}

// Counts is what has happened so far.
type Counts struct {
	Operations uint64 // that were asked for
	Errors     uint64 // of those, how many the store failed at, or not in time
	Fast       uint64 // and how many were not even tried, because it was away
	Outages    uint64 // how often it went away
	Away       error  // what for, while it is away
	Since      time.Time
	Full       error // why nothing more can be written, until 30 s after that was so last
}

const (
	defaultBudget = 250 * time.Millisecond
	defaultPause  = time.Second
	stillFull     = 30 * time.Second
	inARow        = 3    // failures before it counts as away
	underWay      = 1024 // operations, those included that nobody waits for any more
)

// NewBreaker returns a Breaker in front of a store.
func NewBreaker(s Store, o BreakerOptions) *Breaker {
	if o.Budget <= 0 {
		o.Budget = defaultBudget
	}
	if o.Pause <= 0 {
		o.Pause = defaultPause
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Breaker{store: s, o: o, slots: make(chan struct{}, underWay)}
}

// begins has it be away from the start, before anybody asks. Who opens it is told by
// other means.
func (b *Breaker) begins(away error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.leave(away)
}

// leave is the moment at which the store goes away.
func (b *Breaker) leave(why error) {
	now := b.o.Now()
	b.counts.Away, b.counts.Since, b.until = why, now, now.Add(b.o.Pause)
	b.counts.Outages++
	b.epoch++
}

// retry has the next operation be the trial, if it is away.
func (b *Breaker) retry() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.until = time.Time{}
}

// Counts returns what has happened so far.
func (b *Breaker) Counts() Counts {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.counts
}

// Add implements [pavise.Store].
func (b *Breaker) Add(ctx context.Context, key string, n int64, life time.Duration) (int64, time.Duration, error) {
	type answer struct {
		sum  int64
		left time.Duration
	}
	a, err := within(ctx, b, func(ctx context.Context) (a answer, err error) {
		a.sum, a.left, err = b.store.Add(ctx, key, n, life)
		return a, err
	})
	b.wrote(err)
	return a.sum, a.left, err
}

// Touch implements [pavise.Store].
func (b *Breaker) Touch(ctx context.Context, key string, life time.Duration) (bool, error) {
	return within(ctx, b, func(ctx context.Context) (bool, error) { return b.store.Touch(ctx, key, life) })
}

// Get implements [pavise.Store].
func (b *Breaker) Get(ctx context.Context, key string) ([]byte, uint64, error) {
	type answer struct {
		value   []byte
		version uint64
	}
	a, err := within(ctx, b, func(ctx context.Context) (a answer, err error) {
		a.value, a.version, err = b.store.Get(ctx, key)
		return a, err
	})
	return a.value, a.version, err
}

// Swap implements [pavise.Store].
func (b *Breaker) Swap(ctx context.Context, key string, value []byte, version uint64, life time.Duration) (bool, error) {
	value = append([]byte(nil), value...) // the operation may outlast whoever asked
	done, err := within(ctx, b, func(ctx context.Context) (bool, error) { return b.store.Swap(ctx, key, value, version, life) })
	b.wrote(err)
	return done, err
}

// wrote notes whether there was room for what was to be written.
func (b *Breaker) wrote(err error) {
	full := errors.Is(err, pavise.ErrFull)
	if err != nil && !full {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if now := b.o.Now(); full {
		b.counts.Full, b.full = err, now
	} else if now.Sub(b.full) > stillFull { // what is small may find room where the rest does not
		b.counts.Full = nil
	}
}

// Delete implements [pavise.Store].
func (b *Breaker) Delete(ctx context.Context, key string) error {
	_, err := within(ctx, b, func(ctx context.Context) (struct{}, error) { return struct{}{}, b.store.Delete(ctx, key) })
	return err
}

// within does an operation aside, and waits for it as long as the budget allows.
func within[A any](ctx context.Context, b *Breaker, do func(context.Context) (A, error)) (A, error) {
	var none A
	epoch, err := b.begin()
	if err != nil {
		return none, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), b.o.Budget)
	defer cancel()
	type outcome struct {
		answer A
		err    error
	}
	done := make(chan outcome, 1)
	select {
	case b.slots <- struct{}{}:
	case <-ctx.Done():
		return none, b.end(epoch, b.late())
	}
	go func() {
		defer func() { <-b.slots }()
		answer, err := do(ctx)
		done <- outcome{answer, err}
	}()
	select {
	case o := <-done:
		return o.answer, b.end(epoch, o.err)
	case <-ctx.Done():
		return none, b.end(epoch, b.late())
	}
}

func (b *Breaker) late() error {
	return fmt.Errorf("%w: no answer within %s", pavise.ErrAway, b.o.Budget)
}

// begin lets an operation be tried, or says why not.
func (b *Breaker) begin() (epoch int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.counts.Operations++
	if b.counts.Away == nil {
		return b.epoch, nil
	}
	if b.trying || b.o.Now().Before(b.until) {
		b.counts.Fast++
		return 0, b.counts.Away
	}
	b.trying = true
	return b.epoch, nil
}

// end notes how an operation went. Only what the store itself fails at counts: a value
// that is too large is no trouble.
func (b *Breaker) end(epoch int, err error) error {
	away := errors.Is(err, pavise.ErrAway)
	if changed := b.note(epoch, err, away); changed && b.o.Changed != nil {
		b.telling.Lock()
		defer b.telling.Unlock()
		if away {
			b.o.Changed(err)
		} else {
			b.o.Changed(nil)
		}
	}
	return err
}

func (b *Breaker) note(epoch int, err error, away bool) (changed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if away {
		b.counts.Errors++
	}
	switch {
	case epoch != b.epoch:
		return false
	case b.counts.Away != nil && away: // the trial
		b.counts.Away, b.until, b.trying = err, b.o.Now().Add(b.o.Pause), false
		return false
	case b.counts.Away != nil:
		b.counts.Away, b.counts.Since, b.trying, b.failed = nil, b.o.Now(), false, 0
		b.epoch++
		return true
	case !away:
		b.failed = 0
		return false
	}
	if b.failed++; b.failed < inARow {
		return false
	}
	b.leave(err)
	return true
}
