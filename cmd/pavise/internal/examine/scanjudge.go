package examine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"pavise"
	"pavise/catalog"
	"pavise/cmd/pavise/internal/cli"
	"pavise/grade"
	"pavise/report"
	"pavise/scan"
	"pavise/site"
)

// judgeFlags say by what a site is judged, and what a run fails for.
type judgeFlags struct {
	profile, accept, baseline, failOn string
	floors                            []string
}

func (f *judgeFlags) add(c *cobra.Command, flags *pflag.FlagSet) {
	flags.StringVar(&f.profile, "profile", string(report.Web), "judge by `NAME`: web, pci, tls or headers; the last two ask for less, too")
	f.addMeasures(flags)
	c.RegisterFlagCompletionFunc("profile", cobra.FixedCompletions(report.Profiles, cobra.ShellCompDirectiveNoFileComp))
	c.RegisterFlagCompletionFunc("fail-on", cobra.FixedCompletions([]string{"info", "low", "medium", "high", "critical", "pci", "new"}, cobra.ShellCompDirectiveNoFileComp))
}

// addMeasures adds the flags by which anything is judged.
func (f *judgeFlags) addMeasures(flags *pflag.FlagSet) {
	flags.StringVar(&f.accept, "accept", "", "accept what `FILE` lists, in YAML: rule, place, advisory, reason, owner, until")
	flags.StringVar(&f.baseline, "baseline", "", "say what has changed since the report in `FILE`, JSON")
	flags.StringVar(&f.failOn, "fail-on", "", "exit with 3 from `LEVEL` on: info, low, medium, high or critical; or for pci, or for what is new; high,new joins two")
	flags.StringArrayVar(&f.floors, "min-grade", nil, "exit with 3 below `GRADE`: B, observatory:B+ or labs:A-; may be given several times")
}

// A judgement is by what all sites of a run are judged.
type judgement struct {
	profile   report.Profile
	accept    []report.Acceptance
	before    report.Reports
	threshold report.Threshold
	floors    []report.Floor
}

func (f judgeFlags) judgement() (judgement, error) {
	j := judgement{profile: report.Profile(f.profile)}
	if !slices.Contains(report.Profiles, f.profile) && !j.profile.OnDisk() {
		return j, cli.Usage("--profile pci", "--profile must be %s, not %q", strings.Join(report.Profiles, ", "), f.profile)
	}
	var err error
	if f.failOn != "" {
		if j.threshold, err = report.ParseThreshold(f.failOn); err != nil {
			return j, cli.Usage("--fail-on high, --fail-on high,new or --fail-on pci", "--fail-on: %w", err)
		}
	}
	switch {
	case j.threshold.New && f.baseline == "":
		return j, cli.Usage("--baseline old.json --fail-on new", "--fail-on new needs a report to compare with")
	case j.threshold.PCI && j.profile.OnDisk():
		return j, cli.Usage("pavise scan URL --fail-on pci", "--fail-on pci is of a scan: what is on disk no scan vendor sees")
	case j.threshold.PCI && j.profile != report.Web && j.profile != report.PCI:
		return j, cli.Usage("--profile pci --fail-on pci", "--profile %s asks for less than a PCI scan", f.profile)
	}
	for _, s := range f.floors {
		floor, err := report.ParseFloor(s)
		if err != nil {
			return j, cli.Usage("--min-grade B or --min-grade observatory:B+", "--min-grade: %w", err)
		}
		if j.profile == report.Disk && !strings.HasPrefix(floor.String(), "house:") {
			return j, cli.Usage("--min-grade B", "--min-grade: %s grades sites, and not what is on disk", strings.SplitN(s, ":", 2)[0])
		}
		j.floors = append(j.floors, floor)
	}
	controls := map[report.Profile][]pavise.Control{report.Disk: catalog.OnDisk(), report.Joined: catalog.All()}[j.profile]
	if controls == nil {
		controls = catalog.Controls()
	}
	if j.accept, err = loadAcceptances(f.accept, controls); err != nil {
		return j, err
	}
	j.before, err = loadBaseline(f.baseline)
	return j, err
}

// loadAcceptances reads a list, and keeps what is about the controls: one file may serve
// both scan and audit.
func loadAcceptances(file string, controls []pavise.Control) ([]report.Acceptance, error) {
	if file == "" {
		return nil, nil
	}
	list, err := site.LoadAcceptances(file, catalog.All())
	if err != nil {
		return nil, cli.Usage("a list of {rule: …, reason: …, owner: …, until: …}", "%s%w", flagUnless[site.Errors]("--accept: ", err), err)
	}
	return slices.DeleteFunc(acceptances(file, list), func(a report.Acceptance) bool { return !hasRule(controls, a.Rule) }), nil
}

func hasRule(controls []pavise.Control, id string) bool {
	return slices.ContainsFunc(controls, func(c pavise.Control) bool {
		return slices.ContainsFunc(c.Doc().Rules, func(r pavise.Rule) bool { return r.ID == id })
	})
}

// flagUnless is the name of a flag, unless the error names the file by itself.
func flagUnless[E error](flag string, err error) string {
	var named E
	if errors.As(err, &named) {
		return ""
	}
	return flag
}

// acceptances is what a file accepts, as a report takes it.
func acceptances(file string, list []site.Acceptance) []report.Acceptance {
	out := make([]report.Acceptance, len(list))
	for i, a := range list {
		out[i] = report.Acceptance{Rule: string(a.Rule), Place: a.Place, Advisory: a.Advisory, Reason: a.Reason, Owner: a.Owner, End: a.End(),
			From: fmt.Sprintf("%s:%d", file, a.Line)}
	}
	return out
}

// loadBaseline reads one report, or several of one run.
func loadBaseline(file string) (report.Reports, error) {
	if file == "" {
		return nil, nil
	}
	hint := "pavise scan URL -o old.json"
	data, err := cli.ReadBounded(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, cli.Usage(hint, "--baseline: there is no file %s", file)
	} else if err != nil {
		return nil, cli.Usage(hint, "--baseline: %w", err)
	}
	rs, err := report.Read(data)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return nil, cli.Usage(hint, "--baseline %s is no saved report", file)
	} else if err != nil {
		return nil, cli.Usage(hint, "--baseline %s: %w", file, cli.Misread(data, err))
	}
	return rs, nil
}

// comparable reports a site that the baseline has no report of, before it is asked.
func (j judgement) comparable(url string) error {
	if j.before == nil {
		return nil
	}
	if _, err := j.before.For(url); err != nil {
		return cli.Usage("pavise scan "+url+" -o old.json", "--baseline: %w", err)
	}
	return nil
}

// judge makes the report of one look: by the policy's settings, whether or not
// a control is weakened in front of the site.
func (j judgement) judge(e *pavise.Evidence, s standing, effort report.Effort) *report.Report {
	controls := j.profile.Controls(s.policy.Controls())
	in := report.Input{
		Tool: cli.Tool(), Target: e.Target.URL, Started: e.Taken, Effort: effort,
		Controls: controls, Findings: pavise.Judge(controls, e), Evidence: e, Profile: j.profile,
		Accept: append(slices.Clone(s.accept), j.accept...),
	}
	s.describe(&in)
	if j.before != nil {
		in.Baseline, _ = j.before.For(e.Target.URL) // comparable has asked
	}
	return report.New(in)
}

// describe adds what is known of a site beside the findings.
func (s standing) describe(in *report.Input) {
	e := in.Evidence
	in.Enforced = func(id string) bool { return s.policy.Enforced(id, e.Taken) }
	in.Declarations, in.Left = s.declared, e.Left()
	in.Labs = graded(grade.Labs(e))
	if in.Profile.Surveys() {
		in.Observatory = graded(grade.Observatory(e))
	}
}

func graded(g grade.Grade, known bool) *report.Grade {
	if !known {
		return nil
	}
	return &report.Grade{Grade: g.Letter, Score: g.Score, Reasons: g.Reasons}
}

// A standing is what the file of a site says of it: its policy, and what the owner
// answers for.
type standing struct {
	policy   pavise.Policy
	accept   []report.Acceptance
	declared []report.Declaration
}

// standingOf returns that of the site in the file, else what is recommended.
func standingOf(config string, t pavise.Target) (standing, error) {
	if config == "" {
		return standing{policy: pavise.Recommend(catalog.Controls())}, nil
	}
	file, err := cli.LoadFile(config)
	if err != nil {
		return standing{}, err
	}
	var hosts []string
	for _, s := range file.Sites {
		if slices.Contains(s.Hosts, t.Host()) {
			own := standing{policy: s.Policy, accept: acceptances(config, s.Accept)}
			for _, x := range s.Declare {
				own.declared = append(own.declared, report.Declaration{Rule: string(x.Rule), Statement: x.Statement, Owner: x.Owner})
			}
			return own, nil
		}
		hosts = append(hosts, s.Hosts...)
	}
	return standing{}, cli.Usage("", "%s has no site %s; it has %s", config, t.Host(), strings.Join(hosts, ", "))
}

// exitOf is the worst end that one of the reports asks for.
func (j judgement) exitOf(reports report.Reports) int {
	worst := cli.ExitClean
	for _, r := range reports {
		ends := []pavise.Outcome{r.Ends(j.threshold)}
		for _, floor := range j.floors {
			ends = append(ends, r.Reaches(floor))
		}
		for _, o := range ends {
			switch o {
			case pavise.Fail:
				worst = max(worst, cli.ExitFinding)
			case pavise.Unknown:
				worst = max(worst, cli.ExitFailed)
			}
		}
	}
	return worst
}

// Look scans a site of one's own, and judges it by its policy.
func Look(ctx context.Context, opt scan.Options, policy pavise.Policy) *report.Report {
	e, effort := collect(ctx, opt, policy.Controls())
	return judgement{}.judge(e, standing{policy: policy}, effort)
}
