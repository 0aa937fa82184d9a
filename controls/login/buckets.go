package login

import (
	"encoding/binary"
	"hash/maphash"
	"net/netip"
	"sync"
	"time"
)

// buckets remember, for each client and rule, until when it has used up its time:
// the generic cell rate algorithm (ITU-T I.371). They are a table of fixed size
// that is never searched beyond one row. Where a row is full, a newcomer takes the
// place of the client that has used least, and its debts: so it is counted stricter,
// and never looser.
type buckets struct {
	seed  maphash.Seed
	start time.Time
	rows  [bucketRows]bucketRow
}

const (
	bucketRows = 1 << 13
	rowLength  = 8
)

type bucketRow struct {
	mu    sync.Mutex
	cells [rowLength]bucket
}

// A bucket is one client under one rule.
type bucket struct {
	id   uint64
	full int64 // when its burst will be whole again, in ns from the start
}

func newBuckets(start time.Time) *buckets {
	return &buckets{seed: maphash.MakeSeed(), start: start}
}

// take counts a request, or returns how long to wait for it.
func (b *buckets) take(client netip.Addr, rule uint64, at time.Time, every, ahead int64) time.Duration {
	var key [24]byte
	address := client.As16()
	copy(key[:], address[:])
	binary.NativeEndian.PutUint64(key[16:], rule)
	id := maphash.Bytes(b.seed, key[:]) | 1 // 0 is an empty cell
	now := int64(at.Sub(b.start))
	row := &b.rows[id>>1%bucketRows]
	row.mu.Lock()
	defer row.mu.Unlock()
	cell := row.cell(id)
	cell.id = id
	full := max(cell.full, now)
	if full-now > ahead {
		return time.Duration(full - now - ahead)
	}
	cell.full = full + every
	return 0
}

// cell returns that of the id, or the one that has used least.
func (r *bucketRow) cell(id uint64) *bucket {
	least := &r.cells[0]
	for i := range r.cells {
		c := &r.cells[i]
		if c.id == id {
			return c
		}
		if c.full < least.full {
			least = c
		}
	}
	return least
}
