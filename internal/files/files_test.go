package files

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

var missing = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })

// folder makes one with files, and with what must not be served.
func folder(t testing.TB) *Folder {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"site/index.html": "<h1>home</h1>", "site/a.txt": "0123456789", "site/sub/index.html": "sub", "site/empty/x y.txt": "x",
		"site/.env": "SECRET", "site/.git/config": "SECRET", "site/sub/.hidden": "SECRET", "site/.well-known/security.txt": "contact",
		"site/.well-known/.x": "SECRET", "site/app.js": "var plain", "site/app.js.br": "brotli", "site/app.js.gz": "gzip",
		"site/old.css": "new", "site/old.css.gz": "of before", "secret.txt": "SECRET", "site/data.bin": "data", "site/%2e%2e": "odd",
	} {
		file := filepath.Join(dir, name)
		os.MkdirAll(filepath.Dir(file), 0o755)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	past := time.Now().Add(-time.Hour)
	os.Chtimes(filepath.Join(dir, "site/old.css.gz"), past, past)
	os.Symlink("../secret.txt", filepath.Join(dir, "site/out.txt"))
	os.Symlink("/etc", filepath.Join(dir, "site/etc"))
	os.Symlink("a.txt", filepath.Join(dir, "site/in.txt"))
	os.Symlink("loop", filepath.Join(dir, "site/loop"))
	if err := syscall.Mkfifo(filepath.Join(dir, "site/pipe"), 0o644); err != nil {
		t.Fatal(err)
	}
	return &Folder{Root: filepath.Join(dir, "site"), Next: missing, Alone: true}
}

func ask(f *Folder, method, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/", nil)
	u, err := url.ParseRequestURI(target)
	if err != nil {
		u = &url.URL{Path: target}
	}
	r.URL = u
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	return w
}

func TestFiles(t *testing.T) {
	f := folder(t)
	for target, want := range map[string]string{
		"/": "<h1>home</h1>", "/index.html": "<h1>home</h1>", "/a.txt": "0123456789", "/sub/": "sub", "/in.txt": "0123456789",
		"/%61.txt": "0123456789", "/empty/x%20y.txt": "x", "/.well-known/security.txt": "contact", "/a.txt?x=/../": "0123456789",
		"/sub": "301 /sub/", "/sub?q=1": "301 /sub/?q=1", "/empty/": "404", "/empty": "404", "/nothing": "404", "/a.txt/": "404", "/a.txt/x": "404",
		"/.env": "404", "/.git/config": "404", "/sub/.hidden": "404", "/.well-known/.x": "404", "/out.txt": "404", "/etc/passwd": "404",
		"/loop": "404", "/pipe": "404", "/../secret.txt": "404", "/%2e%2e/secret.txt": "404", "/..%2fsecret.txt": "404", "/sub/..%5c..%5csecret.txt": "404",
		"/%252e%252e": "404", "//a.txt": "404", "/./a.txt": "404", "/sub/../a.txt": "404", "/a.txt%00.html": "404", "/a.txt;x": "404", "/sub//": "404",
	} {
		w := ask(f, "GET", target)
		got := w.Body.String()
		switch w.Code {
		case 301:
			got = "301 " + w.Header().Get("Location")
		case 404:
			got = "404"
		}
		if got != want {
			t.Errorf("%s: %d %q, want %q", target, w.Code, got, want)
		}
	}
	if w := ask(f, "POST", "/a.txt"); w.Code != 405 || w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d %v", w.Code, w.Header())
	}
	if w := ask(f, "HEAD", "/a.txt"); w.Code != 200 || w.Body.Len() != 0 || w.Header().Get("Content-Length") != "10" {
		t.Errorf("HEAD: %d %v", w.Code, w.Header())
	}
}

func TestRangesAndConditions(t *testing.T) {
	f := folder(t)
	w := ask(f, "GET", "/a.txt")
	tag, changed := w.Header().Get("Etag"), w.Header().Get("Last-Modified")
	if tag == "" || changed == "" || w.Header().Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Fatalf("%v", w.Header())
	}
	for _, tt := range []struct {
		name, value, body string
		status            int
	}{
		{"Range", "bytes=2-4", "234", 206},
		{"Range", "bytes=-2", "89", 206},
		{"If-None-Match", tag, "", 304},
		{"If-Modified-Since", changed, "", 304},
		{"If-Match", `"other"`, "", 412},
	} {
		if w := ask(f, "GET", "/a.txt", tt.name, tt.value); w.Code != tt.status || w.Body.String() != tt.body {
			t.Errorf("%s: %s: %d %q", tt.name, tt.value, w.Code, w.Body)
		}
	}
	if w := ask(f, "GET", "/a.txt", "Range", "bytes=99-"); w.Code != 416 {
		t.Errorf("%d", w.Code)
	}
}

func TestCompressedBeforehand(t *testing.T) {
	f := folder(t)
	tags := map[string]bool{}
	for accept, want := range map[string]string{"": "var plain", "gzip, br": "brotli", "gzip": "gzip", "br;q=0, gzip;q=0.5": "gzip", "deflate": "var plain"} {
		w := ask(f, "GET", "/app.js", "Accept-Encoding", accept)
		if w.Body.String() != want || w.Header().Get("Vary") != "Accept-Encoding" || w.Header().Get("Content-Type") != "text/javascript; charset=utf-8" {
			t.Errorf("%q: %q %v", accept, w.Body, w.Header())
		}
		tags[w.Header().Get("Etag")] = true
	}
	if len(tags) != 3 {
		t.Errorf("three codings have the tags %v", tags)
	}
	if w := ask(f, "GET", "/old.css", "Accept-Encoding", "gzip"); w.Body.String() != "new" || w.Header().Get("Content-Encoding") != "" {
		t.Errorf("what was compressed before the last change: %q", w.Body)
	}
}

func TestFallback(t *testing.T) {
	f := folder(t)
	f.Fallback = "index.html"
	if w := ask(f, "GET", "/some/page", "Accept", "text/html"); w.Code != 200 || w.Body.String() != "<h1>home</h1>" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for _, target := range []string{"/some/script.js", "/.env"} {
		if w := ask(f, "GET", target, "Sec-Fetch-Mode", "no-cors"); w.Code != 404 {
			t.Errorf("%s: %d %s", target, w.Code, w.Body)
		}
	}
}

func TestListing(t *testing.T) {
	f := folder(t)
	f.Listing = true
	os.WriteFile(filepath.Join(f.Root, "empty", "<b>&.txt"), nil, 0o644)
	w := ask(f, "GET", "/empty/")
	body := w.Body.String()
	if w.Code != 200 || !strings.Contains(body, "Index of /empty/") || !strings.Contains(body, `href="./x%20y.txt"`) || strings.Contains(body, "<b>&") {
		t.Errorf("%d %s", w.Code, body)
	}
	os.Remove(filepath.Join(f.Root, "index.html"))
	body = ask(f, "GET", "/").Body.String()
	for _, hidden := range []string{".env", ".git", "pipe", "out.txt", ".well-known"} {
		if strings.Contains(body, hidden) {
			t.Errorf("%s is listed", hidden)
		}
	}
}

// TestFolderIsSetAnew: a link to the release of the day may be set to the next at any time.
func TestFolderIsSetAnew(t *testing.T) {
	dir := t.TempDir()
	current := filepath.Join(dir, "current")
	f := &Folder{Root: current, Next: missing}
	for _, release := range []string{"one", "two"} {
		os.Mkdir(filepath.Join(dir, release), 0o755)
		os.WriteFile(filepath.Join(dir, release, "index.html"), []byte(release), 0o644)
		os.Remove(current)
		os.Symlink(release, current)
		if w := ask(f, "GET", "/"); w.Body.String() != release {
			t.Errorf("%s: %s", release, w.Body)
		}
	}
	os.Remove(current)
	if w := ask(f, "GET", "/"); w.Code != 404 {
		t.Errorf("without a folder: %d", w.Code)
	}
}

// FuzzFiles: no path gets at what is hidden or lies outside.
func FuzzFiles(f *testing.F) {
	at := folder(f)
	at.Listing = true
	for _, seed := range []string{"/a.txt", "/../secret.txt", "/%2e%2e%2fsecret.txt", "/out.txt", "/etc/passwd", "/.git/config", "/sub/..;/.env", "/%00", "/pipe"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, target string) {
		w := ask(at, "GET", target)
		if body := w.Body.String(); strings.Contains(body, "SECRET") || strings.Contains(body, "root:") {
			t.Errorf("%q: %s", target, body)
		}
		if to := w.Header().Get("Location"); to != "" && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//")) {
			t.Errorf("%q leads to %q", target, to)
		}
	})
}
