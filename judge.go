package pavise

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
)

// Judge asks every control that is a Checker what the evidence means.
func Judge(controls []Control, e *Evidence) []Finding {
	var found []Finding
	for _, c := range controls {
		if checker, ok := c.(Checker); ok {
			found = append(found, checker.Check(e)...)
		}
	}
	return found
}

// Each judges one rule over all responses in which the site spoke for itself, to a
// stranger or to an account: it passes if none is at fault; else it fails at each that
// is. The judge says what it saw and whether that is a
// fault; responses for which it says nothing do not count. Where the home page
// did not answer, or with a server error or 429, or a bound of the scan's own kept it
// from asking, nothing passes.
func (e *Evidence) Each(rule, want string, judge func(Answer) (saw string, fault bool)) Finding {
	f := Finding{Rule: rule, Where: e.Target.URL, Want: want}
	answers := append(e.Site(), e.Walked()...)
	if len(answers) == 0 {
		return f.unknown("no response to look at" + e.firstError())
	}
	looked, faults := 0, 0
	passed := ""
	for _, a := range answers {
		saw, fault := judge(a)
		if saw == "" && !fault {
			continue
		}
		looked++
		if !fault {
			passed = saw
			continue
		}
		switch faults++; {
		case faults == 1:
			f.Where, f.Saw, f.Proof = a.Probe.Request.URL, saw, a.Proof()
		case len(f.Also) < MaxAlso:
			f.Also = append(f.Also, Place{a.Probe.Request.URL, saw, a.Proof().Command})
		default:
			f.More++
		}
	}
	down := cmp.Or(e.down(), e.unasked())
	switch {
	case faults > 0:
		f.Outcome, f.Of = Fail, looked
	case down != "":
		return f.unknown(down)
	case looked == 0:
		f.Outcome, f.Saw = Skip, "nothing here that it applies to"
	default:
		f.Outcome, f.Saw = Pass, passed
		if looked > 1 {
			f.Saw += fmt.Sprintf(" (on all %d responses)", looked)
		}
	}
	return f
}

// down says why the home page shows nothing of the site; "" if it does.
func (e *Evidence) down() string {
	home := e.Answer(e.Target.Home())
	switch {
	case home == nil:
		return ""
	case home.Response == nil:
		return "the home page: " + home.Error
	case home.Response.Status >= http.StatusInternalServerError, home.Response.Status == http.StatusTooManyRequests:
		return fmt.Sprintf("the home page: it is answered %d", home.Response.Status)
	}
	return ""
}

// unasked says how much of the site a bound of the scan's own kept from being looked
// at; "" if none did.
func (e *Evidence) unasked() string {
	n, why := 0, ""
	for _, a := range e.Answers {
		if r := a.Probe.Request; r != nil && a.Unasked && strings.HasPrefix(r.URL, e.Target.URL+"/") {
			n, why = n+1, a.Error
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d addresses: %s", n, why)
}

func (e *Evidence) firstError() string {
	for _, a := range e.Answers {
		if a.Error != "" {
			return ": " + a.Error
		}
	}
	return ""
}
