package pavise

import (
	"bytes"
	"context"
	"hash/maphash"
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// A Memory is a [Store] for one process, of bounded size. When it is full it drops
// what has ended, and then the counters that count least. A value, and a counter
// that has come to [Precious], it never drops before its end: rather it says
// [ErrFull]. Values may take three quarters of it: so who begins sessions without end
// does not make it forget how often a login has failed.
type Memory struct {
	now    func() time.Duration
	seed   maphash.Seed
	writes atomic.Uint64 // a version is the number of its write
	shards [memoryShards]shard
}

// Precious is from where on a counter is about to be acted on, or already is.
const Precious = 8

const (
	memoryShards = 64
	memoryBytes  = 32 << 20
	valueBytes   = memoryBytes / 4 * 3
	entryBytes   = 128 // of one entry without key and value, about
	sampled      = 8   // entries that are looked at for one to drop
)

type shard struct {
	mu      sync.Mutex
	entries map[string]entry
	used    int
	values  int   // of these, by values
	soonest int64 // nothing in it ends before
}

// An entry is a counter, or a value if its version is not 0.
type entry struct {
	count   int64
	value   []byte
	version uint64
	ends    int64 // steady time in nanoseconds
}

func (e entry) size(key string) int { return entryBytes + len(key) + len(e.value) }

// NewMemory returns an empty Memory; a nil clock is time.Now.
func NewMemory(now func() time.Time) *Memory {
	return &Memory{now: Steady(now), seed: maphash.MakeSeed()}
}

// open locks the shard of a key. The entry is the zero one if there is none, or
// it has ended.
func (m *Memory) open(key string) (s *shard, e entry, found bool, now int64) {
	s = &m.shards[maphash.String(m.seed, key)%memoryShards]
	now = int64(m.now())
	s.mu.Lock()
	e, found = s.entries[key]
	if found && e.ends <= now {
		s.drop(key, e)
		e, found = entry{}, false
	}
	return s, e, found, now
}

// Add implements [Store].
func (m *Memory) Add(_ context.Context, key string, n int64, life time.Duration) (int64, time.Duration, error) {
	if len(key) > MaxKey {
		return 0, 0, ErrTooLarge
	}
	s, e, found, now := m.open(key)
	defer s.mu.Unlock()
	switch {
	case e.version != 0:
		return 0, 0, ErrKind
	case !found && n <= 0:
		return 0, 0, nil
	case !found:
		e.ends = ends(now, life)
	}
	e.count = max(0, e.count+min(n, MaxCount-e.count))
	if err := s.put(key, e, now); err != nil {
		return 0, 0, err
	}
	return e.count, time.Duration(e.ends - now), nil
}

// ends returns when a life ends that begins now. It may be longer than time is told.
func ends(now int64, life time.Duration) int64 {
	return now + min(max(0, int64(life)), math.MaxInt64-now)
}

// Touch implements [Store].
func (m *Memory) Touch(_ context.Context, key string, life time.Duration) (bool, error) {
	if len(key) > MaxKey {
		return false, ErrTooLarge
	}
	s, e, found, now := m.open(key)
	defer s.mu.Unlock()
	if !found {
		return false, nil
	}
	e.ends = ends(now, life)
	s.entries[key], s.soonest = e, min(s.soonest, e.ends)
	return true, nil
}

// Get implements [Store].
func (m *Memory) Get(_ context.Context, key string) ([]byte, uint64, error) {
	if len(key) > MaxKey {
		return nil, 0, ErrTooLarge
	}
	s, e, found, _ := m.open(key)
	defer s.mu.Unlock()
	if found && e.version == 0 {
		return nil, 0, ErrKind
	}
	return bytes.Clone(e.value), e.version, nil
}

// Swap implements [Store].
func (m *Memory) Swap(_ context.Context, key string, value []byte, version uint64, life time.Duration) (bool, error) {
	if len(key) > MaxKey || len(value) > MaxSealed {
		return false, ErrTooLarge
	}
	s, e, found, now := m.open(key)
	defer s.mu.Unlock()
	switch {
	case found && e.version == 0:
		return false, ErrKind
	case e.version != version:
		return false, nil
	}
	e.value, e.version, e.ends = bytes.Clone(value), m.writes.Add(1), ends(now, life)
	if err := s.put(key, e, now); err != nil {
		return false, err
	}
	return true, nil
}

// Delete implements [Store].
func (m *Memory) Delete(_ context.Context, key string) error {
	if len(key) > MaxKey {
		return ErrTooLarge
	}
	s, e, found, _ := m.open(key)
	defer s.mu.Unlock()
	if found {
		s.drop(key, e)
	}
	return nil
}

func (s *shard) drop(key string, e entry) {
	s.account(e, -e.size(key))
	delete(s.entries, key)
}

func (s *shard) account(e entry, more int) {
	if s.used += more; e.version != 0 {
		s.values += more
	}
}

// put writes an entry, and makes room for it before.
func (s *shard) put(key string, e entry, now int64) error {
	more := e.size(key)
	if old, found := s.entries[key]; found {
		more -= old.size(key)
	}
	for e.version != 0 && more > 0 && s.values+more > valueBytes/memoryShards {
		if !s.dropEnded(key, now) {
			return ErrFull
		}
	}
	for s.used+more > memoryBytes/memoryShards {
		if !s.makeRoom(key, now, sampled) && !s.makeRoom(key, now, len(s.entries)) {
			return ErrFull
		}
	}
	if s.entries == nil {
		s.entries = map[string]entry{}
	}
	s.account(e, more)
	s.entries[key], s.soonest = e, min(s.soonest, e.ends)
	return nil
}

// dropEnded drops every entry that has ended but one, and reports whether there was any.
func (s *shard) dropEnded(keep string, now int64) (dropped bool) {
	if now < s.soonest {
		return false
	}
	s.soonest = math.MaxInt64
	for key, e := range s.entries {
		if key != keep && e.ends <= now {
			s.drop(key, e)
			dropped = true
		} else {
			s.soonest = min(s.soonest, e.ends)
		}
	}
	return dropped
}

// makeRoom looks at some entries, in no order: it drops those that have ended, or
// else the counter that counts least, and reports whether it dropped any. What it
// makes room for it leaves alone.
func (s *shard) makeRoom(keep string, now int64, some int) (dropped bool) {
	least, leastKey := entry{count: Precious}, ""
	for key, e := range s.entries {
		if some--; some < 0 {
			break
		}
		switch {
		case key == keep:
		case e.ends <= now:
			s.drop(key, e)
			dropped = true
		case e.version == 0 && (e.count < least.count || e.count == least.count && leastKey != "" && e.ends < least.ends):
			least, leastKey = e, key
		}
	}
	if !dropped && leastKey != "" {
		s.drop(leastKey, least)
		return true
	}
	return dropped
}
