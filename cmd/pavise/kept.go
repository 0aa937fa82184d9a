package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"pavise"
	"pavise/internal/authority"
	"pavise/proxy"
	"pavise/store"
	"pavise/store/file"
	"pavise/store/redis"
)

// kept is the store that things are remembered in while we serve.
type kept struct {
	kind, where string // no password
	shared      bool
	opened      time.Time
	sealed      *store.Sealed // for what waits, rather than goes on by itself
	breaker     *store.Breaker
	close       func() error
}

// storeStatus is what pavise status tells of the store.
type storeStatus struct {
	Kind       string    `json:"kind"` // memory, file or redis
	Where      string    `json:"where,omitempty"`
	Shared     bool      `json:"shared"` // with other nodes
	OK         bool      `json:"ok"`
	Since      time.Time `json:"since"`          // when it is ok, or away
	Away       string    `json:"away,omitempty"` // what for
	Operations uint64    `json:"operations"`
	Errors     uint64    `json:"errors"`  // operations that it failed at, or not in time
	Skipped    uint64    `json:"skipped"` // that were not tried, because it was away
	Outages    uint64    `json:"outages"`
	Stale      uint64    `json:"stale"` // values that were seen and a former secret has sealed
}

func (k *kept) status() storeStatus {
	if k == nil {
		return storeStatus{Kind: inMemory, OK: true}
	}
	n := k.breaker.Counts()
	s := storeStatus{Kind: k.kind, Where: k.where, Shared: k.shared, OK: n.Away == nil, Since: n.Since.UTC(), Operations: n.Operations,
		Errors: n.Errors, Skipped: n.Fast, Outages: n.Outages, Stale: k.sealed.Stale()}
	if n.Since.IsZero() {
		s.Since = k.opened.UTC()
	}
	if n.Away != nil {
		s.Away = pavise.Clip(n.Away.Error(), 200)
	}
	return s
}

// write tells a person.
func (s storeStatus) write(w io.Writer) {
	where := s.Kind
	if s.Where != "" {
		where += ", " + s.Where
	}
	if s.Shared {
		where += ", shared with other nodes"
	}
	state := "in reach"
	if !s.OK {
		state = "AWAY"
	}
	entry(w, "store", "%s", where)
	if s.Since.IsZero() {
		return
	}
	entry(w, "", "%s since %s", state, s.Since.Format(time.DateTime))
	if s.Away != "" {
		entry(w, "", "%s", s.Away)
	}
	entry(w, "", "%s", s.numbers())
}

func (s storeStatus) numbers() string {
	return fmt.Sprintf("%s, %s, %d skipped while it was away, %s",
		plural(int(s.Operations), "operation"), plural(int(s.Errors), "error"), s.Skipped, plural(int(s.Outages), "outage"))
}

// remember opens the store, and has the sites use it. What cannot be opened, or is
// away, keeps nothing from being served.
func (p *plan) remember(ctx context.Context, j *proxy.Journal) error {
	at, err := storePlace(p.store)
	if err != nil {
		return usage("--store redis://10.0.0.7:6379, or store: {url: …}", "--store %s: %s", masked(p.store.URL), oneLine(err))
	}
	k := &kept{kind: at.kind, opened: time.Now(), close: func() error { return nil }}
	p.kept = k
	switch at.kind {
	case inFile:
		p.openFile(ctx, k, at.path, j)
	case inRedis:
		err = p.openRedis(ctx, k, at.redis, j)
	}
	if err == nil && k.sealed == nil {
		k.kind = inMemory
		p.guard(k, pavise.NewMemory(nil), j)
	}
	if err == nil {
		p.cfg.Store, p.cfg.Shared = k.breaker, k.shared
	}
	return err
}

// guard seals what goes into a store, and bounds how long it is waited for.
func (p *plan) guard(k *kept, raw pavise.Store, j *proxy.Journal) {
	env := pavise.Env{Secret: p.cfg.Secret, Former: p.cfg.Former}.Complete() // one for this run where none is kept
	k.sealed = store.NewSealed(raw, env.Ring("store"))
	var away time.Time // told of one after the other
	k.breaker = store.NewBreaker(k.sealed, store.BreakerOptions{Changed: func(err error) {
		if err != nil {
			away = time.Now()
			j.StoreAway(k.name(), err)
			return
		}
		j.StoreBack(k.name(), time.Since(away))
	}})
}

// name is how the store is called where there is but one.
func (k *kept) name() string { return cmp.Or(k.where, k.kind) }

// openFile opens the file, or leaves it, with a warning.
func (p *plan) openFile(ctx context.Context, k *kept, path string, j *proxy.Journal) {
	warn := func(format string, args ...any) { p.notes = append(p.notes, "warning: "+fmt.Sprintf(format, args...)) }
	if path == "" {
		dir, err := stateDir(p.state)
		if err != nil {
			return // the secret has been warned about
		}
		path = filepath.Join(dir, "store")
	}
	opened, err := file.Open(path, file.Options{Note: func(said string) { warn("%s", said) }})
	if err != nil {
		warn("blocks and sessions are remembered in memory, until this process ends, and by it alone: %v", err)
		return
	}
	p.guard(k, opened, j)
	if err := k.sealed.Check(ctx); err != nil {
		warn("blocks and sessions are remembered in memory, until this process ends; put back the secret that sealed %s, or delete it: %v", path, err)
		k.sealed = nil
		opened.Close()
		return
	}
	k.where, k.close = path, opened.Close
}

// openRedis looks at Redis once. Where it is away it is used when it comes.
func (p *plan) openRedis(ctx context.Context, k *kept, o redis.Options, j *proxy.Journal) error {
	if p.cfg.Secret == nil {
		return usage("--state DIR, or --secret-file FILE, that this user can read", "nodes that share a store share a secret, and there is none")
	}
	opened, err := redis.Open(o)
	if err != nil {
		return usage("pavise check, for a configuration", "--store: %w", err)
	}
	k.where, k.shared, k.close = o.String(), true, opened.Close
	p.guard(k, opened, j)
	found, err := opened.Check(ctx)
	for _, warning := range found.Warnings {
		p.notes = append(p.notes, "warning: "+k.where+": "+warning)
	}
	if err == nil {
		err = k.sealed.Check(ctx)
	}
	switch {
	case errors.Is(err, store.ErrSecret):
		return errors.Join(p.mendSecret(err), opened.Close())
	case errors.Is(err, pavise.ErrAway):
		p.notes = append(p.notes, fmt.Sprintf("warning: %s: until it can be reached this node remembers by itself, and is stricter: %v", k.where, err))
	case err != nil:
		return errors.Join(usage("redis-cli INFO server", "%s: %w", k.where, err), opened.Close())
	}
	return nil
}

// mendSecret says how the node comes by the secret of the others.
func (p *plan) mendSecret(err error) error {
	path := p.secretFile
	if path == "" {
		dir, none := stateDir(p.state)
		if none != nil {
			return none
		}
		path = authority.SecretFile(dir)
	}
	return usage(fmt.Sprintf("scp -p NODE:%s %s, from a node that is running; pavise secret show tells them apart; or begin anew with another store: {prefix: …}", path, path),
		"%s: here it is %s: %w", p.kept.where, authority.Fingerprint(p.cfg.Secret), err)
}
