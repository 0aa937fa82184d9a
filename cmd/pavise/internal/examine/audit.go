package examine

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
	"pavise/cmd/pavise/internal/cli"
	"pavise/cmd/pavise/internal/database"
	"pavise/report"
	"pavise/site"
)

type auditFlags struct {
	database.Flags
	outputFlags
	judgeFlags
	evidenceFlags
	fixFlags
	vexFlags
	joinedFlags
	host, production, registry bool
	root, explain, govulncheck string
	timeout                    time.Duration
}

// AuditCommand is pavise audit.
func AuditCommand() *cobra.Command {
	var f auditFlags
	c := &cobra.Command{
		Use:   "audit [DIR]",
		Short: "Look at a project and a server on disk, and say what to mend",
		Long: "Audit reads what a project is made of and how it is set up, and with --host how the machine is. It runs\n" +
			"nothing of the project, changes nothing and asks no network; with --joined it asks the site that runs it, too,\n" +
			"and lays one beside the other. It exits with 3 if a rule failed, with 1 if the verdict needs what could not be\n" +
			"looked at, such as advisories that are too old, else with 0.",
		Example: "  pavise audit\n" +
			"  pavise audit ../shop --production -o audit.html -o audit.sarif -o -\n" +
			"  pavise audit --host\n" +
			"  pavise audit --host --joined https://shop.example.com ../shop\n" +
			"  pavise audit --fail-on high --baseline last.json -o now.json\n" +
			"  pavise audit --explain project.dependencies.critical",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if f.explain != "" {
				return explainRule(c, f.explain, f.outputFlags, len(args) > 0 || f.host || f.url != "" || len(f.load) > 0)
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
	c.SetUsageFunc(usageBy(auditGroups))
	return c
}

func onlyFolders(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

func (f *auditFlags) add(c *cobra.Command) {
	flags := c.Flags()
	f.Flags.Add(flags)
	f.outputFlags.add(flags)
	f.judgeFlags.addMeasures(flags)
	f.fixFlags.add(c, flags)
	f.judgeFlags.profile = string(report.Disk)
	flags.Lookup("fail-on").Usage = "exit with 3 from `LEVEL` on: info, low, medium, high or critical; or for what is new; high,new joins two"
	flags.Lookup("min-grade").Usage = "exit with 3 below `GRADE`: A, B, C or D"
	f.vexFlags.add(flags)
	f.joinedFlags.add(flags)
	flags.StringArrayVar(&f.load, "evidence", nil, "judge what was saved in `FILE` again, and read nothing; may be given several times")
	flags.StringVar(&f.save, "save-evidence", "", "save what was read to `FILE`")
	flags.BoolVar(&f.host, "host", false, "look at the machine, too; alone where no DIR is given")
	flags.StringVar(&f.root, "root", "/", "with --host: look at the machine whose files lie below `DIR`")
	flags.BoolVar(&f.production, "production", false, "leave out packages that are for development alone")
	flags.BoolVar(&f.registry, "ask-registry", false, "ask the registries of npm, too: they are told the names and versions of the packages")
	flags.StringVar(&f.govulncheck, "govulncheck", "", "of a Go project: have govulncheck, where it is installed, say by the database at `URL` which flaws are called; it compiles the project")
	flags.Lookup("govulncheck").NoOptDefVal = "https://vuln.go.dev"
	flags.StringVar(&f.explain, "explain", "", "say what `RULE` means, how it is looked at and how it is mended; reads nothing")
	flags.DurationVar(&f.timeout, "timeout", time.Minute, "stop after `TIME`, and at the site after as much, 2m unless this is given; judge what there is")
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
	seen, err := f.saved(args)
	if err != nil {
		return err
	}
	if f.url != "" || slices.ContainsFunc(seen, sighting.joined) {
		f.profile = string(report.Joined)
	}
	by, err := f.judgement()
	if err != nil {
		return err
	}
	stated, err := f.vexFlags.read()
	if err != nil {
		return err
	}
	if len(f.load) == 0 || f.url != "" {
		if seen, err = f.look(c, args, seen, to); err != nil {
			return err
		}
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
		return cli.Exit(cli.ExitFailed)
	}
	if code := by.exitOf(reports); code != cli.ExitClean {
		return cli.Exit(code)
	}
	return nil
}

// A sighting is what was read on disk, now or before.
type sighting struct {
	*pavise.Evidence
	dir    string // of the project; "" is none, or it was long ago
	effort report.Effort
	site   standing // where it is joined with one
}

// saved reads what was looked at before.
func (f auditFlags) saved(args []string) ([]sighting, error) {
	if len(f.load) > 0 && (len(args) > 0 || f.host || f.save != "" && f.url == "" || f.govulncheck != "" || f.registry) {
		return nil, cli.Usage("pavise audit --evidence FILE", "--evidence reads nothing else: no DIR, --host, --save-evidence, --ask-registry or --govulncheck goes with it")
	}
	if len(f.load) > 1 && f.url != "" {
		return nil, cli.Usage("pavise audit --evidence FILE --joined "+f.url, "--joined goes with what was saved of one machine")
	}
	var list []sighting
	for _, file := range f.load {
		e, err := loadEvidence(file)
		switch {
		case err != nil:
			return nil, err
		case e.Project == nil && e.Machine == nil:
			return nil, cli.Usage("pavise scan --evidence "+file, "--evidence %s is of a site, and not of what is on disk", file)
		}
		if f.production {
			audit.Production(e)
		}
		s := sighting{Evidence: e}
		switch {
		case s.joined() && f.url != "":
			return nil, cli.Usage("pavise audit --evidence "+file, "--evidence %s has a site of its own: --joined does not go with it", file)
		case s.joined():
			s.effort = report.Effort{Requests: e.Requests, Connections: e.Connections}
			if s.site, err = standingOf(f.config, e.Target); err != nil {
				return nil, err
			}
		}
		list = append(list, s)
	}
	return list, nil
}

// look reads what is to be looked at, unless that was saved, and asks the site.
func (f auditFlags) look(c *cobra.Command, args []string, seen []sighting, to []destination) ([]sighting, error) {
	v, err := f.visit(c)
	if err != nil {
		return nil, err
	}
	if f.save != "" {
		if err := writable("--save-evidence", f.save); err != nil {
			return nil, err
		}
	}
	if seen == nil {
		s, err := f.collect(c, args)
		if err != nil {
			return nil, err
		}
		seen = []sighting{s}
	}
	if v != nil {
		if err := seen[0].join(c, *v, to); err != nil {
			return nil, err
		}
	}
	return seen, saveEvidence(f.save, seen[0].Evidence)
}

func (f auditFlags) collect(c *cobra.Command, args []string) (sighting, error) {
	library, err := f.Library()
	if err != nil {
		return sighting{}, err
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
	if f.registry {
		opt.Ask = askRegistries(c, library, opt.Dir)
	}
	done := auditProgress(c, &opt)
	ctx, cancel := context.WithTimeout(c.Context(), f.timeout)
	defer cancel()
	began := time.Now()
	e, err := audit.Collect(ctx, opt, catalog.OnDisk())
	done()
	switch {
	case err != nil:
		return sighting{}, unopened("pavise audit", cmp.Or(opt.Dir, opt.Host), err)
	case e.Machine == nil && empty(e.Project):
		return sighting{}, cli.Failed("pavise audit DIR, with the folder in which package.json, go.mod or the like stands; pavise audit --host looks at the machine", "%s: there is no lockfile, no manifest and no source that Pavise reads", e.Project.Root)
	}
	if e.Project != nil {
		if hint := above(opt.Dir, e.Project); hint != "" {
			fmt.Fprintln(c.ErrOrStderr(), "pavise: "+hint)
		}
	}
	return sighting{Evidence: e, dir: opt.Dir, effort: report.Effort{Elapsed: time.Since(began)}}, nil
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
		return nil, cli.Usage("accept: [{rule: …, reason: …, owner: …, until: …}]", "%w", err)
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
	in := report.Input{Tool: cli.Tool(), Target: target, Started: s.Taken, Effort: s.effort, Evidence: s.Evidence, Profile: report.Disk}
	if s.joined() {
		controls = slices.Concat(s.site.policy.Controls(), controls, catalog.Joined())
		in.Profile = report.Joined
		s.site.describe(&in)
	}
	in.Controls, in.Findings = controls, pavise.Judge(controls, s.Evidence)
	in.Accept = slices.Concat(j.accept, own, s.site.accept, cleared(stated, in.Findings))
	if j.before != nil {
		if in.Baseline, err = j.before.For(target); err != nil {
			return nil, cli.Usage("pavise audit -o old.json", "--baseline: %w", err)
		}
	}
	return report.New(in), nil
}

// place says what was looked at.
func place(e *pavise.Evidence) string {
	if at := e.Target.URL; at != "" {
		return onDiskPlace(e) + " at " + at
	}
	return onDiskPlace(e)
}

func onDiskPlace(e *pavise.Evidence) string {
	switch {
	case e.Project == nil:
		return fmt.Sprintf("host %s", e.Machine.Name)
	case e.Machine == nil:
		return filepath.Base(e.Project.Root)
	}
	return fmt.Sprintf("%s on host %s", filepath.Base(e.Project.Root), e.Machine.Name)
}
