package meter

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// A Recorder counts every exchange, for each site and each backend. Counting allocates
// nothing and waits for nobody; a stranger's words are in nothing that it keeps.
type Recorder struct {
	started  time.Time
	sites    table[site]
	backends table[backend]
}

// maxNames bounds how many sites, or backends, are told apart. All are named by the
// owner, and those of reloads long past among them.
const maxNames = 1024

// others is the name of all that are beyond maxNames.
const others = "others"

// New makes a recorder that begins at the moment.
func New(now time.Time) *Recorder { return &Recorder{started: now} }

// Over takes in an exchange that is over.
func (r *Recorder) Over(e *Exchange) {
	s := r.sites.get(e.Site)
	s.cells[rand.Uint32()%shards].take(e)
	if e.Backend != "" && !e.Asked.IsZero() {
		r.backends.get(e.Backend).cells[rand.Uint32()%shards].take(e)
	}
}

// shards spread what many processors count at the same time.
const shards = 4

type site struct {
	cells [shards]siteCell
	past  past
}

// A siteCell is one share of what a site did.
type siteCell struct {
	requests [len(Methods)][len(Classes)][len(Protos)]atomic.Uint64
	refused  atomic.Uint64
	upgraded atomic.Uint64
	sent     atomic.Uint64
	received atomic.Uint64
	took     histogram
	_        [64]byte // the next one is not on this cache line
}

func (c *siteCell) take(e *Exchange) {
	c.requests[methodOf(e.Method)][e.Class()][min(max(e.Proto, 1), len(Protos))-1].Add(1)
	if e.Action == "refused" {
		c.refused.Add(1)
	}
	c.sent.Add(uint64(max(e.Sent, 0)))
	c.received.Add(uint64(max(e.Received, 0)))
	if e.Upgraded { // how long a WebSocket lived says nothing of how fast the site is
		c.upgraded.Add(1)
		return
	}
	c.took.take(e.Took)
}

type backend struct {
	cells [shards]backendCell
	past  past
}

// A backendCell is one share of what a backend did.
type backendCell struct {
	waited histogram
	failed atomic.Uint64
	_      [64]byte
}

func (c *backendCell) take(e *Exchange) {
	if e.Failed {
		c.failed.Add(1)
	}
	c.waited.take(e.Waited)
}

// Run keeps what was, second by second, until the context ends.
func (r *Recorder) Run(ctx context.Context) {
	every := time.NewTicker(time.Second)
	defer every.Stop()
	for {
		select {
		case <-every.C:
			r.tick()
		case <-ctx.Done():
			return
		}
	}
}

// tick notes what there is, about once a second.
func (r *Recorder) tick() {
	for _, s := range r.sites.all() {
		s.past.note(s.totals())
	}
	for _, b := range r.backends.all() {
		b.past.note(b.totals())
	}
}

// A table has the things of one kind by name. Reading takes no lock.
type table[T site | backend] struct {
	mu sync.Mutex
	of atomic.Pointer[map[string]*T]
}

func (t *table[T]) get(name string) *T {
	if m := t.of.Load(); m != nil {
		if one := (*m)[name]; one != nil {
			return one
		}
	}
	return t.add(name)
}

func (t *table[T]) add(name string) *T {
	t.mu.Lock()
	defer t.mu.Unlock()
	next := map[string]*T{}
	if m := t.of.Load(); m != nil {
		if len(*m) >= maxNames {
			name = others
		}
		if one := (*m)[name]; one != nil {
			return one
		}
		for k, v := range *m {
			next[k] = v
		}
	}
	one := new(T)
	next[name] = one
	t.of.Store(&next)
	return one
}

func (t *table[T]) all() map[string]*T {
	if m := t.of.Load(); m != nil {
		return *m
	}
	return nil
}
