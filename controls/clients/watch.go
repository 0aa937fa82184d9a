package clients

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"pavise"
)

// A Watch is the [pavise.Watch] of one node: it answers from memory, keeps what must be
// known in the store, and learns from there what other nodes and its own former process
// have written. Before it is started it is its own alone.
type Watch struct {
	o       WatchOptions
	table   *table
	shelf   *shelf
	learnt  chan *pavise.Ban // automatic bans that the store has not been told of
	windows atomic.Pointer[[]openWindow]
	over    map[string]bool // windows that have ended here, whatever the clock makes of them later
	opening sync.Mutex      // of windows
	stop    func()
	stopped sync.WaitGroup
	told    string // what was last said to be wrong with the store
}

// WatchOptions are what a Watch works with. Nil is none.
type WatchOptions struct {
	Store pavise.Store
	// Shared says that other nodes use the Store as well.
	Shared bool
	Now    func() time.Time
	// Heard is told what becomes of windows, one after the other.
	Heard func(WindowEvent)
	// Failed is told why the store has not heard of something, or not whole.
	Failed func(error)
}

const (
	// beat is how often the store is asked whether something has changed: what one node
	// is told all others know within a second.
	beat = 500 * time.Millisecond
	// storeTime is how long the store is waited for, once.
	storeTime = 5 * time.Second
	// waiting bounds the bans that wait to be shared.
	waiting = 1024
	// sweepEvery is how often is forgotten what has ended.
	sweepEvery = time.Minute
)

// NewWatch returns a Watch that knows of nobody yet.
func NewWatch(o WatchOptions) *Watch {
	env := pavise.Env{Store: o.Store, Now: o.Now}.Complete()
	o.Store, o.Now = env.Store, env.Now
	if o.Heard == nil {
		o.Heard = func(WindowEvent) {}
	}
	if o.Failed == nil {
		o.Failed = func(error) {}
	}
	w := &Watch{o: o, table: newTable(o.Now), learnt: make(chan *pavise.Ban, waiting), over: map[string]bool{}, stop: func() {}}
	w.shelf = &shelf{store: o.Store, now: o.Now, table: w.table}
	w.windows.Store(new([]openWindow))
	return w
}

// Start learns what the store knows, and goes on to until it is stopped.
func (w *Watch) Start(ctx context.Context) {
	w.Sync(ctx)
	ctx, w.stop = context.WithCancel(context.WithoutCancel(ctx))
	w.stopped.Go(func() {
		tick, swept := time.NewTicker(beat), w.o.Now()
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				w.share(context.WithoutCancel(ctx))
				return
			case <-tick.C:
			}
			w.endWindows()
			w.share(ctx)
			if w.o.Shared {
				w.Sync(ctx)
			}
			if now := w.o.Now(); now.Sub(swept) >= sweepEvery {
				w.table.sweep()
				swept = now
			}
		}
	})
}

// Stop tells the store what it has not heard yet, and ends.
func (w *Watch) Stop() {
	w.stop()
	w.stopped.Wait()
}

// Sync learns what is new in the store. Where it is away, what is known goes on to hold.
func (w *Watch) Sync(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	err := errors.Join(w.syncWindows(ctx), w.shelf.sync(ctx))
	if errors.Is(err, pavise.ErrAway) { // which the store's breaker tells of
		err = nil
	}
	said := ""
	if err != nil {
		said = err.Error()
	}
	if said != w.told && err != nil {
		w.o.Failed(err)
	}
	w.told = said
}

// share tells the store of the bans that were learnt here.
func (w *Watch) share(ctx context.Context) {
	var changes []change
	for len(changes) < waiting {
		select {
		case b := <-w.learnt:
			changes = append(changes, change{b.Network, b})
			continue
		default:
		}
		break
	}
	if len(changes) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	if err := w.shelf.write(ctx, changes); err != nil {
		w.o.Failed(fmt.Errorf("%d bans are known to this node alone: %w", len(changes), err))
	}
}

// Banned implements [pavise.Watch].
func (w *Watch) Banned(client netip.Addr) *pavise.Ban { return w.table.banned(client) }

// Ban implements [pavise.Watch].
func (w *Watch) Ban(client netip.Addr, first, most time.Duration, reason string) *pavise.Ban {
	if !client.IsValid() || this.has(client) || w.table.banned(client) != nil {
		return nil
	}
	now := w.o.Now()
	b := &pavise.Ban{Network: pavise.Subscriber(client), Since: now, Automatic: true, Times: 1, Reason: reason}
	if last := w.table.get(b.Network); last != nil && last.Automatic && now.Sub(last.Ends) < memory {
		b.Times = last.Times + 1
	}
	life := first
	for i := 1; i < b.Times && life < most; i++ {
		life *= 2
	}
	b.Ends = now.Add(min(life, most))
	w.table.put(b)
	select {
	case w.learnt <- b:
	default: // the store is away, or slower than the attack: this node knows
	}
	return b
}

// Bans returns the bans that have not ended, by network.
func (w *Watch) Bans() []pavise.Ban { return w.table.running() }

// MaxBan is how long a ban may last at once: addresses change hands.
const MaxBan = 366 * 24 * time.Hour

// maxReason bounds what is written about a ban or a window.
const maxReason = 200

// AddBan keeps a network away, by the owner's word, on every node.
func (w *Watch) AddBan(ctx context.Context, b pavise.Ban) error {
	now := w.o.Now()
	switch {
	case !b.Network.IsValid() || b.Network != b.Network.Masked():
		return fmt.Errorf("%s is no network", b.Network)
	case loops(b.Network):
		return fmt.Errorf("%s is this machine, which is never banned", b.Network)
	case !now.Before(b.Ends):
		return errors.New("a ban must end later than now")
	case b.Ends.Sub(now) > MaxBan:
		return fmt.Errorf("a ban lasts at most %d days, for addresses change hands", int(MaxBan.Hours()/24))
	case len(b.Reason) > maxReason:
		return fmt.Errorf("a reason has at most %d bytes", maxReason)
	}
	own := 0
	for _, b := range w.table.running() {
		if !b.Automatic {
			own++
		}
	}
	if own >= MaxOwn {
		return fmt.Errorf("%d bans of yours are running, and more cannot be: ban networks, or let a firewall do it", own)
	}
	b.Ends = ending(b.Since, b.Ends, now)
	w.table.put(&b)
	return w.shelf.write(ctx, []change{{b.Network, &b}})
}

// RemoveBan lets a network in again, on every node, and reports whether it was banned.
func (w *Watch) RemoveBan(ctx context.Context, p netip.Prefix) (bool, error) {
	w.share(ctx) // what waits to be written would bring it back
	was := w.table.remove(p)
	return was, w.shelf.write(ctx, []change{{p, nil}})
}

// loops reports whether a network is this machine: one of its addresses, or any where
// loopback is. Of a network around it all but itself are kept away.
func loops(p netip.Prefix) bool {
	return p.IsSingleIP() && this.has(p.Addr()) || p.Addr().IsLoopback() || p.Contains(netip.IPv6Loopback()) || p.Contains(netip.AddrFrom4([4]byte{127, 0, 0, 1}))
}
