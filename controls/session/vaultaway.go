package session

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"pavise"
)

// copies are of sessions that this node has seen lately, for when the store is away:
// what was ended then, and could not be written, is among them until it is. A nil
// *copies is of a store that is never away, and keeps nothing.
type copies struct {
	mu      sync.Mutex
	byToken map[string]*copied
	bytes   int
	ended   map[string]time.Time // until when it matters
	over    map[string]time.Time // lineages that the store knows to have ended, likewise
	waiting atomic.Int64         // how many have ended
	tried   atomic.Int64         // when they were last written, Unix time
}

// A copied is the copy of a session.
type copied struct {
	jar   jar
	seen  time.Time
	dirty bool        // it is not in the store yet
	base  []appCookie // what the store knew, if it is dirty
}

const (
	maxCopies     = 20_000
	maxCopyBytes  = 32 << 20
	maxEndedLater = 10_000
	endedAtOnce   = 16 // of those that wait, by one exchange
)

func newCopies() *copies {
	return &copies{byToken: map[string]*copied{}, ended: map[string]time.Time{}, over: map[string]time.Time{}}
}

func (c *copied) size(token string) int {
	n := 160 + len(token)
	for _, k := range c.jar.cookies {
		n += 80 + len(k.name) + len(k.value) + len(k.path)
	}
	return n
}

// keep keeps a copy. What is not in the store yet stays so until it is.
func (c *copies) keep(token string, j jar, now time.Time, dirty bool) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	old := c.byToken[token]
	if dirty = dirty || old != nil && old.dirty; old != nil && slices.Equal(old.jar.cookies, j.cookies) {
		j.cookies = old.jar.cookies
	} else if own, err := readJar(j.append(nil)); err == nil {
		j = own // what it is made of may be parts of whole heads
	}
	c.remove(token)
	next := &copied{jar: j, seen: now, dirty: dirty}
	switch {
	case dirty && old != nil && old.dirty:
		next.base = old.base
	case dirty && old != nil:
		next.base = old.jar.cookies
	}
	for size := next.size(token); len(c.byToken) >= maxCopies || c.bytes+size > maxCopyBytes; {
		c.makeRoom()
	}
	token = strings.Clone(token) // it may be part of a whole head
	c.byToken[token] = next
	c.bytes += next.size(token)
}

// makeRoom forgets of a few that which was seen longest ago.
func (c *copies) makeRoom() {
	oldest, some := "", 8
	for token, copy := range c.byToken {
		if oldest == "" || copy.seen.Before(c.byToken[oldest].seen) {
			oldest = token
		}
		if some--; some == 0 {
			break
		}
	}
	c.remove(oldest)
}

func (c *copies) remove(token string) {
	if old := c.byToken[token]; old != nil {
		c.bytes -= old.size(token)
		delete(c.byToken, token)
	}
}

func (c *copies) forget(token string) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remove(token)
}

// find returns a copy that may still be used.
func (c *copies) find(token string, good func(jar, time.Time) bool) (jar, bool) {
	if c == nil {
		return jar{}, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	copy := c.byToken[token]
	if copy == nil || !good(copy.jar, copy.seen) {
		return jar{}, false
	}
	return copy.jar, true
}

// unwritten returns what the store does not know yet, for it to be written now: unless
// another node has changed there what this one knew.
func (c *copies) unwritten(token string, stored jar) (jar, bool) {
	if c == nil {
		return jar{}, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	copy := c.byToken[token]
	if copy == nil || !copy.dirty {
		return jar{}, false
	}
	copy.dirty = false
	return copy.jar, slices.Equal(copy.base, stored.cookies)
}

// ending reports whether a session has ended, though the store does not know yet.
func (c *copies) ending(token string) bool {
	if c == nil || c.waiting.Load() == 0 {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ending := c.ended[token]
	return ending
}

// know remembers that a lineage has ended, for when the store cannot be asked.
func (c *copies) know(lineage string, now, until time.Time) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.over) >= maxEndedLater {
		maps.DeleteFunc(c.over, func(_ string, until time.Time) bool { return now.After(until) })
	}
	for other := range c.over {
		if len(c.over) < maxEndedLater {
			break
		}
		delete(c.over, other)
	}
	c.over[lineage] = until
}

// knows reports whether a lineage has ended, as far as is known here.
func (c *copies) knows(lineage string) bool {
	if c == nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	_, over := c.over[lineage]
	return over
}

// endLater remembers an end that could not be written, of a handle or of a lineage by
// its key, and reports whether nobody had done so. Those of visitors, whom anybody can
// be, take up no more than half of the room.
func (v *vault) endLater(x *pavise.Exchange, what string, of level, matters time.Duration) (first bool) {
	c := v.copies
	if c == nil {
		return true
	}
	c.mu.Lock()
	c.remove(what)
	_, known := c.ended[what]
	most := maxEndedLater
	if of != member {
		most /= 2
	}
	full := !known && len(c.ended) >= most
	if !full {
		c.ended[strings.Clone(what)] = v.env.Now().Add(matters)
		c.waiting.Store(int64(len(c.ended)))
	}
	n := len(c.ended)
	c.mu.Unlock()
	if full {
		v.env.Note(x, vaultID, fmt.Sprintf("the store is away, and %d ends of sessions wait for it already: one more is not kept", n))
		return true
	}
	v.saidAway.once(v, x, fmt.Sprintf("the store is away: %d ends of sessions wait for it", n))
	return !known
}

// catchUp writes ends that have waited for the store, some at a time.
func (v *vault) catchUp(x *pavise.Exchange) {
	c := v.copies
	if c == nil || c.waiting.Load() == 0 {
		return
	}
	now, tried := v.env.Now(), c.tried.Load()
	if now.Unix() == tried || !c.tried.CompareAndSwap(tried, now.Unix()) {
		return
	}
	for _, what := range c.some(now) {
		ctx, cancel := v.patient(x)
		err := v.endNow(ctx, what)
		cancel()
		if err != nil && !lost(err) {
			return // it is still away
		}
		c.written(what)
	}
	if c.waiting.Load() > 0 {
		c.tried.Store(0)
	} else {
		v.env.Note(x, vaultID, "the store is back: every end of a session that has waited for it is written")
	}
}

// endNow writes an end that has waited.
func (v *vault) endNow(ctx context.Context, what string) error {
	if strings.HasPrefix(what, lineageKey) {
		_, _, err := v.env.Store.Add(ctx, what, pavise.Precious, v.longest())
		if err == nil {
			v.copies.know(what, v.env.Now(), v.env.Now().Add(v.longest()))
		}
		return err
	}
	rec, err := v.keepers[member].Load(ctx, what)
	if err != nil {
		return err
	}
	return v.keepers[member].Delete(ctx, rec)
}

// some are a few ends that wait. Those that the store has found by itself are over.
func (c *copies) some(now time.Time) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []string
	for token, until := range c.ended {
		if now.After(until) {
			delete(c.ended, token)
		} else if len(list) < endedAtOnce {
			list = append(list, token)
		}
	}
	c.waiting.Store(int64(len(c.ended)))
	return list
}

func (c *copies) written(token string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.ended, token)
	c.waiting.Store(int64(len(c.ended)))
}
