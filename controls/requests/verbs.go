package requests

import (
	"bytes"
	"fmt"
	"net/http"

	"pavise"
)

func methodProbes(e *pavise.Evidence) (home, trace, unknown, options, overridden pavise.Probe) {
	r := pavise.Request{URL: e.Target.URL + "/"}
	as := func(method, name, value string) pavise.Probe {
		r := r
		r.Method = method
		if name != "" {
			r.Header = http.Header{name: {value}}
		}
		return pavise.Ask(r)
	}
	trace = as(http.MethodTrace, "X-Pavise-Trace", traceMark)
	trace.Request.Keep = 4 << 10
	return e.Target.Home(), trace, as("PAVISE", "", ""),
		as(http.MethodOptions, "", ""), as("", "X-Http-Method-Override", http.MethodOptions)
}

// traceMark is what only a TRACE can bring back.
const traceMark = "pavise-trace-mark"

func checkTrace(e *pavise.Evidence, trace pavise.Probe) pavise.Finding {
	const rule = "requests.methods.trace"
	answers, why := heard(e, trace)
	if why != "" {
		return pavise.Unlooked(rule, e.Target.URL, why)
	}
	r := answers[0].Response
	f := pavise.Finding{Rule: rule, Outcome: pavise.Pass, Where: trace.Request.URL, Want: "405 or 501",
		Saw: fmt.Sprintf("TRACE is answered %d", r.Status), Proof: answers[0].Proof()}
	switch {
	case bytes.Contains(r.Body, []byte(traceMark)):
		f.Outcome, f.Saw = pavise.Fail, f.Saw+", with the headers of the request"
	case r.Status == http.StatusTooManyRequests:
		return pavise.Unlooked(rule, f.Where, f.Saw)
	}
	return f
}

func checkMethod(e *pavise.Evidence, home, unknown pavise.Probe) pavise.Finding {
	const rule = "requests.methods.unknown"
	answers, why := heard(e, home, unknown)
	if why != "" {
		return pavise.Unlooked(rule, e.Target.URL, why)
	}
	plain, r := answers[0].Response, answers[1].Response
	f := pavise.Finding{Rule: rule, Outcome: pavise.Pass, Where: unknown.Request.URL, Want: "501 or 405",
		Saw: fmt.Sprintf("the method PAVISE is answered %d", r.Status), Proof: answers[1].Proof()}
	switch {
	case plain.Status >= 400 || r.Status == http.StatusTooManyRequests:
		return pavise.Unlooked(rule, f.Where, fmt.Sprintf("%s, GET %d", f.Saw, plain.Status))
	case sameAnswer(plain, r):
		f.Outcome, f.Saw = pavise.Fail, f.Saw+", like GET"
	}
	return f
}

// checkOverride tells by the answer to OPTIONS, which is safe to ask.
func checkOverride(e *pavise.Evidence, home, options, overridden pavise.Probe) pavise.Finding {
	const rule = "requests.methods.override"
	answers, why := heard(e, home, options, overridden)
	if why != "" {
		return pavise.Unlooked(rule, e.Target.URL, why)
	}
	plain, other, r := answers[0].Response, answers[1].Response, answers[2].Response
	f := pavise.Finding{Rule: rule, Outcome: pavise.Pass, Where: overridden.Request.URL, Want: "the answer to a GET", Proof: answers[2].Proof(),
		Saw: fmt.Sprintf("GET with X-HTTP-Method-Override: OPTIONS is answered %d, GET %d, OPTIONS %d", r.Status, plain.Status, other.Status)}
	switch {
	case sameAnswer(plain, r): // and if OPTIONS is answered so too, it harms nobody
	case plain.Status < 400 && sameAnswer(other, r):
		f.Outcome = pavise.Fail
	default:
		return pavise.Unlooked(rule, f.Where, f.Saw)
	}
	return f
}
