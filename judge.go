package pavise

import (
	"fmt"
	"net/http"
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
// stranger or to an account: it passes if none is at fault. The judge says what it saw and whether that is a
// fault; responses for which it says nothing do not count. Where the home page
// did not answer, or with a server error or 429, nothing passes.
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
		if faults++; faults == 1 {
			f.Where, f.Saw, f.Proof = a.Probe.Request.URL, saw, a.Proof()
		}
	}
	down := e.down()
	switch {
	case faults > 1:
		f.Saw += fmt.Sprintf(" (and at %d more of %d responses)", faults-1, looked)
		fallthrough
	case faults == 1:
		f.Outcome = Fail
	case down != "":
		return f.unknown("the home page: " + down)
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
		return home.Error
	case home.Response.Status >= http.StatusInternalServerError, home.Response.Status == http.StatusTooManyRequests:
		return fmt.Sprintf("it is answered %d", home.Response.Status)
	}
	return ""
}

func (e *Evidence) firstError() string {
	for _, a := range e.Answers {
		if a.Error != "" {
			return ": " + a.Error
		}
	}
	return ""
}
