package main

import (
	"context"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// paced asks n times, rate times a second, on the connection that has been free for
// the longest. The clock of a request runs from when it was due, not from when it
// could be sent: a server that stalls for a second is late for a second's worth of
// requests.
func paced(ctx context.Context, clients []*client, rate, n int) (outcome, error) {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	free := make(chan *pacer, len(clients))
	late := make([]time.Duration, n)
	for _, c := range clients {
		p := &pacer{client: c, sent: make(chan sending)}
		go p.run(late, free, fail)
		defer close(p.sent)
		free <- p
	}
	begin := time.Now()
	if err := dispatch(ctx, free, rate, n); err != nil {
		return outcome{}, err
	}
	for range clients { // all answers are in when all connections are free again
		if _, err := next(ctx, free); err != nil {
			return outcome{}, err
		}
	}
	return outcome{requests: n, rate: float64(n) / time.Since(begin).Seconds(), latencies: late}, nil
}

// A sending is a request under way: which one, and when it was due.
type sending struct {
	i   int
	due time.Time
}

// A pacer takes the answers on one connection.
type pacer struct {
	*client
	sent chan sending
}

func (p *pacer) run(late []time.Duration, free chan<- *pacer, fail func(error)) {
	for s := range p.sent {
		if err := p.take(); err != nil {
			fail(err)
			return
		}
		late[s.i] = time.Since(s.due)
		free <- p
	}
}

// dispatch sends on a schedule. It sleeps in a thread of its own, in the kernel: the
// timers of Go's runtime are good for a millisecond, which is more than an answer takes.
func dispatch(ctx context.Context, free <-chan *pacer, rate, n int) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	begin := time.Now()
	for i := range n {
		due := begin.Add(time.Duration(i) * time.Second / time.Duration(rate))
		for rest := time.Until(due); rest > 0; rest = time.Until(due) { // a signal wakes it early
			t := unix.NsecToTimespec(int64(rest))
			unix.Nanosleep(&t, nil)
		}
		p, err := next(ctx, free)
		if err != nil {
			return err
		}
		if err := p.send(); err != nil {
			return err
		}
		select {
		case p.sent <- sending{i, due}:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// next is the connection that is free next.
func next(ctx context.Context, free <-chan *pacer) (*pacer, error) {
	select {
	case p := <-free:
		return p, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
