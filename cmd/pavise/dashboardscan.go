package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"pavise"
	"pavise/cmd/pavise/internal/cli"
	"pavise/cmd/pavise/internal/examine"
	"pavise/dashboard"
	"pavise/report"
)

// A keptVerdict is what a saved report came to, as of when it was written.
type keptVerdict struct {
	written time.Time
	size    int64
	verdict *dashboard.Verdict
}

// verdict is what the last scan of a served site came to; nil where there is none. The
// report is read when it has changed, and not for every look at the overview.
func (s *deskSource) verdict(host string) *dashboard.Verdict {
	file, err := s.scanFile(host)
	if err != nil {
		return nil
	}
	info, err := os.Stat(file)
	if err != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if kept := s.verdicts[host]; kept.size == info.Size() && kept.written.Equal(info.ModTime()) {
		return kept.verdict
	}
	kept := keptVerdict{written: info.ModTime(), size: info.Size()}
	if report, err := s.Scan(host); err == nil && report != nil {
		kept.verdict = &report.Verdict
	}
	if s.verdicts == nil {
		s.verdicts = map[string]keptVerdict{}
	}
	s.verdicts[host] = kept
	return kept.verdict
}

func (s *deskSource) scanFile(host string) (string, error) {
	dir, err := cli.StateDir(s.state)
	if err != nil {
		return "", err
	}
	return examine.LastScan(dir, host)
}

// Scan is the report that pavise scan --save has kept; nil where there is none.
func (s *deskSource) Scan(host string) (*dashboard.Report, error) {
	file, err := s.scanFile(host)
	if err != nil {
		return nil, nil // a name that a stranger may have typed
	}
	data, err := cli.ReadBounded(file)
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
