// Package host holds the controls of a machine: how its services are set up, what
// listens, what is installed and what others may read. They are verified only.
package host

import "pavise"

// judged makes the finding of one rule: what fails, else that something was not looked
// at, else that it holds.
func judged(rule string, failed []pavise.Finding, looked int, missing, where, saw, want string) pavise.Finding {
	switch {
	case len(failed) > 0:
		return pavise.Gather(failed, looked)
	case missing != "":
		return pavise.Unlooked(rule, where, missing)
	}
	return pavise.Finding{Rule: rule, Outcome: pavise.Pass, Where: where, Saw: saw, Want: want}
}
