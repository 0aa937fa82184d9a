package requests

import (
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"pavise"
)

// A Visitor is who asks, as the program's sessions know it; the zero Visitor is nobody.
type Visitor struct {
	ID    string // by which things name their owner
	Roles []string
}

// Routes is an [http.ServeMux] that denies: a route answers those whom its [Rule]
// names, and without a rule nobody (ASVS 5.0 8.2.1, CWE-862). The rule belongs to the
// handler, not to a path before it, so no spelling of a path leads around it.
type Routes struct {
	// Login is the path to which people are led who must log in first; with "" they are
	// answered 403, as scripts always are.
	Login   string
	env     pavise.Env
	visitor func(*http.Request) (Visitor, error)
	mux     http.ServeMux
	list    []Route
}

// A Route is a pattern and whom it answers; "" is nobody.
type Route struct{ Pattern, Rule string }

// NewRoutes returns routes for visitors that a function knows, by a session of
// whatever kind. It is not asked where everybody is answered; nil knows nobody. What is
// refused is reported to env.Decide.
func NewRoutes(env pavise.Env, visitor func(*http.Request) (Visitor, error)) *Routes {
	if visitor == nil {
		visitor = func(*http.Request) (Visitor, error) { return Visitor{}, nil }
	}
	return &Routes{env: env.Complete(), visitor: visitor}
}

// Handle registers a handler, which is a [Rule]: any other is answered 404, and
// reported. Patterns are those of [http.ServeMux.Handle].
func (m *Routes) Handle(pattern string, handler http.Handler) {
	rule, ok := handler.(*Rule)
	route := Route{Pattern: pattern}
	if ok {
		route.Rule = rule.says
	}
	m.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { m.serve(rule, w, r) })
	m.list = append(m.list, route)
}

// HandleFunc registers a route without a rule, as code does that was written for
// another mux: it is listed by [Routes.Unruled], and answers nobody.
func (m *Routes) HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request)) {
	m.Handle(pattern, http.HandlerFunc(handler))
}

// List returns every route in the order in which they were registered.
func (m *Routes) List() []Route { return slices.Clone(m.list) }

// Unruled returns the patterns of the routes that answer nobody because they have no
// rule. A test of the program wants it to be empty.
func (m *Routes) Unruled() []string {
	var patterns []string
	for _, route := range m.list {
		if route.Rule == "" {
			patterns = append(patterns, route.Pattern)
		}
	}
	return patterns
}

// ServeHTTP answers by the route that is meant. What no route means is answered as
// what belongs to somebody else.
func (m *Routes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	handler, pattern := m.mux.Handler(r)
	if pattern != "" {
		m.mux.ServeHTTP(w, r)
		return
	}
	told, refusal := headOnly{header: http.Header{}}, pavise.Refusal{Status: http.StatusNotFound}
	handler.ServeHTTP(&told, r) // a mux says by its answer alone whether another method would do
	if told.status == http.StatusMethodNotAllowed {
		refusal = pavise.Refusal{Status: told.status, Allow: strings.Join(told.header["Allow"], ", ")}
	}
	refusal.Answer(w, r)
}

// headOnly is a response of which nobody wants the body.
type headOnly struct {
	header http.Header
	status int
}

func (h *headOnly) Header() http.Header         { return h.header }
func (h *headOnly) Write(b []byte) (int, error) { return len(b), nil }
func (h *headOnly) WriteHeader(status int)      { h.status = status }

// serve asks the rule before the handler. A panic in what the program brings passes
// through, and nothing was shown.
func (m *Routes) serve(rule *Rule, w http.ResponseWriter, r *http.Request) {
	var who Visitor
	switch {
	case rule == nil:
		m.conclude(w, r, verdict{refusal: pavise.Refusal{Status: http.StatusNotFound, Rule: functionRule, Saw: "a route without a rule"}})
		return
	case !rule.everybody:
		var err error
		if who, err = m.visitor(r); err != nil {
			m.conclude(w, r, failed("who asks cannot be told", err))
			return
		}
		if who.ID == "" {
			m.turnAway(w, r)
			return
		}
		r = r.WithContext(r.Context()) // the server looks at the body of its own, and removes the files of its own alone
		defer removeFiles(r)
	}
	m.conclude(w, r, rule.judge(r, who))
}

func removeFiles(r *http.Request) {
	if r.MultipartForm != nil {
		r.MultipartForm.RemoveAll()
	}
}

// turnAway answers nobody, and has touched nothing: so it tells of nothing whether it
// exists.
func (m *Routes) turnAway(w http.ResponseWriter, r *http.Request) {
	refusal := pavise.Refusal{Status: http.StatusForbidden}
	if m.Login != "" && pavise.Navigation(r) {
		refusal = pavise.Refusal{Status: http.StatusSeeOther, Location: m.Login}
	}
	refusal.Answer(w, r)
}

// A verdict is what a rule says about a request.
type verdict struct {
	show    http.HandlerFunc // nil refuses
	refusal pavise.Refusal   // or what is noted besides; nothing without a Rule
	noted   bool             // it is nobody's fault
}

// failed is the verdict where the program could not tell. No visitor learns why.
func failed(what string, err error) verdict {
	var refused *pavise.Refusal
	if errors.As(err, &refused) && refused.Status >= 400 {
		return verdict{refusal: *refused}
	}
	return verdict{refusal: pavise.Refusal{Status: http.StatusInternalServerError, Rule: objectRule, Saw: clip(what + ": " + err.Error())}}
}

func (m *Routes) conclude(w http.ResponseWriter, r *http.Request, v verdict) {
	m.report(w, r, v)
	if v.show == nil {
		v.refusal.Answer(w, r)
		return
	}
	v.show(w, r)
}

// report tells the owner as a control does.
func (m *Routes) report(w http.ResponseWriter, r *http.Request, v verdict) {
	if m.env.Decide == nil || v.refusal.Rule == "" {
		return
	}
	d := pavise.Decision{Time: m.env.Now(), ID: pavise.RequestID(w), Action: pavise.Refused, Rule: v.refusal.Rule, Status: v.refusal.Status,
		Reason: v.refusal.Reason, Saw: v.refusal.Saw, Mend: v.refusal.Mend, Method: r.Method, Path: r.URL.Path}
	if v.noted {
		d.Action = pavise.Noted
	}
	if i := strings.LastIndexByte(d.Rule, '.'); i > 0 {
		d.Control = d.Rule[:i]
	}
	d.Host, _ = pavise.SplitHost(r.Host)
	if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil { // which requests.Client has set right
		d.Client = peer.Addr().Unmap().WithZone("")
	}
	m.env.Decide(d)
}
