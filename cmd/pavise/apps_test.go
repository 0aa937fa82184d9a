package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pavise/cmd/pavise/internal/cli"
)

const appsFile = `listen: {https: "127.0.0.1:0", http: "off", http3: "off"}
sites:
  - name: shop
    hosts: [shop.localhost, www.shop.localhost]
    canonical: true
    to: [%[1]s, {at: %[2]s, weight: 2}]
    sticky: true
    health: {path: /, every: 100ms}
    paths:
      - path: /api
        strip: true
        to: %[1]s
        websockets: off
      - path: /files
        strip: true
        static: files
      - path: /shut
        maintenance: {on: true, page: shut.html}
      - path: /old
        redirect: {to: "https://new.localhost", keep-path: true, permanent: true}
  - hosts: [gone.localhost]
    disabled: true
    to: 1
`

// TestAppsOfTheFile: what the file says of a site's requests holds behind every control.
func TestAppsOfTheFile(t *testing.T) {
	dir := t.TempDir()
	app := func(name string) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "no-store")
			fmt.Fprint(w, name, " ", r.URL, " ", r.Header.Get("Cookie"))
		}))
		t.Cleanup(s.Close)
		return s.Listener.Addr().String()
	}
	config := filepath.Join(dir, "pavise.yaml")
	os.Mkdir(filepath.Join(dir, "files"), 0o755)
	for name, text := range map[string]string{"pavise.yaml": fmt.Sprintf(appsFile, app("one"), app("two")), "files/a.txt": "a file", "shut.html": "<h1>Shut</h1>"} {
		os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600)
	}
	p, err := planFrom(serveFlags{config: config, state: filepath.Join(dir, "state")})
	if err != nil {
		t.Fatal(err)
	}
	g, cfg, server := serving(t, p)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", server.HTTPS().String())
	}}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	ask := func(host, path, cookie string) (*http.Response, string) {
		t.Helper()
		req, _ := http.NewRequest("GET", fmt.Sprintf("https://%s:%d%s", host, server.HTTPS().Port, path), nil)
		req.Header.Set("Accept", "text/html")
		if cookie != "" {
			req.Header.Set("Cookie", cookie)
		}
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		if res.Header.Get("X-Content-Type-Options") != "nosniff" || res.Header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s%s: without the headers of the policy: %v", host, path, res.Header)
		}
		return res, string(body)
	}
	for _, tt := range []struct {
		host, path string
		status     int
		want       string
	}{
		{"www.shop.localhost", "/x?y", 301, "Location: https://shop.localhost"},
		{"shop.localhost", "/api/x", 200, "one /x"},
		{"shop.localhost", "/files/a.txt", 200, "a file"},
		{"shop.localhost", "/files/b.txt", 404, "There is nothing at this address."},
		{"shop.localhost", "/shut/x", 503, "<h1>Shut</h1>"},
		{"shop.localhost", "/old/x", 301, "Location: https://new.localhost/old/x"},
		{"shop.localhost", "/x/..%2fshut", 400, ""},
		{"gone.localhost", "/", 421, ""},
	} {
		res, body := ask(tt.host, tt.path, "")
		if body += "Location: " + res.Header.Get("Location"); res.StatusCode != tt.status || !strings.Contains(body, tt.want) {
			t.Errorf("%s%s: %d %s", tt.host, tt.path, res.StatusCode, body)
		}
	}
	res, first := ask("shop.localhost", "/", "")
	set := res.Header["Set-Cookie"]
	if len(set) != 1 || !strings.HasPrefix(set[0], "__Host-backend=") {
		t.Fatalf("%q", set)
	}
	cookie, _, _ := strings.Cut(set[0], ";")
	for range 4 {
		if res, again := ask("shop.localhost", "/", cookie+"; lang=en"); again != strings.TrimSpace(first)+" lang=en" || res.Header["Set-Cookie"] != nil {
			t.Errorf("%q, then %q %v", first, again, res.Header)
		}
	}
	w := &witness{ground: g, started: time.Now()}
	w.sites.Store(&cfg.Sites)
	w.server.Store(server)
	s := w.apps(cfg.Sites)[0]
	var said strings.Builder
	s.write(&said)
	if len(s.Backends) != 3 || !s.Answers || s.Backends[0].State != "well" || s.Backends[2].Path != "/api" || s.Backends[1].Weight != 2 ||
		!strings.Contains(said.String(), "/api at http://") || !strings.Contains(said.String(), "which answer") {
		t.Errorf("%+v\n%s", s, said.String())
	}
}

// TestCheckOfApps names what is not there, and what weakens a site.
func TestCheckOfApps(t *testing.T) {
	dir := t.TempDir()
	config := filepath.Join(dir, "pavise.yaml")
	text := "sites:\n- hosts: [a.localhost]\n  static: {folder: public, listing: true}\n  maintenance:\n    page: shut.html\n"
	os.WriteFile(config, []byte(text), 0o600)
	var out, said strings.Builder
	if code := run([]string{"check", config}, &out, &said); code != cli.ExitUsage || !strings.Contains(said.String(), "pavise.yaml:3: static: folder: ") ||
		!strings.Contains(said.String(), "pavise.yaml:5: maintenance: page: ") {
		t.Errorf("exit %d: %s", code, said.String())
	}
	os.Mkdir(filepath.Join(dir, "public"), 0o755)
	os.WriteFile(filepath.Join(dir, "shut.html"), nil, 0o600)
	out.Reset()
	if code := run([]string{"check", config}, &out, &said); code != cli.ExitClean || !strings.Contains(out.String(), "pavise.yaml:3: static: listing shows everybody") {
		t.Errorf("exit %d: %s", code, out.String())
	}
}
