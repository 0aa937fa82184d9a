package main

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"pavise/cmd/pavise/internal/cli"
	"pavise/test/servers"
)

// TestEyes: one binary, asked as Prometheus, a collector, a reader of the log and an owner
// ask it.
func TestEyes(t *testing.T) {
	var spans atomic.Int64
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		spans.Add(int64(strings.Count(string(body), "pavise.request_id")))
	}))
	defer collector.Close()
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Header.Get("Traceparent")) }))
	defer app.Close()
	dir, https, numbers := t.TempDir(), servers.FreePort(t), servers.FreePort(t)
	config := filepath.Join(dir, "pavise.yaml")
	text := fmt.Sprintf("listen: {https: '127.0.0.1:%s', http: off, http3: off}\nstate: %s\nmetrics: 127.0.0.1:%s\nlog: access.log\n"+
		"traces: {to: '%s', sample: 1}\nsites: [{name: shop, hosts: [localhost, 127.0.0.1], to: '%s'}]\n", https, dir, numbers, collector.URL, app.URL)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	serve := exec.Command(binary(t), "serve", "--config", config)
	var said strings.Builder
	serve.Stderr = &said
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	defer serve.Process.Kill()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}, Timeout: 10 * time.Second}
	get := func(url string, want int) string {
		t.Helper()
		for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			res, err := client.Get(url)
			if err != nil {
				if time.Now().After(end) {
					t.Fatalf("%v\n%s", err, said.String())
				}
				continue
			}
			body, _ := io.ReadAll(res.Body)
			res.Body.Close()
			if res.StatusCode == want {
				return string(body)
			}
			if time.Now().After(end) {
				t.Fatalf("%s: %s %s", url, res.Status, body)
			}
		}
	}
	if got := get("https://127.0.0.1:"+https+"/a?token=secret", 200); !strings.HasSuffix(got, "-03") {
		t.Errorf("the app hears of the trace %q", got)
	}
	base := "http://127.0.0.1:" + numbers
	if got := get(base+"/healthz", 200) + get(base+"/readyz", 200); got != "ok\nok\n" {
		t.Error(got)
	}
	page := get(base+"/metrics", 200)
	for _, want := range []string{`pavise_http_requests_total{class="2xx",method="GET",proto="1.1",site="shop"} 1`, "pavise_ready 1",
		`pavise_upstream_failures_total{backend="` + app.URL + `"} 0`, `pavise_certificate_expiry_timestamp_seconds{host="localhost"}`, `pavise_store_up{kind="file"} 1`, `pavise_upstream_up{backend="` + app.URL + `"} 1`, "pavise_bans 0", "pavise_protection_windows_open 0"} {
		if !strings.Contains(page, want) {
			t.Errorf("without %s:\n%s", want, page)
		}
	}
	rebound, _ := http.NewRequest("GET", base+"/metrics", nil)
	rebound.Host = "evil.example.com"
	if res, err := client.Do(rebound); err != nil || res.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("a page of another name may read it: %v %v", res, err)
	}
	var out, wrong strings.Builder
	if code := run([]string{"top", "--state", dir}, &out, &wrong); code != cli.ExitClean || !strings.Contains(out.String(), "\nshop ") {
		t.Errorf("top: %d %s%s", code, out.String(), wrong.String())
	}
	out.Reset()
	var list []status
	if code := run([]string{"status", "--json", "--state", dir}, &out, &wrong); code != cli.ExitClean || json.Unmarshal([]byte(out.String()), &list) != nil ||
		len(list) != 1 || list[0].Traffic.Sites[0].Requests != 1 || list[0].Log == nil || len(list[0].Lacks) != 0 {
		t.Errorf("status: %d %s%s", code, out.String(), wrong.String())
	}
	serve.Process.Signal(syscall.SIGUSR1) // must not end it
	get("https://127.0.0.1:"+https+"/b", 200)
	serve.Process.Signal(syscall.SIGTERM)
	if err := serve.Wait(); err != nil {
		t.Errorf("%v\n%s", err, said.String())
	}
	log, err := os.ReadFile(filepath.Join(dir, "access.log"))
	if lines := strings.Split(strings.TrimSpace(string(log)), "\n"); err != nil || len(lines) != 2 || !strings.Contains(lines[0], `"query":"token=***"`) ||
		!strings.Contains(lines[0], `"site":"shop"`) || strings.Contains(string(log), "secret") {
		t.Errorf("%s %v", log, err)
	}
	if spans.Load() != 2 {
		t.Errorf("%d spans of requests", spans.Load())
	}
}
