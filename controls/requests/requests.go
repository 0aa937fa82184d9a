// Package requests holds the controls that look at a request before the app
// does: who sent it, for which host, by what method, how large it is, whose page it
// came from, and whether it says one thing.
package requests

import "pavise"

// clip keeps what a stranger sent short enough for a line of the log.
func clip(s string) string { return pavise.Clip(s, 160) }

// heard returns the answers to the probes, or why one of them tells nothing.
func heard(e *pavise.Evidence, probes ...pavise.Probe) ([]*pavise.Answer, string) {
	answers := make([]*pavise.Answer, len(probes))
	for i, p := range probes {
		a, why := e.Heard(p)
		if a == nil {
			return nil, why
		}
		answers[i] = a
	}
	return answers, ""
}
