package login

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"pavise"
)

// counters are what attempts are counted on: a [pavise.Store], or the book.
type counters interface {
	Add(ctx context.Context, key string, n int64, life time.Duration) (sum int64, left time.Duration, err error)
	Touch(ctx context.Context, key string, life time.Duration) (bool, error)
}

// A book is what this machine knows of the counters in the store: what they came to
// when it last heard of them, and what it has counted alone and owes them. It is of
// bounded size, and never drops a counter that is about to be acted on.
type book struct {
	now   func() time.Time
	mu    sync.Mutex
	lines map[string]line
	debts map[string]bool // lines that the store has to hear of
	owing atomic.Int64    // how many these are
}

type line struct {
	seen, owed int64
	due        bool  // the store has to hear of it, whatever is owed
	ends       int64 // Unix time in nanoseconds
}

// A debt is what was counted alone on one counter, what it must come to at least, and
// how long it has to live.
type debt struct {
	key      string
	n, least int64
	life     time.Duration
}

const (
	bookLines  = 1 << 16
	bookSample = 64 // lines that are looked at for one to drop
)

func newBook(now func() time.Time) *book {
	return &book{now: now, lines: map[string]line{}, debts: map[string]bool{}}
}

// Add counts alone. What is taken off is first taken off what is owed.
func (b *book) Add(_ context.Context, key string, n int64, life time.Duration) (int64, time.Duration, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e, now := b.line(key)
	if e.ends == 0 {
		if n <= 0 {
			return 0, 0, nil
		}
		e.ends = now + int64(life)
	}
	if e.owed += n; e.owed < 0 {
		e.seen, e.owed = max(0, e.seen+e.owed), 0
	}
	if !b.put(key, e, now) {
		return 0, 0, pavise.ErrFull
	}
	return e.seen + e.owed, time.Duration(e.ends - now), nil
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

// see takes down what a counter comes to in the store. Where there is no room for it
// it is left out.
func (b *book) see(key string, sum int64, left time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e, now := b.line(key)
	if e.ends == 0 && sum <= 0 {
		return
	}
	e.seen, e.ends = sum, max(e.ends, now+int64(left))
	if e.owed == 0 {
		e.ends = now + int64(left)
	}
	b.put(key, e, now)
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
			d := debt{key: key, n: e.owed, life: time.Duration(e.ends - now)}
			if e.due {
				d.least = e.seen + e.owed
			}
			list = append(list, d)
		}
	}
	return list
}

// pay takes down that the store has heard of a debt.
func (b *book) pay(d debt) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e, now := b.line(d.key)
	if e.ends == 0 {
		return
	}
	n := min(d.n, e.owed)
	e.owed, e.seen, e.due = e.owed-n, e.seen+n, false
	b.put(d.key, e, now)
}

// line returns one that has not ended; else it ends at 0. The book is locked.
func (b *book) line(key string) (line, int64) {
	now := b.now().UnixNano()
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
	b.owe(key, e.due || e.owed > 0)
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
		} else if n := e.seen + e.owed; n < least {
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
