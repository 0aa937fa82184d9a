package clients

import (
	"context"
	"testing"
	"time"

	"pavise"
	"pavise/test/setclock"
)

// TestClockIsSet: bans and windows of this process, of another node and of before a restart
// end when they would have; after a restart with the clock set back none lasts longer than
// its own life.
func TestClockIsSet(t *testing.T) {
	ctx, day := context.Background(), 24*time.Hour
	client, banned := address("192.0.2.9"), network("198.51.100.0/24")
	for _, by := range []time.Duration{day, -day, 50 * 365 * day} {
		clock := new(setclock.Clock)
		store := pavise.NewMemory(clock.Now)
		node := func() *Watch { return NewWatch(WatchOptions{Store: store, Shared: true, Now: clock.Now}) }
		holds := func(who string, w *Watch) {
			t.Helper()
			if w.Banned(client) == nil || w.Banned(banned.Addr()) == nil {
				t.Errorf("set by %s: a ban of %s has ended", by, who)
			}
			for _, b := range w.Bans() {
				if left := b.Ends.Sub(clock.Now()); left > 30*time.Minute || left < 29*time.Minute {
					t.Errorf("set by %s: %s bans %s for %s", by, who, b.Network, left)
				}
			}
			for _, v := range w.Windows() {
				if left := v.Ends.Sub(clock.Now()); left > time.Hour || left < 59*time.Minute {
					t.Errorf("set by %s: a window of %s is open for %s", by, who, left)
				}
			}
		}
		a, b := node(), node()
		a.Ban(client, 30*time.Minute, time.Hour, "it probed")
		now := clock.Now().UTC().Round(0) // as it comes from a command
		if err := a.AddBan(ctx, pavise.Ban{Network: banned, Since: now, Ends: now.Add(30 * time.Minute)}); err != nil {
			t.Fatal(err)
		}
		if err := a.OpenWindow(ctx, pavise.Window{ID: "w", From: Anybody(), Opened: now, Ends: now.Add(time.Hour), Reason: "scan"}); err != nil {
			t.Fatal(err)
		}
		a.share(ctx)
		b.Sync(ctx)
		clock.Set(by)
		holds("its own", a)
		holds("another node", b)
		if by < 0 {
			b.Sync(ctx)
			holds("another node that asks", b)
			c := node()
			c.Sync(ctx)
			holds("a new process", c)
		}
	}
}

// TestWindowsStayEnded: one that has ended by the time that passes is not opened again by
// what the store says after the clock was set back.
func TestWindowsStayEnded(t *testing.T) {
	ctx, clock := context.Background(), new(setclock.Clock)
	w := NewWatch(WatchOptions{Shared: true, Now: clock.Now})
	now := clock.Now()
	if err := w.OpenWindow(ctx, pavise.Window{ID: "w", From: Anybody(), Opened: now, Ends: now.Add(20 * time.Millisecond), Reason: "scan"}); err != nil {
		t.Fatal(err)
	}
	clock.Set(-time.Hour)
	time.Sleep(25 * time.Millisecond)
	for range 3 {
		w.endWindows()
		if w.Sync(ctx); w.Spared(address("192.0.2.1")) || len(w.Windows()) != 0 {
			t.Fatal("it is open")
		}
	}
}
