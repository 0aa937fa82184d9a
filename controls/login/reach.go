package login

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"pavise"
)

// A reach is whether the store can be asked. While it cannot, a guard goes on by
// itself at once, and one caller at a time finds out whether it can again. He is let do
// so as often as it costs little: a store with a breaker says [pavise.ErrAway] at once
// and may be asked at once again, so how long a dead one rests is the breaker's to say;
// one that hangs is left alone for ten times as long as it took.
type reach struct {
	env     pavise.Env
	control string
	without string        // what is done meanwhile, for the log
	rest    time.Duration // for which a store that failed is left alone at least
	lost    func()        // is told when the store goes; nil is nobody
	blind   bool          // a full store is as good as none
	state   atomic.Int32
	again   atomic.Int64 // when to ask again, as Unix time in nanoseconds
	trying  sync.Mutex
}

// The states of a reach. A full store still knows who is blocked.
const (
	present = iota
	full
	away
)

// nodesApart is how many nodes the limits hold for if none sees the others.
const nodesApart = 4

const (
	restTimes = 10
	restMost  = restTimes * storeTime
)

// open reports whether to ask the store. It mends first, if that is due: what has
// happened meanwhile is made good, so that nothing is decided before.
func (r *reach) open(ctx context.Context, due bool, mend func(context.Context) error) bool {
	if r.state.Load() == present && !due {
		return true
	}
	if !r.resting() && r.trying.TryLock() {
		defer r.trying.Unlock()
		began := r.env.Now()
		if err := mend(ctx); err != nil {
			r.failed(err, began)
		} else if r.state.Swap(present) != present {
			r.note("the store can be used again")
		}
	}
	return r.state.Load() != away
}

func (r *reach) resting() bool {
	left := r.again.Load() - r.env.Now().UnixNano()
	return left > 0 && left <= int64(restMost) // or else somebody has set the clock
}

// failed learns from what the store said when it was last asked, and lets it rest if
// it took long to say nothing.
func (r *reach) failed(err error, asked time.Time) {
	now, state := r.env.Now(), int32(away)
	if errors.Is(err, pavise.ErrFull) && !r.blind {
		state = full
	}
	if again := now.Add(min(max(restTimes*now.Sub(asked), r.rest), restMost)).UnixNano(); again > r.again.Load() || !r.resting() {
		r.again.Store(again)
	}
	before := r.state.Swap(state)
	if before != away && state == away && r.lost != nil {
		r.lost()
	}
	if before == present {
		r.note("the store cannot be used (" + err.Error() + "): " + r.without)
	}
}

// probe writes what is of no use to anybody, under a name that is new: so a full store
// is found out, too.
func probe(ctx context.Context, store pavise.Store) error {
	_, _, err := store.Add(ctx, "probe:"+rand.Text(), 1, time.Second)
	return err
}

func (r *reach) note(reason string) {
	r.env.Note(nil, r.control, reason)
}
