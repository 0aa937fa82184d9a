// Package report turns findings into a verdict, and the verdict into what
// people and programs read: terminal text, JSON, SARIF, JUnit, Markdown and one HTML
// file.
package report

import (
	"cmp"
	"fmt"
	"slices"
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
	Agreed   string         `json:"agreed,omitempty"` // who said that the site may be tried with what acts
	Verdict  pavise.Outcome `json:"verdict"`          // Pass, Fail or Unknown
	Grade    string         `json:"grade"`
	Profile  Profile        `json:"profile"`
	Grades   Grades         `json:"grades"`
	Counts   Counts         `json:"counts"`
	Findings []Finding      `json:"findings"`
	// PCI is what a scan vendor would say beside the findings; nil where the profile
	// asks for less than such a scan.
	PCI *PCIParts `json:"pci,omitempty"`
	// Baseline is what has changed, where there is a report to compare with.
	Baseline *Baseline `json:"baseline,omitempty"`
	// Unused are acceptances that nothing was found for.
	Unused []string `json:"unused,omitempty"`
	// Limits say what was left out of the look on purpose, a sentence each.
	Limits []string `json:"limits,omitempty"`
	// Left is what the look has left at the site.
	Left []string `json:"left,omitempty"`
	// Inventory is what stands at the site, as far as that was looked at.
	Inventory Inventory `json:"inventory"`
	Effort    Effort    `json:"effort"`
}

// Counts says how many findings came to what.
type Counts struct {
	Pass     int `json:"pass"`
	Fail     int `json:"fail"` // without those that are accepted
	Skip     int `json:"skip"`
	Unknown  int `json:"unknown"`
	Accepted int `json:"accepted"`
}

// Grades are the house's own, and those that people know, by the rules of others. A
// grade is null where nothing was learnt that it goes by.
type Grades struct {
	House       string `json:"house"`
	Observatory *Grade `json:"observatory"`
	Labs        *Grade `json:"labs"`
}

// A Grade is one by the rules of others, and what they took off or capped it for.
type Grade struct {
	Grade   string   `json:"grade"`
	Score   int      `json:"score"`
	Reasons []string `json:"reasons"`
}

func (g *Grade) clean() {
	if g != nil {
		cleanAll(&g.Grade)
		cleanEach(g.Reasons)
	}
}

func (g *Grade) grade() string {
	if g == nil {
		return ""
	}
	return g.Grade
}

// Effort is what the look took. What is not known is zero, and not shown.
type Effort struct {
	Elapsed     time.Duration `json:"elapsed"` // nanoseconds
	Requests    int           `json:"requests"`
	Connections int           `json:"connections"`
}

// A Finding is a pavise.Finding together with what is known about its rule.
type Finding struct {
	Rule       string          `json:"rule"`
	Title      string          `json:"title"` // of the rule: what ought to be true
	Control    string          `json:"control"`
	Edge       bool            `json:"edge"`  // an enforced control covers the rule
	Owner      bool            `json:"owner"` // no edge can mend it
	Outcome    pavise.Outcome  `json:"outcome"`
	Severity   pavise.Severity `json:"severity"`
	CVSS       string          `json:"cvss,omitempty"`
	Score      float64         `json:"score,omitempty"`
	Automatic  string          `json:"automatic,omitempty"` // why a PCI scan fails whatever the score
	Declare    string          `json:"declare,omitempty"`   // what is to be declared to the scan vendor
	Accepted   *Accepted       `json:"accepted,omitempty"`
	Change     Change          `json:"change,omitempty"`
	Where      string          `json:"where"`
	Saw        string          `json:"saw"`
	Want       string          `json:"want"`
	Fix        pavise.Fix      `json:"fix"`
	References []string        `json:"references"`
	Proof      pavise.Proof    `json:"proof"`
	// Also are the other places where it fails alike, and More is how many there are
	// beyond those that are named.
	Also []pavise.Place `json:"also,omitempty"`
	More int            `json:"more,omitempty"`
	// Dependency says more of a package, where the finding is about one.
	Dependency *pavise.Dependency `json:"dependency,omitempty"`

	Why      string `json:"-"` // of the control
	of       int    // how many places were looked at
	disk     bool   // it is of what was read on disk
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
	Profile  Profile // "" is Web
	// Evidence is what the findings were made of: it shows what stood in a scan's way,
	// and what stands at the site. nil is not known.
	Evidence     *pavise.Evidence
	Left         []string // what the look has left at the site
	Observatory  *Grade
	Labs         *Grade
	Accept       []Acceptance
	Declarations []Declaration
	Baseline     *Report // to compare with; nil is none
}

// New judges the findings. Each must be about a rule of one of the controls.
func New(in Input) *Report {
	rules := index(in.Controls, in.Enforced)
	r := &Report{
		Schema:   Schema,
		Tool:     in.Tool,
		Target:   in.Target,
		Started:  in.Started.UTC().Truncate(time.Second),
		Profile:  cmp.Or(in.Profile, Web),
		Grades:   Grades{Observatory: in.Observatory, Labs: in.Labs},
		Findings: make([]Finding, len(in.Findings)),
		Effort:   in.Effort,

		Inventory: takeInventory(in.Evidence),
		Left:      slices.Clone(in.Left),
	}
	if in.Evidence != nil {
		r.Limits, r.Agreed = slices.Clone(in.Evidence.Limits), in.Evidence.Target.Agreed
	}
	for i, found := range in.Findings {
		f, ok := rules[found.Rule]
		if !ok {
			panic(fmt.Sprintf("report: no control has a rule %q", found.Rule))
		}
		f.Outcome, f.Proof = found.Outcome, found.Proof
		f.Where, f.Saw, f.Want = found.Where, found.Saw, found.Want
		f.Also, f.More, f.of = found.Also, found.More, found.Of
		f.disk = in.Profile.isOnDisk(found)
		f.depend(found.Dependency)
		r.Findings[i] = f
	}
	r.accept(in.Accept)
	r.clean()
	r.Inventory.takePatches(r)
	if in.Baseline != nil {
		r.compare(in.Baseline)
	}
	r.countPlaces()
	r.judge(in)
	return r
}

// judge comes to the verdict by the profile, and to the house's grade.
func (r *Report) judge(in Input) {
	for _, f := range r.Findings {
		r.Counts.count(f)
	}
	r.Verdict = r.verdict()
	r.Grade = grade(r.Verdict, r.Findings)
	r.Grades.House = r.Grade
	if r.Profile.whole() {
		r.PCI = r.pci(in)
	}
	if r.Profile == PCI {
		r.Verdict = r.PCI.Verdict
	}
}

// index holds for each rule the finding that still lacks what was found.
func index(controls []pavise.Control, enforced func(string) bool) map[string]Finding {
	rules := map[string]Finding{}
	for _, c := range controls {
		doc := c.Doc()
		edge := enforced != nil && (pavise.Enforceable(c) && enforced(doc.ID) || doc.By != "" && enforced(doc.By))
		for _, rule := range doc.Rules {
			rules[rule.ID] = Finding{
				Rule:       rule.ID,
				Control:    doc.ID,
				Edge:       edge && !rule.Owner,
				Severity:   rule.Severity,
				CVSS:       rule.CVSS,
				Score:      rule.Score(),
				Automatic:  rule.Automatic,
				Declare:    rule.Declare,
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
