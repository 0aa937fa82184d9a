package login

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"
)

// A tally is what one node knows of one client under one quota. Times are in
// nanoseconds from the start.
type tally struct {
	id      uint64
	drawing sync.Mutex // one draws, and the others learn from what he got
	mu      sync.Mutex
	owed    int64   // let in, and not drawn yet
	wait    int64   // until when there is nothing to draw
	ends    []int64 // when a portion that is closed comes again; 0 or past: perhaps it is open
}

const (
	tallyRows   = 1 << 12
	tallyLength = 8
)

type tallyRow struct {
	mu    sync.Mutex
	cells [tallyLength]*tally
}

// tally returns that of a client. Where a row is full a newcomer takes the place of
// the one that waits least, and what that one owes.
func (q *quotas) tally(client netip.Addr, rule int) *tally {
	var key [18]byte
	address := client.As16()
	copy(key[:], address[:])
	key[16], key[17] = byte(rule), byte(rule>>8)
	id := maphash.Bytes(q.seed, key[:])
	row := &q.rows[id%tallyRows]
	row.mu.Lock()
	defer row.mu.Unlock()
	least, at := int64(0), 0
	for i, t := range row.cells {
		if t == nil {
			row.cells[i] = &tally{id: id}
			return row.cells[i]
		}
		if t.id == id {
			return t
		}
		if waits := t.waits(); i == 0 || waits < least {
			least, at = waits, i
		}
	}
	row.cells[at] = &tally{id: id, owed: row.cells[at].owes()}
	return row.cells[at]
}

func (t *tally) waits() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.wait
}

func (t *tally) owes() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.owed
}

// count lets a request in without asking. Or it returns how many are to be drawn
// first, that one among them; or how long to wait.
func (t *tally) count(now, batch int64) (n int64, wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.wait > now {
		return 0, time.Duration(t.wait - now)
	}
	if t.owed+1 >= batch {
		return t.owed + 1, 0
	}
	t.owed++
	return 0, 0
}

// drawn takes down how many of those were got. Unless it is all, the request that asked
// has to wait.
func (t *tally) drawn(now, n, got int64) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if got == n {
		t.owed = 0
		return 0
	}
	t.owed -= min(got, t.owed)
	return time.Duration(max(t.wait-now, int64(time.Millisecond)))
}

// portion returns the first that is not known to be closed. Where there is none, all
// have to wait for the one that comes first.
func (t *tally) portion(now, portions int64) (i int64, found bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ends == nil {
		return 0, true
	}
	first := t.ends[0]
	for i, end := range t.ends[:portions] {
		if end <= now {
			return int64(i), true
		}
		first = min(first, end)
	}
	t.wait = first
	return 0, false
}

func (t *tally) close(portion, portions, until int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ends == nil {
		t.ends = make([]int64, portions)
	}
	t.ends[portion] = until
}
