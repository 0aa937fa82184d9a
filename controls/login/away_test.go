package login_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/controls/login"
)

// TestNodesAlone: nodes that do not see each other allow their share, by each of the
// metrics, and what they have allowed counts when they do.
func TestNodesAlone(t *testing.T) {
	for _, kind := range kinds {
		h := newHouse(t)
		h.breaks(refuses)
		got := 0
		for i := range 150 {
			for _, node := range h.nodes {
				got += guesses(t, node, 1, kind.try(i))
			}
		}
		if got != 3*kind.limit/10 {
			t.Errorf("%s: %d guesses without the store", kind.what, got)
		}
		h.breaks(nil)
		for i := range 150 {
			for _, node := range h.nodes {
				got += guesses(t, node, 1, kind.try(i))
			}
		}
		if got < kind.limit*7/10 || got > kind.limit {
			t.Errorf("%s: %d guesses when the store is back", kind.what, got)
		}
		for i, notes := range h.notes {
			if len(notes) != 2 || !strings.Contains(notes[0], "counted on this machine alone, to a tenth") || !strings.Contains(notes[1], "again") {
				t.Errorf("%s: node %d notes %q", kind.what, i, notes)
			}
		}
	}
}

// TestBlocksHold: one that is known before the store goes holds without it, and what was
// counted meanwhile counts behind it, at every node.
func TestBlocksHold(t *testing.T) {
	h := newHouse(t)
	h.everywhere(t, 12, anybody)
	h.breaks(refuses)
	if got := h.everywhere(t, 9, anybody); got != 0 {
		t.Errorf("%d guesses without the store", got)
	}
	carol := login.Try{Accounts: []string{"carol"}, Client: network6}
	if got := guesses(t, h.nodes[0], 10, carol); got != 1 {
		t.Errorf("%d guesses at one node alone", got)
	}
	h.breaks(nil)
	h.clock.Add(int64(20 * time.Minute))
	other := login.Try{Accounts: []string{"dave"}, Client: netip.MustParseAddr("192.0.2.1")}
	if got := guesses(t, h.nodes[0], 1, other); got != 1 { // by whom the node learns that the store is back
		t.Error("others are refused")
	}
	if got := guesses(t, h.nodes[1], 10, carol) + guesses(t, h.nodes[2], 10, carol); got != 6 {
		t.Errorf("%d more guesses at the others, want 6", got)
	}
	h.clock.Add(int64(11 * time.Minute))
	if got := guesses(t, h.nodes[1], 12, carol); got != 0 {
		t.Errorf("%d guesses 11 minutes after the last", got)
	}
	h.clock.Add(int64(20 * time.Minute))
	if got := guesses(t, h.nodes[1], 12, carol); got != 7 {
		t.Errorf("%d guesses after the block", got)
	}
}

// TestStoreForgets: a store that comes back empty is told what it knew, and by whoever
// could empty it again and again nothing is gained.
func TestStoreForgets(t *testing.T) {
	h := newHouse(t)
	got := 0
	for range 8 {
		got += h.everywhere(t, 6, anybody)
		h.breaks(refuses)
		got += h.everywhere(t, 3, anybody)
		empty := pavise.NewMemory(h.now)
		for _, l := range h.links {
			l.Store = empty
		}
		h.breaks(nil)
	}
	if got < 6 || got > 12 { // the first that comes back need not have heard of all
		t.Errorf("%d guesses", got)
	}
	if got := h.everywhere(t, 9, anybody); got != 0 {
		t.Errorf("%d guesses at a blocked account", got)
	}
}

// TestComesAndGoes: a store that goes and comes again and again lends nobody guesses.
func TestComesAndGoes(t *testing.T) {
	for _, fault := range []func(context.Context, func()) error{refuses, loses, isFull} {
		h := newHouse(t)
		got := 0
		for i := range 60 {
			if h.breaks(nil); i%2 == 0 {
				h.breaks(fault)
			}
			got += h.everywhere(t, 1+i%4, anybody)
			h.clock.Add(int64(time.Second))
		}
		if got < 1 || got > 10 {
			t.Errorf("%d guesses", got)
		}
	}
}

// TestGuessesBefore: what a node has seen in the store weighs when it is gone.
func TestGuessesBefore(t *testing.T) {
	h := newHouse(t)
	h.everywhere(t, 9, anybody)
	h.breaks(refuses)
	if got := guesses(t, h.nodes[2], 10, anybody); got > 1 {
		t.Errorf("%d more guesses after nine", got)
	}
}

// TestSettledWhereBegun: an attempt that the store has counted is not taken off
// elsewhere, nor the other way round.
func TestSettledWhereBegun(t *testing.T) {
	ctx := context.Background()
	h := newHouse(t)
	a, err := h.nodes[0].Begin(ctx, anybody)
	if err != nil {
		t.Fatal(err)
	}
	h.breaks(refuses)
	a.Cancel(ctx)
	h.breaks(nil)
	if got := h.everywhere(t, 20, anybody); got != 7 {
		t.Errorf("begun with the store, settled without: %d", got)
	}
	h = newHouse(t)
	h.breaks(refuses)
	if a, err = h.nodes[0].Begin(ctx, anybody); err != nil {
		t.Fatal(err)
	}
	h.breaks(nil)
	guesses(t, h.nodes[0], 1, login.Try{Accounts: []string{"dave"}}) // repays
	a.Succeed(ctx)
	if got := h.everywhere(t, 20, anybody); got > 10 || got < 5 {
		t.Errorf("begun without the store, settled with: %d", got)
	}
}

// TestLostAnswers: a store that writes and does not answer counts twice, and never
// less than once.
func TestLostAnswers(t *testing.T) {
	h := newHouse(t)
	got := 0
	for range 20 {
		h.breaks(loses)
		got += h.everywhere(t, 3, anybody)
		h.breaks(nil)
		got += h.everywhere(t, 3, anybody)
	}
	if got < 1 || got > 10 {
		t.Errorf("%d guesses", got)
	}
}

// TestBreakingInTheMiddle: whoever could break the store between any two of its
// answers gains nothing by it.
func TestBreakingInTheMiddle(t *testing.T) {
	for every := int64(1); every <= 9; every++ {
		h := newHouse(t)
		for _, l := range h.links {
			l.set(func(_ context.Context, write func()) error {
				if l.asked.Load()%every == 0 {
					return pavise.ErrAway
				}
				write()
				return nil
			})
		}
		got := h.everywhere(t, 90, anybody)
		if got > 10 {
			t.Errorf("every %d. answer is missing: %d guesses", every, got)
		}
		h.breaks(nil)
		if got += h.everywhere(t, 90, anybody); got > 10 {
			t.Errorf("every %d. answer was missing: %d guesses", every, got)
		}
	}
}

// TestDeadStore: a store without a breaker costs a caller at a time its budget, and
// no more than a tenth of the time.
func TestDeadStore(t *testing.T) {
	store := &faulty{Store: pavise.NewMemory(nil)}
	s := guarded(t, login.Guard{}, func(e *pavise.Env) { e.Store = store })
	store.set(func(ctx context.Context, _ func()) error {
		<-ctx.Done()
		s.pass(500 * time.Millisecond)
		return errors.New("timed out")
	})
	s.want("without the store", s.guess(100, "203.0.113.9", "alice"), 5)
	if n := store.asked.Load(); n != 1 {
		t.Errorf("the store was asked %d times within a second", n)
	}
	if res := s.login("203.0.113.10", "bob", "right"); res.StatusCode != 302 {
		t.Errorf("others: %d", res.StatusCode)
	}
	s.pass(6 * time.Second)
	s.guess(1, "203.0.113.9", "alice")
	if n := store.asked.Load(); n != 2 {
		t.Errorf("the store was asked %d times after six", n)
	}
	if len(s.notes) != 1 || !strings.Contains(s.notes[0].Reason, "timed out") {
		t.Errorf("%+v", s.notes)
	}
	store.set(nil)
	s.pass(6 * time.Second)
	if res := s.login("203.0.113.10", "bob", "right"); res.StatusCode != 302 || len(s.notes) != 2 {
		t.Errorf("when it is back: %d, %+v", res.StatusCode, s.notes)
	}
}

// TestFullStore: it still refuses whom it knows, and whom it has no room for this
// machine counts, also behind it.
func TestFullStore(t *testing.T) {
	h := newHouse(t)
	h.everywhere(t, 10, anybody)
	memory := h.links[0].Store
	known := map[string]bool{}
	for _, l := range h.links {
		l.Store = &roomless{Store: memory, known: known}
	}
	if got := h.everywhere(t, 9, anybody); got != 0 {
		t.Errorf("%d guesses at a blocked account", got)
	}
	erin := login.Try{Accounts: []string{"erin"}, Client: netip.MustParseAddr("192.0.2.9")}
	if got := guesses(t, h.nodes[0], 9, erin); got != 1 {
		t.Errorf("%d guesses at one that it has no room for", got)
	}
	for _, l := range h.links {
		l.Store = memory
	}
	if got := h.everywhere(t, 9, erin); got != 6 {
		t.Errorf("%d more when it has room again, want 6", got)
	}
}

// roomless takes no new key.
type roomless struct {
	pavise.Store
	known map[string]bool
}

func (r *roomless) Add(ctx context.Context, key string, n int64, life time.Duration) (int64, time.Duration, error) {
	if sum, _, err := r.Store.Add(ctx, key, 0, life); err == nil && sum == 0 && n > 0 {
		return 0, 0, pavise.ErrFull
	}
	return r.Store.Add(ctx, key, n, life)
}

// TestBookIsBounded: made-up names while the store is away fill no memory, and free
// no account that is blocked.
func TestBookIsBounded(t *testing.T) {
	h := newHouse(t)
	h.breaks(refuses)
	guesses(t, h.nodes[0], 2, anybody)
	before := heap()
	for i := range 22_500 { // of three counters each
		guesses(t, h.nodes[0], 1, login.Try{Accounts: []string{fmt.Sprint("user", i)},
			Client: netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})})
	}
	if grown := heap() - before; grown > 32<<20 {
		t.Errorf("the memory has grown by %d MiB", grown>>20)
	}
	if got := guesses(t, h.nodes[0], 5, anybody); got != 0 {
		t.Errorf("%d more guesses at a blocked account", got)
	}
}
