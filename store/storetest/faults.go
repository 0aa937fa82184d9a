package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pavise"
)

// Trouble is an implementation that can be cut off, and what may happen to it.
type Trouble struct {
	// Open returns a store with nothing in it. It is opened once for each fault.
	Open func(t *testing.T) pavise.Store
	// Budget is what no operation takes longer than.
	Budget time.Duration
	Faults []Fault
}

// A Fault takes what is behind a store away, and gives it back.
type Fault struct {
	Name  string
	Break func(t *testing.T)
	Mend  func(t *testing.T)
	// Hold is for how long it is away; 0 is 300 ms.
	Hold time.Duration
	// Says is the error that writes meet; nil is [pavise.ErrAway].
	Says error
	// Forgets is that what was acknowledged may be gone afterwards: how much is
	// logged.
	Forgets bool
}

// RunFaults writes all the time, also while the store is away: every operation ends
// within the budget and says what is the matter, all goes on by itself when the store
// is back, and what was acknowledged is there.
func RunFaults(t *testing.T, trouble Trouble) {
	for _, fault := range trouble.Faults {
		t.Run(fault.Name, func(t *testing.T) { trouble.try(t, fault) })
	}
}

const (
	patience = 30 * time.Second // of a test, for what must come
	stalled  = 2 * time.Second  // how long a busy machine may keep a test from running
)

func (trouble Trouble) try(t *testing.T, fault Fault) {
	says, hold := fault.Says, fault.Hold
	if says == nil {
		says = pavise.ErrAway
	}
	if hold == 0 {
		hold = 300 * time.Millisecond
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	store := trouble.Open(t)
	clerks := make([]*clerk, 4)
	var wait sync.WaitGroup
	defer wait.Wait()
	defer stop()
	for i := range clerks {
		c := &clerk{store: store, name: fmt.Sprint("clerk ", i), says: says}
		clerks[i] = c
		wait.Go(func() { c.write(ctx) })
	}
	await(t, "writes before it", clerks, func(c *clerk) bool { return c.done.Load() >= 20 })
	fault.Break(t)
	broken := time.Now()
	await(t, "an error while it is away", clerks, func(c *clerk) bool { return c.failed.Load() > 0 })
	time.Sleep(hold - min(hold, time.Since(broken)))
	fault.Mend(t)
	for _, c := range clerks {
		c.mark.Store(c.done.Load())
	}
	await(t, "writes after it", clerks, func(c *clerk) bool { return c.done.Load() >= c.mark.Load()+20 })
	stop()
	wait.Wait()
	for _, c := range clerks {
		if c.unexpected != nil {
			t.Errorf("%s: %v, want %v", c.name, c.unexpected, says)
		}
		if c.slowest > trouble.Budget+stalled {
			t.Errorf("%s: an operation took %s of %s", c.name, c.slowest, trouble.Budget)
		}
		if lost := c.audit(t); lost > 0 && !fault.Forgets {
			t.Errorf("%s: %d of %d acknowledged writes are lost", c.name, lost, len(c.kept)+int(c.counted))
		} else if lost > 0 {
			t.Logf("%s: %d of %d acknowledged writes are lost", c.name, lost, len(c.kept)+int(c.counted))
		}
	}
}

// await waits until it is so for every clerk.
func await(t *testing.T, what string, clerks []*clerk, so func(*clerk) bool) {
	t.Helper()
	for began := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		missing := 0
		for _, c := range clerks {
			if !so(c) {
				missing++
			}
		}
		if missing == 0 {
			return
		}
		if time.Since(began) > patience {
			t.Fatalf("%d of %d still wait for %s", missing, len(clerks), what)
		}
	}
}

// A clerk writes, and keeps accounts of what was acknowledged.
type clerk struct {
	store              pavise.Store
	name               string
	says               error
	done, failed, mark atomic.Int64

	// read when it has stopped
	kept           []string // keys of values
	counted, tried int64
	slowest        time.Duration
	unexpected     error
}

func (c *clerk) write(ctx context.Context) {
	for i := 0; ctx.Err() == nil; i++ {
		key := fmt.Sprint(c.name, " value ", i)
		swapErr := c.took(func() error {
			did, err := c.store.Swap(ctx, key, []byte(key), 0, forever)
			if err == nil && !did { // it has asked twice, and met its own write
				err = fmt.Errorf("nobody else writes %q, and the swap was lost", key)
			}
			return err
		})
		if swapErr == nil {
			c.kept = append(c.kept, key)
		}
		c.tried++
		addErr := c.took(func() error { _, _, err := c.store.Add(ctx, c.name, 1, forever); return err })
		if addErr == nil {
			c.counted++
		}
		c.note(ctx, swapErr)
		c.note(ctx, addErr)
	}
}

func (c *clerk) took(do func() error) error {
	began := time.Now()
	err := do()
	c.slowest = max(c.slowest, time.Since(began))
	return err
}

func (c *clerk) note(ctx context.Context, err error) {
	switch {
	case err == nil:
		c.done.Add(1)
	case ctx.Err() != nil: // the test has stopped
	case errors.Is(err, c.says):
		c.failed.Add(1)
	default:
		c.unexpected = err
		c.failed.Add(1)
	}
	time.Sleep(time.Millisecond) // between two, so that the other clerks get on
}

// audit returns how many acknowledged writes are gone. A write whose outcome nobody
// knows may be there or not.
func (c *clerk) audit(t *testing.T) (lost int) {
	for _, key := range c.kept {
		value, _, err := c.store.Get(t.Context(), key)
		if err != nil {
			t.Fatalf("get %q: %v", key, err)
		}
		if string(value) != key {
			lost++
		}
	}
	sum, _, err := c.store.Add(t.Context(), c.name, 0, forever)
	if err != nil || sum > c.tried {
		t.Errorf("%s: counts %d of %d, %v", c.name, sum, c.tried, err)
	}
	return lost + int(max(0, c.counted-sum))
}
