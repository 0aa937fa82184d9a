package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"pavise"
)

// A Threshold says what a run fails for.
type Threshold struct {
	Least pavise.Severity // fails from this severity on; 0 is what the profile says
	New   bool            // of what fails, only what did not fail in the baseline
	PCI   bool            // by the verdict of a PCI scan, whatever the profile
}

// ParseThreshold reads the words of a threshold, with commas between them.
func ParseThreshold(s string) (Threshold, error) {
	var t Threshold
	for word := range strings.SplitSeq(s, ",") {
		var least pavise.Severity
		switch word = strings.TrimSpace(word); {
		case word == "new":
			t.New = true
		case word == "pci":
			t.PCI = true
		case least.UnmarshalText([]byte(word)) != nil:
			return t, fmt.Errorf("it is made of info, low, medium, high, critical, pci and new, not %q", word)
		case t.Least != 0:
			return t, fmt.Errorf("one severity is enough, in place of both %s and %s", t.Least, least)
		default:
			t.Least = least
		}
	}
	if t.PCI && (t.Least != 0 || t.New) {
		return t, fmt.Errorf("pci stands alone: its verdict is of everything")
	}
	return t, nil
}

// Ends is what the report comes to by the threshold: Fail, Pass, or Unknown where
// what could not be looked at might have failed.
func (r *Report) Ends(t Threshold) pavise.Outcome {
	switch {
	case t.PCI && r.PCI == nil:
		return pavise.Unknown
	case t.PCI:
		return r.PCI.Verdict
	case t == Threshold{}:
		return r.Verdict
	}
	least := cmp.Or(t.Least, pavise.Low)
	var c Counts
	for _, f := range r.Findings {
		switch {
		case f.Outcome == pavise.Fail && (f.Severity < least || f.accepted() || t.New && f.Change != Appeared):
			c.Pass++ // by this measure
		// What cannot be looked at at a site is not new; what old data do not tell of
		// packages may well be.
		case f.Outcome != pavise.Unknown, f.Severity >= least && (!t.New || r.Profile == Disk || f.disk):
			c.add(f.Outcome)
		}
	}
	return verdict(c)
}

// A Floor is the least grade that a run must have.
type Floor struct{ grader, grade string }

// graders are those whose grades can be asked for, each with its grades, the best
// first.
var graders = map[string][]string{
	"house":       {"A", "B", "C", "D", "F"},
	"observatory": {"A+", "A", "A-", "B+", "B", "B-", "C+", "C", "C-", "D+", "D", "D-", "F"},
	"labs":        {"A+", "A", "A-", "B", "C", "D", "E", "M", "T", "F"},
}

// ParseFloor reads a grade, such as B, or observatory:B+ for another grader's.
func ParseFloor(s string) (Floor, error) {
	grader, grade, other := strings.Cut(s, ":")
	if !other {
		grader, grade = "house", s
	}
	known, ok := graders[grader]
	if !ok {
		return Floor{}, fmt.Errorf("there is no grader %q; there are house, observatory and labs", grader)
	}
	if grade = strings.ToUpper(grade); !slices.Contains(known, grade) {
		return Floor{}, fmt.Errorf("%s has the grades %s, not %q", grader, strings.Join(known, ", "), grade)
	}
	return Floor{grader, grade}, nil
}

// Reaches is Pass where the report has the grade or a better one, and Unknown where it
// has none.
func (r *Report) Reaches(f Floor) pavise.Outcome {
	got := r.Grades.House
	switch f.grader {
	case "observatory":
		got = r.Grades.Observatory.grade()
	case "labs":
		got = r.Grades.Labs.grade()
	}
	switch have := slices.Index(graders[f.grader], got); {
	case have < 0:
		return pavise.Unknown
	case have > slices.Index(graders[f.grader], f.grade):
		return pavise.Fail
	}
	return pavise.Pass
}

// String is the floor as it is typed.
func (f Floor) String() string { return f.grader + ":" + f.grade }
