package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"pavise"
	"pavise/cmd/pavise/internal/cli"
	"pavise/internal/authority"
	"pavise/proxy"
	"pavise/site"
	"pavise/store"
)

// storeOptions are what a configuration says of the store. Where it says nothing that
// is a file in the state directory.
func storeOptions(s site.Store, dir string, secret []byte, former [][]byte) store.Options {
	o := store.Options{URL: s.URL, Dir: dir, Secret: secret, Former: former,
		PasswordFile: s.PasswordFile, CA: s.CA, Cert: s.Cert, Key: s.Key, Prefix: s.Prefix}
	if o.URL == "" {
		o.URL = store.InFile
	}
	return o
}

// storeFault is what is wrong with the configuration of a store, before there is one.
func storeFault(s site.Store) error {
	return storeOptions(s, "/", make([]byte, authority.SecretSize), nil).Validate()
}

// remember opens the store, and has the sites use it. What cannot be opened, or is
// away, keeps nothing from being served.
func (g *ground) remember(ctx context.Context, p *plan) error {
	if err := storeFault(p.file.Store); err != nil {
		return cli.Usage(storeHint(p.file.Store.URL), "%s", cli.OneLine(err))
	}
	dir, _ := cli.StateDir(p.file.State) // without one there is no secret, which has been warned about
	o := storeOptions(p.file.Store, dir, g.secret, g.former)
	p.lent(&o)
	if o.Shared() && g.secret == nil {
		return cli.Usage("--state DIR, or --secret-file FILE, that this user can read", "nodes that share a store share a secret, and there is none")
	}
	started := false // then the journal is told
	o.Note = func(said string) {
		if started {
			g.journal.StoreSays(said)
		} else {
			g.warn("%s", said)
		}
	}
	o.Breaker.Changed = storeWatch(g.journal)
	opened, err := store.Open(ctx, o)
	if err != nil && o.Shared() {
		return g.mendStore(p, err)
	}
	if err != nil {
		g.lost = err
		g.warn("blocks and sessions are remembered in memory, until this process ends and by it alone: %v", err)
		if errors.Is(err, store.ErrSecret) {
			g.warn("put back the file %s of before, or begin anew: rm %s", p.secretPath(), o.File())
		}
		if opened, err = store.Open(ctx, store.Options{URL: store.InMemory}); err != nil {
			return err
		}
	}
	started = true
	g.kept = opened
	return nil
}

// storeHint is what to write in place of a store that cannot be meant.
func storeHint(url string) string {
	path, file := strings.CutPrefix(url, store.InFile+":")
	if !file || filepath.IsAbs(path) {
		return "--store redis://10.0.0.7:6379, or store: {url: …}"
	}
	if path = strings.TrimLeft(path, "/"); path == "" {
		path = "store"
	}
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	return "--store file:" + path
}

// storeWatch tells the journal when the store goes away and when it is back. It is
// called for one after the other.
func storeWatch(j *proxy.Journal) func(error) {
	away := time.Now() // where it is from the start
	return func(err error) {
		if err != nil {
			away = time.Now()
			j.StoreAway(err)
		} else {
			j.StoreBack(time.Since(away))
		}
	}
}

// secretPath is the file that has the secrets.
func (p *plan) secretPath() string {
	dir, _ := cli.StateDir(p.file.State)
	if p.file.SecretFile != "" {
		return p.file.SecretFile
	}
	return authority.SecretFile(dir)
}

// mendStore says what to do about a store that can be asked and cannot be used.
func (g *ground) mendStore(p *plan, err error) error {
	if !errors.Is(err, store.ErrSecret) {
		return cli.Usage("docs/nodes.md has what it must be", "%w", err)
	}
	path := p.secretPath()
	return cli.Usage(fmt.Sprintf("scp -p NODE:%s %s, from a node that runs (pavise secret show tells them apart); or begin anew: store: {prefix: …}", path, path),
		"%w; that of this node is %s", err, authority.Fingerprint(g.secret))
}

// masked is a URL without the password in it, for whoever reads along.
func masked(text string) string {
	scheme, rest, _ := strings.Cut(text, "://")
	at := strings.LastIndex(rest, "@")
	if at < 0 {
		return text
	}
	user, _, password := strings.Cut(rest[:at], ":")
	if !password {
		return text
	}
	return scheme + "://" + user + ":…" + rest[at:]
}

// storeStatus is what pavise status tells of the store.
type storeStatus struct {
	Kind       string    `json:"kind"` // memory, file or redis
	Where      string    `json:"where"`
	Shared     bool      `json:"shared"` // with other nodes
	OK         bool      `json:"ok"`
	Since      time.Time `json:"since"`          // when it is ok, or away
	Away       string    `json:"away,omitempty"` // what for
	Full       string    `json:"full,omitempty"` // why nothing more can be written: what is served goes on
	Operations uint64    `json:"operations"`
	Errors     uint64    `json:"errors"`  // operations that it failed at, or not in time
	Skipped    uint64    `json:"skipped"` // that were not tried, because it was away
	Outages    uint64    `json:"outages"`
	Stale      uint64    `json:"stale"` // values that were seen and a former secret has sealed
}

// statusOf asks the store; nil is the memory of a proxy. What is lost is why there is
// memory in its place: then somebody needs to look, however well memory does.
func statusOf(kept *store.Opened, lost error, started time.Time) storeStatus {
	s := storeStatus{Kind: store.InMemory, Where: store.InMemory, OK: true, Since: started.UTC()}
	if kept == nil {
		return s
	}
	n := kept.Counts()
	s.Kind, s.Where, s.Shared, s.OK, s.Stale = kept.Kind(), kept.String(), kept.Shared(), n.Away == nil, kept.Stale()
	s.Operations, s.Errors, s.Skipped, s.Outages = n.Operations, n.Errors, n.Fast, n.Outages
	if !n.Since.IsZero() {
		s.Since = n.Since.UTC()
	}
	if lost != nil {
		s.OK, s.Away, s.Where = false, pavise.Clip(lost.Error(), 200), "memory, because the file cannot be used"
	}
	if n.Away != nil {
		s.Away = pavise.Clip(strings.TrimPrefix(n.Away.Error(), pavise.ErrAway.Error()+": "), 200)
	}
	if n.Full != nil {
		s.Full = pavise.Clip(n.Full.Error(), 300)
	}
	return s
}

// write tells a person.
func (s storeStatus) write(w io.Writer) {
	where, state := s.Where, "in reach"
	if s.Shared {
		where += ", shared with other nodes"
	}
	if !s.OK {
		state = "away"
	}
	cli.Entry(w, "store", "%s", where)
	cli.Entry(w, "", "%s since %s", state, s.Since.Format(time.DateTime))
	if s.Away != "" {
		cli.Entry(w, "", "%s", s.Away)
	}
	if s.Full != "" {
		cli.Entry(w, "", "full: %s", s.Full)
	}
	if s.Kind != store.InMemory {
		cli.Entry(w, "", "%s", s.numbers())
	}
}

func (s storeStatus) numbers() string {
	return fmt.Sprintf("%s, %s, %d skipped while it was away, %s",
		pavise.Plural(int(s.Operations), "operation"), pavise.Plural(int(s.Errors), "error"), s.Skipped, pavise.Plural(int(s.Outages), "outage"))
}
