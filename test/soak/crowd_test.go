//go:build unix

package soak

import (
	"context"
	"flag"
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"

	"pavise/test/load"
)

var (
	rate     = flag.Int("rate", 100, "requests a second of the crowd")
	sockets  = flag.Int("sockets", 10, "WebSockets of the crowd, and half as many streams of events")
	idle     = flag.Int("idle", 0, "idle connections; 0 is 5000, in less than 5 minutes 1000, in less than a minute 50; as far as the limit of files allows")
	upgrades = flag.Int("upgrades", 0, "how often another process takes over; 0 is 5, or 2 in less than 5 minutes")
)

// What the crowd does is told by cycles. In each the frail app dies and returns.
func cycle() time.Duration { return min(*long/8, time.Minute) }

// rest is that of an idle connection, which is closed after 75 s.
func rest() time.Duration { return min(*long/8, 40*time.Second) }

func takeovers() int {
	switch {
	case *upgrades > 0:
		return *upgrades
	case *long < 5*time.Minute:
		return 2
	}
	return 5
}

// idlers is how many idle connections there can be: each is a file here and one there, and the
// app and what else is asked needs some as well.
func idlers() int {
	want := *idle
	switch {
	case want > 0:
	case *long < time.Minute:
		want = 50
	case *long < 5*time.Minute:
		want = 1000
	default:
		want = 5000
	}
	var limit syscall.Rlimit
	syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit)
	const others = 1000
	return max(0, min(want, int(limit.Cur)-others))
}

// A crowdScene is one Pavise in front of a steady app and a frail one, and who visits.
type crowdScene struct {
	*changing
	frail *frail
	crowdAccounts
}

// crowdAccounts are what is told in the end.
type crowdAccounts struct {
	changes
	deaths            int
	asked, h3, late   int
	sentAway          int
	most, owed        map[string]int
	slowest           time.Duration
	first, young, old look // of the first process; of the last, at the same age, and at its end
}

// soakCrowd has one site served by many processes and policies, one after the other, while
// a crowd asks without a pause. Nobody may notice, but for what he is owed.
func soakCrowd(t *testing.T, binary string) *crowdAccounts {
	app := load.App()
	defer app.Close()
	c := &crowdScene{changing: newChanging(t, binary, app.URL, *long), frail: newFrail(t)}
	defer c.frail.die()
	c.site.Owed, c.takeovers = c.owes, takeovers()
	c.paths = fmt.Sprintf("    paths:\n      - {path: /frail, to: %[2]s}\n      - {path: /twin, to: [%[1]s, %[2]s], balance: round-robin}\n", c.app, c.frail.at)
	c.serve()
	ctx, cancel := context.WithTimeout(t.Context(), *long)
	defer cancel()
	var looks watch
	var all sync.WaitGroup
	all.Go(func() {
		c.site.Load(ctx, load.Crowd{Rate: *rate, Paths: []string{"/", "/", "/frail", "/twin"}, Sockets: *sockets, Events: *sockets / 2,
			HTTP3: 3, Slow: 3, Idle: idlers(), Rest: rest()})
	})
	all.Go(func() { c.change(ctx) })
	all.Go(func() { c.kill(ctx) })
	all.Go(func() { looks.look(ctx, c.metrics, c.began) })
	all.Wait()
	c.draw(&looks)
	return &c.crowdAccounts
}

// kill has the frail app die in each cycle, and return.
func (c *crowdScene) kill(ctx context.Context) {
	for n := 0; ; n++ {
		begun := c.began.Add(time.Duration(n) * cycle())
		if !until(ctx, begun.Add(cycle()/3)) {
			return
		}
		c.frail.die()
		c.deaths++
		until(ctx, begun.Add(cycle()/2))
		if err := c.frail.begin(); err != nil {
			c.Error(err)
		}
	}
}

// until reports whether the context has not ended meanwhile.
func until(ctx context.Context, when time.Time) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(time.Until(when)):
		return true
	}
}
