package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime/debug"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"pavise"
	"pavise/audit"
	"pavise/catalog"
	"pavise/report"
	"pavise/site"
)

type auditFlags struct {
	dbFlags
	outputFlags
	judgeFlags
	evidenceFlags
	fixFlags
	vexFlags
	host, production           bool
	root, explain, govulncheck string
	timeout                    time.Duration
}

func auditCommand() *cobra.Command {
	var f auditFlags
	c := &cobra.Command{
		Use:   "audit [DIR]",
		Short: "Look at a project and a server on disk, and say what to mend",
		Long: "Audit reads what a project is made of and how it is set up, and with --host how the machine is. It runs\n" +
			"nothing of the project, changes nothing and asks no network. It exits with 3 if a rule failed, with 1 if the\n" +
			"verdict needs what could not be looked at, such as advisories that are too old, else with 0.",
		Example: "  pavise audit\n" +
			"  pavise audit ../shop --production -o audit.html -o audit.sarif -o -\n" +
			"  pavise audit --host\n" +
			"  pavise audit --fail-on high --baseline last.json -o now.json\n" +
			"  pavise audit --explain project.dependencies.critical",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if f.explain != "" {
				return explainRule(c, f.explain, f.outputFlags, len(args) > 0 || f.host || len(f.load) > 0)
			}
			if f.fixing() {
				return fixDisk(c, f, args)
			}
			return auditDisk(c, f, args)
		},
	}
	f.add(c)
	c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(report.Formats, cobra.ShellCompDirectiveNoFileComp))
	c.RegisterFlagCompletionFunc("fail-on", cobra.FixedCompletions([]string{"info", "low", "medium", "high", "critical", "new"}, cobra.ShellCompDirectiveNoFileComp))
	c.RegisterFlagCompletionFunc("explain", completeRules)
	c.ValidArgsFunction = onlyFolders
	return c
}

func onlyFolders(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

func (f *auditFlags) add(c *cobra.Command) {
	flags := c.Flags()
	f.dbFlags.add(flags)
	f.outputFlags.add(flags)
	f.judgeFlags.addMeasures(flags)
	f.fixFlags.add(c, flags)
	f.judgeFlags.profile = string(report.Disk)
	flags.Lookup("fail-on").Usage = "exit with 3 from `LEVEL` on: info, low, medium, high or critical; or for what is new; high,new joins two"
	flags.Lookup("min-grade").Usage = "exit with 3 below `GRADE`: A, B, C or D"
	f.vexFlags.add(flags)
	flags.StringArrayVar(&f.load, "evidence", nil, "judge what was saved in `FILE` again, and read nothing; may be given several times")
	flags.StringVar(&f.save, "save-evidence", "", "save what was read to `FILE`")
	flags.BoolVar(&f.host, "host", false, "look at the machine, too; alone where no DIR is given")
	flags.StringVar(&f.root, "root", "/", "with --host: look at the machine whose files lie below `DIR`")
	flags.BoolVar(&f.production, "production", false, "leave out packages that are for development alone")
	flags.StringVar(&f.govulncheck, "govulncheck", "", "of a Go project: have govulncheck, where it is installed, say by the database at `URL` which flaws are called; it compiles the project")
	flags.Lookup("govulncheck").NoOptDefVal = "https://vuln.go.dev"
	flags.StringVar(&f.explain, "explain", "", "say what `RULE` means, how it is looked at and how it is mended; reads nothing")
	flags.DurationVar(&f.timeout, "timeout", time.Minute, "stop after `TIME`, and judge what there is")
}

// roomy is the memory from which on what is no longer used is let go of at once: what is
// read of much source is kept until all of it is read, and twice as much would be too much.
const roomy = 220 << 20

func auditDisk(c *cobra.Command, f auditFlags, args []string) error {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(min(roomy, debug.SetMemoryLimit(-1))))
	to, err := f.destinations()
	if err != nil {
		return err
	}
	by, err := f.judgement()
	if err != nil {
		return err
	}
	stated, err := f.vexFlags.read()
	if err != nil {
		return err
	}
	seen, err := f.sightings(c, args)
	if err != nil {
		return err
	}
	var reports report.Reports
	for _, s := range seen {
		r, err := by.onDisk(s, stated)
		if err != nil {
			return err
		}
		reports = append(reports, r)
	}
	if c.Context().Err() != nil {
		fmt.Fprintln(c.ErrOrStderr(), "pavise: interrupted; what follows is incomplete")
	}
	if err := f.outputFlags.write(c, to, reports); err != nil {
		return err
	}
	if err := f.vexFlags.write(seen, reports, by.before); err != nil {
		return err
	}
	if c.Context().Err() != nil {
		return exit(exitFailed)
	}
	if code := by.exitOf(reports); code != exitClean {
		return exit(code)
	}
	return nil
}

// A sighting is what was read on disk, now or before.
type sighting struct {
	*pavise.Evidence
	dir    string // of the project; "" is none, or it was long ago
	effort report.Effort
}

// sightings reads what is to be looked at, or what was saved of it.
func (f auditFlags) sightings(c *cobra.Command, args []string) ([]sighting, error) {
	if len(f.load) == 0 {
		s, err := f.collect(c, args)
		return []sighting{s}, err
	}
	if len(args) > 0 || f.host || f.save != "" || f.govulncheck != "" {
		return nil, usage("pavise audit --evidence FILE", "--evidence reads nothing else: no DIR, --host, --save-evidence or --govulncheck goes with it")
	}
	var list []sighting
	for _, file := range f.load {
		e, err := loadEvidence(file)
		switch {
		case err != nil:
			return nil, err
		case e.Project == nil && e.Machine == nil:
			return nil, usage("pavise scan --evidence "+file, "--evidence %s is of a site, and not of what is on disk", file)
		}
		if f.production {
			audit.Production(e)
		}
		list = append(list, sighting{Evidence: e})
	}
	return list, nil
}

func (f auditFlags) collect(c *cobra.Command, args []string) (sighting, error) {
	library, err := f.library()
	if err != nil {
		return sighting{}, err
	}
	if f.save != "" {
		if err := writable("--save-evidence", f.save); err != nil {
			return sighting{}, err
		}
	}
	opt := audit.Options{Known: library.Known, Production: f.production, Vulncheck: f.govulncheck}
	switch {
	case len(args) > 0:
		opt.Dir = args[0]
	case !f.host:
		opt.Dir = "."
	}
	if f.host {
		opt.Host = f.root
	}
	done := auditProgress(c, &opt)
	ctx, cancel := context.WithTimeout(c.Context(), f.timeout)
	defer cancel()
	began := time.Now()
	e, err := audit.Collect(ctx, opt, catalog.OnDisk())
	done()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return sighting{}, usage("pavise audit DIR, with a folder that is there", "there is no folder %s", cmp.Or(opt.Dir, opt.Host))
	case err != nil:
		return sighting{}, usage("pavise audit DIR", "%w", err)
	case e.Machine == nil && empty(e.Project):
		return sighting{}, &advised{code: exitFailed, err: fmt.Errorf("%s: there is no lockfile, no manifest and no source that Pavise reads", e.Project.Root),
			hint: "pavise audit DIR, with the folder in which package.json, go.mod or the like stands; pavise audit --host looks at the machine"}
	}
	return sighting{e, opt.Dir, report.Effort{Elapsed: time.Since(began)}}, saveEvidence(f.save, e)
}

// empty reports whether nothing of a project was seen, and nothing missed.
func empty(p *pavise.Project) bool {
	return len(p.Manifests) == 0 && p.Sources == 0 && len(p.Unread) == 0 && len(p.Runtimes) == 0 && len(p.Secrets) == 0
}

// besideProject are the acceptances that lie with a project.
func besideProject(dir string) ([]report.Acceptance, error) {
	if dir == "" {
		return nil, nil
	}
	file := filepath.Join(dir, site.AuditFile)
	own, err := site.LoadAudit(file, catalog.All())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, usage("accept: [{rule: …, reason: …, owner: …, until: …}]", "%w", err)
	}
	return acceptances(file, own.Accept), nil
}

// onDisk makes the report of what was read on disk.
func (j judgement) onDisk(s sighting, stated []statement) (*report.Report, error) {
	own, err := besideProject(s.dir)
	if err != nil {
		return nil, err
	}
	controls, target := catalog.OnDisk(), place(s.Evidence)
	found := pavise.Judge(controls, s.Evidence)
	in := report.Input{
		Tool: tool(), Target: target, Started: s.Taken, Effort: s.effort,
		Controls: controls, Findings: found, Evidence: s.Evidence, Profile: report.Disk,
		Accept: slices.Concat(j.accept, own, cleared(stated, found)),
	}
	if j.before != nil {
		if in.Baseline, err = j.before.For(target); err != nil {
			return nil, usage("pavise audit -o old.json", "--baseline: %w", err)
		}
	}
	return report.New(in), nil
}

// place says what was looked at.
func place(e *pavise.Evidence) string {
	switch {
	case e.Project == nil:
		return fmt.Sprintf("host %s", e.Machine.Name)
	case e.Machine == nil:
		return filepath.Base(e.Project.Root)
	}
	return fmt.Sprintf("%s on host %s", filepath.Base(e.Project.Root), e.Machine.Name)
}
