package proxy

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"

	"pavise"
	"pavise/internal/files"
)

// routes stand at the end of a site's chain: what the policy has admitted they hand to
// what answers for its path.
type routes struct {
	floor
	site      pavise.Site
	canonical bool
	whole     route
	paths     pathTable
}

// A route is what answers a part of a site.
type route struct {
	begin       string // of its paths; "" is the whole site
	strip       bool
	noSockets   bool
	maintenance *maintenance // nil is none
	answer      http.Handler
}

func (rs *routes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	upgrade := upgrades(r)
	dress(w, r)
	if rs.refuses(w, r) {
		return
	}
	if host, port := pavise.SplitHost(r.Host); rs.canonical && host != rs.site.Canonical() {
		lead(w, r, rs.site.Origin(rs.site.Canonical(), port, true)+target(r.URL), true)
		return
	}
	to, sure := rs.paths.route(r)
	if !sure {
		rs.refuse(w, r, strictID, &pavise.Refusal{Status: http.StatusBadRequest, Rule: strictID + ".request-line",
			Reason: "The address can be read in two ways.", Saw: "a path that another app may take for one that is routed elsewhere"})
		return
	}
	if to == nil {
		to = &rs.whole
	}
	switch {
	case rs.whole.maintenance.holds(r):
		rs.whole.maintenance.answer(w, r)
	case to.maintenance.holds(r):
		to.maintenance.answer(w, r)
	case upgrade && to.noSockets:
		rs.refuse(w, r, "websockets", &pavise.Refusal{Status: http.StatusForbidden, Reason: "This address takes no WebSockets.",
			Saw: "Upgrade: websocket", Mend: "websockets: on, at the site or the path"})
	default:
		to.answer.ServeHTTP(w, r)
	}
}

// A floor refuses what no app must see, whatever the policy.
type floor struct{ journal *Journal }

func (f floor) refuses(w http.ResponseWriter, r *http.Request) bool {
	switch {
	case r.URL.Opaque != "": // GET x:http://host/path: the controls saw no path, and the app would see one
		f.refuse(w, r, strictID, &pavise.Refusal{Status: http.StatusBadRequest, Rule: strictID + ".request-line", Reason: "The address names no path."})
	case isMisplaced(r): // and no control has led it to https
		f.refuse(w, r, "transport.redirect", &pavise.Refusal{Status: http.StatusBadRequest, Reason: "This port speaks https alone."})
	default:
		return false
	}
	return true
}

// refuse answers for a control, and takes that down.
func (f floor) refuse(w http.ResponseWriter, r *http.Request, control string, refused *pavise.Refusal) {
	host, _ := pavise.SplitHost(r.Host)
	if x := pavise.ExchangeOf(w); x != nil {
		x.Action, x.Control, x.Rule = pavise.Refused, control, refused.Rule
	}
	f.journal.Decide(pavise.Decision{Time: f.journal.now(), ID: pavise.RequestID(w), Action: pavise.Refused, Control: control,
		Rule: refused.Rule, Status: refused.Status, Reason: refused.Reason, Saw: refused.Saw, Mend: refused.Mend,
		Client: clientOf(r), Method: r.Method, Host: host, Path: r.URL.Path})
	refused.Answer(w, r)
}

// clientOf is the client's address as the controls know it.
func clientOf(r *http.Request) netip.Addr {
	client, _ := netip.ParseAddrPort(r.RemoteAddr)
	return client.Addr().Unmap()
}

// nothing answers where there is neither a file nor an app.
var nothing = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	(&pavise.Refusal{Status: http.StatusNotFound}).Answer(w, r)
})

// routes compiles what answers for a site.
func (s *Server) routes(g *generation, site *Site, env pavise.Env) (*routes, error) {
	rs := &routes{floor: floor{s.cfg.Journal}, site: env.Site, canonical: site.Canonical}
	own := site.app()
	c := routing{s, g, site, env, own.NoSockets}
	if err := c.compile(&rs.whole, own, "", false, nothing); err != nil {
		return nil, err
	}
	for i := range site.Paths {
		p := &site.Paths[i]
		if _, err := pavise.ParsePattern(p.Path); err != nil || strings.ContainsAny(p.Path, "* ") || strings.HasSuffix(p.Path, "/") {
			return nil, fmt.Errorf("%s: %q is no begin of paths such as /api", site.Hosts[0], p.Path)
		}
		r := new(route)
		if err := c.compile(r, &p.App, p.Path, p.Strip, rs.whole.answer); err != nil {
			return nil, err
		}
		if !rs.paths.add(p.Path, r) {
			return nil, fmt.Errorf("%s: %s is routed twice", site.Hosts[0], p.Path)
		}
	}
	return rs, nil
}

// routing is what the routes of a site are made of.
type routing struct {
	server    *Server
	g         *generation
	site      *Site
	env       pavise.Env
	noSockets bool // at the whole site
}

// compile makes a route of an app; what says nothing of its own is answered by another.
func (c *routing) compile(r *route, a *App, begin string, strip bool, other http.Handler) error {
	r.begin, r.strip, r.noSockets = begin, strip, a.NoSockets
	r.maintenance = newMaintenance(a.Maintenance)
	var err error
	switch {
	case a.Redirect != nil:
		r.answer, err = newRedirect(a.Redirect, c.site, c.env.Site, r)
	case len(a.Backends) > 0:
		r.answer, err = c.forwarder(r, a)
	case a.Static != nil:
		r.answer = nothing
	default:
		r.answer = other
	}
	if s := a.Static; err == nil && s != nil && a.Redirect == nil {
		folder := &files.Folder{Root: s.Folder, Index: s.Index, Listing: s.Listing, Fallback: s.Fallback,
			Next: r.answer, Alone: len(a.Backends) == 0}
		if strip {
			folder.Begin = begin
		}
		r.answer = folder
	}
	return err
}
