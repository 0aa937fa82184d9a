package main

import (
	"context"
	"errors"
	"net"
	"runtime"
	"strings"
	"syscall"
	"time"

	"pavise/cmd/pavise/internal/cli"
	"pavise/internal/backends"
	"pavise/internal/metrics"
	"pavise/proxy"
	"pavise/site"
)

// tellNumbers answers /metrics, /healthz and /readyz where the file wants that. An address
// that is taken keeps nothing from being served: the process before us may have it until
// it ends.
func (w *witness) tellNumbers(ctx context.Context, m site.Metrics, say cli.Say) (closed func()) {
	if m.Listen == "" {
		return func() {}
	}
	ctx, stop := context.WithCancel(ctx)
	l, failed := w.passing.listen("metrics", m.Listen) // that of the process before, which answers until we serve
	server := metrics.NewServer(metrics.Handler(w.state), func() []string { return w.lacks(time.Now()) }, !m.AllowRemote)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if failed != nil {
			l = w.listenUntil(ctx, m.Listen, say, failed)
		}
		if l != nil && w.passing.serves(ctx) {
			say("metrics at http://%s/metrics, health at /healthz and /readyz", l.Addr())
			server.Serve(l)
		}
	}()
	return func() {
		stop()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second) // whoever asks just now is answered
		defer cancel()
		if server.Shutdown(ctx) != nil {
			server.Close()
		}
		if failed == nil {
			l.Close() // also where it was never served by
		}
		<-ended
	}
}

// listenUntil tries until the context ends; nil is that it has.
func (w *witness) listenUntil(ctx context.Context, at string, say cli.Say, err error) (l net.Listener) {
	say("warning: no metrics and no health at %s yet: %v", at, cli.OneLine(err))
	for errors.Is(err, syscall.EADDRINUSE) {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
		l, err = w.passing.listen("metrics", at)
	}
	return l
}

// lacks is why no new requests should be led here; none is that they should.
func (w *witness) lacks(now time.Time) []string {
	server := w.server.Load()
	if server == nil {
		return []string{"not listening yet"}
	}
	var list []string
	if w.draining.Load() {
		list = append(list, "draining")
	}
	for _, shown := range server.Shown() {
		hosts := strings.Join(shown.Hosts, ", ")
		switch {
		case shown.Leaf == nil:
			list = append(list, "no certificate for "+hosts)
		case now.After(shown.Leaf.NotAfter):
			list = append(list, "the certificate has ended for "+hosts)
		}
	}
	if s := statusOf(w.kept, w.lost, w.started); !s.OK {
		list = append(list, "the store is away")
	}
	return list
}

// state is all that is told to Prometheus.
func (w *witness) state() metrics.State {
	now := time.Now()
	s := metrics.State{Traffic: w.eyes.meter.Snapshot(now), Version: cli.Version, Go: runtime.Version(), Ready: len(w.lacks(now)) == 0}
	store := statusOf(w.kept, w.lost, w.started)
	s.Store = metrics.Store{Kind: store.Kind, Up: store.OK, Operations: store.Operations, Errors: store.Errors, Skipped: store.Skipped, Outages: store.Outages}
	for _, n := range w.journal.Counts() {
		s.Decisions = append(s.Decisions, metrics.Decision{Control: n.Control, Action: strings.ReplaceAll(string(n.Action), " ", "_"), Times: n.Times})
	}
	if r := w.reloader; r != nil {
		s.Reloads = metrics.Reloads{Refused: r.refused.Load(), OK: r.took.Load()}
		if last := r.last.Load(); last != nil {
			s.Reloads.Last, s.Reloads.LastOK = last.At, last.OK
		}
	}
	if l := w.eyes.log; l != nil {
		s.Log.On = true
		s.Log.Written, s.Log.Lost = l.Counts()
	}
	if t := w.eyes.tracer; t != nil {
		s.Spans.On = true
		s.Spans.Written, s.Spans.Lost = t.Counts()
	}
	if server := w.server.Load(); server != nil {
		n := server.Numbers()
		s.Running, s.WebSockets, s.Connections, s.Opened, s.Refused = n.Running, n.WebSockets, n.Connections, n.Opened, n.Refused
		s.Certificates, s.Apps = w.ends(), processes(server.Backends())
	}
	if w.sentry != nil {
		s.Bans, s.Windows = len(w.sentry.Bans()), len(w.sentry.Windows())
	}
	return s
}

// processes are those of all apps, each once, however many routes ask it.
func processes(routes []proxy.RouteState) []metrics.App {
	var list []metrics.App
	known := map[string]bool{}
	for _, r := range routes {
		for _, b := range r.Backends {
			if !known[b.Name] {
				known[b.Name] = true
				list = append(list, metrics.App{Name: b.Name, Up: b.State.State == backends.Well, Running: b.Running})
			}
		}
	}
	return list
}

// ends is when the certificate of each host ends, each host once.
func (w *witness) ends() []metrics.Certificate {
	var list []metrics.Certificate
	known := map[string]bool{}
	for _, shown := range w.server.Load().Shown() {
		for _, host := range shown.Hosts {
			if shown.Leaf != nil && !known[host] {
				known[host] = true
				list = append(list, metrics.Certificate{Host: host, Ends: shown.Leaf.NotAfter})
			}
		}
	}
	return list
}
