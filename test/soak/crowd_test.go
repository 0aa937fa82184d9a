//go:build unix

package soak

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"pavise/test/load"
	"pavise/test/servers"
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

const reloadEvery = time.Second

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
	*testing.T
	binary, state, config, metrics string
	steady                         string
	frail                          *frail
	site                           *load.Site
	began                          time.Time

	mu        sync.Mutex
	upgrading []span
	crowdAccounts
}

// crowdAccounts are what is told in the end.
type crowdAccounts struct {
	long              time.Duration
	rate              int
	reloads, deaths   int
	asked, h3, late   int
	sentAway          int
	most, owed        map[string]int
	slowest           time.Duration
	upgraded          []string // how long each took
	first, young, old look     // of the first process; of the last, at the same age, and at its end
}

// soakCrowd has one site served by many processes and policies, one after the other, while
// a crowd asks without a pause. Nobody may notice, but for what he is owed.
func soakCrowd(t *testing.T, binary string) *crowdAccounts {
	app := load.App()
	defer app.Close()
	c := &crowdScene{T: t, binary: binary, state: t.TempDir(), config: filepath.Join(t.TempDir(), "pavise.yaml"),
		metrics: "127.0.0.1:" + servers.FreePort(t), steady: app.URL, frail: newFrail(t), began: time.Now()}
	c.rate, c.long = *rate, *long
	defer c.frail.die()
	address := "127.0.0.1:" + servers.FreePort(t)
	_, port, _ := strings.Cut(address, ":")
	c.site = &load.Site{Address: address, Host: "localhost:" + port, Owed: c.owes}
	c.write(0)
	said := c.serve()
	ctx, cancel := context.WithTimeout(t.Context(), *long)
	defer cancel()
	c.began = time.Now()
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
	if t.Failed() {
		text, _ := os.ReadFile(said)
		t.Logf("it said:\n%.20000s", text)
	}
	return &c.crowdAccounts
}

// write is another policy each time.
func (c *crowdScene) write(n int) {
	text := fmt.Sprintf("listen: {https: %q, http: 'off'}\nstate: %s\ndrain: %s\nmetrics: %s\nsites:\n  - hosts: [localhost]\n    to: %s\n"+
		"    controls: {transport.hsts: {max-age: %dh}}\n    paths:\n"+
		"      - {path: /frail, to: %[7]s}\n      - {path: /twin, to: [%[5]s, %[7]s], balance: round-robin}\n",
		c.site.Address, c.state, *long+time.Minute, c.metrics, strings.TrimPrefix(c.steady, "http://"), 9000+n, c.frail.at)
	if err := os.WriteFile(c.config+".new", []byte(text), 0o600); err != nil {
		c.Error(err)
	}
	os.Rename(c.config+".new", c.config)
}

// serve returns where what it says is.
func (c *crowdScene) serve() string {
	said, err := os.Create(filepath.Join(c.TempDir(), "said"))
	if err != nil {
		c.Fatal(err)
	}
	defer said.Close()
	serve := exec.Command(c.binary, "serve", "--config", c.config)
	serve.Stderr = said
	serve.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // what takes over ends with it
	if err := serve.Start(); err != nil {
		c.Fatal(err)
	}
	c.Cleanup(func() {
		syscall.Kill(-serve.Process.Pid, syscall.SIGKILL)
		serve.Wait()
	})
	for end := time.Now().Add(20 * time.Second); c.site.Ask() != nil && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond)
	}
	return said.Name()
}

// change reloads all the time, and upgrades in the first half of it: the last process is
// there for the whole of the second.
func (c *crowdScene) change(ctx context.Context) {
	tick := time.NewTicker(reloadEvery)
	defer tick.Stop()
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		c.write(n)
		out, err := exec.Command(c.binary, "reload", "--state", c.state).CombinedOutput()
		if err != nil {
			c.Errorf("reload %d: %v: %s", n, err, out)
		}
		c.reloads++
		if k := len(c.upgraded) + 1; k <= takeovers() && time.Since(c.began) >= c.upgradeAt(k) {
			c.upgrade()
		}
	}
}

func (c *crowdScene) upgradeAt(k int) time.Duration {
	return *long / 2 * time.Duration(k) / time.Duration(takeovers())
}

func (c *crowdScene) upgrade() {
	c.mu.Lock()
	c.upgrading = append(c.upgrading, span{time.Now(), time.Now().Add(time.Hour)})
	c.mu.Unlock()
	out, err := exec.Command(c.binary, "upgrade", "--state", c.state, "--json").Output()
	c.mu.Lock()
	c.upgrading[len(c.upgrading)-1].to = time.Now().Add(afterUpgrade)
	c.mu.Unlock()
	var done []struct {
		OK     bool
		TookMS int64 `json:"took_ms"`
	}
	if err == nil {
		err = json.Unmarshal(out, &done)
	}
	if err != nil || len(done) != 1 || !done[0].OK {
		c.Errorf("upgrade: %v: %s", err, out)
		c.upgraded = append(c.upgraded, "refused")
		return
	}
	c.upgraded = append(c.upgraded, (time.Duration(done[0].TookMS) * time.Millisecond).String())
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
