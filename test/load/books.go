package load

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"time"
)

// A Failure is what did not end as its client wished.
type Failure struct {
	What  string // such as HTTP/2 POST
	Path  string
	Begun time.Time
	Err   error
}

// A StatusError is an answer that is not the app's.
type StatusError struct{ Status, Size int }

func (e *StatusError) Error() string {
	return fmt.Sprintf("status %d, %d bytes", e.Status, e.Size)
}

// failed takes down what went wrong, with addresses left out, so that the same counts as
// the same.
func (s *Site) failed(f Failure) {
	said := f.Err.Error()
	var op *net.OpError
	if errors.As(f.Err, &op) {
		said = op.Op + ": " + op.Err.Error()
	}
	why := ""
	if s.Owed != nil {
		why = s.Owed(f)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bad == nil {
		s.bad, s.owed = map[string]int{}, map[string]int{}
	}
	if why != "" {
		s.owed[why]++
	} else {
		s.bad[f.What+" "+f.Path+": "+said]++
	}
}

// over reports whether the context has ended. Who dials is told of its deadline a moment
// before the context is.
func over(ctx context.Context) bool {
	end, ends := ctx.Deadline()
	return ctx.Err() != nil || ends && !time.Now().Before(end)
}

// lasting does what goes on until the context ends, and again where a failure was owed.
func (s *Site) lasting(ctx context.Context, what string, do func(context.Context) error) {
	for ctx.Err() == nil {
		begun := time.Now()
		err := do(ctx)
		if err == nil || over(ctx) {
			continue
		}
		s.failed(Failure{What: what, Begun: begun, Err: err})
		pause(ctx, time.Second/2+rand.N(time.Second)) // all at once would keep each other out
	}
}

// goesOn counts what is open by now, until it is left.
func (s *Site) goesOn(what string) (left func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now == nil {
		s.now, s.most = map[string]int{}, map[string]int{}
	}
	s.now[what]++
	s.most[what] = max(s.most[what], s.now[what])
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.now[what]--
	}
}

// Most is how much went on at a time.
func (s *Site) Most() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.most)
}

// Failed is what went wrong without being owed, and how often.
func (s *Site) Failed() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.bad)
}

// FailedAsOwed is what went wrong as it had to, by why.
func (s *Site) FailedAsOwed() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.owed)
}

// pause reports whether the context has not ended meanwhile.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
