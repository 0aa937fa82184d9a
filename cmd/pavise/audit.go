package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"pavise"
	"pavise/audit"
	"pavise/catalog"
	"pavise/report"
)

type auditFlags struct {
	dbFlags
	outputFlags
	judgeFlags
	host    bool
	root    string
	timeout time.Duration
}

func auditCommand() *cobra.Command {
	var f auditFlags
	c := &cobra.Command{
		Use:   "audit [DIR]",
		Short: "Look at a project and a server on disk, and say what to mend",
		Long: "Audit reads what a project is made of and how it is set up, and with --host how the machine is. It runs\n" +
			"nothing of the project, changes nothing and asks no network. It exits with 3 if a rule failed, with 1 if the\n" +
			"verdict needs what could not be looked at, such as advisories that are too old, else with 0.",
		Example: "  pavise audit\n  pavise audit ../shop -o audit.html -o -\n  pavise audit --host",
		Args:    cobra.MaximumNArgs(1),
		RunE:    func(c *cobra.Command, args []string) error { return auditDisk(c, f, args) },
	}
	flags := c.Flags()
	f.dbFlags.add(flags)
	f.outputFlags.add(flags)
	f.judgeFlags.add(c, flags)
	flags.BoolVar(&f.host, "host", false, "look at the machine, too; alone where no DIR is given")
	flags.StringVar(&f.root, "root", "/", "with --host: look at the machine whose files lie below `DIR`")
	flags.DurationVar(&f.timeout, "timeout", time.Minute, "stop after `TIME`, and judge what there is")
	return c
}

func auditDisk(c *cobra.Command, f auditFlags, args []string) error {
	to, err := f.destinations()
	if err != nil {
		return err
	}
	by, err := f.judgement()
	if err != nil {
		return err
	}
	library, err := f.library()
	if err != nil {
		return err
	}
	opt := audit.Options{Known: library.Known}
	switch {
	case len(args) > 0:
		opt.Dir = args[0]
	case !f.host:
		opt.Dir = "."
	}
	if f.host {
		opt.Host = f.root
	}
	ctx, cancel := context.WithTimeout(c.Context(), f.timeout)
	defer cancel()
	began := time.Now()
	e, err := audit.Collect(ctx, opt, catalog.OnDisk())
	if err != nil {
		return usage("pavise audit DIR", "%w", err)
	}
	r := by.onDisk(e, report.Effort{Elapsed: time.Since(began)})
	if err := f.outputFlags.write(c, to, report.Reports{r}); err != nil {
		return err
	}
	if code := by.exitOf(report.Reports{r}); code != exitClean {
		return exit(code)
	}
	return nil
}

// onDisk makes the report of what was read on disk.
func (j judgement) onDisk(e *pavise.Evidence, effort report.Effort) *report.Report {
	controls := catalog.OnDisk()
	return report.New(report.Input{
		Tool: tool(), Target: place(e), Started: e.Taken, Effort: effort,
		Controls: controls, Findings: pavise.Judge(controls, e), Evidence: e, Profile: report.Disk, Accept: j.accept,
	})
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
