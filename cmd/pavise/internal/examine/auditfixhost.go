package examine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"pavise"
	"pavise/audit"
	"pavise/catalog"
	"pavise/cmd/pavise/internal/cli"
	"pavise/mend"
)

// keptHost is where originals of a host's files lie, below its root.
const keptHost = "var/lib/pavise/mend"

// hostPatch is the file that the changes are written to where the host's own may not be.
const hostPatch = "pavise-host.patch"

// maxPatches bounds how many settings one run mends.
const maxPatches = 200

// settings mends what fails in source and configuration, a patch at a time.
func (r *repair) settings() error {
	tried := map[string]bool{}
	for len(tried) < maxPatches {
		f, ok := r.untried(tried)
		if !ok {
			return nil
		}
		tried[f.Rule+" "+f.Where] = true
		if r.yes && mend.OwnersChoice(r.Evidence.Machine, f.Rule) {
			r.notes = append(r.notes, "By whom mail goes is yours to choose: pavise audit --host --fix=settings, without --yes, offers a relay")
			continue
		}
		p, err := r.Mend(r.Context(), f)
		if err != nil {
			return err
		}
		if p == nil {
			continue
		}
		if r.ask != nil {
			fmt.Fprintf(r.OutOrStdout(), "\n%s at %s: %s\n%s", p.Rule, cli.Clean(p.Where), cli.Clean(f.Saw), cli.Clean(mend.Shown(p.File)))
			word, err := r.ask.answer("The audit passes with it. Take it? [Y/n] ")
			if err != nil {
				return err
			}
			if word != "" && !strings.EqualFold(word, "y") {
				if err := r.Back(r.Context(), p); err != nil {
					return err
				}
				continue
			}
		}
		if p.Rule == "host.postfix.relayhost-login" {
			r.notes = append(r.notes, mend.RelayNote(r.Evidence.Machine))
		}
		r.Done = append(r.Done, mend.Outcome{What: p.Where, Kind: mend.Setting, Text: p.Rule})
	}
	return nil
}

func (r *repair) untried(tried map[string]bool) (pavise.Finding, bool) {
	for _, f := range r.Settings() {
		if !tried[f.Rule+" "+f.Where] {
			return f, true
		}
	}
	return pavise.Finding{}, false
}

// fixHost mends how services of the host are set up.
func fixHost(c *cobra.Command, f auditFlags, by judgement) error {
	if f.fix != fixSettings && f.fix != fixAsk {
		return cli.Usage("pavise audit --host --fix=settings", "--fix=%s is about packages of a project: a host has settings", f.fix)
	}
	f.fix = fixSettings
	x := &fixing{Command: c, auditFlags: f, by: by, dir: f.root}
	if onTerminal(c) && !f.yes {
		x.ask = &dialogue{in: lines(c.InOrStdin()), out: c.OutOrStdout()}
	}
	if x.writes() {
		k, back, err := mend.Hold(x.dir, keptHost, nil)
		switch {
		case len(back) > 0:
			fmt.Fprintf(c.ErrOrStderr(), "pavise: the last change was broken off; put back: %s\n", strings.Join(back, ", "))
		case errors.Is(err, fs.ErrPermission):
			x.patch = hostPatch
		}
		if err != nil && x.patch == "" {
			return err
		}
		if x.keeper = k; k != nil {
			defer k.Release()
		}
	}
	e, findings, err := x.lookHost(c.Context(), x.dir)
	if err != nil {
		return err
	}
	w, err := mend.Begin(c.Context(), mend.Options{Dir: x.dir, Host: true, Audit: x.lookHost}, e, findings)
	if err != nil {
		return err
	}
	defer w.Close()
	x.first = x.report
	r := &repair{fixing: x, Work: w}
	if err := r.settings(); err != nil {
		return err
	}
	if len(w.Done) == 0 {
		x.report = x.first // of the host itself: a copy shows less
	}
	return x.finish(r)
}

func (x *fixing) lookHost(ctx context.Context, root string) (*pavise.Evidence, []pavise.Finding, error) {
	library, err := x.Library()
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, x.timeout)
	defer cancel()
	e, err := audit.Collect(ctx, audit.Options{Host: root, Known: library.Known}, catalog.OnDisk())
	if err != nil {
		return nil, nil, err
	}
	if root == x.dir {
		x.machine = e.Machine
	} else {
		installedAs(e.Machine, x.machine)
	}
	if x.report, err = x.by.onDisk(sighting{Evidence: e}, nil); err != nil { // VEX is about packages
		return nil, nil, err
	}
	return e, open(x.report), nil
}

// installedAs gives a copy, which has settings alone, the software of its host: by that
// they are judged.
func installedAs(m, host *pavise.Machine) {
	m.Software, m.OpenSSL = host.Software, host.OpenSSL
	for i, c := range m.Configs {
		for _, own := range host.Configs {
			if own.Service == c.Service {
				m.Configs[i].Version = own.Version
			}
		}
	}
}

// writePatch writes the changes for somebody who may make them.
func (x *fixing) writePatch(files []mend.File) error {
	var b strings.Builder
	for _, f := range files {
		b.WriteString(mend.Diff(f))
	}
	if err := os.WriteFile(x.patch, []byte(b.String()), 0o600); err != nil {
		return err
	}
	fmt.Fprintf(x.OutOrStdout(), "\nThese files are not yours to write. The changes are in %s: patch -d %s -p1 < %[1]s\n", x.patch, pavise.Quote(x.dir))
	return nil
}
