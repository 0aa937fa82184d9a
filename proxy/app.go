package proxy

import (
	"net/netip"
	"time"

	"pavise/internal/backends"
)

// An App is what answers requests: those to a site, or those to one of its paths. Of
// Redirect, Static and Backends the first that is there answers; what is no file is asked
// of the backends.
type App struct {
	Backends    []Backend
	Balance     Balance
	Sticky      bool // a browser stays with a backend, by a cookie
	Health      Health
	NoSockets   bool // WebSockets are refused
	Static      *Static
	Redirect    *Redirect
	Maintenance *Maintenance
}

// A Backend is one process of an app.
type Backend struct {
	Upstream
	Weight int // 0 is 1
}

// A Balance is how several backends share requests.
type Balance = backends.Balance

// The balances.
const (
	LeastConnections = backends.LeastConnections
	RoundRobin       = backends.RoundRobin
	ByAddress        = backends.ByAddress
)

// A Health is how backends are asked whether they are well; without a path they are not.
type Health struct {
	Path           string
	Every, Timeout time.Duration // 0 is 5 s, and 2 s
	Fails, Passes  int           // 0 is 3, and 2
}

// A Static is a folder of files.
type Static struct {
	Folder   string
	Index    []string // nil is index.html
	Listing  bool
	Fallback string
}

// A Redirect leads all requests elsewhere.
type Redirect struct {
	To        string // an absolute URL, or a path
	KeepPath  bool   // add path and query of the request
	Permanent bool
}

// A Maintenance answers 503 in place of the app.
type Maintenance struct {
	Page       []byte // HTML; nil is a page of ours
	RetryAfter time.Duration
	Except     []netip.Prefix // who sees the app all the same
}

// A Path is a part of a site that another app answers for. Where it names neither backends
// nor files nor a redirect, that is the app of the site.
type Path struct {
	Path  string // its begin, by whole segments
	Strip bool   // the backend does not see that
	App
}

// app is the site's own, with the Upstream among its backends.
func (s *Site) app() *App {
	a := s.App
	if len(a.Backends) == 0 && s.Upstream.Address != "" {
		a.Backends = []Backend{{Upstream: s.Upstream}}
	}
	return &a
}

// Upstreams are all backends of the site, each once.
func (s *Site) Upstreams() []Upstream {
	var list []Upstream
	seen := map[string]bool{}
	add := func(a *App) {
		for _, b := range a.Backends {
			if name := b.String(); !seen[name] {
				seen[name] = true
				list = append(list, b.Upstream)
			}
		}
	}
	add(s.app())
	for i := range s.Paths {
		add(&s.Paths[i].App)
	}
	return list
}
