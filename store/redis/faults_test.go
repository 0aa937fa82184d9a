package redis_test

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pavise"
	"pavise/store/redis"
	"pavise/store/storetest"
	"pavise/test/network"
	"pavise/test/redisserver"
)

const budget = 250 * time.Millisecond

// durable is a server that loses nothing that it has acknowledged, whatever ends it.
var durable = redisserver.Options{Lines: []string{"appendonly yes", "appendfsync always"}}

// survives tries faults on stores with these options.
func survives(t *testing.T, o redis.Options, faults ...storetest.Fault) {
	t.Helper()
	o.Timeout = budget
	storetest.RunFaults(t, storetest.Trouble{Budget: budget, Faults: faults,
		Open: func(t *testing.T) pavise.Store { return open(t, o) }})
}

func TestFaultsOfTheServer(t *testing.T) {
	t.Parallel()
	s := redisserver.Start(t, durable)
	survives(t, redis.Options{Addresses: []string{s.Address}},
		storetest.Fault{Name: "killed", Break: func(*testing.T) { s.Kill() }, Mend: func(*testing.T) { s.Begin() }},
		storetest.Fault{Name: "stopped", Break: func(*testing.T) { s.Pause() }, Mend: func(*testing.T) { s.Resume() }},
		storetest.Fault{Name: "full", Says: pavise.ErrFull,
			Break: func(*testing.T) { s.Ask("CONFIG", "SET", "maxmemory", "1") },
			Mend:  func(*testing.T) { s.Ask("CONFIG", "SET", "maxmemory", "0") }},
		storetest.Fault{Name: "without its scripts", // and away for once, so that there is something to see
			Break: func(*testing.T) { s.Ask("SCRIPT", "FLUSH"); s.Pause() }, Mend: func(*testing.T) { s.Resume() }},
	)
}

func TestFaultsOfTheNetwork(t *testing.T) {
	t.Parallel()
	s := redisserver.Start(t, redisserver.Options{})
	link := network.NewLink(t, s.Address)
	mend := func(*testing.T) { link.Mend() }
	survives(t, redis.Options{Addresses: []string{link.Address}},
		storetest.Fault{Name: "cut", Break: func(*testing.T) { link.Cut() }, Mend: mend},
		storetest.Fault{Name: "late", Break: func(*testing.T) { link.Delay(2 * budget) }, Mend: mend},
		storetest.Fault{Name: "silent, until the client gives the connection up", Break: func(*testing.T) { link.Swallow() }, Mend: mend, Hold: 2200 * time.Millisecond},
		storetest.Fault{Name: "without answers", Break: func(*testing.T) { link.SwallowAnswers() }, Mend: mend},
	)
}

// TestGroup: promises, and faults. A failover may lose what the replica has not heard of
// yet.
func TestGroup(t *testing.T) {
	t.Parallel()
	g := redisserver.StartGroup(t)
	o := redis.Options{Mode: redis.Sentinel, Primary: g.Name, Addresses: g.Addresses()}
	holds(t, o)
	var dead *redisserver.Server
	survives(t, o,
		storetest.Fault{Name: "its primary killed", Forgets: true,
			Break: func(*testing.T) { dead = g.Primary(); dead.Kill() },
			Mend:  func(*testing.T) { g.AwaitPrimary(dead); g.Rejoin(dead) }},
		storetest.Fault{Name: "its primary stopped, and a Sentinel killed", Forgets: true,
			Break: func(*testing.T) { dead = g.Primary(); g.Sentinels[2].Kill(); dead.Pause() },
			Mend:  func(*testing.T) { g.AwaitPrimary(dead); dead.Resume() }},
	)
}

// TestCluster: promises, a slot that moves, and faults.
func TestCluster(t *testing.T) {
	t.Parallel()
	c := redisserver.StartCluster(t, true)
	o := redis.Options{Mode: redis.Cluster, Addresses: c.Addresses()[:2]}
	holds(t, o)
	t.Run("a slot moves", func(t *testing.T) { moves(t, c, o) })
	survives(t, o,
		storetest.Fault{Name: "a primary killed", Forgets: true,
			Break: func(*testing.T) { c.Primaries[1].Kill() },
			Mend:  func(t *testing.T) { c.AwaitPrimaries(c.Replicas[1]); c.Primaries[1].Begin() }},
		storetest.Fault{Name: "a primary stopped", Forgets: true,
			Break: func(*testing.T) { c.Primaries[2].Pause() },
			Mend:  func(*testing.T) { c.AwaitPrimaries(c.Replicas[2]); c.Primaries[2].Resume() }},
	)
}

// moves takes a slot to another node while its counter counts: no guess counts twice
// or never.
func moves(t *testing.T, c *redisserver.Cluster, o redis.Options) {
	o.Prefix = "moved:"
	s, key := open(t, o), "moved:counter"
	slot := c.Primaries[0].Ask("CLUSTER", "KEYSLOT", key)
	n, _ := strconv.Atoi(slot)
	from, to := c.Primaries[n*3/16384], c.Primaries[(n*3/16384+1)%3]
	var counted, tried atomic.Int64
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 500 {
				tried.Add(1)
				if _, _, err := s.Add(t.Context(), "counter", 1, time.Hour); err == nil {
					counted.Add(1)
				}
			}
		})
	}
	more := func(n int64) {
		for before := counted.Load(); counted.Load() < before+n && tried.Load() < 2000; {
			time.Sleep(time.Millisecond)
		}
	}
	more(200)
	to.Ask("CLUSTER", "SETSLOT", slot, "IMPORTING", from.Ask("CLUSTER", "MYID"))
	from.Ask("CLUSTER", "SETSLOT", slot, "MIGRATING", to.Ask("CLUSTER", "MYID"))
	from.Ask("MIGRATE", "127.0.0.1", to.Port, key, "0", "5000")
	more(200)
	for _, node := range []*redisserver.Server{to, from} {
		node.Ask("CLUSTER", "SETSLOT", slot, "NODE", to.Ask("CLUSTER", "MYID"))
	}
	all.Wait()
	if sum, _, err := s.Add(t.Context(), "counter", 0, time.Hour); err != nil || sum < counted.Load() || sum > tried.Load() || counted.Load() < 1500 {
		t.Errorf("counts %d, and %d of %d were acknowledged: %v", sum, counted.Load(), tried.Load(), err)
	}
}
