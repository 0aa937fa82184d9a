//go:build unix

package soak

import (
	"context"
	"encoding/json"
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

// A changing Pavise is reloaded each second, each time to another policy, and replaced by
// another process several times in the first half of its time.
type changing struct {
	*testing.T
	binary, state, config, metrics string
	app, paths                     string // what is behind it
	takeovers                      int    // that are wanted
	site                           *load.Site
	began                          time.Time
	done                           changes

	mu        sync.Mutex
	upgrading []span
}

// changes are what was done to it.
type changes struct {
	long     time.Duration
	reloads  int
	upgraded []string // how long each took
}

const reloadEvery = time.Second

func newChanging(t *testing.T, binary, app string, long time.Duration) *changing {
	address := "127.0.0.1:" + servers.FreePort(t)
	_, port, _ := strings.Cut(address, ":")
	return &changing{T: t, binary: binary, state: t.TempDir(), config: filepath.Join(t.TempDir(), "pavise.yaml"),
		metrics: "127.0.0.1:" + servers.FreePort(t), app: strings.TrimPrefix(app, "http://"),
		site: &load.Site{Address: address, Host: "localhost:" + port}, done: changes{long: long}}
}

// write is another policy each time.
func (c *changing) write(n int) {
	text := fmt.Sprintf("listen: {https: %q, http: 'off'}\nstate: %s\ndrain: %s\nmetrics: %s\nsites:\n  - hosts: [localhost]\n    to: %s\n"+
		"    controls: {transport.hsts: {max-age: %dh}}\n%s", c.site.Address, c.state, c.done.long+time.Minute, c.metrics, c.app, 9000+n, c.paths)
	if err := os.WriteFile(c.config+".new", []byte(text), 0o600); err != nil {
		c.Error(err)
	}
	os.Rename(c.config+".new", c.config)
}

// serve begins the first process, and its time.
func (c *changing) serve() {
	c.write(0)
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
		if c.Failed() {
			text, _ := os.ReadFile(said.Name())
			c.Logf("it said:\n%.20000s", text)
		}
	})
	for end := time.Now().Add(20 * time.Second); c.site.Ask() != nil && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond)
	}
	c.began = time.Now()
}

// change reloads all the time, and upgrades in the first half of it: the last process is
// there for the whole of the second.
func (c *changing) change(ctx context.Context) {
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
		c.done.reloads++
		if k := len(c.done.upgraded) + 1; k <= c.takeovers && time.Since(c.began) >= c.upgradeAt(k) {
			c.upgrade()
		}
	}
}

func (c *changing) upgradeAt(k int) time.Duration {
	return c.done.long / 2 * time.Duration(k) / time.Duration(c.takeovers)
}

func (c *changing) upgrade() {
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
		c.done.upgraded = append(c.done.upgraded, "refused")
		return
	}
	c.done.upgraded = append(c.done.upgraded, (time.Duration(done[0].TookMS) * time.Millisecond).String())
}
