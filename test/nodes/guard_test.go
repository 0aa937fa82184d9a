package nodes_test

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"pavise"
	"pavise/controls/login"
	"pavise/store/redis"
	"pavise/test/redisserver"
)

// TestTogether is what nodes know together, in one Redis and in a Cluster.
func TestTogether(t *testing.T) {
	for _, tt := range []struct {
		name    string
		guesses int
		options func() redis.Options
	}{
		{"redis", 5000, func() redis.Options {
			return redis.Options{Addresses: []string{redisserver.Start(t, redisserver.Options{}).Address}}
		}},
		{"cluster", 120, func() redis.Options {
			return redis.Options{Mode: redis.Cluster, Addresses: redisserver.StartCluster(t, false).Addresses()}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			options := tt.options()
			open := func(int) pavise.Store { return connect(t, options) }
			t.Run("guesses", func(t *testing.T) { guesses(start(t, open, guard...), tt.guesses) })
			t.Run("browsers", func(t *testing.T) { browsers(start(t, open, guard...)) })
			t.Run("vaults", func(t *testing.T) { vaults(t, open) })
			t.Run("library", func(t *testing.T) { library(t, open) })
			t.Run("rates", func(t *testing.T) { rates(start(t, open, limits)) })
		})
	}
}

// guesses at once through all nodes are as many as with one, by each of the metrics.
func guesses(n *nodes, times int) {
	var refused atomic.Int64
	n.together(times, func(_, node int) {
		if n.login(node, 1, "alice", "wrong") == http.StatusTooManyRequests {
			refused.Add(1)
		}
	})
	if got := n.app.asked("alice"); got < 1 || got > 10 || int(refused.Load()) != times-got {
		n.t.Errorf("%d guesses reached the app, %d were refused", got, refused.Load())
	}
	n.together(60, func(i, node int) { n.login(node, 2+i%30, "bob", "wrong") })
	if got := n.app.asked("bob"); got < 8 || got > 20 {
		n.t.Errorf("%d guesses at an account from many addresses", got)
	}
	sprayed := 0
	n.together(150, func(i, node int) { n.login(node, 100, fmt.Sprint("user", i), "wrong") })
	for i := range 150 {
		sprayed += n.app.asked(fmt.Sprint("user", i))
	}
	if sprayed < 60 || sprayed > 100 {
		n.t.Errorf("%d guesses from one address", sprayed)
	}
}

// alone is what nodes allow beyond the limit who have gone on alone, because this
// machine was too busy: each has said so.
func (n *nodes) alone(each int) (more int) {
	for _, node := range n.nodes {
		if node.noted("login.guard")+node.noted("login.rate") > 0 {
			n.t.Log("a node has gone on alone for a while")
			more += each
		}
	}
	return more
}

// browsers that have logged in at one node are known at all, though strangers have
// locked the account.
func browsers(n *nodes) {
	var device *http.Cookie
	for _, c := range n.do(0, 1, "POST", "/login", "username=alice&password=right").Cookies() {
		if c.Name == pavise.DeviceCookie {
			device = c
		}
	}
	if device == nil {
		n.t.Fatal("no device cookie")
	}
	n.together(60, func(i, node int) { n.login(node, 2+i, "alice", "wrong") })
	for node := range 3 {
		if status := n.login(node, 90, "alice", "right"); status != http.StatusTooManyRequests {
			n.t.Errorf("node %d: a stranger is answered %d", node, status)
		}
		if res := n.do(node, 91, "POST", "/login", "username=alice&password=right", device); res.StatusCode != http.StatusSeeOther {
			n.t.Errorf("node %d: the known browser is answered %d", node, res.StatusCode)
		}
	}
}

var limits = login.Rate{Limits: []login.Limit{
	{Path: "/five", Rate: 5, Per: time.Minute}, {Path: "/many", Rate: 400, Per: time.Hour}}}

// rates of all nodes are what one would let through, within 5 %, however uneven the
// load, and a low limit by the letter.
func rates(n *nodes) {
	for path, limit := range map[string]struct{ times, rate, slack int }{"/five": {30, 5, 0}, "/many": {500, 400, 20}} {
		var passed atomic.Int64
		n.together(limit.times, func(i, node int) {
			if i%4 != 0 {
				node = 0
			}
			if n.do(node, 1, "GET", path, "").StatusCode == http.StatusOK {
				passed.Add(1)
			}
		})
		got, alone := int(passed.Load()), n.alone(limit.rate/4)
		if got > limit.rate+limit.slack+alone || alone == 0 && got < limit.rate {
			n.t.Errorf("%s: %d of %d passed, want %d", path, got, limit.times, limit.rate)
		}
	}
}
