package report

import "pavise"

// A mend is how one tool mends a rule.
type mend struct{ Tool, Lines string }

// mends are the tools that can mend a rule, in the order in which they are told.
func mends(f pavise.Fix) []mend {
	var list []mend
	for _, m := range []mend{{"Pavise", f.Pavise}, {"nginx", f.Nginx}, {"Apache", f.Apache}, {"Express", f.Express}, {"elsewhere", f.Other}} {
		if m.Lines != "" {
			list = append(list, m)
		}
	}
	return list
}
