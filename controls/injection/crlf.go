package injection

import (
	"fmt"
	"net/url"

	"pavise"
)

// CRLF asks whether a line break in an address begins a header in the answer.
type CRLF struct{}

const (
	crlfID = "injection.crlf"
	split  = "X-Pavise-Split"
)

// Doc describes the control.
func (CRLF) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       crlfID,
		Title:    "Response splitting",
		Why:      "Where a line break in an address ends a header of the answer, whoever makes the link writes the rest of it: cookies, another page, and into caches.",
		Verifies: "With --active: a line break and a header of ours in each parameter, and in the path of both http and https; it fails where that header comes back, twice.",
		Rules: []pavise.Rule{{ID: crlfID + ".header", Title: "No line break gets into the head of a response", Severity: pavise.Medium,
			CVSS: "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", Automatic: "it is response splitting", Owner: true,
			References: []string{"PCI DSS 4.0.1 6.2.4", "ASVS 5.0 4.2.4", "CWE-113", "CWE-93", "RFC 9110 5.5"},
			Fix: pavise.Fix{
				Nginx:   "return 308 https://$host$request_uri;  # never $uri or $document_uri, which are decoded",
				Apache:  "Redirect permanent / https://shop.example.com/",
				Express: `res.redirect(303, encodeURI(to));  // and no hand-written head: Node.js refuses line breaks in res.setHeader`,
			}}},
	}
}

// Validate reports nothing: there is nothing to set.
func (CRLF) Validate() error { return nil }

// broken is a value with a line break and a header in it.
func broken(value string, n int) string { return fmt.Sprintf("%s\r\n%s: q%d", value, split, n) }

// paths are the addresses whose path bears a line break.
func paths(e *pavise.Evidence, n int) []pavise.Probe {
	var probes []pavise.Probe
	for _, origin := range []string{e.Target.URL, e.Target.Clear} {
		if origin != "" && (origin != e.Target.URL || len(probes) == 0) {
			probes = append(probes, pavise.Ask(pavise.Request{URL: origin + "/" + url.PathEscape(broken("pavise", n)), Header: canary}))
		}
	}
	return probes
}

// Probes tries each place, and once more each that lets it through.
func (CRLF) Probes(e *pavise.Evidence) []pavise.Probe {
	if e.Target.Agreed == "" {
		return nil
	}
	first, second := paths(e, 1), paths(e, 2)
	for _, p := range points(e) {
		first, second = append(first, p.with(broken(p.value, 1))), append(second, p.with(broken(p.value, 2)))
	}
	probes := first
	for i := range first {
		if a, why := heard(e, first[i]); why == "" && a.Response.Header.Get(split) == "q1" {
			probes = append(probes, second[i])
		}
	}
	return probes
}

// Check looks for our header.
func (c CRLF) Check(e *pavise.Evidence) []pavise.Finding {
	const rule = crlfID + ".header"
	if e.Target.Agreed == "" {
		return c.Doc().All(pavise.Skipped, e.Target.URL, e.Target.Inactive())
	}
	judge := func(first, second pavise.Probe) verdict {
		a, why := heard(e, first)
		switch {
		case a != nil && a.Closed: // nobody listens in the clear
			return verdict{}
		case why != "":
			return verdict{why: why}
		case a.Response.Header.Get(split) != "q1":
			return verdict{}
		}
		again, why := heard(e, second)
		if why != "" || again.Response.Header.Get(split) != "q2" {
			return verdict{why: why}
		}
		return verdict{saw: "the response bears our header " + split + ": q2", proof: again.Proof()}
	}
	const want = "an answer without our header"
	f := sweep(e, rule, want, func(p point) verdict {
		return judge(p.with(broken(p.value, 1)), p.with(broken(p.value, 2)))
	})
	second := paths(e, 2)
	for i, p := range paths(e, 1) {
		f = beside(f, p.Request.URL, want, "a line break in the path is no header", judge(p, second[i]))
	}
	return []pavise.Finding{f}
}
