package cookies

import (
	"fmt"
	"net/http"

	"pavise"
)

// An oracle tells from outside which cookie a site takes for the session: a
// site that gives a visitor without session a new one does not do so to a
// visitor whom it knows.
type oracle struct{ url, name, value string }

// findOracle takes the first session cookie that the site gave to a visitor
// without any.
func findOracle(e *pavise.Evidence) (oracle, bool) {
	for _, a := range e.Site() {
		r := a.Probe.Request
		if r.Method != "" && r.Method != http.MethodGet || len(r.Header) > 0 || r.Body != "" || a.Response.Status >= 400 {
			continue
		}
		for _, line := range a.Response.Header["Set-Cookie"] {
			if c := pavise.ParseSetCookie(line); session(c) && c.Value != "" && !c.Deletes(e.Taken) {
				return oracle{r.URL, c.Name, c.Value}, true
			}
		}
	}
	return oracle{}, false
}

func (o oracle) honest() string { return o.name + "=" + o.value }

// unrelated is a cookie that no site takes for the session: where it is taken,
// any cookie at all keeps the site from giving a session, and nothing shows.
func (o oracle) unrelated() string { return "pavise=unrelated" }

// disguises and duplicates are the Cookie headers that must not be taken.
// A blank that is not ASCII hides the name from the browser that should guard
// it, and servers that trim as Unicode says find it again.
func (o oracle) disguises() []string { return []string{"\u2000" + o.honest()} }

func (o oracle) duplicates() []string {
	const planted = "=planted"
	return []string{o.name + planted + "; " + o.honest(), o.honest() + "; " + o.name + planted}
}

func (o oracle) ask(cookie string) pavise.Probe {
	return pavise.Ask(pavise.Request{URL: o.url, Header: http.Header{"Cookie": {cookie}}})
}

// A verdict is what an answer tells about the cookie that was sent.
type verdict int

const (
	unclear verdict = iota
	taken           // no other session was given: it was taken for the session
	renewed         // another session was given, or the cookie deleted
	refused
)

func (o oracle) verdict(e *pavise.Evidence, cookie string) (v verdict, why string) {
	a, why := e.Heard(o.ask(cookie))
	if a == nil {
		return unclear, "a request with it: " + why
	}
	switch status := a.Response.Status; {
	case status >= 500 || status == http.StatusTooManyRequests:
		return unclear, fmt.Sprintf("a request with it was answered %d", status)
	case status >= 400:
		return refused, fmt.Sprintf("refused with %d", status)
	}
	for _, line := range a.Response.Header["Set-Cookie"] {
		// The same value again only prolongs the session.
		if c := pavise.ParseSetCookie(line); c.Name == o.name && (c.Value != o.value || c.Deletes(e.Taken)) {
			return renewed, "answered with a new session"
		}
	}
	return taken, "taken for the session"
}

// judge looks at what the site makes of false cookies. A refusal shows at once;
// that one was taken shows only where the site tells sessions apart.
func (o oracle) judge(e *pavise.Evidence, rule string, cookies func(oracle) []string) pavise.Finding {
	blind, refusing := o.blind(e)
	if refusing {
		return pavise.Unlooked(rule, o.url, blind)
	}
	f := pavise.Finding{Rule: rule, Outcome: pavise.Pass, Where: o.url, Want: "status 400, or a new session"}
	masked := oracle{o.url, o.name, "VALUE"} // a report is no place for a session
	for i, cookie := range cookies(o) {
		v, why := o.verdict(e, cookie)
		shown := cookies(masked)[i]
		switch {
		case v == unclear:
			return pavise.Unlooked(rule, o.url, fmt.Sprintf("%+q: %s", shown, why))
		case v != refused && blind != "":
			return pavise.Unlooked(rule, o.url, blind)
		}
		f.Saw = fmt.Sprintf("%+q was %s", shown, why)
		f.Proof = e.Answer(o.ask(cookie)).Proof()
		if v == taken {
			f.Outcome = pavise.Fail
			break
		}
	}
	return f
}

// blind says why the oracle cannot tell what the site takes for the session, ""
// if it can; refusing means that not even a refusal tells anything.
func (o oracle) blind(e *pavise.Evidence) (why string, refusing bool) {
	honest, honestWhy := o.verdict(e, o.honest())
	other, otherWhy := o.verdict(e, o.unrelated())
	switch {
	case honest == unclear || honest == refused:
		return "the honest " + show(o.name) + ": " + honestWhy, true
	case other == unclear || other == refused:
		return "an unrelated cookie: " + otherWhy, true
	case honest == renewed:
		return "every request gets a new " + show(o.name) + ", so it does not show which one is taken", false
	case other == taken:
		return "a visitor with any cookie at all gets no new " + show(o.name) + ", so it does not show which one is taken", false
	}
	return "", false
}
