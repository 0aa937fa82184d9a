package report

import (
	"fmt"
	"slices"

	"pavise"
)

// pciNotice stands wherever a verdict by the rules of a PCI scan does.
const pciNotice = "A preflight by the rules of a PCI DSS 11.3.2 scan, not an attestation: only an Approved Scanning Vendor can attest, and it may find more."

// failsFrom is the base score from which a scan fails (ASV Program Guide 4.0).
const failsFrom = 4.0

// PCIParts is what the report of a scan vendor says: the summary that would be attested
// (A), each vulnerability and special note (B), and beside the findings, which are
// the details (C), the open ports.
type PCIParts struct {
	Notice  string         `json:"notice"`
	Verdict pavise.Outcome `json:"verdict"`
	// Why is what stands against a pass, a sentence each.
	Why             []string        `json:"why"`
	Vulnerabilities []Vulnerability `json:"vulnerabilities"`
	Notes           []SpecialNote   `json:"notes"`
	// Interference is what stood in the scan's way: it is then inconclusive, and fails.
	Interference []string `json:"interference"`
	Ports        []Port   `json:"ports"`
}

// A Vulnerability is one place where a rule fails, and what that is to a PCI scan.
type Vulnerability struct {
	Rule     string          `json:"rule"`
	Title    string          `json:"title"`
	Where    string          `json:"where"`
	Severity pavise.Severity `json:"severity"`
	Score    float64         `json:"score"`
	Outcome  pavise.Outcome  `json:"outcome"` // Pass or Fail
	Why      string          `json:"why"`
}

// A SpecialNote is what the scan customer has to declare before the report can pass.
type SpecialNote struct {
	Rule  string `json:"rule"`
	Title string `json:"title"`
	Where string `json:"where"`
	Note  string `json:"note"`
	// Declared is what was declared, and by whom; "" is nothing yet.
	Declared string `json:"declared"`
	By       string `json:"by"`
}

// A Declaration is the owner's word on a special note.
type Declaration struct{ Rule, Statement, Owner string }

// A Port is one that is open.
type Port struct {
	Address string `json:"address"`
	Service string `json:"service"` // "" is not known
}

// pciParts is what the evidence tells, before anything is judged.
func pciParts(in Input) PCIParts {
	p := PCIParts{Notice: pciNotice, Vulnerabilities: []Vulnerability{}, Notes: []SpecialNote{},
		Why: []string{}, Interference: []string{}, Ports: []Port{}}
	if in.Evidence != nil {
		p.Interference = append(p.Interference, interference(in.Evidence)...)
		p.Ports = append(p.Ports, openPorts(in.Evidence)...)
	}
	return p
}

// pci judges by the rules of a PCI scan. What the owner has accepted counts: only the
// vendor can agree to that, in a dispute with evidence.
func (r *Report) pci(in Input) *PCIParts {
	p := pciParts(in)
	unlooked := 0
	for _, f := range r.Findings {
		switch {
		case f.Outcome == pavise.Unknown && f.failsPCI() != "":
			unlooked++
		case f.Outcome == pavise.Fail && f.Severity > pavise.Info:
			p.Vulnerabilities = append(p.Vulnerabilities, f.vulnerability())
		}
		if f.Outcome == pavise.Fail && f.Declare != "" {
			p.Notes = append(p.Notes, note(f, in.Declarations))
		}
	}
	p.conclude(unlooked, r.Counts.Pass)
	p.clean()
	return &p
}

// conclude comes to the verdict, and says what stands against a pass.
func (p *PCIParts) conclude(unlooked, passed int) {
	against := func(n int, format string) {
		if n > 0 {
			p.Verdict = pavise.Fail
			p.Why = append(p.Why, fmt.Sprintf(format, n))
		}
	}
	p.Verdict, p.Why = pavise.Pass, []string{}
	fails := func(v Vulnerability) bool { return v.Outcome == pavise.Fail }
	against(len(filter(p.Vulnerabilities, fails)), "Vulnerabilities that fail a scan: %d.")
	against(len(filter(p.Notes, func(n SpecialNote) bool { return n.Declared == "" })), "Special notes without a declaration: %d.")
	against(len(p.Interference), "Signs that something stood in the scan's way, which makes it inconclusive: %d.")
	switch {
	case unlooked > 0:
		p.Why = append(p.Why, fmt.Sprintf("Rules that may fail a scan and could not be looked at: %d.", unlooked))
	case passed == 0:
		p.Why = append(p.Why, "Nothing was seen to hold.")
	default:
		return
	}
	if p.Verdict == pavise.Pass {
		p.Verdict = pavise.Unknown
	}
}

func filter[T any](list []T, keep func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(list), func(v T) bool { return !keep(v) })
}

func (f Finding) vulnerability() Vulnerability {
	v := Vulnerability{Rule: f.Rule, Title: f.Title, Where: f.Where, Severity: f.Severity, Score: f.Score, Outcome: pavise.Fail}
	if v.Why = f.failsPCI(); v.Why == "" {
		v.Outcome, v.Why = pavise.Pass, fmt.Sprintf("below %.1f", failsFrom)
		if f.Score >= failsFrom {
			v.Why = "denial of service alone"
		}
	}
	if f.accepted() && v.Outcome == pavise.Fail {
		v.Why += "; accepted by " + f.Accepted.Owner + ", to which the vendor must agree"
	}
	return v
}

// failsPCI says why a scan fails where the rule does; "" is that it does not.
func (f Finding) failsPCI() string {
	c, err := pavise.ParseCVSS(f.CVSS)
	switch {
	case f.Automatic != "":
		return "automatic failure: " + f.Automatic
	case err != nil || c.PureDenial() || c.Score() < failsFrom:
		return ""
	}
	return fmt.Sprintf("CVSS %.1f", c.Score())
}

func note(f Finding, declared []Declaration) SpecialNote {
	n := SpecialNote{Rule: f.Rule, Title: f.Title, Where: f.Where, Note: f.Declare}
	for _, d := range declared {
		if d.Rule == f.Rule {
			n.Declared, n.By = d.Statement, d.Owner
		}
	}
	return n
}

func (p *PCIParts) clean() {
	if p == nil {
		return
	}
	cleanAll(&p.Notice)
	cleanEach(p.Why)
	cleanEach(p.Interference)
	for i := range p.Vulnerabilities {
		v := &p.Vulnerabilities[i]
		cleanAll(&v.Rule, &v.Title, &v.Where, &v.Why)
	}
	for i := range p.Notes {
		n := &p.Notes[i]
		cleanAll(&n.Rule, &n.Title, &n.Where, &n.Note, &n.Declared, &n.By)
	}
	for i := range p.Ports {
		cleanAll(&p.Ports[i].Address, &p.Ports[i].Service)
	}
}
