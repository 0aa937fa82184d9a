package login

import (
	"errors"
	"net/http"
	"slices"
	"sync/atomic"

	"pavise"
)

// A watch is a Guard at work for one site.
type watch struct {
	ledger  *Ledger
	env     pavise.Env
	routes  []route
	methods []string    // of the routes
	puzzled atomic.Bool // it was said that outcomes are unclear
}

// A visit is one login on its way.
type visit struct {
	route    *route
	attempt  *Attempt
	accounts []string
	device   string
	outcome  outcome
}

var usualRoute = &route{usual: true}

// find returns the route that a request may be a login by, or nil. It is sure
// unless the route names a query that some frameworks would look for in the body.
func (w *watch) find(r *http.Request) (found *route, sure bool) {
	post := r.Method == http.MethodPost
	if !post && !slices.Contains(w.methods, r.Method) {
		return nil, false
	}
	var room [maxSegments]string
	path := segments(r.URL.Path, room[:0])
	for i := range w.routes {
		switch rt := &w.routes[i]; {
		case rt.method != r.Method && !post || !rt.matchesPath(path): // a POST can be overridden to any method
		case rt.matchesQuery(r.URL.RawQuery):
			return rt, true
		case found == nil:
			found = rt
		}
	}
	if found == nil && post && endsUsual(path) {
		return usualRoute, true
	}
	return found, false
}

// admit counts a login, or refuses it.
func (w *watch) admit(x *pavise.Exchange) error {
	route, sure := w.find(x.Request)
	if route == nil {
		return nil
	}
	fields, err := form(x.Request)
	if !sure && (errors.Is(err, errLarge) || err == nil && !route.named(fields)) {
		return nil
	}
	if err != nil {
		return err
	}
	basic, _, isBasic := x.Request.BasicAuth()
	if route.usual && !isBasic && !hasPassword(fields) {
		return nil
	}
	names, err := accounts(fields, route.account)
	if err != nil {
		return err
	}
	if isBasic && basic != "" && len(basic) <= maxAccount && !slices.Contains(names, basic) {
		names = append(names, basic)
	}
	v := &visit{route: route, accounts: names, device: deviceOf(x.Request)}
	v.attempt, err = w.ledger.Begin(x.Request.Context(), Try{Accounts: names, Client: x.Client, Device: v.device,
		Secret: secretOf(x.Request, fields)})
	if err != nil {
		return err
	}
	x.Keep(guardID, v)
	x.Hold()
	return nil
}

func visitOf(x *pavise.Exchange) *visit {
	v, _ := x.Kept(guardID).(*visit)
	return v
}

// rewrite keeps the app from compressing what we must read.
func (w *watch) rewrite(x *pavise.Exchange) {
	if visitOf(x) != nil {
		delete(x.Request.Header, "Accept-Encoding")
	}
}

// replace replaces nothing: it reads the outcome, and settles the attempt before
// the client can begin the next.
func (w *watch) replace(x *pavise.Exchange, held []byte) *pavise.Page {
	v := visitOf(x)
	if v == nil {
		return nil
	}
	ctx := x.Request.Context()
	switch v.outcome = newView(x, held).judge(&v.route.failed, &v.route.succeeded); v.outcome {
	case success:
		x.LoggedIn = true
		v.attempt.Succeed(ctx)
	case broken:
		v.attempt.Cancel(ctx)
	case failure:
		v.attempt.Fail(ctx)
	default:
		v.attempt.Doubt(ctx)
		if !w.puzzled.Swap(true) {
			w.env.Note(x, guardID, "the answer does not show whether a login succeeded, so it counts as failed, and once where the same is sent again; "+
				"name what does, as in routes: [{path: /login, succeeded: {redirect: /account}}]")
		}
	}
	return nil
}

// amend lets the browser show next time that it has been here. The cookie is
// guarded by its prefix, which only TLS may set.
func (w *watch) amend(x *pavise.Exchange) {
	v := visitOf(x)
	if v == nil || v.outcome != success || !v.attempt.remembers() || !x.Secure || len(v.accounts) != 1 {
		return
	}
	cookie := w.ledger.Remember(v.device, v.accounts[0])
	x.Header["Set-Cookie"] = append(slices.Clip(x.Header["Set-Cookie"]), cookie.String())
}

func (w *watch) settle(x *pavise.Exchange) {
	if v := visitOf(x); v != nil {
		v.attempt.Settle(x.Request.Context())
	}
}
