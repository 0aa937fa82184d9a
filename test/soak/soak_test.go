//go:build unix

// Package soak has browsers and attackers at work while the store is killed, stopped,
// cut off, slow and full, and a crowd while Pavise is reloaded and replaced and an app
// dies. Then it draws up accounts that must come out exactly.
package soak

import (
	"flag"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"pavise/test/browser"
	"pavise/test/network"
	"pavise/test/redisserver"
)

var (
	long  = flag.Duration("for", 4*time.Second, "how long the soak takes; a quarter of it goes to the file")
	every = flag.Duration("every", 0, "time from fault to fault; 0 is 20s, or a sixth of a soak of less than 2 minutes")
	write = flag.String("write", "", "replace the tables between the marks of this file")
)

const (
	browsers  = 12
	attackers = 3 // of the same account; one more tries all accounts
	// budget is what no request may take longer than: it asks the store some times,
	// for 250 ms each at most, and the machine may be busy.
	budget = 5 * time.Second
)

func pace() time.Duration {
	switch {
	case *every > 0:
		return *every
	case *long < 2*time.Minute:
		return *long / 6
	}
	return 20 * time.Second
}

// TestSoak is three nodes with one Redis, and then one with a file; and meanwhile one that
// is changed under a crowd.
func TestSoak(t *testing.T) {
	binary := browser.Build(t)
	var shared, alone *accounts
	var crowd *crowdAccounts
	t.Run("all", func(t *testing.T) {
		t.Run("a crowd", func(t *testing.T) { t.Parallel(); crowd = soakCrowd(t, binary) })
		t.Run("trouble of the store", func(t *testing.T) {
			t.Parallel()
			t.Run("three nodes with Redis", func(t *testing.T) { shared = soakRedis(t, binary, *long*3/4) })
			t.Run("one node with a file", func(t *testing.T) { alone = soakFile(t, binary, *long/4) })
		})
	})
	if *write != "" && !t.Failed() {
		if err := publish(*write, shared, alone, crowd); err != nil {
			t.Fatal(err)
		}
	}
}

func soakRedis(t *testing.T, binary string, d time.Duration) *accounts {
	server := redisserver.Start(t, redisserver.Options{Lines: []string{"appendonly yes", "appendfsync always", "maxmemory-policy noeviction"}})
	link := network.NewLink(t, server.Address)
	app := newApp(t)
	nodes := startNodes(t, binary, app, 3, "--store", "redis://"+link.Address)
	s := newScene(t, app, nodes)
	faults := troubles(server, link)
	for end, i := time.Now().Add(d), rand.IntN(len(faults)); time.Now().Before(end); i++ {
		f := faults[i%len(faults)]
		time.Sleep(pace() * 2 / 3)
		s.faults[f.name]++
		f.begin()
		time.Sleep(pace() / 3)
		f.end()
	}
	s.settle(3 * time.Second) // before they look again whether it is back
	a := s.draw()
	for i, n := range nodes {
		n.stop()
		for _, line := range []string{"the store is away", "the store is back"} {
			if *long >= time.Minute && !strings.Contains(n.said.String(), line) {
				t.Errorf("node %d has never said that %s", i, line)
			}
		}
	}
	if n := a.total(a.failed); n > 0 {
		t.Errorf("%d requests got no answer, though no node was ever away: %v", n, a.failed)
	}
	return a
}

// soakFile kills the node itself. What a browser was told as done must be in the file.
func soakFile(t *testing.T, binary string, d time.Duration) *accounts {
	app := newApp(t)
	nodes := startNodes(t, binary, app, 1)
	s := newScene(t, app, nodes)
	for end := time.Now().Add(d); time.Now().Before(end); {
		time.Sleep(pace() * 2 / 3)
		s.faults["the node killed, and begun again"]++
		nodes[0].kill()
		nodes[0].begin()
		time.Sleep(pace() / 3)
	}
	s.settle(0)
	return s.draw()
}

// A trouble is a fault and its end.
type trouble struct {
	name       string
	begin, end func()
}

func troubles(server *redisserver.Server, link *network.Link) []trouble {
	return []trouble{
		{"Redis killed, and begun again", server.Kill, server.Begin},
		{"Redis stopped (SIGSTOP)", server.Pause, server.Resume},
		{"connections cut", link.Cut, link.Mend},
		{"everything 400 ms late", func() { link.Delay(400 * time.Millisecond) }, link.Mend},
		{"network silent", link.Swallow, link.Mend},
		{"Redis full", func() { server.Ask("CONFIG", "SET", "maxmemory", "1") }, func() { server.Ask("CONFIG", "SET", "maxmemory", "0") }},
	}
}
