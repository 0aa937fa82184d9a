package login_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pavise"
	"pavise/controls/login"
)

// A faulty store is one in memory with a fault, while it has one.
type faulty struct {
	pavise.Store
	fault atomic.Pointer[func(ctx context.Context, write func()) error]
	asked atomic.Int64
}

func (f *faulty) set(fault func(ctx context.Context, write func()) error) {
	if fault == nil {
		f.fault.Store(nil)
		return
	}
	f.fault.Store(&fault)
}

// The faults of a store.
func refuses(context.Context, func()) error { return pavise.ErrAway }
func isFull(context.Context, func()) error  { return pavise.ErrFull }
func loses(_ context.Context, write func()) error { // the answer alone
	write()
	return pavise.ErrAway
}

func (f *faulty) do(ctx context.Context, write func()) error {
	f.asked.Add(1)
	if fault := f.fault.Load(); fault != nil {
		return (*fault)(ctx, write)
	}
	write()
	return nil
}

func (f *faulty) Add(ctx context.Context, key string, n int64, life time.Duration) (sum int64, left time.Duration, err error) {
	if fault := f.do(ctx, func() { sum, left, err = f.Store.Add(ctx, key, n, life) }); fault != nil {
		return 0, 0, fault
	}
	return sum, left, err
}

func (f *faulty) Touch(ctx context.Context, key string, life time.Duration) (there bool, err error) {
	if fault := f.do(ctx, func() { there, err = f.Store.Touch(ctx, key, life) }); fault != nil {
		return false, fault
	}
	return there, err
}

// A house is nodes with one store, in a time of its own.
type house struct {
	stand
	nodes []*login.Ledger
	links []*faulty // of the nodes to the store
	notes [][]string
}

func newHouse(t *testing.T) *house { return newHouseOf(t, 3) }

func newHouseOf(t *testing.T, nodes int) *house {
	h := &house{notes: make([][]string, nodes)}
	h.clock.Store(morning.UnixNano())
	shared := pavise.NewMemory(h.now)
	for i := range nodes {
		link := &faulty{Store: shared}
		var mu sync.Mutex
		h.links = append(h.links, link)
		h.nodes = append(h.nodes, ledger(t, pavise.Env{Store: link, Shared: true, Secret: make([]byte, 32),
			Now: func() time.Time { return h.now().Add(time.Duration(i-1) * time.Minute) },
			Decide: func(d pavise.Decision) {
				mu.Lock()
				defer mu.Unlock()
				h.notes[i] = append(h.notes[i], d.Reason)
			}}))
	}
	return h
}

func (h *house) breaks(fault func(context.Context, func()) error) {
	for _, l := range h.links {
		l.set(fault)
	}
}

// everywhere guesses at each node in turn.
func (h *house) everywhere(t *testing.T, times int, try login.Try) (begun int) {
	for i := range times {
		begun += guesses(t, h.nodes[i%len(h.nodes)], 1, try)
	}
	return begun
}

var anybody = login.Try{Accounts: []string{"alice"}, Client: network6}
