package proxy

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"pavise"
	"pavise/internal/backends"
)

// A generation is the sites as a start or a reload has compiled them. It never changes:
// a request is judged by the one that it began under, to its end.
type generation struct {
	cfg           Config    // that it is of
	sites         []*served // the first answers what names no other
	byHost        map[string]*served
	handshakes    []*siteTLS
	byName        map[string]*tls.Config
	limits        pavise.Listener // before it is known which site is meant
	challenges    Challenges
	proxyProtocol []netip.Prefix
	backends      map[place]*backends.Backend
	groups        []routed
	memories      map[string]memory // of the sites, by their first hosts
	lapses        *time.Time        // when an exception ends; nil is never
}

// Reload has the sites of cfg, its load balancers and its challenges take over: from the
// next request and the next handshake on. What runs goes on as it began. On an error
// nothing has changed. Everything else in cfg is of the start, and is not looked at.
func (s *Server) Reload(cfg Config) error {
	s.reloading.Lock()
	defer s.reloading.Unlock()
	next, err := s.compile(cfg)
	if err != nil {
		return err
	}
	s.take(next)
	return nil
}

func newGeneration() *generation {
	return &generation{byHost: map[string]*served{}, byName: map[string]*tls.Config{},
		memories: map[string]memory{}, backends: map[place]*backends.Backend{}}
}

// take lets a generation take over.
func (s *Server) take(g *generation) {
	s.pool.take(g.backends)
	s.clients.bound(g.limits.ClientConns, pavise.NewNetworkSet(g.limits.Proxies))
	s.now.Store(g)
	s.lapses.Store(g.lapses)
}

// compile makes a generation of the sites, their chains and their TLS.
func (s *Server) compile(cfg Config) (*generation, error) {
	g := newGeneration()
	g.cfg, g.lapses = cfg, nextLapse(cfg.Sites, s.cfg.Now())
	g.challenges, g.proxyProtocol = cfg.Challenges, cfg.ProxyProtocol
	for _, site := range defaultFirst(cfg.Sites) {
		if err := s.add(g, site); err != nil {
			return nil, err
		}
	}
	g.limits = beforeSNI(g.sites)
	return g, nil
}

// defaultFirst puts the site to the front that answers what names no other.
func defaultFirst(sites []Site) []Site {
	i := slices.IndexFunc(sites, func(s Site) bool { return s.Default })
	if i <= 0 {
		return sites
	}
	return append([]Site{sites[i]}, slices.Delete(slices.Clone(sites), i, i+1)...)
}

// add compiles one site: its chain and its TLS.
func (s *Server) add(g *generation, site Site) error {
	face := s.face(site.Hosts)
	env := pavise.Env{Site: face, Now: s.cfg.Now, Decide: s.cfg.Journal.Decide, Over: s.watching(site), Decoders: decoders,
		Store: s.cfg.Store, Shared: s.cfg.Shared, Secret: s.cfg.Secret, Former: s.cfg.Former,
		Watch: s.cfg.Watch, Locate: site.Locate}
	var compiled func()
	env.Keep, compiled = g.keep(s.now.Load(), face.Canonical())
	defer compiled()
	app, err := s.app(g, &site, env)
	if err != nil {
		return err
	}
	chain, err := site.Policy.Wrap(env, app)
	if err != nil {
		return err
	}
	limits, err := tuned(face, site.Policy, s.cfg.Now())
	if err != nil {
		return err
	}
	handshakes, err := newSiteTLS(face, site, s.cfg.Now)
	if err != nil {
		return err
	}
	g.show(handshakes)
	added := &served{chain: chain, limits: limits, pair: s.servers.within(limits)}
	g.sites = append(g.sites, added)
	for _, host := range site.Hosts {
		g.byHost[host] = added
	}
	return nil
}

// show takes in what some hosts show in a handshake.
func (g *generation) show(handshakes []*siteTLS) {
	g.handshakes = append(g.handshakes, handshakes...)
	for _, h := range handshakes {
		for _, host := range h.hosts {
			g.byName[host] = h.config
		}
	}
}

// tls is what is shown to who asks for a name, or for none.
func (g *generation) tls(name string) *tls.Config {
	host, _ := pavise.SplitHost(name)
	if named := g.byName[host]; named != nil {
		return named
	}
	return g.handshakes[0].config
}

// app is what stands at the end of a site's chain.
func (s *Server) app(g *generation, site *Site, env pavise.Env) (http.Handler, error) {
	if site.Handler != nil {
		return within(site.Handler), nil
	}
	return s.routes(g, site, env)
}

// face is a site as its controls know it.
func (s *Server) face(hosts []string) pavise.Site {
	face := pavise.Site{Hosts: hosts, HTTPS: portOf(s.secure)}
	if s.clear != nil {
		face.HTTP = portOf(s.clear)
	}
	return face
}

// site picks the one that is meant; what names none goes to the first, whose policy
// refuses it.
func (g *generation) site(name string) *served {
	host, _ := pavise.SplitHost(name)
	if site, ok := g.byHost[host]; ok {
		return site
	}
	return g.sites[0]
}

// balances reports whether a peer hands on the connections of others.
func (g *generation) balances(peer net.Addr) bool {
	address := addressOf(peer).Addr()
	return slices.ContainsFunc(g.proxyProtocol, func(p netip.Prefix) bool { return p.Contains(address) })
}

// dynamicTLS asks the generation of the moment at every handshake.
func (s *Server) dynamicTLS() *tls.Config {
	top := s.now.Load().handshakes[0].config.Clone()
	top.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		g := s.now.Load()
		if g.challenges != nil && isChallenge(hello) {
			return challengeTLS(g.challenges), nil
		}
		return g.tls(hello.ServerName), nil
	}
	return top
}
