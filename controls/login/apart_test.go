package login_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"pavise"
	"pavise/controls/login"
)

// kinds are the ways to guess that each of the limits is for.
var kinds = []struct {
	what  string
	try   func(i int) login.Try
	limit int
}{
	{"account and address", func(int) login.Try { return anybody }, 10},
	{"account", func(i int) login.Try {
		return login.Try{Accounts: []string{"bob"}, Client: netip.AddrFrom4([4]byte{203, 0, byte(i >> 8), byte(i)})}
	}, 20},
	{"address", func(i int) login.Try {
		return login.Try{Accounts: []string{fmt.Sprint("user", i)}, Client: network6}
	}, 100},
}

// TestNodesApart: whenever each of four nodes has last heard of a counter before the
// store goes, and whichever of them go on with it, they allow no more than the limit.
func TestNodesApart(t *testing.T) {
	worst := 0
	for last := range lastHeard(7) {
		for blind := range 16 {
			if len(last) > 1 && (last[0]+blind)%4 != 0 { // a quarter of the many
				continue
			}
			worst = max(worst, transition(t, last, blind))
		}
	}
	if worst != 10 {
		t.Errorf("%d guesses in the worst of all transitions", worst)
	}
}

// lastHeard are lists of which guess a node was the last to make with the store, for up
// to four nodes that have made any.
func lastHeard(most int) func(func([]int) bool) {
	return func(yield func([]int) bool) {
		var grow func(list []int) bool
		grow = func(list []int) bool {
			if !yield(list) {
				return false
			}
			from := 0
			if len(list) > 0 {
				from = list[len(list)-1]
			}
			for i := from + 1; i <= most && len(list) < 4; i++ {
				if !grow(append(list[:len(list):len(list)], i)) {
					return false
				}
			}
			return true
		}
		grow(nil)
	}
}

// transition guesses with the store, then without it at the blind nodes and with it at
// the others, and then with it again.
func transition(t *testing.T, last []int, blind int) (got int) {
	h := newHouseOf(t, 4)
	at := 0
	for node, guess := range last {
		for ; at < guess; at++ {
			got += guesses(t, h.nodes[node], 1, anybody)
		}
	}
	for i, link := range h.links {
		if blind>>i&1 == 1 {
			link.set(refuses)
		}
	}
	got += h.everywhere(t, 12, anybody)
	h.breaks(refuses)
	got += h.everywhere(t, 8, anybody)
	h.breaks(nil)
	return got + h.everywhere(t, 12, anybody)
}

// TestNodesComeAndGo: whatever happens to whichever of four nodes, in whatever order, by
// each of the metrics there are no more guesses than the limit.
func TestNodesComeAndGo(t *testing.T) {
	what := []func(context.Context, func()) error{nil, refuses, loses, isFull}
	for _, kind := range kinds {
		worst := 0
		for seed := range uint64(max(4000/kind.limit/kind.limit, 3)) {
			h, dice, got := newHouseOf(t, 4), rand.New(rand.NewPCG(seed, 0)), 0
			for i := range kind.limit * 8 {
				if dice.IntN(5) == 0 {
					h.links[dice.IntN(4)].set(what[dice.IntN(len(what))])
				}
				got += guesses(t, h.nodes[dice.IntN(4)], 1, kind.try(i))
				h.clock.Add(int64(100 * time.Millisecond))
			}
			worst = max(worst, got)
		}
		if worst > kind.limit || worst < kind.limit/2 {
			t.Errorf("%s: %d guesses, and %d may", kind.what, worst, kind.limit)
		}
	}
}

// TestNodesAtOnce: answers that overtake each other hide no guess.
func TestNodesAtOnce(t *testing.T) {
	h, got := newHouseOf(t, 4), 0
	h.links[0].set(func(_ context.Context, write func()) error { // while one is answered another asks and is answered
		write()
		h.links[0].set(nil)
		for range 6 {
			got += guesses(t, h.nodes[0], 1, anybody)
		}
		return nil
	})
	a, err := h.nodes[0].Begin(context.Background(), login.Try{Accounts: anybody.Accounts, Client: anybody.Client})
	if err != nil {
		t.Fatal(err)
	}
	a.Settle(context.Background())
	h.breaks(refuses)
	if got += 1 + h.everywhere(t, 12, anybody); got > 10 {
		t.Errorf("%d guesses", got)
	}
}

// TestSmallLimits: one that four nodes cannot share is one guess at each of them.
func TestSmallLimits(t *testing.T) {
	for failures := 1; failures <= 10; failures++ {
		store := &faulty{Store: pavise.NewMemory(nil)}
		got, together := 0, 0
		for range 4 {
			l, err := login.Guard{Failures: failures}.Ledger(pavise.Env{Store: store, Shared: true, Secret: make([]byte, 32)})
			if err != nil {
				t.Fatal(err)
			}
			store.set(nil)
			together += guesses(t, l, 20, anybody)
			store.set(refuses)
			got += guesses(t, l, 20, anybody)
		}
		if got += together; got > max(failures, 4) || together != max(1, failures-3) {
			t.Errorf("limit %d: %d guesses, %d of them with the store", failures, got, together)
		}
	}
}
