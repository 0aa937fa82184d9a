package backends

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

func group(balance Balance, weights ...int) *Group {
	members := make([]Member, len(weights))
	for i, weight := range weights {
		members[i] = Member{Backend: New(fmt.Sprint("backend ", i), "", nil, Health{}), Weight: weight}
	}
	return NewGroup(balance, members, nil)
}

// count chooses so often, and tells how often each was chosen.
func count(g *Group, times int, now time.Time, client func(int) netip.Addr) []int {
	counts := make([]int, len(g.members))
	for i := range times {
		m, _ := g.Choose(now, client(i), nil, new(Tried))
		m.Begin()
		counts[m.index]++
	}
	return counts
}

func anybody(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
}

func TestWeights(t *testing.T) {
	now := time.Now()
	for balance, off := range map[Balance]int{LeastConnections: 1, RoundRobin: 0, ByAddress: 120} {
		counts := count(group(balance, 1, 3, 2), 6000, now, anybody)
		for i, want := range []int{1000, 3000, 2000} {
			if counts[i] < want-off || counts[i] > want+off {
				t.Errorf("balance %d: %v, want 1, 3 and 2 parts of 6", balance, counts)
			}
		}
	}
	if order := group(RoundRobin, 50, 10, 10).order; len(order) != 7 || order[0] != 0 || order[1] == order[2] && order[2] == order[3] {
		t.Errorf("a round of %v is not spread out", order)
	}
}

// TestByAddress: each subscriber has one, and only those of one that is away move.
func TestByAddress(t *testing.T) {
	g, now := group(ByAddress, 1, 1, 1, 1), time.Now()
	where := map[int]int{}
	for i := range 400 {
		m, _ := g.Choose(now, anybody(i), nil, new(Tried))
		where[i] = m.index
	}
	g.members[2].Unopened(now, now)
	for i := range 400 {
		m, _ := g.Choose(now, anybody(i), nil, new(Tried))
		if was := where[i]; m.index == 2 || was != 2 && was != m.index {
			t.Errorf("%d moved from %d to %d", i, was, m.index)
		}
	}
	a, _ := g.Choose(now, netip.MustParseAddr("2001:db8::1"), nil, new(Tried))
	b, _ := g.Choose(now, netip.MustParseAddr("2001:db8::ffff:2"), nil, new(Tried))
	if a != b {
		t.Error("one subscriber has two backends")
	}
}

// TestRest: who takes no connection is left out for a while, longer each time, and then
// one request alone tries.
func TestRest(t *testing.T) {
	g, now := group(LeastConnections, 1, 1), time.Now()
	bad := &g.members[0]
	rest := time.Second
	for range 8 {
		bad.Unopened(now, now)
		if counts := count(g, 10, now.Add(rest-time.Millisecond), anybody); counts[0] != 0 || bad.State().State != Resting {
			t.Fatalf("asked before %s: %v", rest, counts)
		}
		now = now.Add(rest)
		if counts := count(g, 10, now, anybody); counts[0] != 1 {
			t.Fatalf("after %s %d requests try", rest, counts[0])
		}
		rest = min(2*rest, longestRest)
	}
	bad.Answered(time.Millisecond)
	if s := bad.State(); s.State != Well || s.Answered != 1 || s.Failed != 8 {
		t.Errorf("%+v", s)
	}
}

// TestRestUnderLoad: requests that had chosen it before the first was refused are of one
// failure, however late they are refused; one that tries it again is of another.
func TestRestUnderLoad(t *testing.T) {
	b, now := New("b", "", nil, Health{}), time.Now()
	for i := range 6 {
		b.Unopened(now, now.Add(time.Duration(i)))
	}
	if rest := b.until() - clock(now); rest != int64(firstRest) {
		t.Errorf("left out for %s", time.Duration(rest))
	}
	now = now.Add(firstRest)
	if !b.claim(clock(now)) {
		t.Fatal("nobody tries it again")
	}
	b.Unopened(now, now)
	if rest := b.until() - clock(now); rest != int64(2*firstRest) || b.State().Failed != 7 {
		t.Errorf("then left out for %s", time.Duration(rest))
	}
}

// TestLeastBad: where none is well, one is asked all the same: who does not fail its health
// checks, and whose rest is over first.
func TestLeastBad(t *testing.T) {
	g, now := group(RoundRobin, 1, 1, 1), time.Now()
	g.members[0].sick.Store(true)
	g.members[1].Unopened(now.Add(-1), now.Add(-1))
	g.members[1].Unopened(now, now)
	g.members[2].Unopened(now, now)
	var tried Tried
	for _, want := range []int{2, 1, 0} {
		m, down := g.Choose(now, netip.Addr{}, nil, &tried)
		if m.index != want || !down {
			t.Errorf("%d, down %v; want %d", m.index, down, want)
		}
		tried.Add(m)
	}
	if !tried.All(g) {
		t.Error("all were tried")
	}
}

// TestStay: a browser leaves its backend where that is away, and while it has been tried.
func TestStay(t *testing.T) {
	g, now := group(LeastConnections, 1, 1), time.Now()
	stay := &g.members[1]
	var tried Tried
	if m, _ := g.Choose(now, netip.Addr{}, stay, &tried); m != stay {
		t.Error("it does not stay")
	}
	tried.Add(stay)
	if m, _ := g.Choose(now, netip.Addr{}, stay, &tried); m == stay {
		t.Error("it is asked twice")
	}
	stay.Unopened(now, now)
	if m, _ := g.Choose(now, netip.Addr{}, stay, new(Tried)); m == stay {
		t.Error("it stays where nobody is")
	}
}

func TestLatencyFollows(t *testing.T) {
	b := New("b", "", nil, Health{})
	b.Answered(8 * time.Millisecond)
	if got := b.State().Latency; got != 8*time.Millisecond {
		t.Errorf("%s", got)
	}
	b.Answered(16 * time.Millisecond)
	if got := b.State().Latency; got != 9*time.Millisecond {
		t.Errorf("%s", got)
	}
}

func TestChoosingAllocatesNothing(t *testing.T) {
	for _, balance := range []Balance{LeastConnections, RoundRobin, ByAddress} {
		g, now, client := group(balance, 1, 2, 3), time.Now(), anybody(7)
		if n := testing.AllocsPerRun(100, func() {
			var tried Tried
			g.Choose(now, client, nil, &tried)
		}); n != 0 {
			t.Errorf("balance %d: %v allocations", balance, n)
		}
	}
}
