package pavise

import (
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"
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
	c.pool.New = func() any { return &writer{chain: c, x: new(Exchange)} }
	err := p.Validate()
	for _, s := range p {
		enforcer, ok := s.Control.(Enforcer)
		if !ok || s.Mode != Enforce {
			continue
		}
		hooks, hookErr := enforcer.Enforce(env)
		err = errors.Join(err, hookErr)
		id := s.Control.Doc().ID
		l := link{id: id, hooks: hooks, exceptions: p.exceptions(id)}
		c.links = append(c.links, l)
		c.weakened = c.weakened || len(l.exceptions) > 0
		c.replaces = c.replaces || hooks.Replace != nil
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// A Chain is a policy compiled for one site, around what it protects. It is safe
// for concurrent use.
type Chain struct {
	env      Env
	links    []link
	next     http.Handler
	weakened bool // some link has an exception
	replaces bool // some link may replace a page
	pool     sync.Pool
}

type link struct {
	id         string
	hooks      Hooks
	exceptions []exception // the most specific first
}

// An exception weakens one control where its pattern matches, until it ends.
type exception struct {
	Setting
	everywhere bool
	pattern    Pattern
}

func (p Policy) exceptions(id string) []exception {
	var list []exception
	for _, s := range p {
		if s.Mode == Enforce || s.Control.Doc().ID != id {
			continue
		}
		if s.Paths == nil {
			list = append(list, exception{Setting: s, everywhere: true})
		}
		for _, path := range s.Paths {
			pattern, _ := ParsePattern(path) // Validate has read it before
			list = append(list, exception{Setting: s, pattern: pattern})
		}
	}
	slices.SortStableFunc(list, func(a, b exception) int {
		switch {
		case a.everywhere == b.everywhere:
			return a.pattern.Compare(b.pattern)
		case b.everywhere:
			return -1
		}
		return 1
	})
	return list
}

func (l *link) modeOf(r *http.Request, now time.Time) Mode {
	for i := range l.exceptions {
		e := &l.exceptions[i]
		if !e.ended(now) && (e.everywhere || e.pattern.Match(r)) {
			return e.Mode
		}
	}
	return Enforce
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
	refused.Answer(out, r)
	out.finish()
}

func (c *Chain) begin(w http.ResponseWriter, r *http.Request) *writer {
	out := c.pool.Get().(*writer)
	x := out.x
	*x = Exchange{ID: newID(), Request: r, Secure: r.TLS != nil, Header: w.Header(), weak: x.weak[:0], kept: x.kept[:0]}
	*out = writer{ResponseWriter: w, chain: c, x: x, held: out.held[:0], spare: out.spare}
	if r.ProtoMajor >= 2 {
		out.keepApart()
	}
	x.Host, x.Port = SplitHost(r.Host)
	if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		x.Client = peer.Addr().Unmap().WithZone("")
	}
	if c.weakened {
		now := c.env.Now()
		for i := range c.links {
			x.weak = append(x.weak, c.links[i].modeOf(r, now))
		}
	}
	return out
}

// admit lets each control look at the request and then rewrite it, before the
// next one looks. It returns the first refusal.
func (c *Chain) admit(out *writer) *Refusal {
	x := out.x
	for i := range c.links {
		l := &c.links[i]
		mode := x.mode(i)
		x.asked = i + 1
		if l.hooks.Admit != nil && mode != Off {
			if refused := c.refused(l.hooks.Admit(x), l, x, mode); refused != nil {
				return refused
			}
		}
		if l.hooks.Rewrite != nil && mode == Enforce {
			l.hooks.Rewrite(x)
		}
	}
	return nil
}

func (x *Exchange) mode(i int) Mode {
	if len(x.weak) == 0 {
		return Enforce
	}
	return x.weak[i]
}

// refused tells whether an error from Admit ends the exchange, and reports it.
func (c *Chain) refused(err error, l *link, x *Exchange, mode Mode) *Refusal {
	if err == nil {
		return nil
	}
	var r *Refusal
	if !errors.As(err, &r) {
		r = &Refusal{Status: http.StatusInternalServerError, Rule: l.id, Saw: err.Error()}
	}
	if r.Location != "" {
		return r
	}
	d := r.decision(l.id)
	if d.Mend == "" {
		d.Except = exemption(l.id, x.Request)
	}
	if mode == Observe {
		d.Action = Observed
	}
	c.env.report(x, d)
	if mode == Observe {
		return nil
	}
	return r
}

// end settles whatever was begun, also while a panic passes through.
func (c *Chain) end(out *writer) {
	x := out.x
	for i := range x.asked {
		if settle := c.links[i].hooks.Settle; settle != nil && x.mode(i) != Off {
			settle(x)
		}
	}
	if !out.hijacked {
		clear(x.kept)
		clear(out.spare)
		out.ResponseWriter, x.Request, x.Header = nil, nil, nil
		c.pool.Put(out)
	}
}
