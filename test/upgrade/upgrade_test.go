//go:build unix

// Package upgrade has one program served by many processes and policies, one after the
// other, while visitors ask without a pause: none may notice.
package upgrade

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

	"pavise/test/browser"
	"pavise/test/load"
	"pavise/test/servers"
)

var (
	long     = flag.Duration("for", 3*time.Second, "how long the load lasts")
	rate     = flag.Int("rate", 100, "requests a second")
	sockets  = flag.Int("sockets", 10, "WebSockets that talk all the time")
	upgrades = flag.Int("upgrades", 2, "how often another process takes over")
	every    = flag.Duration("reload", time.Second, "time from reload to reload")
)

// TestNobodyNotices: no request fails, no WebSocket is dropped.
func TestNobodyNotices(t *testing.T) {
	app := load.App()
	defer app.Close()
	binary, state := browser.Build(t), t.TempDir()
	address := "127.0.0.1:" + servers.FreePort(t)
	config := filepath.Join(t.TempDir(), "pavise.yaml")
	write := func(n int) { // each is another policy
		text := fmt.Sprintf("listen: {https: %q, http: 'off'}\nstate: %s\ndrain: %s\nsites:\n  - hosts: [localhost]\n    to: %s\n"+
			"    controls: {transport.hsts: {max-age: %dh}}\n", address, state, *long+time.Minute, app.URL, 9000+n)
		if err := os.WriteFile(config+".new", []byte(text), 0o600); err == nil {
			os.Rename(config+".new", config)
		}
	}
	write(0)
	said, err := os.Create(filepath.Join(t.TempDir(), "said"))
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	serve := exec.Command(binary, "serve", "--config", config)
	serve.Stderr = said
	serve.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // what takes over ends with it
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	defer serve.Wait()
	defer syscall.Kill(-serve.Process.Pid, syscall.SIGKILL)
	_, port, _ := strings.Cut(address, ":")
	site := &load.Site{Address: address, Host: "localhost:" + port}
	for end := time.Now().Add(20 * time.Second); site.Ask() != nil && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(t.Context(), *long)
	defer cancel()
	var all sync.WaitGroup
	all.Go(func() { site.Load(ctx, *rate, *sockets) })
	var reloads, took []string
	all.Go(func() {
		tick := time.NewTicker(*every)
		defer tick.Stop()
		next, pause := time.Now(), *long/time.Duration(*upgrades+1)
		for n := 1; ; n++ {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			write(n)
			out, err := exec.Command(binary, "reload", "--state", state).CombinedOutput()
			if err != nil {
				t.Errorf("reload %d: %v: %s", n, err, out)
			}
			reloads = append(reloads, string(out))
			if len(took) == *upgrades || time.Since(next) < pause {
				continue
			}
			next = time.Now()
			took = append(took, upgrade(t, binary, state))
		}
	})
	all.Wait()
	t.Logf("%d requests in %s at %d a second, half by HTTP/1.1 and half by HTTP/2, and %d WebSockets: %d reloads, %d upgrades (%s); the slowest answer took %s, %d were not asked because the machine did not keep up",
		site.Asked(), *long, *rate, *sockets, len(reloads), len(took), strings.Join(took, ", "), site.Slowest().Round(time.Millisecond), site.Late())
	if bad := site.Failed(); len(bad) > 0 || site.Asked() == 0 {
		t.Errorf("failed: %v", bad)
		text, _ := os.ReadFile(said.Name())
		t.Logf("it said:\n%.20000s", text)
	}
	if len(took) != *upgrades {
		t.Errorf("%d upgrades, not %d", len(took), *upgrades)
	}
}

// upgrade returns how long it took.
func upgrade(t *testing.T, binary, state string) string {
	out, err := exec.Command(binary, "upgrade", "--state", state, "--json").Output()
	var done []struct {
		OK      bool
		Refused string
		TookMS  int64 `json:"took_ms"`
	}
	if err == nil {
		err = json.Unmarshal(out, &done)
	}
	if err != nil || len(done) != 1 || !done[0].OK {
		t.Errorf("upgrade: %v: %s", err, out)
		return "refused"
	}
	return (time.Duration(done[0].TookMS) * time.Millisecond).String()
}
