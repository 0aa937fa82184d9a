package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"

	"pavise"
	"pavise/cmd/pavise/internal/cli"
	"pavise/internal/meter"
)

// tell adds what was seen; nil has seen nothing.
func (e *eyes) tell(s *status, now time.Time) {
	if e == nil {
		return
	}
	traffic := e.meter.Snapshot(now)
	s.Traffic = &traffic
	if e.log != nil {
		s.Log = new(lossStatus)
		s.Log.Written, s.Log.Lost = e.log.Counts()
	}
	if e.tracer != nil {
		s.Spans = new(lossStatus)
		s.Spans.Written, s.Spans.Lost = e.tracer.Counts()
	}
}

// writeTraffic tells a person what goes through, and which apps are slow.
func (s status) writeTraffic(w io.Writer) {
	if s.Traffic == nil {
		return
	}
	for _, site := range s.Traffic.Sites {
		cli.Entry(w, "traffic", "%s: %s, %d refused, %d failed, %.1f a second, half within %s, 95%% within %s", site.Name,
			pavise.Plural(int(site.Requests), "request"), site.Refused, site.Failed, site.Recent.PerSecond, took(site.Recent.P50), took(site.Recent.P95))
	}
	for _, b := range s.Traffic.Backends[:min(len(s.Traffic.Backends), slowest)] {
		cli.Entry(w, "app", "%s: asked %s, failed %d, half answered within %s, 95%% within %s", b.Name, pavise.Plural(int(b.Asked), "time"), b.Failed, took(b.Recent.P50), took(b.Recent.P95))
	}
}

// slowest is how many apps are told of.
const slowest = 5

// writeRest tells of what else there is to know: the last reload, and what was lost.
func (s status) writeRest(w io.Writer, now time.Time) {
	if r := s.Reload; r != nil {
		what := "took over"
		if !r.OK {
			what = "refused: " + r.Refused
		}
		cli.Entry(w, "reload", "%s ago by %s, %s", now.Sub(r.At).Round(time.Second), r.By, what)
	}
	if l := s.Log; l != nil {
		cli.Entry(w, "access log", "%s, %d lost", pavise.Plural(int(l.Written), "line"), l.Lost)
	}
	if l := s.Spans; l != nil {
		cli.Entry(w, "traces", "%s, %d lost", pavise.Plural(int(l.Written), "span"), l.Lost)
	}
	for _, lack := range s.Lacks {
		cli.Entry(w, "not ready", "%s", lack)
	}
}

// took is a duration for a person.
func took(seconds float64) string {
	switch {
	case seconds == 0:
		return "-"
	case seconds < .01:
		return fmt.Sprintf("%.1fms", seconds*1000)
	case seconds < 1:
		return fmt.Sprintf("%.0fms", seconds*1000)
	}
	return fmt.Sprintf("%.1fs", seconds)
}

// busiest orders sites by what goes through them now.
func busiest(sites []meter.Site) []meter.Site {
	sites = slices.Clone(sites)
	slices.SortStableFunc(sites, func(a, b meter.Site) int {
		return cmp.Or(cmp.Compare(b.Recent.PerSecond, a.Recent.PerSecond), cmp.Compare(b.Requests, a.Requests))
	})
	return sites
}
