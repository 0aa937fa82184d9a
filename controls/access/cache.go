package access

import (
	"fmt"
	"strings"

	"pavise"
)

// Cache asks whether a cache in front of the app gives the page of an account to
// somebody else.
type Cache struct{}

const cacheID = "access.cache"

// Doc describes the control.
func (Cache) Doc() pavise.Doc {
	const vector = "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:N/A:N"
	fix := pavise.Fix{
		Pavise:  pavise.OnByDefault,
		Nginx:   "proxy_cache_bypass $http_cookie; proxy_no_cache $http_cookie;  # and no proxy_ignore_headers Cache-Control",
		Apache:  `Header always set Cache-Control "no-store" "expr=-n %{HTTP_COOKIE}"`,
		Express: `app.use((req, res, next) => { if (req.session?.user) res.set("Cache-Control", "no-store"); next(); });`,
	}
	references := []string{"ASVS 5.0 14.2.2", "PCI DSS 4.0.1 6.2.4", "CWE-525", "CWE-524", "RFC 9111 3.5"}
	return pavise.Doc{
		ID:       cacheID,
		Title:    "Private pages in shared caches",
		Why:      "A cache that keeps the page of one visitor shows it to the next, and one that goes by the end of an address keeps a page as if it were a picture (web cache deception).",
		Verifies: "With --active and an account: its check page, under an address that nobody else asks for, is asked for as the account and then as nobody.",
		Rules: []pavise.Rule{
			{ID: cacheID + ".shared", Title: "No cache gives the page of an account to others", Severity: pavise.Medium, CVSS: vector, Owner: true, References: references, Fix: fix},
			{ID: cacheID + ".deceived", Title: "No cache keeps a page for the name of a file", Severity: pavise.Medium, CVSS: vector, Owner: true, References: append(references, "CWE-436"), Fix: fix},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Cache) Validate() error { return nil }

// addresses are the check page under names of the scan's own, by rule.
func addresses(e *pavise.Evidence, a pavise.Account) map[string]string {
	page, query, _ := strings.Cut(a.Check, "?")
	mark := fmt.Sprintf("pavise-%d", e.Taken.Unix())
	more := "?"
	if query != "" {
		query, more = "?"+query, "&"
	}
	return map[string]string{
		cacheID + ".shared":   page + query + more + "pavise=" + mark,
		cacheID + ".deceived": strings.TrimSuffix(page, "/") + "/" + mark + ".css" + query,
	}
}

// Probes asks as the account first: only then can a cache have it.
func (Cache) Probes(e *pavise.Evidence) []pavise.Probe {
	if inactive(e, 1) != "" {
		return nil
	}
	a := e.Accounts[0]
	probes := []pavise.Probe{as(a.Name, a.Check), as("", a.Check)}
	for _, r := range (Cache{}).Doc().Rules {
		at := addresses(e, a)[r.ID]
		if probes = append(probes, as(a.Name, at)); e.Answer(as(a.Name, at)) != nil {
			probes = append(probes, as("", at))
		}
	}
	return probes
}

// Check looks whether nobody is then shown the page.
func (c Cache) Check(e *pavise.Evidence) []pavise.Finding {
	if why := inactive(e, 1); why != "" {
		return c.Doc().All(pavise.Skipped, e.Target.URL, why)
	}
	a := e.Accounts[0]
	page, why := own(e, a, a.Check)
	refusal := shown(e, "", a.Check)
	if why == "" && refusal == nil {
		why = "the check page as nobody was not answered"
	}
	if why == "" {
		if shows, known := page.Shows(page, refusal); !known || !shows {
			why = "the check page shows nobody what it shows the account: name another"
		}
	}
	if why != "" {
		return c.Doc().All(pavise.Unlooked, a.Check, why)
	}
	var found []pavise.Finding
	for _, r := range c.Doc().Rules {
		found = append(found, checkCache(e, r.ID, a, page, refusal))
	}
	return found
}

func checkCache(e *pavise.Evidence, rule string, a pavise.Account, page, refusal *pavise.Response) pavise.Finding {
	at := addresses(e, a)[rule]
	first, why := e.Heard(as(a.Name, at))
	if why != "" {
		return pavise.Unlooked(rule, at, why)
	}
	if shows, known := first.Response.Shows(page, refusal); !known || !shows {
		return pavise.Skipped(rule, at, "the page is not to be had under this address")
	}
	second, why := e.Heard(as("", at))
	if why != "" {
		return pavise.Unlooked(rule, at, why)
	}
	f := pavise.Finding{Rule: rule, Outcome: pavise.Pass, Where: at, Want: "Cache-Control: no-store, and what a stranger gets", Proof: second.Shown(),
		Saw: "nobody is not shown what " + a.Name + " was shown there before"}
	switch shows, known := second.Response.Shows(page, refusal); {
	case !known:
		return pavise.Unlooked(rule, at, fmt.Sprintf("nobody is answered %d there, which shows neither the page nor a refusal", second.Response.Status))
	case shows:
		f.Outcome, f.Saw = pavise.Fail, "nobody is shown what "+a.Name+" was shown there before, and not at the page itself"
	}
	return f
}
