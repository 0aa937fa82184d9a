package cli

import (
	"fmt"
	"strings"
	"time"

	"pavise"
)

// OneLine joins mistakes that were found at once.
func OneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

// Families says how many controls of which family are on, and which are
// observed alone.
func Families(policy pavise.Policy, now time.Time) (on, observed string) {
	var names, watched []string
	counts, total := map[string]int{}, 0
	for _, c := range policy.Controls() {
		doc := c.Doc()
		family, _, _ := strings.Cut(doc.ID, ".")
		switch {
		case policy.Enforced(doc.ID, now):
			if counts[family]++; counts[family] == 1 {
				names = append(names, family)
			}
			total++
		case policy.Observed(doc.ID, now):
			watched = append(watched, doc.ID)
		}
	}
	for i, family := range names {
		names[i] = fmt.Sprintf("%s %d", family, counts[family])
	}
	return fmt.Sprintf("%d controls on: %s", total, strings.Join(names, ", ")), strings.Join(watched, ", ")
}
