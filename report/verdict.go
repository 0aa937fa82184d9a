package report

import "pavise"

// grades stand in the order of the worst severity that failed; the first is for
// none.
var grades = []string{"A", "B", "C", "D", "F"}

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

// verdict is Fail if anything failed, else Unknown if anything could not be
// looked at, else Pass. Nothing that passed is no pass either.
func verdict(c Counts) pavise.Outcome {
	switch {
	case c.Fail > 0:
		return pavise.Fail
	case c.Unknown > 0:
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
		if f.Outcome == pavise.Fail {
			worst = max(worst, f.Severity)
		}
	}
	return grades[worst]
}

// ExitCode is the status with which a command that made the report ends.
func (r *Report) ExitCode() int {
	switch r.Verdict {
	case pavise.Pass:
		return 0
	case pavise.Fail:
		return 3
	}
	return 1
}

// A rule is all that was found about one rule: the worst of it, and the places
// where it came to that.
type rule struct {
	Finding
	Places []Finding
}

// rules groups the findings by rule, in the order in which they came.
func (r *Report) rules() []rule {
	at := map[string]int{}
	var list []rule
	for _, f := range r.Findings {
		i, seen := at[f.Rule]
		switch {
		case !seen:
			at[f.Rule] = len(list)
			list = append(list, rule{f, []Finding{f}})
		case weight(f.Outcome) > weight(list[i].Outcome):
			list[i] = rule{f, []Finding{f}}
		case f.Outcome == list[i].Outcome:
			list[i].Places = append(list[i].Places, f)
		}
	}
	return list
}

// weight orders outcomes by what they say about a rule that has several.
func weight(o pavise.Outcome) int {
	switch o {
	case pavise.Fail:
		return 3
	case pavise.Unknown:
		return 2
	case pavise.Pass:
		return 1
	}
	return 0
}

func which(rules []rule, keep func(rule) bool) []rule {
	var list []rule
	for _, r := range rules {
		if keep(r) {
			list = append(list, r)
		}
	}
	return list
}

func withOutcome(rules []rule, o pavise.Outcome) []rule {
	return which(rules, func(r rule) bool { return r.Outcome == o })
}
