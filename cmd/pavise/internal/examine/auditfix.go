package examine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"pavise"
	"pavise/audit"
	"pavise/catalog"
	"pavise/cmd/pavise/internal/cli"
	"pavise/mend"
	"pavise/report"
	"pavise/site"
)

// fixFlags say how what an audit finds is mended.
type fixFlags struct {
	fix               string
	yes, dryRun, undo bool
}

// The modes of --fix.
const (
	fixAsk      = "ask"
	fixSafe     = "safe"
	fixMajor    = "major"
	fixSettings = "settings"
)

var fixModes = []string{fixAsk, fixSafe, fixMajor, fixSettings}

func (f *fixFlags) add(c *cobra.Command, flags *pflag.FlagSet) {
	flags.StringVar(&f.fix, "fix", "", "mend what is found, and ask about each: `MODE` safe asks nothing and takes no major, major takes those too, settings mends source and configuration")
	flags.Lookup("fix").NoOptDefVal = fixAsk
	flags.BoolVarP(&f.yes, "yes", "y", false, "with --fix: write without asking")
	flags.BoolVar(&f.dryRun, "dry-run", false, "with --fix: show what would be written, and write nothing")
	flags.BoolVar(&f.undo, "undo", false, "put back what the last --fix has changed")
	c.RegisterFlagCompletionFunc("fix", cobra.FixedCompletions(fixModes, cobra.ShellCompDirectiveNoFileComp))
}

// fixing reports whether anything is to be mended or put back.
func (f fixFlags) fixing() bool { return f.fix != "" || f.undo || f.yes || f.dryRun }

// kept is where originals and the journal of a change lie, below a project.
const kept = ".pavise/mend"

// A fixing is one run of audit --fix.
type fixing struct {
	*cobra.Command
	auditFlags
	by      judgement
	stated  []statement // by VEX
	dir     string
	machine *pavise.Machine // that is mended; nil is a project
	ask     *dialogue       // nil where nobody can be asked
	keeper  *mend.Keeper
	report  *report.Report // of what was audited last
	first   *report.Report // of the project as it stood
	patch   string         // the file that changes are written to in place of their own; "" is none
}

// fixDisk mends a project.
func fixDisk(c *cobra.Command, f auditFlags, args []string) error {
	switch {
	case f.undo:
		return undoFix(c, f, args)
	case f.fix == "":
		return cli.Usage("pavise audit --fix=safe --yes, pavise audit --fix --dry-run", "--yes and --dry-run go with --fix")
	case !slices.Contains(fixModes, f.fix):
		return cli.Usage("--fix, --fix=safe, --fix=major or --fix=settings", "--fix must be one of %s, not %q", strings.Join(fixModes, ", "), f.fix)
	case f.host && len(args) > 0:
		return cli.Usage("pavise audit --host --fix=settings", "--fix mends a project or the host, one at a time")
	case len(f.load) > 0:
		return cli.Usage("pavise audit --fix", "--fix mends what is there now: --evidence does not go with it")
	case f.url != "":
		return cli.Usage("pavise audit --fix, and then pavise audit --joined "+f.url, "--fix mends what is on disk: --joined does not go with it")
	case f.writeVex != "":
		return cli.Usage("pavise audit --write-vex FILE", "--write-vex tells how the project stands: first mend it, then write that")
	}
	by, err := f.judgement()
	if err != nil {
		return err
	}
	if f.host {
		return fixHost(c, f, by)
	}
	stated, err := f.vexFlags.read()
	if err != nil {
		return err
	}
	x := &fixing{Command: c, auditFlags: f, by: by, stated: stated, dir: folderOf(args)}
	if onTerminal(c) && !f.yes {
		x.ask = &dialogue{in: lines(c.InOrStdin()), out: c.OutOrStdout()}
	}
	if f.fix == fixAsk && f.yes {
		return cli.Usage("pavise audit --fix=safe --yes", "--yes asks nothing, and --fix alone asks about each: say which changes are meant")
	}
	if x.writes() {
		if err := x.hold(); err != nil {
			return err
		}
		defer x.keeper.Release()
	}
	err = x.run()
	if c.Context().Err() != nil && errors.Is(err, context.Canceled) {
		return cli.Failed("pavise audit --fix begins anew", "interrupted: every file is as it was")
	}
	return err
}

func folderOf(args []string) string {
	if len(args) > 0 {
		return args[0]
	}
	return "."
}

// onTerminal reports whether somebody sits there who can be asked.
func onTerminal(c *cobra.Command) bool {
	in, isFile := c.InOrStdin().(*os.File)
	out, also := c.OutOrStdout().(*os.File)
	return isFile && also && term.IsTerminal(int(in.Fd())) && term.IsTerminal(int(out.Fd()))
}

// writes reports whether the run may come to write.
func (x *fixing) writes() bool { return !x.dryRun && (x.yes || x.ask != nil) }

// hold keeps others away, and puts back what an earlier run has left half done.
func (x *fixing) hold() error {
	k, back, err := mend.Hold(x.dir, kept, nil)
	if len(back) > 0 {
		fmt.Fprintf(x.ErrOrStderr(), "pavise: the last change was broken off; put back: %s\n", strings.Join(back, ", "))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return cli.Usage("pavise audit DIR --fix, with a folder that is there", "there is no folder %s", x.dir)
	}
	if errors.Is(err, fs.ErrPermission) {
		return cli.Failed("--dry-run shows what would be written; as somebody who may write: sudo pavise audit --fix", "%s: nothing can be written here: %w", x.dir, err)
	}
	x.keeper = k
	return err
}

// run audits, mends in a copy, shows what came of it, and writes it.
func (x *fixing) run() error {
	e, findings, err := x.look(x.Context(), x.dir)
	switch {
	case cli.IsAdvised(err):
		return err
	case err != nil:
		return unopened("pavise audit --fix", x.dir, err)
	}
	x.first = x.report
	decided, err := site.LoadAudit(filepath.Join(x.dir, site.AuditFile), catalog.All())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	library, err := x.Library()
	if err != nil {
		return err
	}
	dir, err := filepath.Abs(x.dir)
	if err != nil {
		return err
	}
	environ := os.Environ()
	npm := mend.LoadNPMRC(dir, environ)
	w, err := mend.Begin(x.Context(), mend.Options{
		Dir: dir, Environ: environ, Audit: x.look, Say: x.say,
		Knowing: mend.Knowing{Known: library.Known, From: mend.Registries{
			pavise.NPM:       mend.NPM(&http.Client{Timeout: time.Minute}, npm),
			pavise.GoModules: mend.GoList(environ),
		}},
	}, e, findings)
	if err != nil {
		return err
	}
	defer w.Close()
	r := &repair{fixing: x, Work: w, decided: decisions(decided)}
	if err := r.mend(); err != nil {
		return err
	}
	return x.finish(r)
}

// look audits a folder as the command without --fix does. What is accepted is no finding.
func (x *fixing) look(ctx context.Context, dir string) (*pavise.Evidence, []pavise.Finding, error) {
	library, err := x.Library()
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, x.timeout)
	defer cancel()
	opt := audit.Options{Dir: dir, Known: library.Known, Production: x.production}
	if x.registry {
		opt.Ask = askRegistries(x.Command, library, x.dir)
	}
	e, err := audit.Collect(ctx, opt, catalog.OnDisk())
	if err != nil {
		return nil, nil, err
	}
	r, err := x.by.onDisk(sighting{Evidence: e, dir: dir}, x.stated)
	if err != nil {
		return nil, nil, err
	}
	x.report = r
	return e, open(r), nil
}

// open are the findings of a report that fail and are not accepted.
func open(r *report.Report) []pavise.Finding {
	var list []pavise.Finding
	for _, f := range r.Findings {
		if f.Outcome == pavise.Fail && (f.Accepted == nil || f.Accepted.Ended) {
			list = append(list, pavise.Finding{Rule: f.Rule, Outcome: f.Outcome, Where: f.Where, Saw: f.Saw, Want: f.Want,
				Also: f.Also, More: f.More, Dependency: f.Dependency})
		}
	}
	return list
}

func (x *fixing) say(what string) { fmt.Fprintf(x.ErrOrStderr(), "pavise: %s\n", what) }

func decisions(a site.Audit) []mend.Decision {
	var list []mend.Decision
	for _, c := range a.Choices {
		list = append(list, mend.Decision{Package: c.Package, Choice: mend.Kind(c.Choice), Advisories: c.Advisories})
	}
	return list
}

// finish shows what would be written, and writes it where that is wanted.
func (x *fixing) finish(r *repair) error {
	files, err := r.files()
	if err != nil {
		return err
	}
	out := x.OutOrStdout()
	r.show(out, files)
	if len(files) == 0 {
		r.left(out)
		return x.end(x.report)
	}
	ends := x.first
	switch {
	case x.dryRun:
		fmt.Fprintln(out, "\nNothing was written: this was a dry run.")
	case !x.writes():
		return cli.Usage("pavise audit --fix=safe --yes, or --fix on a terminal", "nothing was written: there is nobody to ask")
	case !x.yes && !x.ask.confirm(fmt.Sprintf("Write %s?", fileNames(files))):
		fmt.Fprintln(out, "Nothing was written.")
	case x.patch != "":
		if err := x.writePatch(files); err != nil {
			return err
		}
	default:
		if err := x.keeper.Place(r.title(), files); err != nil {
			return err
		}
		ends = x.report
		fmt.Fprintf(out, "\nWritten: %s. %s puts it back.\n", fileNames(files), x.undoing())
		r.next(out)
	}
	for _, note := range r.notes {
		fmt.Fprintln(out, note)
	}
	r.left(out)
	return x.end(ends)
}

// end is how an audit ends.
func (x *fixing) end(r *report.Report) error {
	if code := x.by.exitOf(report.Reports{r}); code != cli.ExitClean {
		return cli.Exit(code)
	}
	return nil
}

// undoing is the command that puts a change back.
func (x *fixing) undoing() string {
	switch {
	case x.host && x.root != "/":
		return "pavise audit --undo --host --root " + pavise.Quote(x.root)
	case x.host:
		return "pavise audit --undo --host"
	case x.dir != ".":
		return "pavise audit --undo " + pavise.Quote(x.dir)
	}
	return "pavise audit --undo"
}

func fileNames(files []mend.File) string {
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = f.Name
	}
	return strings.Join(names, ", ")
}

// undoFix puts the last change back.
func undoFix(c *cobra.Command, f auditFlags, args []string) error {
	dir, keep := folderOf(args), kept
	if f.host && len(args) == 0 {
		dir, keep = f.root, keptHost
	}
	k, back, err := mend.Hold(dir, keep, nil)
	if err != nil {
		return err
	}
	defer k.Release()
	out := c.OutOrStdout()
	if len(back) > 0 {
		fmt.Fprintf(out, "The last change was broken off; put back: %s\n", strings.Join(back, ", "))
		return nil
	}
	title, made, files, err := k.Last()
	switch {
	case err != nil:
		return err
	case title == "":
		return cli.Failed("pavise audit --fix", "nothing was changed in %s that could be put back", dir)
	}
	changed, err := k.Changed()
	if err != nil {
		return err
	}
	if len(changed) > 0 {
		for _, file := range files {
			if slices.Contains(changed, file.Name) { // what undo would do to it
				fmt.Fprint(out, mend.Shown(mend.File{Name: file.Name, Before: file.After, After: file.Before}))
			}
		}
		return cli.Failed("the diff above is what undo would have done: take of it what you want, by patch", "changed since the last --fix, so nothing was put back: %s", strings.Join(changed, ", "))
	}
	if err := k.Undo(); err != nil {
		return err
	}
	fmt.Fprintf(out, "Put back: %s, as before %q of %s\n", fileNames(files), title, made.Local().Format(time.DateTime))
	return nil
}
