package login

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"pavise"
)

// An Attempt is a login whose outcome is not known yet. The first word on it
// counts; it is for one goroutine.
type Attempt struct {
	ledger  *Ledger
	store   counters      // that it began on, and is settled on
	left    time.Duration // that the store may take yet
	single  bool          // there is one account
	known   bool          // by a browser that has logged in to it before
	guess   guess
	holds   []hold
	refunds []hold // of what was taken off again

	settled, refunded bool
}

// A hold is what an attempt has put on one counter.
type hold struct {
	key    string
	what   string // is counted, for the log
	bounds bounds
	life   time.Duration
	inRow  bool  // a success forgets the failures before it
	grows  bool  // every failure lets the counter live anew
	shared bool  // by many people, perhaps
	sum    int64 // that the counter came to
	lost   int64 // that the store may have counted, and has not confirmed
}

// bounds are a limit as nodes keep it that may not see each other.
type bounds struct {
	unit  int64 // that an attempt adds
	most  int64 // that the counter comes to at most
	alone int64 // that one node adds at most before the others can know of it
}

// within divides a limit. A node that does not see the store allows a tenth of it beyond
// what it has heard, and never more than the store would, so the store leaves that much
// free for all nodes but the one that heard last: together they never allow more than the
// limit. A node on its own may have forgotten what it knew, and allows half.
func within(limit int64, shared bool) bounds {
	most, alone := limit, max(1, limit/2)
	if shared {
		alone = max(1, limit/10)
		most = max(1, limit-(nodesApart-1)*alone)
	}
	unit := (pavise.Precious + most - 1) / most // a full counter must not be dropped
	return bounds{unit: unit, most: most * unit, alone: alone * unit}
}

func (b bounds) full(c count) bool { return c.sum > b.most || c.alone > b.alone }

// reserve puts the attempt on all its counters, or on none if one is full: then it
// is refused.
func (a *Attempt) reserve(ctx context.Context, store counters) (*pavise.Refusal, error) {
	a.store = store
	for i := range a.holds {
		h := &a.holds[i]
		c, err := store.Add(ctx, h.key, h.bounds.unit, h.life)
		if err != nil {
			if !unheard(err) {
				h.lost = h.bounds.unit
			}
			a.takeOff(ctx, a.holds[:i])
			return nil, err
		}
		if h.sum = c.sum; h.bounds.full(c) {
			a.takeOff(ctx, a.holds[:i+1])
			return refusal(h.what, c.left), nil
		}
	}
	return nil, nil
}

// takeOff forgets an attempt. What cannot be forgotten stays counted.
func (a *Attempt) takeOff(ctx context.Context, holds []hold) {
	for _, h := range holds {
		a.store.TakeOff(ctx, h.key, h.bounds.unit, false)
	}
}

// Succeed says that the password was right, and nothing more is asked for. It forgets
// the failures in a row before it, and that is a matter of refunds. Without any left one
// that was let in by the same before is still taken off, and no more than that.
func (a *Attempt) Succeed(ctx context.Context) {
	if a.settled {
		return
	}
	made := a.guess.made()
	if !made || !a.known || a.follows() {
		a.refunded = a.refund(ctx)
	}
	if !made && !a.refunded {
		a.Fail(ctx)
		return
	}
	a.settled = true
	for _, h := range a.holds {
		switch row := h.inRow && a.single; {
		case row && a.refunded:
			a.store.TakeOff(ctx, h.key, max(h.sum, h.bounds.unit)+h.lost, true)
		case row:
			a.store.TakeOff(ctx, h.key, h.bounds.unit+h.lost, true)
		default:
			a.store.TakeOff(ctx, h.key, h.bounds.unit, false)
		}
	}
}

// remembers reports whether a browser is to be known by a success. A known one stays so.
func (a *Attempt) remembers() bool { return a.known || a.refunded }

// follows reports whether there are failures in a row before the attempt.
func (a *Attempt) follows() bool {
	return a.single && slices.ContainsFunc(a.holds, func(h hold) bool { return h.inRow && h.sum > h.bounds.unit })
}

// Cancel says that nobody looked at the password: the app was not able to.
func (a *Attempt) Cancel(ctx context.Context) {
	switch {
	case a.settled:
	case a.refund(ctx):
		a.settled = true
		a.takeOff(ctx, a.holds)
	default:
		a.Fail(ctx)
	}
}

// refund reports whether the attempt may be taken off again.
func (a *Attempt) refund(ctx context.Context) bool {
	for _, h := range a.refunds {
		if c, err := a.count(ctx, h); err != nil || h.bounds.full(c) {
			return false
		}
	}
	return true
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
			a.count(ctx, h) // it ended while the app was thinking
		}
	}
}

// count counts one more: where the store cannot, this machine does.
func (a *Attempt) count(ctx context.Context, h hold) (count, error) {
	c, err := a.store.Add(ctx, h.key, h.bounds.unit, h.life)
	if err != nil {
		c, err = a.ledger.book.Add(ctx, h.key, h.bounds.unit, h.life)
	}
	return c, err
}

// Doubt says that nobody can tell. It is a failure, unless the same was tried before:
// who repeats himself guesses no more. Of an address with many people behind it one in
// ten counts, by lot.
func (a *Attempt) Doubt(ctx context.Context) {
	if a.settled {
		return
	}
	if a.guess.made() {
		a.settled = true
		a.takeOff(ctx, a.holds)
		return
	}
	a.Fail(ctx)
	if rand.IntN(doubts) == 0 {
		return
	}
	for _, h := range a.holds {
		if h.shared {
			a.store.TakeOff(ctx, h.key, h.bounds.unit, false)
		}
	}
}

// Settle ends an attempt of which nothing was told: it has failed.
func (a *Attempt) Settle(ctx context.Context) { a.Fail(ctx) }
