// Package injection holds the controls that put harmless canaries into the parameters
// of a site, and look whether the site takes words for orders.
package injection

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"pavise"
)

// maxPoints bounds how many parameters are tried.
const maxPoints = 12

// A point is one parameter that a canary can be put into.
type point struct {
	form   bool   // it was found in a form, and has no value of the site's own
	method string // "" is GET
	at     string // the address, without its query
	name   string
	value  string
	others url.Values // that go along
}

// String names the point for a person.
func (p point) String() string { return p.at + " (" + pavise.Clip(p.name, 60) + ")" }

// canary marks every request that bears one, so that an owner finds them in the log,
// and nobody follows what comes back.
var canary = http.Header{"X-Pavise": {"canary"}}

// with asks with another value.
func (p point) with(value string) pavise.Probe { return p.request(value, canary) }

// plain asks with the value of the site's own.
func (p point) plain() pavise.Probe {
	if p.form {
		return p.request(p.value, canary)
	}
	return p.request(p.value, nil)
}

func (p point) request(value string, header http.Header) pavise.Probe {
	values := maps.Clone(p.others)
	if values == nil {
		values = url.Values{}
	}
	values.Set(p.name, value)
	r := pavise.Request{Method: p.method, URL: p.at + "?" + values.Encode(), Header: header}
	if p.method == http.MethodPost {
		r.URL, r.Body, r.Header = p.at, values.Encode(), header.Clone()
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return pavise.Ask(r)
}

// points are the parameters of the site's links and search forms, each kind once, in
// the order in which they were found.
func points(e *pavise.Evidence) []point {
	var list []point
	seen := map[string]bool{}
	add := func(p point) {
		if key := p.method + kind(p.at) + "?" + p.name; !seen[key] && len(list) < maxPoints {
			seen[key] = true
			list = append(list, p)
		}
	}
	for _, a := range e.Site() {
		if r := a.Probe.Request; r.Method != "" || r.Header != nil || strings.Contains(r.URL, "attacker.example") {
			continue
		}
		for _, link := range a.Response.Links {
			linkPoints(e, link, add)
		}
		for _, f := range a.Response.Forms {
			formPoints(e, f, add)
		}
	}
	return list
}

// kind is an address without numbers: /item/7 is as /item/8.
func kind(at string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, at)
}

func linkPoints(e *pavise.Evidence, link string, add func(point)) {
	u, err := url.Parse(link)
	if err != nil || u.RawQuery == "" || !e.Target.Owns(link) || pavise.Acts(link) || strings.Contains(link, "attacker.example") {
		return
	}
	query := u.Query()
	u.RawQuery = ""
	for _, name := range slices.Sorted(maps.Keys(query)) {
		others := maps.Clone(query)
		delete(others, name)
		add(point{at: u.String(), name: name, value: query[name][0], others: others})
	}
}

// formPoints are the fields for text of a form that only asks: one by GET, or a search.
func formPoints(e *pavise.Evidence, f pavise.Form, add func(point)) {
	at, query, _ := strings.Cut(f.Action, "?")
	post := strings.EqualFold(f.Method, http.MethodPost)
	if f.Password || !e.Target.Owns(f.Action) || pavise.Acts(f.Action) || post && !searches(f) || !post && !strings.EqualFold(f.Method, http.MethodGet) {
		return
	}
	others, _ := url.ParseQuery(query)
	for _, field := range f.Fields {
		others.Set(field.Name, field.Value)
	}
	for _, field := range f.Fields {
		if field.Kind != "text" && field.Kind != "search" && field.Kind != "hidden" || field.Token() {
			continue
		}
		p := point{form: true, at: at, name: field.Name, value: field.Value, others: maps.Clone(others)}
		delete(p.others, field.Name)
		if post {
			p.method = http.MethodPost
		}
		if p.value == "" {
			p.value = "shield"
		}
		add(p)
	}
}

// searches reports whether a form is one to search by: by its address or by the name
// of its only field.
func searches(f pavise.Form) bool {
	for _, field := range f.Fields {
		switch strings.ToLower(field.Name) {
		case "q", "s", "search", "query", "keyword", "keywords", "term":
			return len(f.Fields) <= 4
		}
	}
	return false
}

// A verdict is what came of one point.
type verdict struct {
	saw   string // "" is nothing at fault
	why   string // nobody could look
	proof pavise.Proof
}

// sweep judges one rule at every point.
func sweep(e *pavise.Evidence, rule, want string, judge func(point) verdict) pavise.Finding {
	list := points(e)
	if _, why := e.Heard(e.Target.Home()); why != "" {
		return pavise.Unlooked(rule, e.Target.URL, "the home page: "+why)
	}
	var found []pavise.Finding
	unknown, looked := "", 0
	for _, p := range list {
		switch v := judge(p); {
		case v.why != "":
			unknown = p.String() + ": " + v.why
		case v.saw != "":
			found = append(found, pavise.Finding{Rule: rule, Outcome: pavise.Fail, Where: p.String(), Saw: v.saw, Want: want, Proof: v.proof})
		default:
			looked++
		}
	}
	switch {
	case len(found) > 0:
		return pavise.Gather(found, len(found)+looked)
	case unknown != "":
		return pavise.Unlooked(rule, e.Target.URL, unknown)
	case len(list) == 0:
		return pavise.Skipped(rule, e.Target.URL, "no parameter was found in links and search forms")
	}
	return pavise.Finding{Rule: rule, Outcome: pavise.Pass, Where: e.Target.URL, Want: want,
		Saw: fmt.Sprintf("none of %d parameters lets it through", looked)}
}

// beside joins what came of the parameters with what came of another place: the worse
// counts, and a failure is told beside another.
func beside(f pavise.Finding, where, want, well string, v verdict) pavise.Finding {
	switch {
	case v.saw != "":
		other := pavise.Finding{Rule: f.Rule, Outcome: pavise.Fail, Where: where, Saw: v.saw, Want: want, Proof: v.proof}
		if f.Outcome != pavise.Fail {
			return other
		}
		f.Also = append(f.Also, pavise.Place{Where: where, Saw: v.saw, Command: v.proof.Command})
	case v.why != "" && f.Outcome != pavise.Fail:
		return pavise.Unlooked(f.Rule, where, v.why)
	case f.Outcome == pavise.Skip:
		return pavise.Finding{Rule: f.Rule, Outcome: pavise.Pass, Where: where, Saw: well, Want: want}
	}
	return f
}

// heard is the answer to a canary, or why it tells nothing. Who is refused for it has
// been kept out; who is told to come back later has not been heard.
func heard(e *pavise.Evidence, p pavise.Probe) (*pavise.Answer, string) {
	a, why := e.Heard(p)
	if why == "" && (a.Response.Status == 429 || a.Response.Status == 503) {
		why = fmt.Sprintf("it is answered %d", a.Response.Status)
	}
	return a, why
}
