// Package requests holds the controls that look at a request before the app
// does: for which host it is, and whose page sent it.
package requests

import (
	"strings"

	"pavise"
)

// clip keeps what a stranger sent short enough for a line of the log.
func clip(s string) string {
	const most = 160
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// heard returns the answers to the probes, or why one of them tells nothing.
func heard(e *pavise.Evidence, probes ...pavise.Probe) ([]*pavise.Answer, string) {
	answers := make([]*pavise.Answer, len(probes))
	for i, p := range probes {
		a := e.Answer(p)
		if a == nil || a.Response == nil {
			return nil, e.Missing(p)
		}
		answers[i] = a
	}
	return answers, ""
}
