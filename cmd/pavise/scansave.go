package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"pavise"
	"pavise/dashboard"
	"pavise/internal/atomicfile"
	"pavise/report"
)

// saveFlags say whether the dashboard shall show the report.
type saveFlags struct {
	save  bool
	state string
}

func (f *saveFlags) add(flags *pflag.FlagSet) {
	flags.BoolVar(&f.save, "save", false, "keep the report in the state directory, where the dashboard shows it as the last scan")
	flags.StringVar(&f.state, "state", "", "`DIR` of --save (default the user's state directory)")
}

// keep writes each report over the one before of the same host.
func (f saveFlags) keep(reports report.Reports) error {
	if !f.save {
		return nil
	}
	dir, err := stateDir(f.state)
	if err != nil {
		return err
	}
	for _, r := range reports {
		file, err := lastScan(dir, pavise.Target{URL: r.Target}.Host())
		if err == nil {
			err = saveReport(file, r)
		}
		if err != nil {
			return usage("--state DIR, the one that pavise serve is given", "--save: %w", err)
		}
	}
	return nil
}

// lastScan is where the report of a host is kept.
func lastScan(state, host string) (string, error) {
	if host == "" || strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789-.:") != "" || strings.HasPrefix(host, ".") {
		return "", fmt.Errorf("%q is no host", pavise.Clip(host, 100))
	}
	return filepath.Join(state, "scans", strings.ReplaceAll(host, ":", "_")+".json"), nil
}

func saveReport(file string, r *report.Report) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := (report.Reports{r}).Write(&b, "json", report.TextOptions{}); err != nil {
		return err
	}
	return atomicfile.Write(file, b.Bytes(), 0o600)
}

// Scan is the report that pavise scan --save has kept; nil where there is none.
func (s *deskSource) Scan(host string) (*dashboard.Report, error) {
	dir, err := stateDir(s.state)
	if err != nil {
		return nil, err
	}
	file, err := lastScan(dir, host)
	if err != nil {
		return nil, nil // a name that a stranger may have typed
	}
	data, err := readBounded(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	list, err := report.Read(data)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) || err == nil && len(list) != 1 {
		err = errors.New("it is no saved report")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return shownScan(host, list[0]), nil
}

// shownScan is what the dashboard shows of a report: what fails, then what is not known,
// each from the worst.
func shownScan(host string, r *report.Report) *dashboard.Report {
	d := &dashboard.Report{Site: host, Target: r.Target, Verdict: dashboard.Verdict{Outcome: r.Verdict, At: r.Started, Text: verdictText(r)},
		Counts: []dashboard.Count{{Name: "Hold", Times: r.Counts.Pass}, {Name: "Fail", Times: r.Counts.Fail},
			{Name: "Unknown", Times: r.Counts.Unknown}, {Name: "Accepted", Times: r.Counts.Accepted}}}
	open := slices.DeleteFunc(slices.Clone(r.Findings), func(f report.Finding) bool {
		return f.Accepted != nil || f.Outcome != pavise.Fail && f.Outcome != pavise.Unknown
	})
	slices.SortStableFunc(open, func(a, b report.Finding) int {
		if a.Outcome != b.Outcome {
			return map[bool]int{true: -1, false: 1}[a.Outcome == pavise.Fail]
		}
		return int(b.Severity) - int(a.Severity)
	})
	for _, f := range open {
		d.Findings = append(d.Findings, dashboard.Finding{Rule: f.Rule, Title: f.Title, Severity: f.Severity.String(), Outcome: f.Outcome,
			Where: f.Where, Saw: f.Saw, Want: f.Want})
	}
	return d
}

// verdictText says in a few words what a scan came to.
func verdictText(r *report.Report) string {
	switch r.Verdict {
	case pavise.Fail:
		if r.Counts.Fail == 1 {
			return "1 rule fails"
		}
		return fmt.Sprintf("%d rules fail", r.Counts.Fail)
	case pavise.Pass:
		return fmt.Sprintf("%d rules hold, grade %s", r.Counts.Pass, r.Grade)
	}
	return fmt.Sprintf("%d rules could not be looked at", r.Counts.Unknown)
}
