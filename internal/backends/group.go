package backends

import (
	"math"
	"math/bits"
	"net/netip"
	"sync/atomic"
	"time"
)

// A Balance is how a group shares out requests.
type Balance int

// The balances.
const (
	LeastConnections Balance = iota // to whom the fewest requests run, for its weight
	RoundRobin                      // each in turn
	ByAddress                       // each subscriber to the same, as long as that is well
)

// MaxMembers bounds a group.
const MaxMembers = 128

// A Member is a backend in a group.
type Member struct {
	*Backend
	Weight int // 1 or more
	// Token is what a browser brings back that shall stay here; "" is nothing.
	Token string

	index int
	seed  uint64
}

// A Group is the backends of which any may answer a request.
type Group struct {
	members []Member
	balance Balance
	order   []uint8 // of a round, by weight; nil where there is none
	turn    atomic.Uint32
	byToken map[string]*Member
}

// NewGroup returns a group of at most [MaxMembers]; tokens have, beside those of the
// members, others by which they are known.
func NewGroup(balance Balance, members []Member, tokens map[string]int) *Group {
	g := &Group{members: members, balance: balance, byToken: map[string]*Member{}}
	for i := range members {
		m := &members[i]
		m.index, m.seed = i, hash(m.Name)
		if m.Token != "" {
			g.byToken[m.Token] = m
		}
	}
	for token, i := range tokens {
		g.byToken[token] = &members[i]
	}
	if balance == RoundRobin {
		g.order = round(members)
	}
	return g
}

// Members are the backends of the group.
func (g *Group) Members() []Member { return g.members }

// Known returns the member that a token names, or nil.
func (g *Group) Known(token string) *Member { return g.byToken[token] }

// Tried is which members have been asked already for one request.
type Tried [MaxMembers / 64]uint64

func (t *Tried) has(i int) bool { return t[i/64]&(1<<(i%64)) != 0 }

// All reports whether every member of the group has been.
func (t *Tried) All(g *Group) bool {
	n := 0
	for _, word := range t {
		n += bits.OnesCount64(word)
	}
	return n == len(g.members)
}

// Add takes a member in.
func (t *Tried) Add(m *Member) { t[m.index/64] |= 1 << (m.index % 64) }

// Choose returns who is to be asked next, nil where all have been. It reports down where
// none is well, and who is returned is the least bad. Stay is whom the browser knows, if
// any.
func (g *Group) Choose(now time.Time, client netip.Addr, stay *Member, tried *Tried) (m *Member, down bool) {
	at := clock(now)
	if stay != nil && !tried.has(stay.index) && stay.candidate(at) && stay.claim(at) {
		return stay, false
	}
	busy := *tried // with whom others try just now
	for {
		m = g.pick(at, client, &busy)
		if m == nil {
			return g.leastBad(tried), true
		}
		if m.claim(at) {
			return m, false
		}
		busy.Add(m)
	}
}

func (g *Group) pick(at int64, client netip.Addr, tried *Tried) *Member {
	switch {
	case len(g.members) == 1:
		if m := &g.members[0]; !tried.has(0) && m.candidate(at) {
			return m
		}
		return nil
	case g.balance == RoundRobin:
		return g.inTurn(at, tried)
	case g.balance == ByAddress && client.IsValid():
		return g.byAddress(at, client, tried)
	}
	return g.least(at, tried)
}

// least begins somewhere else each time, so that what is alike is shared out.
func (g *Group) least(at int64, tried *Tried) *Member {
	var best *Member
	n, from := len(g.members), int(g.turn.Add(1))
	for i := range n {
		m := &g.members[(from+i)%n]
		if tried.has(m.index) || !m.candidate(at) {
			continue
		}
		if best == nil || (m.running.Load()+1)*int64(best.Weight) < (best.running.Load()+1)*int64(m.Weight) {
			best = m
		}
	}
	return best
}

func (g *Group) inTurn(at int64, tried *Tried) *Member {
	from := int(g.turn.Add(1) - 1)
	for i := range g.order {
		m := &g.members[g.order[(from+i)%len(g.order)]]
		if !tried.has(m.index) && m.candidate(at) {
			return m
		}
	}
	return nil
}

// byAddress is rendezvous hashing (Thaler and Ravishankar 1998) with weights: whoever goes
// takes only his own with him.
func (g *Group) byAddress(at int64, client netip.Addr, tried *Tried) *Member {
	key := hashAddress(client)
	var best *Member
	most := math.Inf(-1)
	for i := range g.members {
		m := &g.members[i]
		if tried.has(i) || !m.candidate(at) {
			continue
		}
		draw := (float64(mix(key^m.seed)>>11) + 0.5) / (1 << 53)
		if score := -float64(m.Weight) / math.Log(draw); score > most {
			best, most = m, score
		}
	}
	return best
}

// leastBad prefers who passes its health checks, and then whose rest is over first.
func (g *Group) leastBad(tried *Tried) *Member {
	var best *Member
	for i := range g.members {
		m := &g.members[i]
		if tried.has(i) {
			continue
		}
		if best == nil || !m.sick.Load() && best.sick.Load() ||
			m.sick.Load() == best.sick.Load() && m.until() < best.until() {
			best = m
		}
	}
	return best
}

// round is each member as often as its weight says, spread out: whoever is furthest
// behind its share comes next.
func round(members []Member) []uint8 {
	sum, divisor := 0, 0
	for i := range members {
		divisor = gcd(divisor, members[i].Weight)
	}
	owed := make([]int, len(members))
	for i := range members {
		sum += members[i].Weight / divisor
	}
	order := make([]uint8, 0, sum)
	for range sum {
		next := 0
		for i := range members {
			if owed[i] += members[i].Weight / divisor; owed[i] > owed[next] {
				next = i
			}
		}
		owed[next] -= sum
		order = append(order, uint8(next))
	}
	return order
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// hash is FNV-1a: the same on every node and after every start.
func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

func hashAddress(a netip.Addr) uint64 {
	b := a.As16()
	if a.Is6() && !a.Is4In6() { // a subscriber has a /64 at least (RFC 6177 2)
		clear(b[8:])
	}
	h := uint64(14695981039346656037)
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h
}

// mix spreads every bit over all (the end of SplitMix64).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
