package clients

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"
)

// points count what speaks against a client: a bucket that holds so many and leaks, in
// a table of fixed size that is never searched beyond one row. Where a row is full a
// newcomer takes the place of whoever has fewest, and begins at none: nobody is banned
// for another.
type points struct {
	seed  maphash.Seed
	start time.Time
	rows  [pointRows]pointRow
}

const (
	pointRows = 1 << 12
	inRow     = 8
	// maxPoints is how many a client may have; one leaks away every pointLife.
	maxPoints = 100
	pointLife = 6 * time.Second
)

type pointRow struct {
	mu    sync.Mutex
	cells [inRow]pointCell
}

// A pointCell is one client. Its points have all leaked at empty, in ns from the start.
type pointCell struct {
	id    uint64
	empty int64
}

func newPoints(start time.Time) *points { return &points{seed: maphash.MakeSeed(), start: start} }

// add counts against a client, and reports whether there are too many: then it begins
// again at none.
func (p *points) add(client netip.Addr, n int, at time.Time) bool {
	address := client.As16()
	id := maphash.Bytes(p.seed, address[:]) | 1 // 0 is an empty cell
	now := int64(at.Sub(p.start))
	row := &p.rows[id>>1%pointRows]
	row.mu.Lock()
	defer row.mu.Unlock()
	cell := &row.cells[0]
	for i := range row.cells {
		c := &row.cells[i]
		if c.id == id {
			cell = c
			break
		}
		if c.empty < cell.empty {
			cell = c
		}
	}
	if cell.id != id {
		*cell = pointCell{id: id}
	}
	cell.empty = max(cell.empty, now) + int64(n)*int64(pointLife)
	if cell.empty-now <= (maxPoints-1)*int64(pointLife) { // what leaks on the way is forgiven up to one
		return false
	}
	cell.empty = now
	return true
}
