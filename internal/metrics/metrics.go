// Package metrics tells Prometheus what a running Pavise does. Every metric stands in one
// table, from which documentation is held to the truth; what labels can be is chosen by
// the owner and by us, never by a stranger.
package metrics

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"pavise/internal/meter"
)

// A State is all that is told, at one moment.
type State struct {
	Traffic      meter.Snapshot
	Version, Go  string
	Running      int
	WebSockets   int
	Connections  int
	Opened       int
	Refused      int // connections
	Decisions    []Decision
	Certificates []Certificate
	Store        Store
	Log, Spans   Written
	Reloads      Reloads
	Apps         []App
	Bans         int // that are running
	Windows      int // that are open
	Ready        bool
}

// An App is one process of an app, as the routes that ask it know it.
type App struct {
	Name    string
	Up      bool // neither left out for a moment nor failing its health checks
	Running int64
}

// Reloads are how many there were, and what came of the last.
type Reloads struct {
	OK, Refused uint64
	Last        time.Time // zero: there was none
	LastOK      bool
}

// A Decision is how often a control did something.
type Decision struct {
	Control, Action string
	Times           int
}

// A Certificate is when one ends that a host shows.
type Certificate struct {
	Host string
	Ends time.Time
}

// A Store is where is remembered, and whether it can be asked.
type Store struct {
	Kind                                 string
	Up                                   bool
	Operations, Errors, Skipped, Outages uint64
}

// Written is what has left for somewhere, and what was lost on the way.
type Written struct {
	On            bool
	Written, Lost uint64
}

// A teller is what a process tells at one moment, of the metrics of its table.
type teller interface {
	table() []*Metric
	tell(chan<- prometheus.Metric)
}

// Handler answers a scrape with the state of the moment, a [State] or a [Mail], and with
// what Go and the system say of the process.
func Handler[T teller](state func() T) http.Handler {
	r := prometheus.NewRegistry()
	r.MustRegister(collector[T]{state}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{EnableOpenMetrics: true, MaxRequestsInFlight: 4})
}

// collector makes the metrics of a state when it is asked.
type collector[T teller] struct{ state func() T }

func (c collector[T]) Describe(to chan<- *prometheus.Desc) {
	var none T
	for _, m := range none.table() {
		to <- m.desc
	}
}

func (c collector[T]) Collect(to chan<- prometheus.Metric) { c.state().tell(to) }

func (State) table() []*Metric { return All }

func (s State) tell(to chan<- prometheus.Metric) {
	s.traffic(to)
	s.backends(to)
	s.process(to)
	for _, d := range s.Decisions {
		decisions.send(to, float64(d.Times), d.Control, d.Action)
	}
	for _, cert := range s.Certificates {
		certificates.send(to, float64(cert.Ends.Unix()), cert.Host)
	}
}

func (s *State) traffic(to chan<- prometheus.Metric) {
	for _, site := range s.Traffic.Sites {
		for _, n := range site.Counts {
			requests.send(to, float64(n.Times), site.Name, n.Method, n.Class, n.Proto)
		}
		durations.histogram(to, &site.Took, site.Name)
		refused.send(to, float64(site.Refused), site.Name)
		websockets.send(to, float64(site.Upgraded), site.Name)
		sent.send(to, float64(site.Sent), site.Name)
		received.send(to, float64(site.Received), site.Name)
	}
}

func (s *State) backends(to chan<- prometheus.Metric) {
	for _, b := range s.Traffic.Backends {
		upstreams.histogram(to, &b.Waited, b.Name)
		failures.send(to, float64(b.Failed), b.Name)
	}
	for _, a := range s.Apps {
		upstreamUp.send(to, oneIf(a.Up), a.Name)
		upstreamRunning.send(to, float64(a.Running), a.Name)
	}
}

func (s *State) process(to chan<- prometheus.Metric) {
	build.send(to, 1, s.Version, s.Go)
	ready.send(to, oneIf(s.Ready))
	running.send(to, float64(s.Running))
	websocketsOpen.send(to, float64(s.WebSockets))
	connections.send(to, float64(s.Connections))
	opened.send(to, float64(s.Opened))
	connectionsRefused.send(to, float64(s.Refused))
	bans.send(to, float64(s.Bans))
	windows.send(to, float64(s.Windows))
	storeUp.send(to, oneIf(s.Store.Up), s.Store.Kind)
	operations.send(to, float64(s.Store.Operations))
	storeErrors.send(to, float64(s.Store.Errors))
	skipped.send(to, float64(s.Store.Skipped))
	outages.send(to, float64(s.Store.Outages))
	reloads.send(to, float64(s.Reloads.OK), "ok")
	reloads.send(to, float64(s.Reloads.Refused), "refused")
	if !s.Reloads.Last.IsZero() {
		reloadAt.send(to, float64(s.Reloads.Last.Unix()))
		reloadOK.send(to, oneIf(s.Reloads.LastOK))
	}
	if s.Log.On {
		logLines.send(to, float64(s.Log.Written))
		logLost.send(to, float64(s.Log.Lost))
	}
	if s.Spans.On {
		spansSent.send(to, float64(s.Spans.Written))
		spansLost.send(to, float64(s.Spans.Lost))
	}
}

func oneIf(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
