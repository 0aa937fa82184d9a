package acme

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"time"
)

// A pausedError is that a node was refused a short while ago: what fails counts at the
// authority for all of them together.
type pausedError struct {
	Fails      int // in a row, of all nodes
	Until      time.Time
	What, Todo string
	Limited    bool
}

func (e *pausedError) Error() string { return "a node was refused at its last try: " + e.What }

func (e *pausedError) reason() reason {
	return reason{what: e.What, todo: e.Todo, limited: e.Limited}
}

// pauseLife is how long nodes know how often they were refused.
const pauseLife = 3 * time.Hour

func (a *authorityIssuer) pauseKey(host string) string {
	return "acme/pause/" + digest(a.key()+" "+host)
}

// paused returns the last refusal that nodes know of, which may be over, or nil.
func (a *authorityIssuer) paused(ctx context.Context, host string) (*pausedError, error) {
	b, err := a.shared.get(ctx, a.pauseKey(host))
	if err != nil || b.version == 0 {
		return nil, err
	}
	p := new(pausedError)
	if json.Unmarshal(b.data, p) != nil || p.Until.After(a.cfg.Now().Add(time.Hour)) { // by a clock that is wrong
		return nil, nil
	}
	return p, nil
}

// inTurn asks unless the nodes have to wait, and lets them know how it went. The lock
// of the host is ours.
func (a *authorityIssuer) inTurn(ctx context.Context, host string, old *x509.Certificate, ask func() error) error {
	last, err := a.paused(ctx, host)
	if err != nil {
		return err
	}
	if last != nil && a.cfg.Now().Before(last.Until) {
		return last
	}
	err = ask()
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	ctx = context.WithoutCancel(ctx)
	if err == nil {
		a.shared.store.Delete(ctx, a.pauseKey(host))
		return nil
	}
	why := explain(host, err)
	if why.unreached {
		return err
	}
	next := pausedError{Fails: 1, What: why.what, Todo: why.todo, Limited: why.limited}
	if last != nil {
		next.Fails = last.Fails + 1
	}
	next.Until = a.cfg.Now().Add(retryIn(next.Fails-1, old, a.cfg.Now(), why))
	if data, cannot := json.Marshal(next); cannot == nil {
		a.shared.change(ctx, a.pauseKey(host), pauseLife, func([]byte) []byte { return data })
	}
	return err
}
