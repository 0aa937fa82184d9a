package login_test

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pavise"
	"pavise/controls/login"
)

// TestNodesCountTogether: which node is asked makes no difference, also where clocks
// are minutes apart.
func TestNodesCountTogether(t *testing.T) {
	h := newHouse(t)
	if got := h.everywhere(t, 60, anybody); got != 7 {
		t.Errorf("%d guesses", got)
	}
	h.clock.Add(int64(29 * time.Minute))
	if got := h.everywhere(t, 6, anybody); got != 0 {
		t.Errorf("%d guesses within the block", got)
	}
	h.clock.Add(int64(61 * time.Second))
	if got := h.everywhere(t, 60, anybody); got != 7 {
		t.Errorf("%d guesses after it", got)
	}
}

// TestRefundsTogether: an app that fails at wrong passwords lends three nodes no more
// guesses than one, with the store and without.
func TestRefundsTogether(t *testing.T) {
	ctx := context.Background()
	for _, fault := range []func(context.Context, func()) error{nil, refuses} {
		h := newHouse(t)
		h.breaks(fault)
		begun := 0
		for i := range 600 {
			if a, err := h.nodes[i%3].Begin(ctx, anybody); err == nil {
				begun++
				a.Cancel(ctx)
			}
		}
		if begun < 15 || begun > 50 {
			t.Errorf("%d guesses", begun)
		}
	}
}

// TestOwnAccount: whoever logs in to an account of his own between his guesses, at
// whatever node, guesses no more at others for it.
func TestOwnAccount(t *testing.T) {
	ctx := context.Background()
	h := newHouse(t)
	var wait sync.WaitGroup
	var begun atomic.Int64
	for i := range 30 {
		wait.Go(func() {
			for range 10 {
				if a, err := h.nodes[i%3].Begin(ctx, anybody); err == nil {
					begun.Add(1)
					a.Fail(ctx)
				}
				own := login.Try{Accounts: []string{"mallory"}, Client: network6}
				if i%2 == 0 { // or both, where it is not clear which of the fields counts
					own.Accounts = append(own.Accounts, "alice")
				}
				if a, err := h.nodes[(i+1)%3].Begin(ctx, own); err == nil {
					a.Succeed(ctx)
				}
			}
		})
	}
	wait.Wait()
	if n := begun.Load(); n < 1 || n > 10 {
		t.Errorf("%d guesses", n)
	}
}

// TestSpellingsOfNodes: one account and one network are one, at whatever node they are
// spelt how.
func TestSpellingsOfNodes(t *testing.T) {
	h := newHouse(t)
	names := []string{"josé", "JOSÉ", " jose\u0301 ", "ｊｏｓé", "jo\u200bse", "jose"}
	got := 0
	for i := range 60 {
		if i == 30 {
			h.breaks(refuses)
		}
		from := netip.MustParseAddr(fmt.Sprintf("2001:db8:1:2::%x", i+1))
		got += guesses(t, h.nodes[i%3], 1, login.Try{Accounts: []string{names[i%len(names)]}, Client: from})
	}
	if got < 7 || got > 10 {
		t.Errorf("%d guesses", got)
	}
}

// TestNewSecret: a browser that was known under a secret is, as long as that opens, and
// guesses count on, also among nodes that are not all as far.
func TestNewSecret(t *testing.T) {
	old, fresh := make([]byte, 32), bytes.Repeat([]byte{1}, 32)
	store := pavise.NewMemory(nil)
	env := pavise.Env{Store: store, Shared: true, Secret: old}
	before := ledger(t, env)
	env.Former = [][]byte{fresh, old} // the one that is to come, and the oldest
	told := ledger(t, env)
	after := ledger(t, pavise.Env{Store: store, Shared: true, Secret: fresh, Former: [][]byte{old}})
	last := ledger(t, pavise.Env{Store: store, Shared: true, Secret: fresh})
	device := before.Remember("", "alice").Value
	got := 0
	for i := range 30 {
		got += guesses(t, []*login.Ledger{before, told, after}[i%3], 1, anybody)
	}
	if got != 7 {
		t.Errorf("%d guesses while the secret changes", got)
	}
	if got := guesses(t, last, 20, anybody); got != 7 {
		t.Errorf("%d guesses where the old secret is forgotten", got)
	}
	renewed := after.Remember(device, "alice").Value
	for _, tt := range []struct {
		what  string
		node  *login.Ledger
		value string
		want  int
	}{
		{"the old cookie, while the old secret opens", after, device, 1},
		{"the old cookie, when it does not any more", last, device, 0},
		{"the new cookie", last, renewed, 1},
		{"the new cookie, where the new secret is to come", told, renewed, 1},
	} {
		if got := guesses(t, tt.node, 1, login.Try{Accounts: []string{"alice"}, Client: network6, Device: tt.value}); got != tt.want {
			t.Errorf("%s: %d guesses, want %d", tt.what, got, tt.want)
		}
	}
}

// TestClocksOfNodes: a browser that has logged in where the clock is ahead, on the
// other side of midnight, is known where it is not.
func TestClocksOfNodes(t *testing.T) {
	midnight := morning.Truncate(24 * time.Hour)
	at := func(d time.Duration) *login.Ledger {
		return ledger(t, pavise.Env{Secret: make([]byte, 32), Now: func() time.Time { return midnight.Add(d) }})
	}
	ahead, behind := at(30*time.Second), at(-30*time.Second)
	try := login.Try{Accounts: []string{"alice"}, Client: network6}
	guesses(t, behind, 10, try)
	try.Device = ahead.Remember("", "alice").Value
	if got := guesses(t, behind, 1, try); got != 1 {
		t.Error("the browser is not known")
	}
}
