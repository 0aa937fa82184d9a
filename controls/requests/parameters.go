package requests

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"pavise"
)

// Parameters refuses requests that name the object, the person, the right or the
// sum twice, and differently.
type Parameters struct {
	Protect []string `yaml:"protect" doc:"further names that must not come twice with differing values" default:"none"`
	Lists   []string `yaml:"lists" doc:"names that may come as often as they like" default:"none"`
}

// Doc describes the control.
func (Parameters) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "requests.parameters",
		Title:    "Parameter pollution",
		Why:      "Of a parameter that comes twice one part of an app checks the first and another uses the last (HPP). So a stranger's order is opened past the check of his own, and a sum is signed that is not the one that is paid.",
		Enforces: "Answers 400 where a protected name (id and what ends in it, user, email, role, amount, price and such) comes with differing values from query, form, multipart or JSON, or twice in one, in any spelling of PHP, Rails or Express. Names that say themselves that they are lists, id[] or id[0], may be; other names are reported.",
		Verifies: "A page that a link names by such a parameter is asked for with a second value that names nothing.",
		Refuses:  true,
		Rules: []pavise.Rule{{ID: "requests.parameters.repeated", Title: "A protected parameter with two values is refused", Severity: pavise.Medium, CVSS: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:L/A:N",
			References: []string{"ASVS 5.0 15.3.7", "PCI DSS 4.0.1 6.2.4", "CWE-235"},
			Fix: pavise.Fix{Pavise: pavise.OnByDefault,
				Nginx: `if ($args ~* "(^|&)([a-z_]*id)=[^&]*&(.*&)?\2=") { return 400; }`,
				Apache: `RewriteEngine on
RewriteCond %{QUERY_STRING} "(?:^|&)([a-z_]*id)=[^&]*&(?:.*&)?\1=" [NC]
RewriteRule ^ - [R=400]`,
				Express: `app.use((req, res, next) => Array.isArray(req.query.id) ||
  "id" in req.query && "id" in (req.body ?? {}) ? res.sendStatus(400) : next());`}}},
	}
}

// Validate reports what is no name, and what is named as both.
func (c Parameters) Validate() error {
	var errs []error
	for i, name := range slices.Concat(c.Protect, c.Lists) {
		key := "protect"
		if i >= len(c.Protect) {
			key = "lists"
		}
		if name == "" || strings.ContainsAny(name, "&;=[] .%\x00") {
			errs = append(errs, fmt.Errorf("requests.parameters: %s must name parameters such as order_id, without brackets, dots or blanks, not %q", key, name))
		}
	}
	names := newNames(Parameters{Protect: c.Protect})
	for _, name := range c.Lists {
		if names.further[strings.ToLower(name)] {
			errs = append(errs, fmt.Errorf("requests.parameters: lists names %s, which protect names too", name))
		}
	}
	return errors.Join(errs...)
}

// Enforce compares what the request says in all its places.
func (c Parameters) Enforce(env pavise.Env) (pavise.Hooks, error) {
	names, notes := newNames(c), newNotes(env, "requests.parameters")
	return pavise.Hooks{Admit: func(x *pavise.Exchange) error {
		query := x.Request.URL.RawQuery
		body, fault := readBody(x, notes)
		if fault != "" {
			return refuseParameters(http.StatusUnsupportedMediaType, fault, clip(strings.Join(x.Request.Header["Content-Type"], ", ")))
		}
		if body == nil && !strings.ContainsAny(query, "&;") {
			return nil // there are no two of anything
		}
		return names.judge(x, query, body, notes)
	}}, nil
}

// judge refuses what comes twice and differs. The room that it has on its stack for
// parameters a request without any need not pay for.
func (n names) judge(x *pavise.Exchange, query string, body *inspected, notes *notes) error {
	for i, separators := range readings {
		if i > 0 && !semicolons(query, body) {
			break
		}
		all := parameters{names: n}
		all.query(query, "query", separators)
		if fault := all.body(body, separators); fault != "" {
			return refuseParameters(http.StatusBadRequest, fault, body.kind)
		}
		if all.conflict != "" {
			refused := refuseParameters(http.StatusBadRequest, "The request says two different things in one parameter.", all.conflict)
			if plain(all.name) && len(all.name) <= 60 {
				refused.Mend = "if it may come more than once: requests.parameters: {lists: [" + all.name + "]}"
			}
			return refused
		}
		if all.repeated != "" {
			notes.once(x, all.repeated)
		}
		if name := all.inCookies(x.Request.Header["Cookie"]); name != "" {
			notes.once(x, name+" comes as a cookie, too, with another value")
		}
	}
	return nil
}

func refuseParameters(status int, reason, saw string) *pavise.Refusal {
	return &pavise.Refusal{Status: status, Rule: "requests.parameters.repeated", Reason: reason, Saw: saw}
}

// readings are by what parsers take a request apart: all know &, some ; besides.
// Each must come to one result.
var readings = [...]string{"&", "&;"}

// semicolons reports whether the second reading is another than the first.
func semicolons(query string, body *inspected) bool {
	return strings.Contains(query, ";") || body != nil && body.kind == "form" && bytes.IndexByte(body.text, ';') >= 0
}

// doubled finds a link with a protected parameter, and asks for it as it is and
// with a second value.
func doubled(e *pavise.Evidence) (plain, twice pavise.Probe, found bool) {
	names := newNames(Parameters{})
	for _, a := range e.Site() {
		for _, link := range a.Response.Links {
			u, err := url.Parse(link)
			if err != nil || u.RawQuery == "" || pavise.Acts(link) || !strings.HasPrefix(link, e.Target.URL+"/") {
				continue
			}
			query := u.Query()
			for _, name := range slices.Sorted(maps.Keys(query)) {
				if names.protects(name) && len(query[name]) == 1 && query[name][0] != "" {
					plain, u.RawQuery = pavise.Ask(pavise.Request{URL: link}), u.RawQuery+"&"+url.QueryEscape(name)+"=pavise-second"
					return plain, pavise.Ask(pavise.Request{URL: u.String()}), true
				}
			}
		}
	}
	return plain, twice, false
}

// Probes asks for the page.
func (Parameters) Probes(e *pavise.Evidence) []pavise.Probe {
	if plain, twice, found := doubled(e); found {
		return []pavise.Probe{plain, twice}
	}
	return nil
}

// Check passes if the second value is refused, and nothing is shown for it.
func (Parameters) Check(e *pavise.Evidence) []pavise.Finding {
	const rule = "requests.parameters.repeated"
	plain, twice, found := doubled(e)
	if _, why := e.Heard(e.Target.Home()); !found && why != "" {
		return []pavise.Finding{pavise.Unlooked(rule, e.Target.URL, "the home page: "+why)}
	}
	if !found {
		return []pavise.Finding{pavise.Skipped(rule, e.Target.URL, "no link bears a parameter such as id")}
	}
	where := twice.Request.URL
	answers, why := heard(e, plain, twice)
	if why == "" && answers[0].Response.Status >= 400 {
		why = fmt.Sprintf("the page itself is answered %d", answers[0].Response.Status)
	}
	if why != "" {
		return []pavise.Finding{pavise.Unlooked(rule, where, why)}
	}
	status := answers[1].Response.Status
	f := pavise.Finding{Rule: rule, Outcome: pavise.Fail, Where: where, Want: "400", Proof: answers[1].Proof(),
		Saw: fmt.Sprintf("the parameter with two values is answered %d", status)}
	switch {
	case status == http.StatusBadRequest || status == http.StatusUnprocessableEntity:
		f.Outcome = pavise.Pass
	case status == http.StatusTooManyRequests || status >= 500:
		f = pavise.Unlooked(rule, where, f.Saw)
	}
	return []pavise.Finding{f}
}
