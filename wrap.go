package pavise

import (
	"cmp"
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"sync"
)

// Protect wraps handlers in the controls, as recommended: the way a Go program
// uses them without a proxy. A [Tuner] that is no [Enforcer] does nothing here:
// the listener is the program's own.
func Protect(site Site, controls ...Control) (func(http.Handler) http.Handler, error) {
	policy, env := Recommend(controls), Env{Site: site}.Complete() // what is remembered, all handlers share
	if _, err := policy.Wrap(env, http.NotFoundHandler()); err != nil {
		return nil, err
	}
	return func(next http.Handler) http.Handler {
		h, _ := policy.Wrap(env, next)
		return h
	}, nil
}

// Wrap puts the policy in front of a handler. It reports every mistake of the
// policy at once.
func (p Policy) Wrap(env Env, next http.Handler) (*Chain, error) {
	env = env.Complete()
	c := &Chain{env: env, next: next}
	c.pool.New = func() any { return &writer{x: new(Exchange)} }
	err := p.Validate()
	if err != nil {
		return nil, err // what cannot be need not be tried
	}
	var tuned Listener
	p.Tune(&tuned, env.Now()) // whoever listens hears of what is wrong with it
	env.Proxies = append(env.Proxies, tuned.Proxies...)
	linked := map[string]int{}
	for _, s := range p {
		enforcer, ok := s.Control.(Enforcer)
		if !ok || s.Mode != Enforce || s.Control.Validate() != nil { // which has been told of
			continue
		}
		hooks, hookErr := enforcer.Enforce(env)
		err = errors.Join(err, hookErr)
		doc := s.Control.Doc()
		linked[doc.ID] = len(c.ids)
		c.link(doc, hooks)
	}
	if err != nil {
		return nil, err
	}
	for _, s := range p {
		if s.Mode == Enforce {
			continue
		}
		if link, ok := linked[s.Control.Doc().ID]; ok {
			c.exceptions.add(link, s)
			c.weakened = true
		}
	}
	slices.Reverse(c.amends)
	return c, nil
}

// A Chain is a policy compiled for one site, around what it protects. It is safe
// for concurrent use. Each kind of hook has a list of its own, so that an exchange
// passes only by links that have something to do.
type Chain struct {
	env        Env
	ids        []string // of the controls, by link
	admits     []admission
	amends     []hook[func(*Exchange)] // in reverse order
	replaces   []hook[func(*Exchange, []byte) *Page]
	settles    []hook[func(*Exchange)]
	heeds      []hook[func(*Exchange, string)]
	behaviour  []int // links that a protection window lets observe
	exceptions exceptions
	weakened   bool // there are exceptions
	next       http.Handler
	pool       sync.Pool
}

// A hook is what one link does.
type hook[F any] struct {
	link int
	run  F
}

// An admission is how one link lets a request in; either hook may be nil.
type admission struct {
	link    int
	admit   func(*Exchange) error
	rewrite func(*Exchange)
}

func (c *Chain) link(doc Doc, hooks Hooks) {
	n := len(c.ids)
	c.ids = append(c.ids, doc.ID)
	if doc.Behaviour && hooks.Admit != nil && c.env.Watch != nil {
		c.behaviour = append(c.behaviour, n)
	}
	if hooks.Admit != nil || hooks.Rewrite != nil {
		c.admits = append(c.admits, admission{n, hooks.Admit, hooks.Rewrite})
	}
	if hooks.Amend != nil {
		c.amends = append(c.amends, hook[func(*Exchange)]{n, hooks.Amend})
	}
	if hooks.Replace != nil {
		c.replaces = append(c.replaces, hook[func(*Exchange, []byte) *Page]{n, hooks.Replace})
	}
	if hooks.Settle != nil {
		c.settles = append(c.settles, hook[func(*Exchange)]{n, hooks.Settle})
	}
	if hooks.Heed != nil {
		c.heeds = append(c.heeds, hook[func(*Exchange, string)]{n, hooks.Heed})
	}
}

// ServeHTTP hands on what every control admits.
func (c *Chain) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out := c.begin(w, r)
	defer c.end(out)
	if refused := c.admit(out); refused != nil {
		refused.Answer(out, r)
	} else {
		c.next.ServeHTTP(out, out.x.Request)
	}
	out.finish()
}

// Refuse answers for a control that refused before there was a request to admit:
// r is what could be read of it. The answer bears the headers of the policy.
func (c *Chain) Refuse(w http.ResponseWriter, r *http.Request, control string, refused *Refusal) {
	out := c.begin(w, r)
	defer c.end(out)
	c.env.report(out.x, refused.decision(control))
	c.heed(out.x, cmp.Or(refused.Rule, control))
	refused.Answer(out, r)
	out.finish()
}

func (c *Chain) begin(w http.ResponseWriter, r *http.Request) *writer {
	out := c.pool.Get().(*writer)
	x := out.x
	*x = Exchange{ID: newID(), Request: r, Secure: r.TLS != nil, Header: w.Header(), weak: x.weak[:0], kept: x.kept[:0]}
	*out = writer{ResponseWriter: w, chain: c, x: x, held: out.held[:0], spare: out.spare}
	if r.ProtoMajor >= 2 && !informsAtOnce(w) {
		out.keepApart()
	}
	x.head = readHead(r.Header)
	x.Host, x.Port = SplitHost(r.Host)
	if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		x.Client = peer.Addr().Unmap().WithZone("")
	}
	x.Path = r.URL.Path
	if c.env.Over != nil {
		x.Begun = c.env.Now()
	}
	if c.weakened {
		x.weak = c.exceptions.modes(x.weak, len(c.ids), r, c.env.Now)
	}
	return out
}

// admit lets each control look at the request and then rewrite it, before the
// next one looks. It returns the first refusal.
func (c *Chain) admit(out *writer) *Refusal {
	x := out.x
	for i := range c.admits {
		a := &c.admits[i]
		if len(c.behaviour) > 0 && a.link == c.behaviour[0] {
			c.spare(x)
		}
		mode := x.mode(a.link)
		x.asked = a.link + 1
		if a.admit != nil && mode != Off {
			if refused := c.refused(a.admit(x), c.ids[a.link], x, mode); refused != nil {
				return refused
			}
		}
		if a.rewrite != nil && mode == Enforce {
			a.rewrite(x)
		}
	}
	x.asked = len(c.ids)
	return nil
}

func (x *Exchange) mode(i int) Mode {
	if len(x.weak) == 0 {
		return Enforce
	}
	return x.weak[i]
}

// refused tells whether an error from Admit ends the exchange, and reports it.
func (c *Chain) refused(err error, control string, x *Exchange, mode Mode) *Refusal {
	if err == nil {
		return nil
	}
	var r *Refusal
	if !errors.As(err, &r) {
		r = &Refusal{Status: http.StatusInternalServerError, Rule: control, Saw: err.Error()}
	}
	if r.Location != "" {
		return r
	}
	d := r.decision(control)
	if d.Mend == "" {
		d.Except = exemption(control, x.Request)
	}
	if mode == Observe {
		d.Action = Observed
	}
	c.env.report(x, d)
	if mode == Observe {
		return nil
	}
	c.heed(x, r.Rule)
	return r
}

// heed lets every control that wants to hear of a refusal.
func (c *Chain) heed(x *Exchange, rule string) {
	for _, h := range c.heeds {
		if x.mode(h.link) != Off {
			h.run(x, rule)
		}
	}
}

// end settles whatever was begun, also while a panic passes through.
func (c *Chain) end(out *writer) {
	x := out.x
	if form := x.Request.MultipartForm; form != nil {
		form.RemoveAll() // the server removes the files of its own request alone, and a control may have made a copy
	}
	for _, h := range c.settles {
		if h.link < x.asked && x.mode(h.link) != Off {
			h.run(x)
		}
	}
	if c.env.Over != nil {
		c.env.Over(x)
	}
	if !out.hijacked {
		out.retire()
		c.pool.Put(out)
	}
}
