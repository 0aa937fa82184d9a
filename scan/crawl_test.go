package scan

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// TestCrawlIsPolite: no deeper than is wanted, not what robots.txt bars, no more than
// the bound, and what was left out is said.
func TestCrawlIsPolite(t *testing.T) {
	var mu sync.Mutex
	var asked []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, r.URL.Path)
		mu.Unlock()
		if r.URL.Path == "/robots.txt" {
			io.WriteString(w, "User-agent: *\nDisallow: /secret\n")
			return
		}
		w.Header().Set("Content-Type", "text/html")
		if depth := strings.Count(r.URL.Path, "d"); strings.Trim(r.URL.Path, "/d") == "" {
			fmt.Fprintf(w, `<a href="/d%s">deeper</a><a href="/secret">`, strings.Repeat("d", depth))
		}
	}))
	defer s.Close()
	look := func(opt Options) (paths map[string]bool, limits string) {
		asked = nil
		opt.Target = target(t, s.URL)
		e := collect(t, opt, nothing)
		paths = map[string]bool{}
		for _, path := range asked {
			paths[path] = true
		}
		return paths, strings.Join(e.Limits, "\n")
	}
	paths, limits := look(Options{Depth: 2})
	if !paths["/dd"] || paths["/ddd"] || paths["/secret"] || !strings.Contains(limits, "1 of the site's links not followed: robots") || !strings.Contains(limits, "more than 2 links") {
		t.Errorf("%v, %s", paths, limits)
	}
	paths, limits = look(Options{Depth: 9, IgnoreRobots: true})
	if !paths["/ddddddddd"] || paths["/dddddddddd"] || !paths["/secret"] || strings.Contains(limits, "robots") {
		t.Errorf("%v, %s", paths, limits)
	}
}

// TestCrawlIsBounded: a page may name a million others.
func TestCrawlIsBounded(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if r.URL.Path != "/robots.txt" {
			for n := range 300 {
				fmt.Fprintf(w, `<a href="%s/%d">`, strings.TrimSuffix(r.URL.Path, "/"), n)
			}
		}
	}))
	defer s.Close()
	for _, most := range []int{60, 250, 1000} {
		e := collect(t, Options{Target: target(t, s.URL), MaxRequests: most}, nothing)
		pages := newCrawl(Options{MaxRequests: most}).pages
		if asked := len(e.Answers); e.Requests > most || asked < pages || asked > pages+20 {
			t.Errorf("%d: %d answers, %d requests, for %d pages", most, asked, e.Requests, pages)
		}
		if !strings.Contains(strings.Join(e.Limits, "\n"), fmt.Sprintf("at most %d", pages)) {
			t.Errorf("%d: %q", most, e.Limits)
		}
	}
}
