package login_test

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pavise"
	"pavise/controls/login"
)

// limiters are three nodes that limit together, with clocks that are a minute apart.
func limiters(t testing.TB, rate login.Rate) (h *house, ask func(node int, from netip.Addr) bool) {
	h = &house{notes: make([][]string, 3)}
	h.clock.Store(morning.UnixNano())
	shared := pavise.NewMemory(h.now)
	var hooks []pavise.Hooks
	for i := range 3 {
		link := &faulty{Store: shared}
		h.links = append(h.links, link)
		k, err := rate.Enforce(pavise.Env{Store: link, Shared: true, Secret: make([]byte, 32),
			Now:    func() time.Time { return h.now().Add(time.Duration(i-1) * time.Minute) },
			Decide: func(d pavise.Decision) { h.notes[i] = append(h.notes[i], d.Reason) }})
		if err != nil {
			t.Fatal(err)
		}
		hooks = append(hooks, k)
	}
	request := post("/search", "203.0.113.9", "", "")
	return h, func(node int, from netip.Addr) bool {
		return hooks[node].Admit(&pavise.Exchange{Request: request, Client: from}) == nil
	}
}

func (h *house) asked() (n int64) {
	for _, l := range h.links {
		n += l.asked.Load()
	}
	return n
}

// uneven spreads requests: seven of ten to the first node, one in twenty to the last.
func uneven(i int) int {
	switch i % 20 {
	case 0:
		return 2
	case 1, 5, 9, 13, 17:
		return 1
	}
	return 0
}

// TestRateTogether: twice as much as is allowed, unevenly, comes to what is allowed,
// within 5 %, and no span sees more; a low limit is met by the letter.
func TestRateTogether(t *testing.T) {
	for _, tt := range []struct {
		rate, burst int
		per         time.Duration
		asks        float64 // of the store, at most, for each request let in: refused ones are free
	}{
		{5, 5, time.Minute, 4}, {20, 20, time.Second, 4}, {60, 120, time.Minute, 3},
		{100, 100, time.Second, 3}, {500, 5000, time.Second, .08}, {1000, 1000, time.Second, .3},
	} {
		h, ask := limiters(t, login.Rate{Rate: tt.rate, Per: tt.per, Burst: tt.burst})
		span := tt.per * time.Duration(tt.burst) / time.Duration(tt.rate)
		step := tt.per / time.Duration(2*tt.rate)
		var passed []time.Duration
		sustained := 0
		for i, at := 0, time.Duration(0); at < 12*span; i, at = i+1, at+step {
			if ask(uneven(i), network6) {
				passed = append(passed, at)
				if at >= 2*span {
					sustained++
				}
			}
			h.clock.Add(int64(step))
		}
		name := fmt.Sprint(tt.rate, " per ", tt.per)
		if want := 10 * tt.burst; sustained*100 < want*95 || sustained*100 > want*105 {
			t.Errorf("%s: %d passed, want %d", name, sustained, want)
		}
		most := tt.burst
		if most >= 100 {
			most += most * 8 / 100 // three batches and a portion
		}
		for i := most; i < len(passed); i++ {
			if took := passed[i] - passed[i-most]; took < span {
				t.Errorf("%s: %d within %s", name, most+1, took)
				break
			}
		}
		n := float64(h.asked()) / float64(len(passed))
		if n > tt.asks {
			t.Errorf("%s: the store was asked %.2f times for each", name, n)
		}
		t.Logf("%s: %.1f %%, asked %.3f times for each", name, float64(sustained)*10/float64(tt.burst), n)
	}
}

// TestRateBelow: who asks for a little less than he may is never refused.
func TestRateBelow(t *testing.T) {
	for _, rate := range []login.Rate{{}, {Rate: 100}, {Rate: 10, Burst: 10}, {Rate: 60, Per: time.Minute, Burst: 120}} {
		h, ask := limiters(t, rate)
		per, perRate := max(rate.Per, time.Second), max(rate.Rate, 1)
		if rate.Rate == 0 {
			perRate = 500
		}
		refused := 0
		for i := range 4_000 {
			if !ask(uneven(i), network6) {
				refused++
			}
			h.clock.Add(int64(per) / int64(perRate) * 100 / 90)
		}
		if refused > 0 {
			t.Errorf("%+v: %d refused", rate, refused)
		}
	}
}

// TestRateAtOnce: a burst through all nodes, from many goroutines, is one burst.
func TestRateAtOnce(t *testing.T) {
	for burst, most := range map[int]int64{5: 5, 90: 90, 1000: 1030} {
		_, ask := limiters(t, login.Rate{Rate: burst, Per: time.Hour, Burst: burst})
		var passed atomic.Int64
		var wait sync.WaitGroup
		for i := range 30 {
			wait.Go(func() {
				for range 100 {
					if ask(i%3, network6) {
						passed.Add(1)
					}
				}
			})
		}
		wait.Wait()
		if n := passed.Load(); n < int64(burst) || n > most {
			t.Errorf("%d of %d passed", n, burst)
		}
	}
}

// TestRateAlone: without the store three nodes allow together no more than with it,
// say so once, and keep together again when it is back.
func TestRateAlone(t *testing.T) {
	h, ask := limiters(t, login.Rate{Rate: 5, Per: time.Minute, Burst: 5})
	for _, fault := range []func(context.Context, func()) error{refuses, isFull} {
		h.breaks(fault)
		passed := 0
		for i := range 100 {
			if ask(i%3, network6) {
				passed++
			}
		}
		if passed < 1 || passed > 5 {
			t.Errorf("%d passed at once", passed)
		}
		for i := range 3000 {
			h.clock.Add(int64(time.Second))
			if ask(i%3, network6) {
				passed++
			}
		}
		if passed > 5+250 || passed < 100 {
			t.Errorf("%d passed in 50 minutes", passed)
		}
		h.breaks(nil)
		h.clock.Add(int64(2 * time.Minute))
		if passed = 0; !ask(0, network6) {
			t.Error("nothing passes when the store is back")
		}
		for i := range 30 {
			if ask(i%3, network6) {
				passed++
			}
		}
		if passed != 4 {
			t.Errorf("%d passed when the store is back", passed)
		}
		h.clock.Add(int64(time.Hour))
	}
	for i, notes := range h.notes {
		if len(notes) != 4 || !strings.Contains(notes[0], "its share") || !strings.Contains(notes[1], "again") {
			t.Errorf("node %d notes %q", i, notes)
		}
	}
}

// TestRateHangs: of many requests at once one waits for a store that hangs.
func TestRateHangs(t *testing.T) {
	h, ask := limiters(t, login.Rate{})
	waited := atomic.Int64{}
	h.breaks(func(ctx context.Context, _ func()) error {
		waited.Add(1)
		<-ctx.Done()
		h.clock.Add(int64(250 * time.Millisecond))
		return ctx.Err()
	})
	for range 300 {
		if !ask(0, network6) {
			t.Fatal("refused")
		}
	}
	if n := waited.Load(); n != 1 {
		t.Errorf("%d requests waited", n)
	}
}

// TestRateOfCrowds: the store is not asked about those who ask for little, and a crowd
// frees nobody who has asked for too much.
func TestRateOfCrowds(t *testing.T) {
	h, ask := limiters(t, login.Rate{Rate: 100, Per: time.Hour, Burst: 200})
	for i := range 300 {
		ask(i%3, network6)
	}
	before := h.asked()
	grown := heap()
	for i := range 40_000 {
		ask(i%3, netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}))
	}
	if grown = heap() - grown; grown > 32<<20 {
		t.Errorf("the memory has grown by %d MiB", grown>>20)
	}
	if n := h.asked() - before; n > 40_000 {
		t.Errorf("the store was asked %d times", n)
	}
	for i := range 30 {
		if ask(i%3, network6) {
			t.Fatal("the crowd has freed somebody")
		}
	}
}

// naming remembers the keys that it is asked for.
type naming struct {
	pavise.Store
	keys map[string]bool
}

func (n *naming) Add(ctx context.Context, key string, k int64, life time.Duration) (int64, time.Duration, error) {
	n.keys[key] = true
	return n.Store.Add(ctx, key, k, life)
}

// TestRateKeys: there are only so many names of counters, whoever asks, and none of
// them is an address.
func TestRateKeys(t *testing.T) {
	store := &naming{pavise.NewMemory(nil), map[string]bool{}}
	hooks, err := login.Rate{Rate: 2, Per: time.Hour, Burst: 100}.Enforce(pavise.Env{Store: store, Shared: true, Secret: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	x := &pavise.Exchange{Request: post("/", "203.0.113.9", "", "")}
	for i := range 5000 {
		x.Client = netip.AddrFrom4([4]byte{10, 0, byte(i / 500 >> 8), byte(i / 500)})
		hooks.Admit(x)
	}
	for key := range store.keys {
		parts := strings.Split(key, ":")
		cell, err := strconv.ParseUint(parts[2], 16, 32)
		portion, err2 := strconv.Atoi(parts[3])
		if len(parts) != 4 || parts[0] != "rate" || err != nil || err2 != nil || cell >= 1<<18 || portion >= 64 {
			t.Errorf("%q: %v, %v", key, err, err2)
		}
	}
	if n := len(store.keys); n != 10*64 {
		t.Errorf("%d keys for ten clients", n)
	}
}

func BenchmarkRateTogether(b *testing.B) {
	h, ask := limiters(b, login.Rate{})
	b.ReportAllocs()
	for b.Loop() {
		h.clock.Add(int64(3 * time.Millisecond))
		if !ask(0, network6) {
			b.Fatal("refused")
		}
	}
}
