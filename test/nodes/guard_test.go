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

// stores are those that tests of what nodes count together pass on.
func stores(t *testing.T, test func(t *testing.T, open func(int) pavise.Store)) {
	t.Run("memory", func(t *testing.T) {
		memory := pavise.NewMemory(nil)
		test(t, func(int) pavise.Store { return memory })
	})
	t.Run("redis", func(t *testing.T) {
		server := redisserver.Start(t, redisserver.Options{})
		test(t, func(int) pavise.Store { return connect(t, redis.Options{Addresses: []string{server.Address}}) })
	})
	t.Run("cluster", func(t *testing.T) {
		cluster := redisserver.StartCluster(t, false)
		test(t, func(int) pavise.Store {
			return connect(t, redis.Options{Mode: redis.Cluster, Addresses: cluster.Addresses()})
		})
	})
}

// TestParallelGuesses: 5,000 guesses at once through all nodes are 10, as with one
// node; and so are those by the other two metrics 20 and 100.
func TestParallelGuesses(t *testing.T) {
	stores(t, func(t *testing.T, open func(int) pavise.Store) {
		n := start(t, open, guard...)
		times := 600
		if t.Name() == "TestParallelGuesses/redis" {
			times = 5000
		}
		var refused atomic.Int64
		n.together(times, func(_, node int) {
			if n.login(node, 1, "alice", "wrong") == http.StatusTooManyRequests {
				refused.Add(1)
			}
		})
		if got := n.app.asked("alice"); got < 1 || got > 10 || int(refused.Load()) != times-got {
			t.Errorf("%d guesses reached the app, %d were refused", got, refused.Load())
		}
		n.together(120, func(i, node int) { n.login(node, 2+i%30, "bob", "wrong") })
		if got := n.app.asked("bob"); got < 10 || got > 20 {
			t.Errorf("%d guesses at an account from many addresses", got)
		}
		sprayed := 0
		n.together(150, func(i, node int) { n.login(node, 100, fmt.Sprint("user", i), "wrong") })
		for i := range 150 {
			sprayed += n.app.asked(fmt.Sprint("user", i))
		}
		if sprayed < 90 || sprayed > 100 {
			t.Errorf("%d guesses from one address", sprayed)
		}
	})
}

// TestKnownEverywhere: a browser that has logged in at one node is known at all, though
// strangers have locked the account, and what it owes is forgotten at all.
func TestKnownEverywhere(t *testing.T) {
	stores(t, func(t *testing.T, open func(int) pavise.Store) {
		n := start(t, open, guard...)
		var device *http.Cookie
		for _, c := range n.do(0, 1, "POST", "/login", "username=alice&password=right").Cookies() {
			if c.Name == pavise.DeviceCookie {
				device = c
			}
		}
		if device == nil {
			t.Fatal("no device cookie")
		}
		n.together(60, func(i, node int) { n.login(node, 2+i, "alice", "wrong") })
		for node := range 3 {
			if status := n.login(node, 90, "alice", "right"); status != http.StatusTooManyRequests {
				t.Errorf("node %d: a stranger is answered %d", node, status)
			}
			if res := n.do(node, 91, "POST", "/login", "username=alice&password=right", device); res.StatusCode != http.StatusSeeOther {
				t.Errorf("node %d: the known browser is answered %d", node, res.StatusCode)
			}
		}
	})
}

// TestRateLimits: what all nodes let through is what one would, within 5 %, unevenly
// loaded, and a low limit by the letter.
func TestRateLimits(t *testing.T) {
	stores(t, func(t *testing.T, open func(int) pavise.Store) {
		n := start(t, open, login.Rate{Limits: []login.Limit{
			{Path: "/five", Rate: 5, Per: time.Minute}, {Path: "/many", Rate: 1000, Per: time.Hour}}})
		for path, tt := range map[string]struct{ times, least, most int }{
			"/five": {60, 5, 5}, "/many": {1500, 1000, 1050},
		} {
			var passed atomic.Int64
			n.together(tt.times, func(i, node int) {
				if i%4 != 0 {
					node = 0
				}
				if n.do(node, 1, "GET", path, "").StatusCode == http.StatusOK {
					passed.Add(1)
				}
			})
			if got := int(passed.Load()); got < tt.least || got > tt.most {
				t.Errorf("%s: %d of %d passed, want %d to %d", path, got, tt.times, tt.least, tt.most)
			}
		}
	})
}
