// Package backends knows the processes of an app: which is well, which is asked next,
// and how each is doing.
package backends

import (
	"sync"
	"sync/atomic"
	"time"

	"pavise/internal/upstream"
)

// A Backend is one process of an app. Sites and paths that name the same share it.
type Backend struct {
	Name   string
	Prefix string // of every path that it is asked for
	Client *upstream.Client

	health Health
	sick   atomic.Bool            // as health checks have found
	out    atomic.Pointer[outage] // nil is none

	running, answered, failed atomic.Int64
	latency                   atomic.Int64 // moving average, in nanoseconds

	once sync.Once
	stop chan struct{}
	done chan struct{} // nil where nobody checks
}

// New returns a backend that is taken to be well.
func New(name, prefix string, client *upstream.Client, health Health) *Backend {
	return &Backend{Name: name, Prefix: prefix, Client: client, health: health, stop: make(chan struct{})}
}

// How long a backend is left out that takes no connection: twice as long each time.
const (
	firstRest   = time.Second
	longestRest = 30 * time.Second
)

// An outage is since when connections could not be opened, and until when it is left out
// for that. It never changes: all of it is put in place, and taken away, together.
type outage struct {
	closed int   // connections in a row
	noted  int64 // the last of them, as clock tells
	until  int64
}

// began is where the time of rests begins.
var began = time.Now()

// clock tells the time in nanoseconds, also where somebody sets the clock of the machine.
func clock(now time.Time) int64 { return int64(now.Sub(began)) }

// Unopened takes down that no connection could be opened: the backend is left out for a
// while. One that was begun before the last was noted says nothing new: under load there are
// many.
func (b *Backend) Unopened(begun, now time.Time) {
	b.failed.Add(1)
	for {
		last, next := b.out.Load(), outage{closed: 1, noted: clock(now)}
		if last != nil {
			if clock(begun) <= last.noted {
				return
			}
			next.closed += last.closed
		}
		next.until = next.noted + int64(min(firstRest<<min(next.closed-1, 5), longestRest))
		if b.out.CompareAndSwap(last, &next) {
			return
		}
	}
}

// Unasked takes down that no connection could be opened for want of something here: of the
// backend that says nothing.
func (b *Backend) Unasked() { b.failed.Add(1) }

// Answered takes down an answer that began so long after its request.
func (b *Backend) Answered(after time.Duration) {
	b.answered.Add(1)
	b.back()
	const weight = 8 // of what was, to the new one
	old := b.latency.Load()
	if old == 0 {
		old = int64(after)
	}
	b.latency.Store(max(old+(int64(after)-old)/weight, 1))
}

// Failed takes down that a connection was open, and no answer came.
func (b *Backend) Failed() { b.failed.Add(1) }

// back ends a rest.
func (b *Backend) back() {
	if b.out.Load() != nil {
		b.out.Store(nil)
	}
}

// Begin counts a request that is being answered, and End its end.
func (b *Backend) Begin() { b.running.Add(1) }

// End is the other side of Begin.
func (b *Backend) End() { b.running.Add(-1) }

// until is when its rest ends; 0 is that it does not rest.
func (b *Backend) until() int64 {
	if out := b.out.Load(); out != nil {
		return out.until
	}
	return 0
}

// candidate reports whether it may be asked, at a time by clock.
func (b *Backend) candidate(at int64) bool {
	out := b.out.Load()
	return !b.sick.Load() && (out == nil || out.until <= at)
}

// claim lets one request alone try a backend whose rest is over.
func (b *Backend) claim(at int64) bool {
	out := b.out.Load()
	return out == nil || out.until <= at && b.out.CompareAndSwap(out, &outage{out.closed, out.noted, at + int64(firstRest)})
}

// The states of a backend.
const (
	Well    = "well"
	Resting = "resting" // took no connection a moment ago
	Failing = "failing" // fails its health checks
)

// A State is how a backend is doing.
type State struct {
	Name     string
	State    string        // Well, Resting or Failing
	Running  int64         // requests that are being answered, WebSockets among them
	Answered int64         // since it is known
	Failed   int64         // connections that could not be opened, and requests without an answer
	Latency  time.Duration // until an answer begins, the latest of them counting most; 0 is not known
}

// State returns how it is doing now.
func (b *Backend) State() State {
	s := State{Name: b.Name, State: Well, Running: b.running.Load(), Answered: b.answered.Load(), Failed: b.failed.Load(),
		Latency: time.Duration(b.latency.Load())}
	switch {
	case b.sick.Load():
		s.State = Failing
	case b.out.Load() != nil:
		s.State = Resting
	}
	return s
}
