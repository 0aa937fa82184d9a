// Package audit reads a project and a host on disk into evidence. It runs nothing of the
// project, changes nothing, and reads nothing without a bound.
package audit

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"pavise"
	"pavise/audit/golang"
	"pavise/audit/host"
	"pavise/audit/javascript"
	"pavise/audit/lockfile"
	"pavise/audit/secrets"
	"pavise/audit/tree"
)

// Options say what is looked at.
type Options struct {
	Dir  string // the project; "" is none
	Host string // the root of the host, "/"; "" is none
	// Taken is the day by which ages and ends are told; zero is now.
	Taken time.Time
	// Production leaves out what is for development alone.
	Production bool
	// Vulncheck is the database, an address, by which govulncheck says which flaws a Go
	// project calls. It compiles the project; "" does not ask it.
	Vulncheck string
	// Ask is shown the packages before anything is asked of them, nil asks nobody. What it
	// cannot bring is not known.
	Ask func(context.Context, []pavise.Package) error
	// Known answers what is known of a version.
	Known func(pavise.Known) (*pavise.Notices, error)
	// Progress is told what is looked at next; nil is nobody.
	Progress func(what string)
}

// Collect reads what the options name, and asks what is known of the versions that the
// controls want to know of. What could not be read stands in the evidence; an error is
// that there is nothing to read.
func Collect(ctx context.Context, opt Options, controls []pavise.Control) (*pavise.Evidence, error) {
	e := &pavise.Evidence{Schema: pavise.EvidenceSchema, Taken: opt.Taken.UTC()}
	if opt.Taken.IsZero() {
		e.Taken = time.Now().UTC()
	}
	if opt.Dir != "" {
		p, err := project(ctx, opt)
		if err != nil {
			return nil, err
		}
		e.Project = p
	}
	if opt.Host != "" {
		opt.say("the host")
		m, err := host.Read(ctx, opt.Host)
		if err != nil {
			return nil, err
		}
		e.Machine = m
	}
	if opt.Production {
		Production(e)
	}
	if opt.Vulncheck != "" && e.Project != nil {
		opt.say("govulncheck")
		trace(ctx, e.Project, opt.Vulncheck)
	}
	if opt.Ask != nil && e.Project != nil {
		opt.say("the registry")
		if err := opt.Ask(ctx, e.Project.Packages); err != nil {
			e.Project.Unread = append(e.Project.Unread, pavise.Unread{What: "the registry", Why: err.Error(), For: []string{"project.dependencies"}})
		}
	}
	lookUp(e, opt, controls)
	return e, nil
}

func (opt Options) say(what string) {
	if opt.Progress != nil {
		opt.Progress(what)
	}
}

// project reads a folder.
func project(ctx context.Context, opt Options) (*pavise.Project, error) {
	dir, err := filepath.Abs(opt.Dir)
	if err != nil {
		return nil, err
	}
	t, err := tree.Open(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	p := &pavise.Project{Root: dir}
	for _, part := range []struct {
		what string
		read func(context.Context, *tree.Tree, *pavise.Project)
	}{
		{"dependencies", lockfile.Read},
		{"JavaScript", javascript.Read},
		{"Go", golang.Read},
		{"secrets", secrets.Read},
	} {
		if ctx.Err() != nil {
			t.Miss(part.what, "the time was over")
			continue
		}
		opt.say(part.what)
		part.read(ctx, t, p)
	}
	p.Unread = append(p.Unread, t.Unread()...)
	return p, nil
}

// lookUp answers the probes of the controls that need no site.
func lookUp(e *pavise.Evidence, opt Options, controls []pavise.Control) {
	if opt.Known == nil {
		return
	}
	opt.say("advisories")
	asked := map[pavise.Known]bool{}
	for _, c := range controls {
		prober, ok := c.(pavise.Prober)
		if !ok {
			continue
		}
		for _, p := range prober.Probes(e) {
			if p.Known == nil || asked[*p.Known] {
				continue
			}
			asked[*p.Known] = true
			a := pavise.Answer{Probe: p}
			var err error
			if a.Notices, err = opt.Known(*p.Known); err != nil {
				a.Error = fmt.Sprint(err)
			}
			e.Add(a)
		}
	}
}
