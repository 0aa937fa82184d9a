package backends

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"pavise/internal/upstream"
	"pavise/test/setclock"
)

// TestBackFromEveryRest: whichever comes first of a connection that could not be opened and
// an answer, the next answer ends the rest.
func TestBackFromEveryRest(t *testing.T) {
	b, now := New("b", "", nil, Health{}), time.Now()
	for i := range 20_000 {
		var both sync.WaitGroup
		both.Go(func() { b.Unopened(now, now) })
		both.Go(func() { b.Answered(time.Millisecond) })
		both.Wait()
		if b.Answered(time.Millisecond); b.State().State != Well {
			t.Fatalf("after %d times it is left out for good", i+1)
		}
	}
}

// TestRestIsNoLongerWhereTheClockIsSet: neither does it end at once.
func TestRestIsNoLongerWhereTheClockIsSet(t *testing.T) {
	for _, by := range []time.Duration{24 * time.Hour, -24 * time.Hour, 50 * 365 * 24 * time.Hour} {
		var clock setclock.Clock
		g := group(LeastConnections, 1, 1)
		g.members[0].Unopened(clock.Now(), clock.Now())
		clock.Set(by)
		if counts := count(g, 10, clock.Now(), anybody); counts[0] != 0 {
			t.Errorf("set by %s: its rest is over", by)
		}
		if counts := count(g, 10, clock.Now().Add(firstRest), anybody); counts[0] != 1 {
			t.Errorf("set by %s: after its rest %d requests try", by, counts[0])
		}
	}
}

// TestChecksThatCannotBeAsked: for want of files here none is sick.
func TestChecksThatCannotBeAsked(t *testing.T) {
	asked := make(chan bool, 100)
	b := New("b", "", &upstream.Client{Dial: func(context.Context) (net.Conn, error) {
		select {
		case asked <- true:
		default:
		}
		return nil, fmt.Errorf("dial: %w", os.NewSyscallError("socket", syscall.EMFILE))
	}}, Health{Path: "/", Host: "h", Every: time.Millisecond, Timeout: time.Second, Fails: 1, Passes: 1})
	b.Start()
	for range 5 {
		<-asked
	}
	b.Stop()
	if s := b.State().State; s != Well {
		t.Errorf("it is %s", s)
	}
	if m, down := NewGroup(RoundRobin, []Member{{Backend: b, Weight: 1}}, nil).Choose(time.Now(), netip.Addr{}, nil, new(Tried)); m == nil || down {
		t.Error("it is left out")
	}
}
