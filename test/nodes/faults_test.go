package nodes_test

import (
	"net/http"
	"testing"
	"time"

	"pavise"
	"pavise/controls/login"
	"pavise/store/redis"
	"pavise/test/network"
	"pavise/test/redisserver"
)

// A fault is what can befall the store, and how it ends.
type fault struct{ begin, end func() }

func faults(server *redisserver.Server, link *network.Link) map[string]fault {
	return map[string]fault{
		"killed":    {server.Kill, server.Begin},
		"paused":    {server.Pause, server.Resume},
		"full":      {func() { server.Ask("CONFIG", "SET", "maxmemory", "1") }, func() { server.Ask("CONFIG", "SET", "maxmemory", "0") }},
		"cut":       {link.Cut, link.Mend},
		"delayed":   {func() { link.Delay(time.Second) }, link.Mend},
		"swallowed": {link.Swallow, link.Mend},
		"unheard":   {link.SwallowAnswers, link.Mend},
	}
}

// within is how long a request may take at most where the store may take half a second
// of it: generously, for a busy machine.
const within = 500*time.Millisecond + 2*time.Second

// TestFaults: whatever befalls Redis, sites are served in time, guards are stricter,
// blocks of before hold, what was counted meanwhile counts, and all of it ends by itself and is told.
func TestFaults(t *testing.T) {
	for name := range faults(&redisserver.Server{}, &network.Link{}) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redisserver.Start(t, redisserver.Options{})
			link := network.NewLink(t, server.Address)
			n := start(t, func(int) pavise.Store { return connect(t, redis.Options{Addresses: []string{link.Address}}) },
				login.Rate{Limits: []login.Limit{{Path: "/few", Rate: 8, Per: time.Hour}}}, login.Guard{})
			f := faults(server, link)[name]
			n.guess(15, 1, "alice")
			n.want("before it", "alice", 7, 7)
			f.begin()
			n.serves()
			n.guess(6, 1, "alice")
			n.want("a block of before, during it", "alice", 7, 7)
			n.guess(18, 2, "bob")
			n.want("during it", "bob", 1, 3)
			n.few()
			f.end()
			n.recovers()
			n.guess(12, 1, "alice")
			n.want("a block of before, behind it", "alice", 7, 7)
			n.guess(12, 2, "bob")
			n.want("what was counted meanwhile, behind it", "bob", 3, 7)
			n.guess(15, 4, "dave")
			n.want("behind it", "dave", 7, 7)
		})
	}
}

// guess guesses at each node in turn.
func (n *nodes) guess(times, from int, name string) {
	for i := range times {
		began := time.Now()
		n.login(i%3, from, name, "wrong")
		n.inTime("a login", began)
	}
}

func (n *nodes) inTime(what string, began time.Time) {
	n.t.Helper()
	if took := time.Since(began); took > within {
		n.t.Errorf("%s took %s", what, took)
	}
}

func (n *nodes) want(when, name string, least, most int) {
	n.t.Helper()
	if got := n.app.asked(name); got < least || got > most {
		n.t.Errorf("%s: %d guesses at %s, want %d to %d", when, got, name, least, most)
	}
}

// serves asks for pages at all nodes, and logs in.
func (n *nodes) serves() {
	n.t.Helper()
	for i := range 12 {
		began := time.Now()
		if res := n.do(i%3, 3, "GET", "/", ""); res.StatusCode != http.StatusOK {
			n.t.Errorf("a page is answered %d", res.StatusCode)
		}
		if status := n.login(i%3, 3, "carol", "right"); status != http.StatusSeeOther {
			n.t.Errorf("a login is answered %d", status)
		}
		n.inTime("a page and a login", began)
	}
}

// few asks for what there is little of.
func (n *nodes) few() {
	n.t.Helper()
	passed := 0
	for i := range 24 {
		began := time.Now()
		if n.do(i%3, 5, "GET", "/few", "").StatusCode == http.StatusOK {
			passed++
		}
		n.inTime("a page", began)
	}
	if passed < 1 || passed > 8 {
		n.t.Errorf("%d of 8 passed", passed)
	}
}

// recovers waits until every node has told that it uses the store again.
func (n *nodes) recovers() {
	n.t.Helper()
	end := time.Now().Add(30 * time.Second)
	for i, node := range n.nodes {
		for node.says("login.guard", "the store can be used again") == 0 && time.Now().Before(end) {
			n.login(i, 6, "erin", "right")
			time.Sleep(20 * time.Millisecond)
		}
		if node.says("login.guard", "cannot be used", "counted on this machine alone") == 0 || node.says("login.guard", "used again") == 0 {
			n.t.Errorf("node %d does not tell that the store went and came", i)
		}
		if node.noted("login.guard") < 2 {
			n.t.Errorf("node %d counts %d notes", i, node.noted("login.guard"))
		}
	}
}
