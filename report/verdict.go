package report

import "pavise"

// grades stand in the order of the worst severity that failed; the first two are for
// none, and for what is only worth knowing.
var grades = []string{"A", "A", "B", "C", "D", "F"}

// grading says in a sentence where the grade comes from.
func (r *Report) grading() string {
	if r.Verdict == pavise.Unknown {
		return "No grade: nothing failed, but not everything could be looked at."
	}
	return "Graded by the worst failed rule: critical F, high D, medium C, low B, none A."
}

func (c *Counts) add(o pavise.Outcome) {
	switch o {
	case pavise.Pass:
		c.Pass++
	case pavise.Fail:
		c.Fail++
	case pavise.Skip:
		c.Skip++
	case pavise.Unknown:
		c.Unknown++
	}
}

// count takes in a finding; one that is accepted neither fails nor passes.
func (c *Counts) count(f Finding) {
	if f.accepted() {
		c.Accepted++
		return
	}
	c.add(f.Outcome)
}

// verdict is by the findings that count: what is accepted does not, nor what is only
// for information, unless it is all there is.
func (r *Report) verdict() pavise.Outcome {
	var c Counts
	for _, f := range r.Findings {
		if f.Severity > pavise.Info || f.Outcome == pavise.Pass {
			c.count(f)
		}
	}
	return verdict(c)
}

// verdict is Fail if anything failed, else Unknown if anything could not be
// looked at, else Pass. Nothing that passed is no pass either.
func verdict(c Counts) pavise.Outcome {
	switch {
	case c.Fail > 0:
		return pavise.Fail
	case c.Unknown > 0 || c.Pass == 0:
		return pavise.Unknown
	}
	return pavise.Pass
}

// grade goes by the worst rule that failed. What could not be looked at might
// have been worse, so without any failure the grade is then not known.
func grade(verdict pavise.Outcome, findings []Finding) string {
	if verdict == pavise.Unknown {
		return "?"
	}
	var worst pavise.Severity
	for _, f := range findings {
		if f.Outcome == pavise.Fail && !f.accepted() {
			worst = max(worst, f.Severity)
		}
	}
	return grades[worst]
}
