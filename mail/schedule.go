package mail

import (
	"container/heap"
	"math/rand/v2"
	"sync"
	"time"
)

// A visit is when a message is looked at again.
type visit struct {
	id       string
	next     time.Time
	expires  time.Time
	tried    time.Time // first, by this process
	troubles int       // attempts that failed by the next server's trouble
	index    int       // in the heap, -1 while it is being looked at
}

// A schedule has one visit for each message of the queue.
type schedule struct {
	mu     sync.Mutex
	visits map[string]*visit
	heap   visits
	wake   chan struct{}
}

func newSchedule() *schedule {
	return &schedule{visits: map[string]*visit{}, wake: make(chan struct{}, 1)}
}

// maxBackoff is the longest that a message waits after one attempt, or nearly so.
const maxBackoff = 4 * time.Hour

// minTrial is how long a process tries a message before it gives up. Where the clock is
// wrong after a boot all messages are old; by then it has been set, and the net is up.
const minTrial = 30 * time.Minute

// isOver reports whether a message is given up.
func (v *visit) isOver(now time.Time) bool {
	return !now.Before(v.expires) && !v.tried.IsZero() && now.Sub(v.tried) >= minTrial
}

// add has a message looked at.
func (s *schedule) add(id string, next, expires time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.visits[id] != nil {
		return
	}
	v := &visit{id: id, next: next, expires: expires}
	s.visits[id] = v
	heap.Push(&s.heap, v)
	s.stir()
}

func (s *schedule) stir() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// due takes the visit that is due, or tells how long it is until there is one.
func (s *schedule) due(now time.Time) (v *visit, wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.heap) == 0 {
		return nil, time.Hour
	}
	if wait := s.heap[0].next.Sub(now); wait > 0 {
		return nil, wait
	}
	v = heap.Pop(&s.heap).(*visit)
	v.index = -1
	return v, 0
}

// again has it looked at once more.
func (s *schedule) again(v *visit, next time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v.next.Before(v.expires) && next.After(v.expires) { // it is given up in time
		next = v.expires
	}
	v.next = next
	heap.Push(&s.heap, v)
	s.stir()
}

// done forgets a message.
func (s *schedule) done(v *visit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.visits, v.id)
}

// now has all that wait, or those that are named, be looked at at once. It returns how
// many those are, and does nothing where one of them is not there.
func (s *schedule) now(at time.Time, ids ...string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*visit, 0, len(ids))
	for _, id := range ids {
		v := s.visits[id]
		if v == nil {
			return 0
		}
		list = append(list, v)
	}
	if len(ids) == 0 {
		list = append(list, s.heap...)
	}
	for _, v := range list {
		if v.index >= 0 {
			v.next = at
			heap.Fix(&s.heap, v.index)
		}
	}
	s.stir()
	return len(list)
}

// hold takes a message that waits out of the schedule.
func (s *schedule) hold(id string) (*visit, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.visits[id]
	if v == nil || v.index < 0 {
		return nil, false
	}
	heap.Remove(&s.heap, v.index)
	v.index = -1
	return v, true
}

// oldest is when the first message would be given up.
func (s *schedule) oldest() (expires time.Time, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range s.visits {
		if !ok || v.expires.Before(expires) {
			expires, ok = v.expires, true
		}
	}
	return expires, ok
}

type visits []*visit

func (l visits) Len() int           { return len(l) }
func (l visits) Less(i, j int) bool { return l[i].next.Before(l[j].next) }
func (l visits) Swap(i, j int) {
	l[i], l[j] = l[j], l[i]
	l[i].index, l[j].index = i, j
}
func (l *visits) Push(x any) {
	v := x.(*visit)
	v.index = len(*l)
	*l = append(*l, v)
}
func (l *visits) Pop() any {
	last := len(*l) - 1
	v := (*l)[last]
	*l = (*l)[:last]
	return v
}

// backoff doubles from a minute to four hours, each a little off, so that not all come at
// once.
func backoff(attempt int) time.Duration {
	wait := min(time.Minute<<min(max(attempt-1, 0), 8), maxBackoff)
	return wait + time.Duration((rand.Float64()-0.5)*0.2*float64(wait))
}
