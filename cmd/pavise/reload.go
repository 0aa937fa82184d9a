package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"pavise/cmd/pavise/internal/cli"
	"pavise/proxy"
	"pavise/site"
)

// A reloader has what flags and file say now take over from what they said before.
type reloader struct {
	flags   serveFlags
	say     cli.Say
	witness *witness
	prove   func(context.Context, proxy.Config) ([]siteProof, error)
	one     sync.Mutex // at a time
	stands  *plan      // under the lock, as what follows
	read    stamps     // of the files it is from, and those of a try since
	last    atomic.Pointer[reloaded]
	refused atomic.Uint64
	took    atomic.Uint64 // that took over
}

// Reloaded is what came of a reload.
type reloaded struct {
	PID     int       `json:"pid"`
	At      time.Time `json:"at"`
	By      string    `json:"by"` // who wanted it: command, SIGHUP or file
	OK      bool      `json:"ok"`
	Changed []string  `json:"changed"`           // a line for each site and setting
	Notes   []string  `json:"notes"`             // said beside it
	Refused string    `json:"refused,omitempty"` // why what was before goes on
	Hint    string    `json:"hint,omitempty"`    // what to do about that
	Code    int       `json:"code"`              // with which pavise reload ends
}

// newReloader is for what the flags say, and has read nothing yet.
func newReloader(f serveFlags, say cli.Say, w *witness) *reloader {
	r := &reloader{flags: f, say: say, witness: w}
	r.prove = func(ctx context.Context, cfg proxy.Config) ([]siteProof, error) { return prove(ctx, cfg, proofTime) }
	return r
}

// plan reads what flags and file say, and remembers as of when.
func (r *reloader) plan() (*plan, error) {
	named := r.reading()
	p, err := planFrom(r.flags)
	named(p)
	return p, err
}

// first is the plan of the start.
func (r *reloader) first() (p *plan, err error) {
	p, err = r.plan()
	r.stands = p
	return p, err
}

// reload reads file and flags anew, and has them take over if nothing speaks against it.
// It waits for its turn.
func (r *reloader) reload(ctx context.Context, by string) *reloaded {
	r.one.Lock()
	defer r.one.Unlock()
	done := &reloaded{PID: os.Getpid(), At: time.Now().UTC(), By: by, Changed: []string{}, Notes: []string{}}
	err := r.witness.passing.left()
	if err == nil {
		ready := r.witness.passing.reloading()
		err = r.takeOver(ctx, done)
		ready()
	}
	done.OK = err == nil
	if err != nil {
		done.Refused, done.Hint, done.Code = cli.OneLine(err), cli.HintOf(err), cli.CodeOf(err)
	}
	r.last.Store(done)
	if done.OK {
		r.took.Add(1)
	} else {
		r.refused.Add(1)
	}
	r.tell(done)
	return done
}

// takeOver does it, or leaves everything as it was.
func (r *reloader) takeOver(ctx context.Context, done *reloaded) error {
	server := r.witness.server.Load()
	if server == nil {
		return errors.New("it has not started yet")
	}
	next, err := r.plan()
	if err != nil {
		return err
	}
	changed := r.stands.file.Changes(next.file)
	if err := r.fixed(changed); err != nil {
		return err
	}
	asked := r.witness.manager.Load() != nil
	cfg, proofs, err := r.proven(ctx, next)
	if err == nil {
		err = server.Reload(cfg)
	}
	if err != nil { // what was begun for others ends
		if !asked {
			r.witness.asksNobody()
		}
		r.witness.tookOver(server, *r.witness.sites.Load())
		return err
	}
	r.witness.sites.Store(&cfg.Sites)
	r.witness.proofs.Store(&proofs)
	r.witness.tookOver(server, cfg.Sites)
	for _, c := range changed {
		done.Changed = append(done.Changed, c.String())
	}
	done.Notes = append(append(done.Notes, next.notes...), warnings(proofs)...)
	r.witness.passing.planned(next)
	r.stands = next
	return nil
}

// proven makes the plan a configuration that holds what it promises.
func (r *reloader) proven(ctx context.Context, next *plan) (proxy.Config, []siteProof, error) {
	cfg, err := r.witness.config(next)
	if err != nil {
		return cfg, nil, err
	}
	proofs, err := r.prove(ctx, cfg)
	if err != nil && r.flags.unproven {
		next.warn("%v; it is served all the same, by --unproven", err)
		err = nil
	}
	return cfg, proofs, err
}

// fixed refuses what a running Pavise cannot change.
func (r *reloader) fixed(changed []site.Change) error {
	var keys []string
	for _, c := range changed {
		section, _, _ := strings.Cut(c.Key, ".")
		switch {
		case c.Site != "", c.Key == "listen.proxy-protocol":
		case c.Key == "drain", section == "geoip": // taken up each time
		case section == "mail": // is of another process
		case section == "acme" && r.witness.manager.Load() == nil: // nobody was asked yet
		case strings.HasPrefix(c.Key, "dashboard.controls."): // are of its site
		default:
			keys = append(keys, c.Key)
		}
	}
	if keys == nil {
		return nil
	}
	return cli.Advise(cli.ExitUsage, "pavise upgrade begins one, and drops no connection; or put back what was there", fmt.Errorf("only a new process takes up what has changed in %s", strings.Join(keys, ", ")))
}

// tell says in the log what came of it.
func (r *reloader) tell(done *reloaded) {
	for _, line := range slices.Concat(done.Notes, done.Changed) {
		r.say("reload: %s", line)
	}
	switch {
	case !done.OK && done.Hint != "":
		r.say("not reloaded, what was before goes on: %s (%s)", done.Refused, done.Hint)
	case !done.OK:
		r.say("not reloaded, what was before goes on: %s", done.Refused)
	case len(done.Changed) == 0:
		r.say("reloaded: nothing has changed")
	default:
		r.say("reloaded")
	}
}
