package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"pavise/cmd/pavise/internal/cli"
	"pavise/internal/backends"
	"pavise/proxy"
)

// A backendStatus is how one process of an app is doing.
type backendStatus struct {
	Path      string  `json:"path,omitempty"` // of the site, if it is not for the whole of it
	Name      string  `json:"name"`
	Weight    int     `json:"weight"`
	State     string  `json:"state"`   // well, resting (it took no connection a moment ago) or failing (its health checks)
	Answers   bool    `json:"answers"` // a connection could be opened
	Running   int64   `json:"running"`
	Answered  int64   `json:"answered"` // since it is known
	Failed    int64   `json:"failed"`
	LatencyMS float64 `json:"latency_ms"` // until an answer begins, the latest counting most; 0 is not known
}

// apps asks the apps of all sites at once whether they take a connection.
func (w *witness) apps(sites []proxy.Site) []siteStatus {
	list := make([]siteStatus, len(sites))
	known := map[string][]proxy.RouteState{}
	if server := w.server.Load(); server != nil {
		for _, r := range server.Backends() {
			known[r.Site] = append(known[r.Site], r)
		}
	}
	var wait sync.WaitGroup
	for i := range sites {
		s := &sites[i]
		name := s.Called()
		if s.Handler != nil {
			list[i] = siteStatus{Name: name, Hosts: s.Hosts, Upstream: "the dashboard", Answers: true, Backends: []backendStatus{}}
			continue
		}
		wait.Go(func() { list[i] = siteOf(name, s, known[name]) })
	}
	wait.Wait()
	return list
}

func siteOf(name string, s *proxy.Site, routes []proxy.RouteState) siteStatus {
	out := siteStatus{Name: name, Hosts: s.Hosts, Upstream: inFront(*s), Answers: true, Backends: []backendStatus{}}
	answers, mu := map[string]bool{}, sync.Mutex{}
	var wait sync.WaitGroup
	for _, u := range s.Upstreams() {
		wait.Go(func() {
			open := takesConnections(u)
			mu.Lock()
			defer mu.Unlock()
			answers[u.String()] = open
		})
	}
	wait.Wait()
	for _, r := range routes {
		some := false
		for _, b := range r.Backends {
			open := answers[b.Name]
			some = some || open && b.State.State != backends.Failing
			out.Backends = append(out.Backends, backendStatus{Path: r.Path, Name: b.Name, Weight: b.Weight, State: b.State.State,
				Answers: open, Running: b.Running, Answered: b.Answered, Failed: b.Failed, LatencyMS: milliseconds(b.Latency)})
		}
		out.Answers = out.Answers && some
	}
	if len(routes) == 0 { // they are not served yet
		for _, open := range answers {
			out.Answers = out.Answers && open
		}
	}
	return out
}

func milliseconds(d time.Duration) float64 {
	return float64(d.Round(10*time.Microsecond)) / float64(time.Millisecond)
}

// write tells a person: of a single backend in a line, of several each in one.
func (s siteStatus) write(w io.Writer) {
	answers := ", which answers"
	switch {
	case !s.Answers:
		answers = ", where nothing answers"
	case len(s.Backends) == 0:
		answers = ""
	case len(s.Backends) > 1:
		answers = ", which answer"
	}
	cli.Entry(w, "site", "%s in front of %s%s", strings.Join(s.Hosts, ", "), s.Upstream, answers)
	if len(s.Backends) < 2 {
		return
	}
	for _, b := range s.Backends {
		state := b.State
		if !b.Answers {
			state = "nothing answers"
		}
		at := b.Name
		if b.Path != "" {
			at = b.Path + " at " + at
		}
		latency := ""
		if b.LatencyMS > 0 {
			latency = fmt.Sprintf(", %.1f ms", b.LatencyMS)
		}
		cli.Entry(w, "backend", "%s: %s, %d running, %d answered, %d failed%s", at, state, b.Running, b.Answered, b.Failed, latency)
	}
}
