package proxy

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// appAt is an app that says who it is and what it was asked for.
func appAt(t *testing.T, name string) Backend {
	t.Helper()
	return backendOf(t, httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if to := r.URL.Query().Get("to"); to != "" {
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusSeeOther)
		}
		fmt.Fprintf(w, "%s %s", name, r.RequestURI)
	})))
}

func backendOf(t *testing.T, server *httptest.Server) Backend {
	t.Helper()
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	up, err := ParseUpstream(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return Backend{Upstream: up}
}

// routed starts a proxy whose first site is changed.
func routedBy(t *testing.T, change func(*Site)) *world {
	t.Helper()
	w := start(t, Upstream{}, false, func(c *Config) {
		c.Sites[1].Upstream = Upstream{Network: "unix", Address: "/nowhere"}
		change(&c.Sites[0])
	})
	w.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return w
}

func TestPathsAreRouted(t *testing.T) {
	whole, api, deep, prefixed := appAt(t, "whole"), appAt(t, "api"), appAt(t, "deep"), appAt(t, "prefixed")
	prefixed.Prefix = "/app"
	w := routedBy(t, func(s *Site) {
		s.App.Backends = []Backend{whole}
		s.Paths = []Path{
			{Path: "/api", Strip: true, App: App{Backends: []Backend{api}}},
			{Path: "/api/v2/deep", App: App{Backends: []Backend{deep}}},
			{Path: "/pre", Strip: true, App: App{Backends: []Backend{prefixed}}},
			{Path: "/plain", App: App{NoSockets: true}},
		}
	})
	for path, want := range map[string]string{
		"/":                       "whole /",
		"/ap":                     "whole /ap",
		"/apis":                   "whole /apis",
		"/api":                    "api /",
		"/api/":                   "api /",
		"/api?x=/api":             "api /?x=/api",
		"/api/v2":                 "api /v2",
		"/%61pi/a%20b":            "api /a%20b",
		"/api/v2/deep":            "deep /api/v2/deep",
		"/api/v2/deeper":          "api /v2/deeper",
		"/api/v2/deep/x":          "deep /api/v2/deep/x",
		"/pre/x?y":                "prefixed /app/x?y",
		"/plain/x":                "whole /plain/x",
		"/files/a%2Fb":            "whole /files/a%2Fb",
		"/api/a%2Fb":              "api /a%2Fb",
		"/api//evil.test":         "api /evil.test",
		"/a;b/c":                  "whole /a;b/c",
		"/x/../y":                 "whole /x/../y",
		"//x":                     "whole //x",
		"/x/../api/y":             "400",
		"/api/../x":               "400",
		"//api/y":                 "400",
		"/./api/y":                "400",
		"/x/%2e%2e/api":           "400",
		"/x/%252e%252e/api":       "400",
		"/api%2Fy":                "400",
		"/api%5cy":                "400",
		"/x/..;/api":              "400",
		"/api;a=b/y":              "400",
		"/API/y":                  "400",
		"/Api":                    "400",
		"/api/v2/DEEP":            "400",
		"/api/x/../v2/deep":       "400",
		"/api/a/../../api/b":      "400", // it stays within the route, and leaves the place of the app
		"/x%00/../api":            "400",
		"/%2525252525252525252f/": "400",
	} {
		req := request("GET", w.base, nil)
		req.URL.Opaque = "//shop.test" + path // as it is written
		res, body := do(t, w, req)
		if got := body; res.StatusCode != 200 && want == fmt.Sprint(res.StatusCode) || got == want {
			continue
		}
		t.Errorf("%s: %d %.80s; want %s", path, res.StatusCode, body, want)
	}
}

// TestLocationsAreMoved: an app that does not know where it is leads the client there all
// the same.
func TestLocationsAreMoved(t *testing.T) {
	api, prefixed := appAt(t, "api"), appAt(t, "prefixed")
	prefixed.Prefix = "/app"
	w := routedBy(t, func(s *Site) {
		s.App.Backends = []Backend{prefixed}
		s.Paths = []Path{{Path: "/api", Strip: true, App: App{Backends: []Backend{api}}}}
	})
	for _, tt := range []struct{ path, to, want string }{
		{"/api/x", "/login", "/api/login"},
		{"/api/x", "/api/login", "/api/login"},
		{"/api/x", "https://other.test/login", "https://other.test/login"},
		{"/api/x", "//other.test/x", "//other.test/x"},
		{"/x", "/app/login?x", "/login?x"},
		{"/x", "/app", "/"},
		{"/x", "/apple", "/apple"},
		{"/x", "/app//evil.test/x", "/evil.test/x"}, // it was a path, and must lead to no other host
		{"/x", `/app/\evil.test/x`, "/evil.test/x"},
		{"/x", "/app/\t/evil.test/x", "/evil.test/x"},
		{"/x", "/app?x//y", "/?x//y"},
		{"/x", "login", "login"},
	} {
		res, _ := do(t, w, request("GET", w.base+tt.path+"?to="+url.QueryEscape(tt.to), nil))
		if got := res.Header.Get("Location"); got != tt.want {
			t.Errorf("%s from %s: %q, want %q", tt.to, tt.path, got, tt.want)
		}
	}
}

func TestRedirects(t *testing.T) {
	app := appAt(t, "app")
	w := routedBy(t, func(s *Site) {
		s.App.Backends = []Backend{app}
		s.Paths = []Path{
			{Path: "/old", App: App{Redirect: &Redirect{To: "/new"}}},
			{Path: "/moved", Strip: true, App: App{Redirect: &Redirect{To: "https://new.test/shop/", KeepPath: true, Permanent: true}}},
			{Path: "/whole", App: App{Redirect: &Redirect{To: "https://new.test", KeepPath: true}}},
			{Path: "/root", Strip: true, App: App{Redirect: &Redirect{To: "/", KeepPath: true}}},
		}
	})
	for _, tt := range []struct {
		method, path string
		status       int
		to           string
	}{
		{"GET", "/old/x?y", 302, "https://shop.test/new"},
		{"POST", "/old", 307, "https://shop.test/new"},
		{"GET", "/moved/a%20b?c=d", 301, "https://new.test/shop/a%20b?c=d"},
		{"HEAD", "/moved", 301, "https://new.test/shop/"},
		{"PUT", "/moved", 308, "https://new.test/shop/"},
		{"GET", "/whole/x", 302, "https://new.test/whole/x"},
		{"GET", "/root//evil.test/x", 302, "https://shop.test/evil.test/x"},
	} {
		res, _ := do(t, w, request(tt.method, w.base+tt.path, nil))
		if res.StatusCode != tt.status || res.Header.Get("Location") != tt.to || res.Header.Get("Mark") == "" {
			t.Errorf("%s %s: %d %v", tt.method, tt.path, res.StatusCode, res.Header)
		}
		if lasts := strings.Contains(res.Header.Get("Cache-Control"), "max-age"); lasts != (tt.status == 301 || tt.status == 308) {
			t.Errorf("%s %s: Cache-Control %q", tt.method, tt.path, res.Header.Get("Cache-Control"))
		}
	}
}

// TestCanonicalAndDefault: other hosts lead to the first, and what names nobody is told
// so by the site that is named for it.
func TestCanonicalAndDefault(t *testing.T) {
	app := appAt(t, "app")
	w := start(t, Upstream{}, false, func(c *Config) {
		c.Sites[0] = Site{Hosts: []string{"shop.test"}, App: App{Backends: []Backend{app}}, Policy: c.Sites[0].Policy, Certificate: c.Sites[0].Certificate}
		c.Sites[1] = Site{Hosts: []string{"other.test", "www.other.test"}, Canonical: true, Default: true, App: App{Backends: []Backend{app}},
			Policy: c.Sites[1].Policy, Certificate: c.Sites[1].Certificate}
	})
	w.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for host, want := range map[string][2]string{
		"shop.test":      {"shop.test", ""},
		"other.test":     {"other.test", ""},
		"www.other.test": {"other.test", "https://other.test/a?b"},
		"nobody.test":    {"other.test", "https://other.test/a?b"},
	} {
		req := request("GET", w.base+"/a?b", nil)
		req.Host = host
		res, _ := do(t, w, req)
		if res.Header.Get("Mark") != want[0] || res.Header.Get("Location") != want[1] {
			t.Errorf("%s: %d %v", host, res.StatusCode, res.Header)
		}
	}
}

func TestMaintenance(t *testing.T) {
	app := appAt(t, "app")
	loopback := netip.MustParsePrefix("127.0.0.0/8")
	w := routedBy(t, func(s *Site) {
		s.App.Backends = []Backend{app}
		s.Paths = []Path{
			{Path: "/closed", App: App{Maintenance: &Maintenance{Page: []byte("<h1>Ours</h1>"), RetryAfter: 90 * time.Second}}},
			{Path: "/plain", App: App{Maintenance: &Maintenance{}}},
			{Path: "/known", App: App{Maintenance: &Maintenance{Except: []netip.Prefix{loopback}}}},
		}
	})
	for _, tt := range []struct{ path, accept, want, retry string }{
		{"/", "text/html", "app /", ""},
		{"/known", "text/html", "app /known", ""},
		{"/closed/x", "text/html", "<h1>Ours</h1>", "90"},
		{"/closed/x", "application/json", "request_id", "90"},
		{"/plain", "text/html", "It is being worked on", "600"},
	} {
		req := request("GET", w.base+tt.path, nil)
		req.Header.Set("Accept", tt.accept)
		res, body := do(t, w, req)
		status := map[bool]int{true: 200, false: 503}[tt.retry == ""]
		if res.StatusCode != status || !strings.Contains(body, tt.want) || res.Header.Get("Retry-After") != tt.retry || res.Header.Get("Mark") == "" {
			t.Errorf("%s for %s: %d %v %s", tt.path, tt.accept, res.StatusCode, res.Header, body)
		}
	}
}

func TestNoWebSockets(t *testing.T) {
	app := appAt(t, "app")
	w := routedBy(t, func(s *Site) { s.App = App{Backends: []Backend{app}, NoSockets: true} })
	req := request("GET", w.base+"/", nil)
	req.Header.Set("Connection", "Upgrade")
	req.Header.Set("Upgrade", "websocket")
	if res, body := do(t, w, req); res.StatusCode != 403 || !strings.Contains(w.log.String(), "takes no WebSockets") {
		t.Errorf("%d %s; %s", res.StatusCode, body, w.log)
	}
}

// TestFilesBeforeTheApp: what is no file is asked of the app, behind the same policy.
func TestFilesBeforeTheApp(t *testing.T) {
	folder := t.TempDir()
	os.WriteFile(filepath.Join(folder, "a.txt"), []byte("a file"), 0o644)
	app := appAt(t, "app")
	w := routedBy(t, func(s *Site) {
		s.App = App{Backends: []Backend{app}, Static: &Static{Folder: folder}}
		s.Paths = []Path{{Path: "/only", Strip: true, App: App{Static: &Static{Folder: folder}}}}
	})
	for _, tt := range []struct {
		method, path string
		status       int
		want         string
	}{
		{"GET", "/a.txt", 200, "a file"},
		{"GET", "/b.txt", 200, "app /b.txt"},
		{"POST", "/a.txt", 200, "app /a.txt"},
		{"GET", "/only/a.txt", 200, "a file"},
		{"GET", "/only/b.txt", 404, "There is nothing at this address."},
		{"POST", "/only/a.txt", 405, ""},
	} {
		res, body := do(t, w, request(tt.method, w.base+tt.path, nil))
		if res.StatusCode != tt.status || !strings.Contains(body, tt.want) || res.Header.Get("Mark") == "" {
			t.Errorf("%s %s: %d %v %s", tt.method, tt.path, res.StatusCode, res.Header, body)
		}
	}
}
