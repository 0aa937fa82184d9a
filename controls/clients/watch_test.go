package clients

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pavise"
)

// nodes are some that share a store, and what each has heard.
func nodes(c *clock, store pavise.Store, n int) (list []*Watch, heard [][]string) {
	heard = make([][]string, n)
	for i := range n {
		list = append(list, NewWatch(WatchOptions{Store: store, Shared: true, Now: c.now, Heard: func(e WindowEvent) {
			heard[i] = append(heard[i], strings.TrimSpace(e.What+" "+e.Window.ID+" "+e.By))
		}}))
	}
	return list, heard
}

func window(c *clock, id string, life time.Duration, from ...string) pavise.Window {
	v := pavise.Window{ID: id, Opened: c.now(), Ends: until(c, life), Reason: "quarterly scan", By: "ann"}
	for _, s := range from {
		v.From = append(v.From, network(s))
	}
	return v
}

func TestWindowOfTwoNodes(t *testing.T) {
	ctx, c := context.Background(), &clock{start}
	store := pavise.NewMemory(c.now)
	list, heard := nodes(c, store, 2)
	a, b, scanner := list[0], list[1], address("192.0.2.9")
	if err := a.OpenWindow(ctx, window(c, "w1", 4*time.Hour, "192.0.2.0/24", "2001:db8::/32")); err != nil {
		t.Fatal(err)
	}
	if !a.Spared(scanner) || b.Spared(scanner) {
		t.Error("it does not begin here, or is known elsewhere by magic")
	}
	b.Sync(ctx)
	if !b.Spared(scanner) || !b.Spared(address("2001:db8::1")) || b.Spared(address("198.51.100.1")) || len(b.Windows()) != 1 {
		t.Error(b.Windows())
	}
	later := NewWatch(WatchOptions{Store: store, Now: c.now}) // a restart
	if later.Sync(ctx); !later.Spared(scanner) {
		t.Error("a restart has forgotten it")
	}
	if err := b.OpenWindow(ctx, window(c, "w1", time.Hour, "192.0.2.0/24")); err != nil || len(b.Windows()) != 1 {
		t.Error("the same was opened twice", err)
	}
	if err := b.OpenWindow(ctx, window(c, "w2", 8*time.Hour, "203.0.113.0/24")); err != nil {
		t.Fatal(err)
	}
	if err := b.CloseWindow(ctx, "w2", "ben"); err != nil || b.Spared(address("203.0.113.1")) {
		t.Error(err)
	}
	if err := b.CloseWindow(ctx, "w2", "ben"); !errors.Is(err, ErrNoWindow) {
		t.Error(err)
	}
	c.pass(4*time.Hour - time.Nanosecond)
	if !a.Spared(scanner) {
		t.Error("it ends too early")
	}
	c.pass(time.Nanosecond)
	if a.Spared(scanner) || b.Spared(scanner) || len(a.Windows()) != 0 {
		t.Error("it does not end by itself")
	}
	a.endWindows()
	b.Sync(ctx)
	if got := fmt.Sprint(heard); got != "[[opened w1 ann ended w1] [opened w1 ann opened w2 ann closed w2 ben ended w1]]" {
		t.Error(got)
	}
}

func TestWindowsThatCannotBe(t *testing.T) {
	ctx, c := context.Background(), &clock{start}
	w := NewWatch(WatchOptions{Now: c.now})
	anybody := window(c, "x", MaxAnybody+time.Second)
	anybody.From = Anybody()
	many := window(c, "x", time.Hour)
	for i := range uint32(maxWindowNet + 1) {
		p, _ := v4(0xC0000000 + i<<8).Prefix(24)
		many.From = append(many.From, p)
	}
	silent := window(c, "x", time.Hour, "192.0.2.0/24")
	silent.Reason = ""
	long := silent
	long.Reason = strings.Repeat("x", maxReason+1)
	for name, v := range map[string]pavise.Window{
		"too long": window(c, "x", MaxWindow+time.Second, "192.0.2.0/24"), "for nobody": window(c, "x", time.Hour),
		"over": window(c, "x", 0, "192.0.2.0/24"), "anybody for long": anybody, "many": many, "without a reason": silent, "with a book": long,
	} {
		if err := w.OpenWindow(ctx, v); err == nil {
			t.Errorf("a window %s was opened", name)
		}
	}
	anybody.Ends = until(c, MaxAnybody)
	if err := w.OpenWindow(ctx, anybody); err != nil || !w.Spared(address("203.0.113.77")) || !w.Spared(address("2001:db9::1")) {
		t.Error(err)
	}
	for i := range maxWindows {
		err := w.OpenWindow(ctx, window(c, fmt.Sprint("w", i), time.Hour, "192.0.2.0/24"))
		if (err != nil) != (i == maxWindows-1) {
			t.Fatalf("window %d: %v", i, err)
		}
	}
}

// away is a store that nobody can ask for now.
type away struct {
	pavise.Store
	gone bool
}

func (a *away) Get(ctx context.Context, key string) ([]byte, uint64, error) {
	if a.gone {
		return nil, 0, pavise.ErrAway
	}
	return a.Store.Get(ctx, key)
}

// TestStoreAway: what was known goes on to hold and to end; what is new is not pretended.
func TestStoreAway(t *testing.T) {
	ctx, c := context.Background(), &clock{start}
	store := &away{Store: pavise.NewMemory(c.now)}
	w := NewWatch(WatchOptions{Store: store, Shared: true, Now: c.now, Failed: func(err error) { t.Error(err) }})
	if err := w.OpenWindow(ctx, window(c, "w1", time.Hour, "192.0.2.0/24")); err != nil {
		t.Fatal(err)
	}
	w.Ban(address("203.0.113.5"), time.Hour, time.Hour, "")
	store.gone = true
	w.Sync(ctx)
	if !w.Spared(address("192.0.2.1")) || w.Banned(address("203.0.113.5")) == nil {
		t.Error("what was known is forgotten")
	}
	if err := w.OpenWindow(ctx, window(c, "w2", time.Hour, "192.0.2.0/24")); !errors.Is(err, pavise.ErrAway) {
		t.Error(err)
	}
	c.pass(time.Hour)
	if w.Spared(address("192.0.2.1")) {
		t.Error("it does not end")
	}
}

func TestBansOfTwoNodes(t *testing.T) {
	ctx, c := context.Background(), &clock{start}
	list, _ := nodes(c, pavise.NewMemory(c.now), 2)
	a, b := list[0], list[1]
	own := pavise.Ban{Network: network("198.51.100.0/24"), Since: c.now(), Ends: until(c, 24*time.Hour), Reason: "card testing"}
	if err := a.AddBan(ctx, own); err != nil {
		t.Fatal(err)
	}
	for i := range uint32(300) { // more than one beat, of several lists
		a.Ban(v4(0x0A000000+i), 5*time.Minute, time.Hour, "probing")
	}
	a.share(ctx)
	b.Sync(ctx)
	if got := b.Banned(address("198.51.100.77")); got == nil || got.Reason != "card testing" || got.Automatic {
		t.Error(got)
	}
	if got := b.Banned(v4(0x0A000000 + 299)); got == nil || !got.Automatic || got.Times != 1 || len(b.Bans()) != 301 {
		t.Error(got, len(b.Bans()))
	}
	if was, err := b.RemoveBan(ctx, own.Network); err != nil || !was {
		t.Error(was, err)
	}
	if was, err := b.RemoveBan(ctx, own.Network); err != nil || was {
		t.Error(was, err)
	}
	if _, err := b.RemoveBan(ctx, network("10.0.0.1/32")); err != nil {
		t.Error(err)
	}
	a.Sync(ctx)
	if a.Banned(address("198.51.100.77")) != nil || a.Banned(v4(0x0A000001)) != nil || len(a.Bans()) != 299 {
		t.Error("a ban that was removed elsewhere holds on", len(a.Bans()))
	}
	c.pass(10 * time.Minute)
	if a.Ban(v4(0x0A000002), 5*time.Minute, time.Hour, "again"); a.Banned(v4(0x0A000002)).Times != 2 {
		t.Error("a second time is as a first")
	}
	restarted := NewWatch(WatchOptions{Store: a.o.Store, Now: c.now})
	a.share(ctx)
	if restarted.Sync(ctx); restarted.Banned(v4(0x0A000002)) == nil || len(restarted.Bans()) != 1 {
		t.Error("a restart has forgotten", len(restarted.Bans()))
	}
}

// TestOwnersBanOutlastsWhatWaits: an automatic ban of before, here or on another node, that
// the store hears of later takes nothing away from the owner's.
func TestOwnersBanOutlastsWhatWaits(t *testing.T) {
	ctx, c := t.Context(), &clock{start}
	store := pavise.NewMemory(c.now)
	list, _ := nodes(c, store, 2)
	who := address("192.0.2.7")
	for _, w := range list {
		w.Ban(who, 5*time.Minute, time.Hour, "probing")
	}
	if err := list[0].AddBan(ctx, pavise.Ban{Network: network("192.0.2.7/32"), Since: c.now(), Ends: until(c, 24*time.Hour), Reason: "mine"}); err != nil {
		t.Fatal(err)
	}
	for _, w := range list {
		w.share(ctx)
	}
	for i, w := range append(list, NewWatch(WatchOptions{Store: store, Now: c.now})) {
		if w.Sync(ctx); w.Banned(who) == nil || w.Banned(who).Reason != "mine" {
			t.Errorf("node %d: %+v", i, w.Banned(who))
		}
	}
	c.pass(24 * time.Hour)
	list[1].Ban(who, 5*time.Minute, time.Hour, "again")
	list[1].share(ctx)
	if list[0].Sync(ctx); list[0].Banned(who) == nil {
		t.Error("after the owner's nobody is banned again")
	}
}

func TestBansThatCannotBe(t *testing.T) {
	ctx, c := context.Background(), &clock{start}
	w := NewWatch(WatchOptions{Now: c.now})
	for name, b := range map[string]pavise.Ban{
		"this machine": {Network: network("127.0.0.0/8"), Ends: until(c, time.Hour)},
		"and in IPv6":  {Network: network("::/64"), Ends: until(c, time.Hour)},
		"over":         {Network: network("192.0.2.0/24"), Ends: c.now()},
		"for ever":     {Network: network("192.0.2.0/24"), Ends: until(c, MaxBan+time.Second)},
		"no network":   {Ends: until(c, time.Hour)},
		"with a book":  {Network: network("192.0.2.0/24"), Ends: until(c, time.Hour), Reason: strings.Repeat("x", maxReason+1)},
	} {
		if err := w.AddBan(ctx, b); err == nil {
			t.Errorf("a ban %s was added", name)
		}
	}
	for _, who := range []string{"127.0.0.1", "::1", "::ffff:127.0.0.1"} {
		if w.Ban(address(who), time.Hour, time.Hour, "") != nil {
			t.Errorf("%s was banned", who)
		}
	}
}

// TestBanGrows: twice as long each time, up to the bound, and a day after the last it
// begins anew.
func TestBanGrows(t *testing.T) {
	c := &clock{start}
	w, who := NewWatch(WatchOptions{Now: c.now}), address("192.0.2.7")
	for i, want := range []time.Duration{5, 10, 20, 40, 60, 60} {
		b := w.Ban(who, 5*time.Minute, time.Hour, "")
		if b == nil || b.Ends.Sub(b.Since) != want*time.Minute || b.Times != i+1 {
			t.Fatalf("ban %d: %+v", i, b)
		}
		if w.Ban(who, 5*time.Minute, time.Hour, "") != nil {
			t.Error("who is banned was banned again")
		}
		c.pass(b.Ends.Sub(c.now()) + time.Hour)
	}
	c.pass(memory)
	if b := w.Ban(who, 5*time.Minute, time.Hour, ""); b.Times != 1 {
		t.Errorf("%+v", b)
	}
	if w.Banned(address("192.0.2.8")) != nil {
		t.Error("the neighbour is banned, too")
	}
	w.Ban(address("2001:db8::1"), time.Hour, time.Hour, "")
	if w.Banned(address("2001:db8::ffff:1")) == nil || w.Banned(address("2001:db8:0:1::1")) != nil {
		t.Error("IPv6 is not banned by /64")
	}
}

// TestListIsBounded: where a list of the store is full, the owner's bans stay in it.
func TestListIsBounded(t *testing.T) {
	c := &clock{start}
	list := []pavise.Ban{{Network: network("198.51.100.0/24"), Ends: until(c, time.Minute), Reason: "mine"}}
	for i := range uint32(1000) {
		list = append(list, pavise.Ban{Network: pavise.Subscriber(v4(i)), Ends: until(c, time.Hour), Automatic: true})
	}
	value, life, kept := encode(list, c.now())
	if kept < 80 || kept >= len(list) || len(value) > pavise.MaxValue || life != time.Hour+memory || !strings.Contains(string(value), "mine") {
		t.Error(len(value), life)
	}
}

// TestFullListLiftsNoBan: what finds no room in the store holds on where it is known, and
// what the owner lifts is lifted all the same.
func TestFullListLiftsNoBan(t *testing.T) {
	ctx, c := t.Context(), &clock{start}
	watches, _ := nodes(c, pavise.NewMemory(c.now), 2)
	var of []netip.Addr // one list
	for i := uint32(0); len(of) < 200; i++ {
		if listOf(pavise.Subscriber(v4(i))) == 7 {
			of = append(of, v4(i))
		}
	}
	for i, who := range of {
		watches[0].Ban(who, 5*time.Minute+time.Duration(i)*time.Second, time.Hour, "probing")
		if i%20 == 19 {
			for _, w := range watches {
				w.share(ctx)
				w.Sync(ctx)
			}
		}
	}
	for i, w := range watches {
		if n := len(w.Bans()); n != len(of) {
			t.Errorf("node %d: %d bans", i, n)
		}
	}
	for _, lifted := range of[len(of)-3:] {
		if _, err := watches[1].RemoveBan(ctx, pavise.Subscriber(lifted)); err != nil {
			t.Fatal(err)
		}
		if watches[0].Sync(ctx); watches[0].Banned(lifted) != nil {
			t.Error("a ban that was lifted elsewhere holds on")
		}
	}
	if n := len(watches[0].Bans()); n != len(of)-3 {
		t.Errorf("%d bans after three were lifted", n)
	}
}

// TestNodesBeat: a started node learns by itself.
func TestNodesBeat(t *testing.T) {
	store := pavise.NewMemory(nil)
	a, b := NewWatch(WatchOptions{Store: store, Shared: true}), NewWatch(WatchOptions{Store: store, Shared: true})
	b.Start(t.Context())
	defer b.Stop()
	if err := a.OpenWindow(t.Context(), pavise.Window{ID: "w", From: Anybody(), Ends: time.Now().Add(time.Hour), Reason: "a test"}); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); !b.Spared(address("192.0.2.1")); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it does not learn")
		}
	}
}
