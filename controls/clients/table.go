package clients

import (
	"cmp"
	"hash/maphash"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"pavise"
)

// A table has the bans of all sites: those of one subscriber each in shards, which a
// request looks into by one key, and the few of wider networks, or narrower ones, by
// the lengths that there are.
type table struct {
	seed   maphash.Seed
	now    func() time.Time
	size   atomic.Int64 // subscribers that are remembered
	shards [shards]shard

	writing sync.Mutex // of nets
	nets    atomic.Pointer[nets]
}

const (
	shards = 64
	// perShard bounds the subscribers, 131072 in all: who attacks from more has the bans
	// that end first forgotten, never those of the owner.
	perShard = 2048
	// MaxOwn is how many bans the owner may have at a time.
	MaxOwn = 10_000
	// memory is how long after its end an automatic ban makes the next one longer.
	memory = 24 * time.Hour
	// sampled are looked at for one to forget.
	sampled = 8
)

// A shard has bans, and where each stands by the address of its subscriber.
type shard struct {
	mu   sync.RWMutex
	at   map[[16]byte]int
	bans []*pavise.Ban
}

// get returns what is remembered of an address; nil is nothing.
func (s *shard) get(key [16]byte) *pavise.Ban {
	if i, found := s.at[key]; found {
		return s.bans[i]
	}
	return nil
}

// nets are bans of networks. They never change: a writer makes others.
type nets struct {
	lengths4, lengths6 []int // the longest first
	of                 map[netip.Prefix]*pavise.Ban
}

func newTable(now func() time.Time) *table {
	t := &table{seed: maphash.MakeSeed(), now: now}
	t.nets.Store(&nets{})
	return t
}

// simple reports whether a network is just what one subscriber has.
func simple(p netip.Prefix) bool {
	return p.Addr().Is4() && p.Bits() == 32 || p.Addr().Is6() && p.Bits() == 64
}

func (t *table) shard(a netip.Addr) (s *shard, key [16]byte) {
	key = a.As16()
	return &t.shards[maphash.Bytes(t.seed, key[:])%shards], key
}

// banned returns the ban that keeps a client away; nil is none.
func (t *table) banned(client netip.Addr) *pavise.Ban {
	nets := t.nets.Load()
	if t.size.Load() == 0 && len(nets.of) == 0 || !client.IsValid() {
		return nil
	}
	now := t.now()
	s, key := t.shard(pavise.Subscriber(client).Addr())
	s.mu.RLock()
	b := s.get(key)
	s.mu.RUnlock()
	if b != nil && b.Runs(now) {
		return b
	}
	return nets.banned(client.Unmap().WithZone(""), now)
}

func (n *nets) banned(client netip.Addr, now time.Time) *pavise.Ban {
	lengths := n.lengths6
	if client.Is4() {
		lengths = n.lengths4
	}
	for _, bits := range lengths {
		p, _ := client.Prefix(bits)
		if b := n.of[p]; b != nil && b.Runs(now) {
			return b
		}
	}
	return nil
}

// get returns what is remembered of exactly this network, also when it has ended.
func (t *table) get(p netip.Prefix) *pavise.Ban {
	if !simple(p) {
		return t.nets.Load().of[p]
	}
	s, key := t.shard(p.Addr())
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.get(key)
}

// put takes a ban in, in place of the one of the same network. Of an owner's ban that
// runs an automatic one takes nothing away.
func (t *table) put(b *pavise.Ban) {
	if !simple(b.Network) {
		t.change(func(of map[netip.Prefix]*pavise.Ban) { of[b.Network] = b })
		return
	}
	s, key := t.shard(b.Network.Addr())
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.bans)
	s.put(key, b, t.now())
	t.size.Add(int64(len(s.bans) - before))
}

func (s *shard) put(key [16]byte, b *pavise.Ban, now time.Time) {
	i, found := s.at[key]
	switch {
	case found && !s.bans[i].Automatic && b.Automatic && s.bans[i].Runs(now):
		return
	case found:
		s.bans[i] = b
		return
	case s.at == nil:
		s.at = map[[16]byte]int{}
	case len(s.bans) >= perShard && !s.forget():
		return
	}
	s.at[key] = len(s.bans)
	s.bans = append(s.bans, b)
}

// forget makes room: of some automatic bans it drops the one that ends first. The owner
// has too few to fill a shard of their own.
func (s *shard) forget() bool {
	var first *pavise.Ban
	from := rand.IntN(len(s.bans))
	for i := range s.bans {
		b := s.bans[(from+i)%len(s.bans)]
		if b.Automatic && (first == nil || b.Ends.Before(first.Ends)) {
			first = b
		}
		if i+1 >= sampled && first != nil {
			break
		}
	}
	if first != nil {
		s.drop(first.Network.Addr().As16())
	}
	return first != nil
}

// drop takes a ban away, and gives its place to the last.
func (s *shard) drop(key [16]byte) {
	gone, found := s.at[key]
	if !found {
		return
	}
	last := len(s.bans) - 1
	moved := s.bans[last]
	s.bans[gone], s.bans[last] = moved, nil
	s.at[moved.Network.Addr().As16()] = gone
	s.bans = s.bans[:last]
	delete(s.at, key)
}

// remove forgets a ban, and reports whether it was running.
func (t *table) remove(p netip.Prefix) bool {
	b := t.get(p)
	switch {
	case b == nil:
		return false
	case !simple(p):
		t.change(func(of map[netip.Prefix]*pavise.Ban) { delete(of, p) })
	default:
		s, key := t.shard(p.Addr())
		s.mu.Lock()
		defer s.mu.Unlock()
		before := len(s.bans)
		s.drop(key)
		t.size.Add(int64(len(s.bans) - before))
	}
	return b.Runs(t.now())
}

// change writes the networks anew.
func (t *table) change(how func(map[netip.Prefix]*pavise.Ban)) {
	t.writing.Lock()
	defer t.writing.Unlock()
	next := &nets{of: maps.Clone(t.nets.Load().of)}
	if next.of == nil {
		next.of = map[netip.Prefix]*pavise.Ban{}
	}
	how(next.of)
	for p := range next.of {
		lengths := &next.lengths6
		if p.Addr().Is4() {
			lengths = &next.lengths4
		}
		if i, found := slices.BinarySearchFunc(*lengths, p.Bits(), func(a, b int) int { return b - a }); !found {
			*lengths = slices.Insert(*lengths, i, p.Bits())
		}
	}
	t.nets.Store(next)
}

// sweep forgets what makes no next ban longer any more.
func (t *table) sweep() {
	old := t.now().Add(-memory)
	gone := func(b *pavise.Ban) bool { return b.Ends.Before(old) || !b.Automatic && !b.Runs(t.now()) }
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		before := len(s.bans)
		for i := before - 1; i >= 0; i-- {
			if b := s.bans[i]; gone(b) {
				s.drop(b.Network.Addr().As16())
			}
		}
		t.size.Add(int64(len(s.bans) - before))
		s.mu.Unlock()
	}
	for _, b := range t.nets.Load().of {
		if gone(b) {
			t.change(func(of map[netip.Prefix]*pavise.Ban) {
				maps.DeleteFunc(of, func(_ netip.Prefix, b *pavise.Ban) bool { return gone(b) })
			})
			return
		}
	}
}

// running are the bans that have not ended, by network.
func (t *table) running() []pavise.Ban {
	now, list := t.now(), []pavise.Ban{}
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.RLock()
		for _, b := range s.bans {
			if b.Runs(now) {
				list = append(list, *b)
			}
		}
		s.mu.RUnlock()
	}
	for _, b := range t.nets.Load().of {
		if b.Runs(now) {
			list = append(list, *b)
		}
	}
	slices.SortFunc(list, func(a, b pavise.Ban) int {
		return cmp.Or(a.Network.Addr().Compare(b.Network.Addr()), cmp.Compare(a.Network.Bits(), b.Network.Bits()))
	})
	return list
}
