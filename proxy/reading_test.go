package proxy

import (
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"
)

// reads are ways in which apps read a path: as the standard library of Go, Express, a
// servlet container, IIS and an old CGI do, more or less.
var reads = []func(raw string) string{
	decode,
	func(raw string) string { return path.Clean(decode(raw)) },
	func(raw string) string { return path.Clean(decode(decode(raw))) },
	func(raw string) string { return strings.ToLower(decode(raw)) },
	func(raw string) string { return path.Clean(decode(withoutParameters(raw))) },
	func(raw string) string { return path.Clean(withoutParameters(decode(raw))) },
	func(raw string) string { return path.Clean(strings.ReplaceAll(decode(raw), `\`, "/")) },
	func(raw string) string {
		return strings.ToLower(path.Clean(strings.ReplaceAll(decode(decode(raw)), `\`, "/")))
	},
	func(raw string) string { return strings.ReplaceAll(decode(raw), "//", "/") },
	func(raw string) string {
		read, _, _ := strings.Cut(decode(raw), "?")
		read, _, _ = strings.Cut(read, "#")
		return path.Clean(read)
	},
}

func decode(s string) string {
	if d, err := url.PathUnescape(s); err == nil {
		return d
	}
	return s
}

func beneath(p, begin string) bool { return p == begin || strings.HasPrefix(p, begin+"/") }

// FuzzRoutes: what some app would read as a path below /admin never comes to the route of
// the whole site, nor the other way round.
func FuzzRoutes(f *testing.F) {
	for _, seed := range []string{"/admin", "/Admin/x", "//admin", "/x/../admin", "/x/%2e%2e/admin", "/x%2f..%2fadmin", "/admin%2fx", "/admin;a/x", "/x/..;/admin",
		`/x\..\admin`, "/x/%252e%252e/admin", "/./admin", "/%61dmin", "/admin/../x", "/admin/..%5cx", "/%ADMIN", "/a%00/../admin",
		"/admin%3fx", "/admin%23/../x", "/x/../admin%3F/../x"} {
		f.Add(seed)
	}
	admin := &route{begin: "/admin"}
	var table pathTable
	table.add("/admin", admin)
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := url.ParseRequestURI(raw)
		if err != nil || u.Host != "" || !strings.HasPrefix(u.Path, "/") {
			return
		}
		found, sure := table.route(&http.Request{URL: u, Header: http.Header{}})
		if !sure {
			return
		}
		raw = rawPath(&http.Request{URL: u})
		for i, read := range reads {
			if got := read(raw); beneath(got, "/admin") != (found != nil) {
				t.Errorf("%q: routed to %v, and reading %d is %q", raw, found != nil, i, got)
			}
		}
		if found == nil {
			return
		}
		if short := stripped(u, "/admin"); !strings.HasPrefix(short.Path, "/") || strings.HasPrefix(short.EscapedPath(), "//") || decode(short.EscapedPath()) != short.Path {
			t.Errorf("%q is stripped to %q, %q", raw, short.Path, short.EscapedPath())
		}
	})
}

// TestLongPathsAreQuick: a path of nothing but slashes, and one of nothing but escapes,
// cost what they are long.
func TestLongPathsAreQuick(t *testing.T) {
	var table pathTable
	table.add("/a/b", new(route))
	for _, raw := range []string{strings.Repeat("/", 60<<10), "/" + strings.Repeat("%25", 20<<10), "/" + strings.Repeat("../", 20<<10), "/" + strings.Repeat("a/", 30<<10)} {
		u := &url.URL{Path: decode(raw), RawPath: raw}
		if _, sure := table.route(&http.Request{URL: u}); sure && len(raw) > maxDoubtful && !strings.HasPrefix(raw, "/a/") {
			t.Errorf("%.10q…: somebody reads this", raw)
		}
	}
}
