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
	sick   atomic.Bool  // as health checks have found
	rest   atomic.Int64 // until when it is left out, in Unix nanoseconds; 0 is not at all
	closed atomic.Int32 // connections in a row that could not be opened

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

// Unopened takes down that no connection could be opened: the backend is left out for a
// while.
func (b *Backend) Unopened(now time.Time) {
	b.failed.Add(1)
	n := b.closed.Add(1)
	rest := firstRest << min(n-1, 5)
	b.rest.Store(now.Add(min(rest, longestRest)).UnixNano())
}

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
	if b.closed.Load() != 0 {
		b.closed.Store(0)
		b.rest.Store(0)
	}
}

// Begin counts a request that is being answered, and End its end.
func (b *Backend) Begin() { b.running.Add(1) }

// End is the other side of Begin.
func (b *Backend) End() { b.running.Add(-1) }

// candidate reports whether it may be asked, at a time in Unix nanoseconds.
func (b *Backend) candidate(now int64) bool { return !b.sick.Load() && b.rest.Load() <= now }

// claim lets one request alone try a backend whose rest is over.
func (b *Backend) claim(now int64) bool {
	rest := b.rest.Load()
	return rest == 0 || rest <= now && b.rest.CompareAndSwap(rest, now+int64(firstRest))
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
	case b.rest.Load() != 0:
		s.State = Resting
	}
	return s
}
