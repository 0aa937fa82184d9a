package project

import (
	"slices"

	"pavise"
)

// data says by what the packages are judged, and what of it is old or missing: what is not
// known can have any severity.
func data(e *pavise.Evidence, known []told, doubts []doubt) []pavise.Finding {
	var found []pavise.Finding
	for _, d := range doubts {
		found = append(found, pavise.Unlooked(ruleData, d.where, d.why))
	}
	if found != nil {
		return found
	}
	var by []string
	for _, k := range known {
		if s := source(k.notices, e.Taken); !slices.Contains(by, s) {
			by = append(by, s)
		}
	}
	return []pavise.Finding{{Rule: ruleData, Outcome: pavise.Pass, Where: ".", Saw: pavise.Plural(len(known), "package") + " by " + some(by, 5),
		Want: "all of them, and not older than 30 days", Proof: pavise.Proof{Command: "pavise db status"}}}
}
