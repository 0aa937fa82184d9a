package login

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"pavise"
)

// counters are what attempts are counted on: the store, by a witness, or the book.
type counters interface {
	Add(ctx context.Context, key string, n int64, life time.Duration) (count, error)
	Touch(ctx context.Context, key string, life time.Duration) (bool, error)
	// TakeOff takes off what was added. Where it may not have been heard it is told
	// again or not: then it may be taken off twice, or not at all.
	TakeOff(ctx context.Context, key string, n int64, again bool)
}

// A count is what a counter comes to, how much of that was counted here alone, and how
// long it lives.
type count struct {
	sum, alone int64
	left       time.Duration
}

// A book is what this machine knows of the counters in the store: what they came to
// when it last heard of them, and what the store has not heard of. It is of bounded
// size, and never drops a counter that is about to be acted on.
type book struct {
	now   func() time.Duration
	mu    sync.Mutex
	lines map[string]line
	debts map[string]bool // lines that the store has to hear of
	owing atomic.Int64    // how many these are
	turn  uint64          // by which questions and answers are told apart
}

type line struct {
	seen, owed int64  // what is owed is to be added, or below 0 to be taken off
	again      bool   // also where it may be heard twice
	due        bool   // the store has to hear of it, whatever is owed
	turn       uint64 // when it was seen
	ends       int64  // steady time in nanoseconds; 0 is that there is none
}

// sum never falls below 0.
func (e line) sum() int64 { return max(0, e.seen+e.owed) }

// A debt is what the store has not heard of one counter, what it must come to at least,
// and how long it has to live.
type debt struct {
	key      string
	n, least int64
	again    bool
	due      bool
	life     time.Duration
}

const (
	bookLines  = 1 << 16
	bookSample = 64 // lines that are looked at for one to drop
)

func newBook(now func() time.Time) *book {
	return &book{now: pavise.Steady(now), lines: map[string]line{}, debts: map[string]bool{}}
}

// Add counts alone.
func (b *book) Add(_ context.Context, key string, n int64, life time.Duration) (count, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e, now := b.line(key)
	if e.ends == 0 {
		e.ends = now + int64(life)
	}
	e.owed += n
	if !b.put(key, e, now) {
		return count{}, pavise.ErrFull
	}
	return count{e.sum(), e.owed, time.Duration(e.ends - now)}, nil
}

// TakeOff takes off what is owed yet, and has the store hear of the rest.
func (b *book) TakeOff(_ context.Context, key string, n int64, again bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e, now := b.line(key); e.ends != 0 {
		e.owed, e.again = e.owed-n, again || e.again && e.owed < 0
		b.put(key, e, now)
	}
}

// spend takes off what is owed alone, and returns how much the store has heard of.
func (b *book) spend(key string, n int64) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	e, now := b.line(key)
	if e.owed <= 0 {
		return n
	}
	owed := min(e.owed, n)
	e.owed -= owed
	b.put(key, e, now)
	return n - owed
}

// Touch lets a counter live anew; the store has to hear of that, too.
func (b *book) Touch(_ context.Context, key string, life time.Duration) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e, now := b.line(key)
	if e.ends == 0 {
		return false, nil
	}
	e.ends, e.due = now+int64(life), true
	b.put(key, e, now)
	return true, nil
}

// asking is the turn of a question that is asked now.
func (b *book) asking() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.turn++
	return b.turn
}

// see takes down what a counter comes to in the store, and returns what is to be added
// to it. Of answers to questions that were asked at the same time nobody knows which is
// the later, so the larger holds. Where there is no room for it it is left out.
func (b *book) see(key string, asked uint64, sum int64, left time.Duration) (owed int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e, now := b.line(key)
	if e.ends == 0 && sum <= 0 {
		return 0
	}
	if e.turn > asked {
		e.seen = max(e.seen, sum)
	} else {
		e.seen = sum
	}
	b.turn++
	e.turn, e.ends = b.turn, max(e.ends, now+int64(left))
	if e.owed == 0 {
		e.ends = now + int64(left)
	}
	b.put(key, e, now)
	return max(0, e.owed)
}

// recall has the store hear of all that was seen in it: one that comes back may have
// forgotten.
func (b *book) recall() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for key, e := range b.lines {
		if e.seen > 0 {
			e.due = true
			b.put(key, e, 0)
		}
	}
}

// unpaid returns the debts.
func (b *book) unpaid() []debt {
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []debt
	for key := range b.debts {
		if e, now := b.line(key); e.ends != 0 {
			d := debt{key: key, n: e.owed, again: e.again, due: e.due, life: time.Duration(e.ends - now)}
			if e.due {
				d.least = e.sum()
			}
			list = append(list, d)
		}
	}
	return list
}

// pay takes down that the store has heard of what was owed.
func (b *book) pay(key string, n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e, now := b.line(key); e.ends != 0 {
		e.owed -= n
		b.put(key, e, now)
	}
}

// done takes down that the store has heard of all of a debt.
func (b *book) done(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e, now := b.line(key); e.ends != 0 {
		e.due = false
		b.put(key, e, now)
	}
}

// line returns one that has not ended; else it ends at 0. The book is locked.
func (b *book) line(key string) (line, int64) {
	now := int64(b.now())
	e, found := b.lines[key]
	if found && e.ends <= now {
		b.drop(key)
		return line{}, now
	}
	return e, now
}

func (b *book) put(key string, e line, now int64) bool {
	if _, found := b.lines[key]; !found && len(b.lines) >= bookLines && !b.makeRoom(now) {
		return false
	}
	b.lines[key] = e
	b.owe(key, e.due || e.owed != 0)
	return true
}

// makeRoom looks at some lines, in no order, and drops those that have ended, or else
// the one that counts least.
func (b *book) makeRoom(now int64) (dropped bool) {
	least, leastKey, some := int64(pavise.Precious), "", bookSample
	for key, e := range b.lines {
		if some--; some < 0 {
			break
		}
		if e.ends <= now {
			b.drop(key)
			dropped = true
		} else if n := e.sum(); n < least {
			least, leastKey = n, key
		}
	}
	if !dropped && leastKey != "" {
		b.drop(leastKey)
		dropped = true
	}
	return dropped
}

func (b *book) drop(key string) {
	delete(b.lines, key)
	b.owe(key, false)
}

func (b *book) owe(key string, owes bool) {
	if b.debts[key] == owes {
		return
	}
	if owes {
		b.debts[key] = true
	} else {
		delete(b.debts, key)
	}
	b.owing.Store(int64(len(b.debts)))
}
