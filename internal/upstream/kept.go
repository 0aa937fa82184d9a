package upstream

import (
	"sync"
	"sync/atomic"
	"time"
)

// kept are the connections of a client that wait for a request. The one that
// waited least is taken first, so that those that are too many become old.
type kept struct {
	mu     sync.Mutex
	links  []*link // the longest kept first
	closed bool
	sweep  *time.Timer // closes what is too old; nil while there is nothing
	lesson atomic.Pointer[lesson]
}

// A lesson is after which rest a request may meet the end of a connection. It holds for an
// hour: an app that restarts ends connections that have rested for a moment, and teaches
// what is not so.
type lesson struct {
	unsafe time.Duration
	until  time.Time
}

const lessonLife = time.Hour

// safe reports whether a connection that has rested so long may be used.
func (k *kept) safe(rested time.Duration, now time.Time) bool {
	learnt := k.lesson.Load()
	return learnt == nil || rested < learnt.unsafe || !now.Before(learnt.until)
}

// take returns a connection that is still open, or nil.
func (k *kept) take(now time.Time) *link {
	for {
		l := k.last()
		if l == nil {
			return nil
		}
		l.rested = now.Sub(l.since)
		if now.Before(l.until) && k.safe(l.rested, now) {
			if l.alive() {
				return l
			}
			k.ended(l.rested, now)
		}
		l.nc.Close()
	}
}

// leastRest is what every server grants a connection.
const leastRest = time.Second

// ended learns that the server has closed a connection which had rested so long,
// without having said that it would: a request that comes at just that time would
// be lost, so from now on none is sent so late.
func (k *kept) ended(rested time.Duration, now time.Time) {
	k.lesson.Store(&lesson{max(rested*3/4, leastRest), now.Add(lessonLife)})
}

func (k *kept) last() *link {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := len(k.links)
	if n == 0 {
		return nil
	}
	l := k.links[n-1]
	k.links[n-1] = nil
	k.links = k.links[:n-1]
	return l
}

// keep takes a connection in, for as long; false where there are enough.
func (k *kept) keep(l *link, most int, idle time.Duration) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed || idle <= 0 || len(k.links) >= most {
		return false
	}
	l.since = time.Now()
	l.until = l.since.Add(idle)
	k.links = append(k.links, l)
	if k.sweep == nil {
		k.sweep = time.AfterFunc(idle, k.sweepOld)
	}
	return true
}

// sweepOld closes what is too old, and comes again while something is left.
func (k *kept) sweepOld() {
	k.mu.Lock()
	defer k.mu.Unlock()
	now, young := time.Now(), k.links[:0]
	for _, l := range k.links {
		if now.Before(l.until) {
			young = append(young, l)
		} else {
			l.nc.Close()
		}
	}
	clear(k.links[len(young):])
	k.links = young
	if k.sweep = nil; len(young) > 0 {
		k.sweep = time.AfterFunc(max(young[0].until.Sub(now), time.Second), k.sweepOld)
	}
}

func (k *kept) closeAll() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.closed = true
	for _, l := range k.links {
		l.nc.Close()
	}
	k.links = nil
	if k.sweep != nil {
		k.sweep.Stop()
	}
}
