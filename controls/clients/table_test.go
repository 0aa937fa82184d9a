package clients

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"pavise"
)

var start = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// A clock is set by hand.
type clock struct{ time.Time }

func (c *clock) now() time.Time                 { return c.Time }
func (c *clock) pass(d time.Duration)           { c.Time = c.Add(d) }
func address(s string) netip.Addr               { return netip.MustParseAddr(s) }
func network(s string) netip.Prefix             { return netip.MustParsePrefix(s) }
func v4(n uint32) netip.Addr                    { return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, n))) }
func until(c *clock, d time.Duration) time.Time { return c.Add(d) }

// aPrefix is one of few networks that lie in each other, so that they meet.
func aPrefix(r *rand.Rand) netip.Prefix {
	if r.IntN(2) == 0 {
		p, _ := v4(0xC0000200 | r.Uint32N(64)).Prefix([]int{8, 24, 26, 29, 30, 31, 32, 32, 32}[r.IntN(9)])
		return p
	}
	return sixth(r, []int{32, 56, 63, 64, 64, 64, 96, 127, 128}[r.IntN(9)])
}

func sixth(r *rand.Rand, bits int) netip.Prefix {
	a := address("2001:db8::").As16()
	a[7], a[15] = byte(r.IntN(8)), byte(r.IntN(4))
	p, _ := netip.AddrFrom16(a).Prefix(bits)
	return p
}

// TestTableIsLikeAList: whatever is put in and taken out while time passes, the table
// says of every address what one who looks through all bans says.
func TestTableIsLikeAList(t *testing.T) {
	for seed := range uint64(40) {
		r, c := rand.New(rand.NewPCG(seed, 1)), &clock{start}
		table, naive := newTable(c.now), map[netip.Prefix]pavise.Ban{}
		for range 400 {
			switch p := aPrefix(r); r.IntN(5) {
			case 0:
				was := naive[p]
				if got := table.remove(p); got != was.Runs(c.now()) {
					t.Fatalf("seed %d: remove %s: %t", seed, p, got)
				}
				delete(naive, p)
			case 1:
				c.pass(time.Duration(r.IntN(20)) * time.Minute)
				table.sweep()
			default:
				b := pavise.Ban{Network: p, Since: c.now(), Ends: until(c, time.Duration(1+r.IntN(60))*time.Minute), Automatic: simple(p) && r.IntN(2) == 0}
				if old := naive[p]; !b.Automatic || old.Automatic || !old.Runs(c.now()) {
					naive[p] = b
				}
				table.put(&b)
			}
			a := sixth(r, 128).Addr()
			if r.IntN(2) == 0 {
				a = v4(0xC0000200 | r.Uint32N(80))
			}
			want := false
			for p, b := range naive {
				want = want || p.Contains(a) && b.Runs(c.now())
			}
			got := table.banned(a)
			if (got != nil) != want || got != nil && (!got.Network.Contains(a) || !got.Runs(c.now())) {
				t.Fatalf("seed %d: %s: %v, want %t", seed, a, got, want)
			}
		}
		running := 0
		for _, b := range naive {
			if b.Runs(c.now()) {
				running++
			}
		}
		if list := table.running(); len(list) != running {
			t.Errorf("seed %d: %d run, want %d", seed, len(list), running)
		}
	}
}

// TestTableIsBounded: bans of more attackers than there is room for take the place of each other, and not
// of those of the owner.
func TestTableIsBounded(t *testing.T) {
	c := &clock{start}
	table := newTable(c.now)
	own := pavise.Ban{Network: network("198.51.100.7/32"), Ends: until(c, time.Minute)}
	table.put(&own)
	const attackers = 3 * shards * perShard
	ends := until(c, time.Hour)
	for i := range uint32(attackers) {
		table.put(&pavise.Ban{Network: pavise.Subscriber(v4(0x0A000000 + i)), Ends: ends, Automatic: true})
	}
	if n := table.size.Load(); n > shards*perShard || n < shards*perShard*9/10 {
		t.Errorf("%d are remembered", n)
	}
	if int(table.size.Load()) != len(table.running()) {
		t.Error("the size is not what there is")
	}
	if table.banned(address("198.51.100.7")) == nil {
		t.Error("the owner's ban was forgotten")
	}
	if table.banned(v4(0x0A000000+attackers-1)) == nil {
		t.Error("the last attacker is not banned")
	}
	c.pass(2 * memory)
	if table.sweep(); table.size.Load() != 0 {
		t.Error("what has ended was not forgotten")
	}
}

func TestPointsLeak(t *testing.T) {
	p, c, who := newPoints(start), &clock{start}, address("192.0.2.7")
	for range 10_000 { // for ever, at the rate at which one is forgiven
		if c.pass(pointLife); p.add(who, 1, c.now()) {
			t.Fatal("banned for what was forgiven")
		}
	}
	c.pass(time.Hour)
	for i := range maxPoints {
		if p.add(who, 1, c.now()) != (i == maxPoints-1) {
			t.Fatalf("at %d points", i+1)
		}
	}
	if p.add(who, 1, c.now()) {
		t.Error("after a ban it does not begin anew")
	}
	for i := range uint32(500_000) { // who is crowded out owes nothing, and nobody owes for him
		if p.add(v4(0x0A000000+i), maxPoints-1, c.now()) {
			t.Fatal("banned for another")
		}
	}
}

// BenchmarkBanned is what a request pays where nobody, and where 100,000 are banned.
func BenchmarkBanned(b *testing.B) {
	for _, n := range []uint32{0, 100_000} {
		table := newTable(time.Now)
		for i := range n {
			table.put(&pavise.Ban{Network: pavise.Subscriber(v4(0x0A000000 + 7*i)), Ends: time.Now().Add(time.Hour), Automatic: true})
		}
		for i := range n / 1000 {
			p, _ := v4(0xC6000000 + i<<12).Prefix(20 + int(i%4))
			table.put(&pavise.Ban{Network: p, Ends: time.Now().Add(time.Hour)})
		}
		addresses := make([]netip.Addr, 4096)
		for i := range addresses {
			addresses[i] = v4(0x0A000000 + rand.Uint32N(700_000))
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				table.banned(addresses[i%len(addresses)])
				i++
			}
		})
	}
}

func TestLookupAllocatesNothing(t *testing.T) {
	w := NewWatch(WatchOptions{})
	for i := range uint32(1000) {
		w.Ban(v4(0x0A000000+i), time.Hour, time.Hour, "")
	}
	w.table.put(&pavise.Ban{Network: network("198.51.100.0/24"), Ends: time.Now().Add(time.Hour)})
	some := []netip.Addr{address("10.0.0.5"), address("192.0.2.1"), address("2001:db8::1"), address("198.51.100.3")}
	if n := testing.AllocsPerRun(100, func() {
		for _, a := range some {
			w.Banned(a)
			w.Spared(a)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
