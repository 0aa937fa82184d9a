package login

import (
	"context"
	"math/rand/v2"
	"time"

	"pavise"
)

// An Attempt is a login whose outcome is not known yet. The first word on it
// counts; it is for one goroutine.
type Attempt struct {
	ledger  *Ledger
	store   counters      // that it began on, and is settled on
	share   int64         // by how much that one is stricter
	left    time.Duration // that the store may take yet
	single  bool          // there is one account
	holds   []hold
	refunds []string // keys of what was taken off again
	settled bool
}

// A hold is what an attempt has put on one counter.
type hold struct {
	key    string
	what   string // is counted, for the log
	limit  int64
	life   time.Duration
	inRow  bool  // a success forgets the failures before it
	grows  bool  // every failure lets the counter live anew
	shared bool  // by many people, perhaps
	unit   int64 // that an attempt adds
	sum    int64
}

// reserve puts the attempt on all its counters, or on none if one is full: then it
// is refused. Where fewer are allowed each weighs more, so that the counter is full,
// for all who read it, when they are used up.
func (a *Attempt) reserve(ctx context.Context, store counters, share int64) (*pavise.Refusal, error) {
	a.store, a.share = store, share
	for i := range a.holds {
		h := &a.holds[i]
		full := (pavise.Precious + h.limit - 1) / h.limit * h.limit // a full counter must not be dropped
		allowed := max(h.limit/share, 1)
		h.unit = (full + allowed - 1) / allowed
		sum, left, err := store.Add(ctx, h.key, h.unit, h.life)
		if h.sum = sum; err != nil {
			a.takeOff(ctx, a.holds[:i])
			return nil, err
		}
		if sum > allowed*h.unit {
			a.takeOff(ctx, a.holds[:i+1])
			return refusal(h.what, left), nil
		}
	}
	return nil, nil
}

// takeOff forgets an attempt. What cannot be forgotten stays counted.
func (a *Attempt) takeOff(ctx context.Context, holds []hold) {
	for _, h := range holds {
		a.store.Add(ctx, h.key, -h.unit, h.life)
	}
}

// Succeed says that the password was right, and nothing more is asked for.
func (a *Attempt) Succeed(ctx context.Context) {
	a.refund(ctx, func(h hold) int64 {
		if h.inRow && a.single {
			return h.sum // and the failures before it
		}
		return h.unit
	})
}

// Cancel says that nobody looked at the password: the app was not able to.
func (a *Attempt) Cancel(ctx context.Context) {
	a.refund(ctx, func(h hold) int64 { return h.unit })
}

func (a *Attempt) refund(ctx context.Context, back func(hold) int64) {
	if a.settled {
		return
	}
	for _, key := range a.refunds {
		if n, _, err := a.store.Add(ctx, key, a.share, a.ledger.limits.block); err != nil || n > maxRefunds {
			a.Fail(ctx)
			return
		}
	}
	a.settled = true
	for _, h := range a.holds {
		a.store.Add(ctx, h.key, -back(h), h.life)
	}
}

// Fail says that the password was wrong: the attempt stays counted. Counters of one
// account end a while after the last failure: so there is no stretch of that length
// with more than the limit.
func (a *Attempt) Fail(ctx context.Context) {
	if a.settled {
		return
	}
	a.settled = true
	for _, h := range a.holds {
		if !h.grows {
			continue
		}
		if there, err := a.store.Touch(ctx, h.key, h.life); err == nil && !there {
			a.store.Add(ctx, h.key, h.unit, h.life) // it ended while the app was thinking
		}
	}
}

// Doubt says that nobody can tell. It is a failure, but of an address with many
// people behind it one in ten, by lot.
func (a *Attempt) Doubt(ctx context.Context) {
	if a.settled {
		return
	}
	a.Fail(ctx)
	if rand.IntN(doubts) == 0 {
		return
	}
	for _, h := range a.holds {
		if h.shared {
			a.store.Add(ctx, h.key, -h.unit, h.life)
		}
	}
}

// Settle ends an attempt of which nothing was told: it has failed.
func (a *Attempt) Settle(ctx context.Context) { a.Fail(ctx) }
