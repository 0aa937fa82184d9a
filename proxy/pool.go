package proxy

import (
	"cmp"
	"fmt"
	"sync"
	"time"

	"pavise/internal/backends"
	"pavise/internal/upstream"
)

// A place is what makes a backend the same as another.
type place struct {
	Upstream
	health backends.Health
}

// A pool has the backends of the generation that serves: those that the next one has as
// well go on, with their connections and with what is known of them.
type pool struct {
	mu  sync.Mutex
	now map[place]*backends.Backend
}

// backend is one for a generation that is being compiled: of the pool, if it is there.
func (p *pool) backend(g *generation, at place) *backends.Backend {
	if b := g.backends[at]; b != nil {
		return b
	}
	p.mu.Lock()
	b := p.now[at]
	p.mu.Unlock()
	if b == nil {
		client := &upstream.Client{Dial: at.dial, Patience: at.Patience}
		b = backends.New(at.String(), at.Prefix, client, at.health)
	}
	g.backends[at] = b
	return b
}

// take begins to look after the backends of a generation, and lets go of all others.
func (p *pool) take(next map[place]*backends.Backend) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for at, b := range p.now {
		if next[at] != b {
			b.Stop()
		}
	}
	for _, b := range next {
		b.Start()
	}
	p.now = next
}

// forwarder is what asks the backends of an app.
func (c *routing) forwarder(r *route, a *App) (*forwarder, error) {
	if len(a.Backends) > backends.MaxMembers {
		return nil, fmt.Errorf("%s: at most %d backends", c.site.Hosts[0], backends.MaxMembers)
	}
	f := &forwarder{floor: floor{c.server.cfg.Journal}, route: r, moves: r.strip, tunnels: &c.server.tunnels,
		observer: c.server.cfg.Observer}
	host := c.site.Hosts[0]
	members, former := make([]backends.Member, len(a.Backends)), map[string]int{}
	for i, b := range a.Backends {
		if b.Weight < 0 {
			return nil, fmt.Errorf("%s: a weight of %d", host, b.Weight)
		}
		at := place{b.Upstream, a.Health.of(host)}
		members[i] = backends.Member{Backend: c.server.pool.backend(c.g, at), Weight: cmp.Or(b.Weight, 1)}
		if f.moves = f.moves || b.Prefix != ""; !a.Sticky || len(a.Backends) == 1 {
			continue
		}
		f.cookie = stickyCookie(r.begin)
		for j, secret := range c.env.Secrets() {
			token := stickyToken(secret, host, r.begin, members[i].Name)
			if former[token] = i; j == 0 {
				members[i].Token = token
			}
		}
	}
	f.group = backends.NewGroup(a.Balance, members, former)
	c.g.groups = append(c.g.groups, routed{c.site.Called(), r.begin, f.group})
	return f, nil
}

func (h Health) of(host string) backends.Health {
	if h.Path == "" {
		return backends.Health{}
	}
	return backends.Health{Path: h.Path, Host: host, Every: cmp.Or(h.Every, 5*time.Second), Timeout: cmp.Or(h.Timeout, 2*time.Second),
		Fails: cmp.Or(h.Fails, 3), Passes: cmp.Or(h.Passes, 2)}
}

// routed is a group, and what it answers for.
type routed struct {
	site, path string
	group      *backends.Group
}

// A RouteState is the backends of a site, or of one of its paths, and how each is doing.
type RouteState struct {
	Site     string // its name
	Path     string // "" is the whole site
	Backends []BackendState
}

// A BackendState is how a backend is doing.
type BackendState struct {
	backends.State
	Weight int
}

// Backends returns how all backends are doing now, by site and path.
func (s *Server) Backends() []RouteState {
	g := s.now.Load()
	list := make([]RouteState, len(g.groups))
	for i, r := range g.groups {
		list[i] = RouteState{Site: r.site, Path: r.path}
		for _, m := range r.group.Members() {
			list[i].Backends = append(list[i].Backends, BackendState{m.State(), m.Weight})
		}
	}
	return list
}
