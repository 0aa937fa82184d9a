//go:build unix

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"pavise/test/load"
	"pavise/test/servers"
)

// TestUpgradeWithEyes: whoever scrapes, looks at the dashboard or reads the log notices
// nothing of an upgrade but that the process is another.
func TestUpgradeWithEyes(t *testing.T) {
	app := load.App()
	t.Cleanup(app.Close)
	h := &house{t: t, binary: ownBinary(t), state: t.TempDir()}
	numbers, desk, log := servers.FreePort(t), servers.FreePort(t), filepath.Join(h.state, "access.log")
	config := filepath.Join(h.state, "pavise.yaml")
	text := fmt.Sprintf("listen: {https: '127.0.0.1:0', http: off}\nmetrics: 127.0.0.1:%s\ndashboard: {listen: '127.0.0.1:%s'}\n"+
		"log: {access: %s, rotate: {size: 65536, keep: 1000, compress: false}}\nsites: [{hosts: [localhost], to: '%s'}]\n", numbers, desk, log, app.URL)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	h.process = exec.Command(h.binary, "serve", "--config", config, "--state", h.state, "--drain", "20s")
	h.begin(h.process)
	get := func(url string) (int, string, error) {
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		res, err := client.Get(url)
		if err != nil {
			return 0, "", err
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		return res.StatusCode, string(body), err
	}
	ready := "http://127.0.0.1:" + numbers + "/readyz"
	happens(t, func() bool { code, _, _ := get(ready); return code == http.StatusOK })

	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	var scraped atomic.Int64
	all.Go(func() { h.site.Load(ctx, load.Crowd{Rate: 200}) })
	all.Go(func() {
		for ctx.Err() == nil {
			code, body, err := get(ready)
			if err != nil || code != http.StatusOK && !strings.Contains(body, "draining") {
				t.Errorf("%d %s %v", code, body, err)
				return
			}
			scraped.Add(1)
		}
	})
	for range 2 {
		before := scraped.Load()
		if next, said := h.upgrade(); next == 0 {
			t.Fatal(said)
		}
		happens(t, func() bool { return scraped.Load() > before+20 })
		if code, _, err := get("http://127.0.0.1:" + desk + "/login"); err != nil || code == 0 {
			t.Errorf("the dashboard: %d %v", code, err)
		}
		if code, body, err := get("http://127.0.0.1:" + numbers + "/metrics"); err != nil || code != http.StatusOK || !strings.Contains(body, "pavise_ready 1") {
			t.Errorf("metrics: %d %v", code, err)
		}
	}
	cancel()
	all.Wait()
	if bad := h.site.Failed(); len(bad) > 0 {
		t.Error(bad)
	}
	lines := func() (n int) {
		files, _ := filepath.Glob(log + "*")
		for _, file := range files {
			text, _ := os.ReadFile(file)
			n += strings.Count(string(text), "\n")
			for line := range strings.Lines(string(text)) {
				if !strings.HasPrefix(line, "{") || !strings.HasSuffix(line, "}\n") {
					t.Errorf("%s: %q", file, line)
				}
			}
		}
		return n
	}
	happens(t, func() bool { return lines() >= h.site.Asked() })
}
