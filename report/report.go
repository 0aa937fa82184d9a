// Package report turns findings into a verdict, and the verdict into what
// people and programs read: terminal text, JSON, SARIF, JUnit, Markdown and one HTML
// file.
package report

import (
	"fmt"
	"time"

	"pavise"
)

// Schema names the form of the JSON. A later form that would break a reader
// gets another number.
const Schema = "pavise.report/1"

// ManySchema names the form of several reports in one file.
const ManySchema = "pavise.reports/1"

// A Report is what became of one look at one target. It is written as JSON and
// read back as it is; docs/report.md describes every field.
type Report struct {
	Schema   string         `json:"schema"`
	Tool     string         `json:"tool"`
	Target   string         `json:"target"`
	Started  time.Time      `json:"started"`
	Verdict  pavise.Outcome `json:"verdict"` // Pass, Fail or Unknown
	Grade    string         `json:"grade"`
	Counts   Counts         `json:"counts"`
	Findings []Finding      `json:"findings"`

	Effort Effort `json:"-"`
}

// Counts says how many findings came to what.
type Counts struct {
	Pass    int `json:"pass"`
	Fail    int `json:"fail"`
	Skip    int `json:"skip"`
	Unknown int `json:"unknown"`
}

// Effort is what the look took. What is not known is zero, and not shown.
type Effort struct {
	Elapsed     time.Duration
	Requests    int
	Connections int
}

// A Finding is a pavise.Finding together with what is known about its rule.
type Finding struct {
	Rule       string          `json:"rule"`
	Control    string          `json:"control"`
	Edge       bool            `json:"edge"` // an enforced control covers the rule
	Outcome    pavise.Outcome  `json:"outcome"`
	Severity   pavise.Severity `json:"severity"`
	Where      string          `json:"where"`
	Saw        string          `json:"saw"`
	Want       string          `json:"want"`
	Fix        pavise.Fix      `json:"fix"`
	References []string        `json:"references"`
	Proof      pavise.Proof    `json:"proof"`

	Title    string `json:"-"` // of the rule; the catalogue has it
	Owner    bool   `json:"-"` // no edge can mend it
	Why      string `json:"-"` // of the control
	Verifies string `json:"-"` // likewise
}

// Input is all that a report is made of.
type Input struct {
	Tool     string // name and version
	Target   string // the address as it was asked for
	Started  time.Time
	Effort   Effort
	Controls []pavise.Control // whose rules the findings are about
	Findings []pavise.Finding
	// Enforced tells of a control whether Pavise enforces it in front of the
	// target; nil means that none is.
	Enforced func(control string) bool
}

// New judges the findings. Each must be about a rule of one of the controls.
func New(in Input) *Report {
	rules := index(in.Controls, in.Enforced)
	r := &Report{
		Schema:   Schema,
		Tool:     in.Tool,
		Target:   in.Target,
		Started:  in.Started.UTC().Truncate(time.Second),
		Findings: make([]Finding, len(in.Findings)),
		Effort:   in.Effort,
	}
	for i, found := range in.Findings {
		f, ok := rules[found.Rule]
		if !ok {
			panic(fmt.Sprintf("report: no control has a rule %q", found.Rule))
		}
		f.Outcome, f.Proof = found.Outcome, found.Proof
		f.Where, f.Saw, f.Want = found.Where, found.Saw, found.Want
		r.Findings[i] = f
		r.Counts.add(f.Outcome)
	}
	r.Verdict = verdict(r.Counts)
	r.Grade = grade(r.Verdict, r.Findings)
	r.clean()
	return r
}

// index holds for each rule the finding that still lacks what was found.
func index(controls []pavise.Control, enforced func(string) bool) map[string]Finding {
	rules := map[string]Finding{}
	for _, c := range controls {
		doc := c.Doc()
		edge := enforced != nil && pavise.Enforceable(c) && enforced(doc.ID)
		for _, rule := range doc.Rules {
			rules[rule.ID] = Finding{
				Rule:       rule.ID,
				Control:    doc.ID,
				Edge:       edge && !rule.Owner,
				Severity:   rule.Severity,
				Fix:        rule.Fix,
				References: append([]string{}, rule.References...),
				Title:      rule.Title,
				Owner:      rule.Owner,
				Why:        doc.Why,
				Verifies:   doc.Verifies,
			}
		}
	}
	return rules
}
