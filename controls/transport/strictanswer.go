package transport

import (
	"fmt"
	"net/http"

	"pavise"
)

// check judges one twist by its answer.
func (t twist) check(e *pavise.Evidence) pavise.Finding {
	p := t.probe(e)
	rule := "transport.strict." + t.rule
	a, why := e.Heard(p)
	if why != "" {
		return pavise.Unlooked(rule, e.Target.URL, t.what+": "+why)
	}
	f := pavise.Finding{Rule: rule, Outcome: pavise.Pass, Where: e.Target.URL, Want: "400, or the end of the connection", Proof: a.Proof()}
	if a.Response == nil {
		f.Saw = t.what + ": the connection was " + a.Ended
		return f
	}
	f.Saw = fmt.Sprintf("%s: answered %d", t.what, a.Response.Status)
	switch status := a.Response.Status; {
	case status < http.StatusBadRequest:
		f.Outcome = pavise.Fail
		f.Saw += ", like an ordinary request"
	case status == http.StatusTooManyRequests, status >= 500 && status != http.StatusNotImplemented && status != http.StatusHTTPVersionNotSupported:
		return pavise.Unlooked(rule, f.Where, f.Saw)
	}
	return f
}
