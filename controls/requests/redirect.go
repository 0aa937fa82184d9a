package requests

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"pavise"
)

// Redirect tells of open redirects. It stops none: an app that signs people in for
// others leads elsewhere on purpose, and only its owner knows where to.
type Redirect struct{}

// Doc describes the control.
func (Redirect) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "requests.redirect",
		Title:    "Open redirects",
		Why:      "A link that begins with the site's own name and ends wherever a stranger wrote lends the site's name to phishing, and hands tokens in an address to others.",
		Enforces: "Nothing is changed: where a redirect leads to another site that the query names, the log says so, once for each such request.",
		Verifies: "Links of the site whose query has a path, an address or a name such as next or return in it are asked for with an address of attacker.example there.",
		Rules: []pavise.Rule{{
			ID: "requests.redirect.open", Title: "No address of the site leads wherever its query says", Severity: pavise.Medium, Owner: true,
			CVSS:       "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N",
			References: []string{"PCI DSS 4.0.1 6.2.4", "ASVS 5.0 3.7.2", "CWE-601"},
			Fix: pavise.Fix{
				Express: `const to = new URL(req.query.next ?? "/", "https://shop.example.com");
res.redirect(to.origin === "https://shop.example.com" ? to.href : "/");`,
				Nginx: `if ($arg_next ~ "^[^/]|^/[/\\]") { return 400; }`,
				Apache: `RewriteEngine on
RewriteCond %{QUERY_STRING} "(?:^|&)next=(?:[^/&]|/[/\\\\])"
RewriteRule ^ - [R=400]`,
			},
		}},
	}
}

// Validate reports nothing: there is nothing to set.
func (Redirect) Validate() error { return nil }

// Enforce notes redirects to where the query says.
func (Redirect) Enforce(env pavise.Env) (pavise.Hooks, error) {
	return pavise.Hooks{Amend: func(x *pavise.Exchange) {
		if x.Status < 300 || x.Status >= 400 || x.Request.URL.RawQuery == "" {
			return
		}
		host := leadsTo(x.Header.Get("Location"))
		if host != "" && !slices.Contains(env.Site.Hosts, host) && queryNames(x.Request.URL.RawQuery, host) {
			env.Note(x, "requests.redirect", "the app leads to another site that the query names: an open redirect, unless it knows that site")
		}
	}}, nil
}

// leadsTo is the host that a Location names as browsers read it: a backslash is a
// slash to them (WHATWG URL 4.4); "" where it stays on the site.
func leadsTo(location string) string {
	to, err := url.Parse(strings.ReplaceAll(strings.TrimSpace(location), `\`, "/"))
	if err != nil {
		return ""
	}
	return strings.ToLower(to.Hostname())
}

// queryNames reports whether a value of the query names the host.
func queryNames(query, host string) bool {
	plain, err := url.QueryUnescape(query)
	return err == nil && strings.Contains(strings.ToLower(plain), host)
}

// leaders are names of parameters that say where to go on.
var leaders = []string{"next", "url", "to", "return", "returnto", "returnurl", "redirect", "redirecturl", "redirecturi", "goto", "continue", "dest", "destination", "target", "back", "forward"}

// maxLeads bounds how many links are tried.
const maxLeads = 8

// redirectProbes asks for every link that may lead on with the attacker's address
// in place of where it leads.
func redirectProbes(e *pavise.Evidence) []pavise.Probe {
	var probes []pavise.Probe
	seen := map[string]bool{}
	for _, a := range e.Site() {
		for _, link := range a.Response.Links {
			u, err := url.Parse(link)
			if err != nil || u.RawQuery == "" || pavise.Acts(link) {
				continue
			}
			if query, ok := astray(u.Query()); ok && !seen[u.Path+query] {
				seen[u.Path+query] = true
				u.RawQuery = query
				probes = append(probes, pavise.Ask(pavise.Request{URL: u.String()}))
			}
			if len(probes) == maxLeads {
				return probes
			}
		}
	}
	return probes
}

// astray returns a query that leads to the attacker, if it leads anywhere.
func astray(query url.Values) (string, bool) {
	found := false
	for name, values := range query {
		word := strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(name))
		if slices.Contains(leaders, word) || strings.HasPrefix(values[0], "/") || strings.HasPrefix(values[0], "http") {
			query[name], found = []string{attacker + "/"}, true
		}
	}
	return query.Encode(), found
}

// Probes asks for links with another end.
func (Redirect) Probes(e *pavise.Evidence) []pavise.Probe { return redirectProbes(e) }

// Check looks where the site leads.
func (Redirect) Check(e *pavise.Evidence) []pavise.Finding {
	const rule = "requests.redirect.open"
	if _, why := e.Heard(e.Target.Home()); why != "" {
		return []pavise.Finding{pavise.Unlooked(rule, e.Target.URL, "the home page: "+why)}
	}
	f := pavise.Skipped(rule, e.Target.URL, "no link was found whose query says where to go")
	asked := 0
	for _, a := range e.Answers {
		if !triedAstray(a) {
			continue
		}
		if a.Response == nil || a.Response.Status == http.StatusTooManyRequests {
			f = pavise.Unlooked(rule, a.Probe.Request.URL, cmp.Or(a.Error, "it is answered 429"))
			continue
		}
		asked++
		if host := leadsTo(a.Response.Header.Get("Location")); a.Response.Status >= 300 && a.Response.Status < 400 && host == "attacker.example" {
			return []pavise.Finding{{Rule: rule, Outcome: pavise.Fail, Where: a.Probe.Request.URL, Proof: a.Proof(),
				Saw: fmt.Sprintf("%d to %s", a.Response.Status, clip(a.Response.Header.Get("Location"))), Want: "no redirect to a site that a stranger wrote"}}
		}
	}
	if asked > 0 && f.Outcome == pavise.Skip {
		f = pavise.Finding{Rule: rule, Outcome: pavise.Pass, Where: e.Target.URL, Want: "no redirect to a site that a stranger wrote",
			Saw: fmt.Sprintf("none of %d links with another end leads there", asked)}
	}
	return []pavise.Finding{f}
}

// triedAstray reports whether the answer is to one of our probes: the links of the
// site name no attacker.
func triedAstray(a pavise.Answer) bool {
	r := a.Probe.Request
	if r == nil || r.Host != "" || r.Header != nil {
		return false
	}
	u, err := url.Parse(r.URL)
	if err != nil {
		return false
	}
	for _, values := range u.Query() {
		if slices.Contains(values, attacker+"/") {
			return true
		}
	}
	return false
}
