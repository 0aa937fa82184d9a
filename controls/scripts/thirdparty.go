package scripts

import (
	"slices"
	"strings"

	"pavise"
)

// ThirdParty looks whose scripts a site runs.
type ThirdParty struct{}

const (
	ruleDeclared = "scripts.thirdparty.declared"
	ruleHijacked = "scripts.thirdparty.hijacked"
)

// hijacked are hosts of which it is public that they sent visitors what is malicious,
// and which one owner held: https://codeql.github.com/codeql-query-help/javascript/js-functionality-from-untrusted-domain,
// https://github.com/Tencent/vConsole/issues/683, https://github.com/rpilist/specials/issues/1669
// (read 2026-11-21).
var hijacked = []string{"polyfill.io", "bootcdn.net", "bootcss.com", "staticfile.net", "staticfile.org", "unionadjs.com"}

// Doc describes the control.
func (ThirdParty) Doc() pavise.Doc {
	local := "# serve the file yourself, and allow no other:\n"
	return pavise.Doc{
		ID:       "scripts.thirdparty",
		Title:    "Scripts of third parties",
		Why:      "A script of another site may read every field of the page, card numbers and passwords too, on the day on which that site is broken into or sold. PCI DSS wants each on a payment page authorised, with a reason.",
		Verifies: "Every host of another owner from which a page loads scripts is listed, and none of them is known to have sent malicious ones.",
		Rules: []pavise.Rule{
			{ID: ruleDeclared, Title: "Pages run no scripts of third parties", Severity: pavise.Info, Owner: true,
				Declare:    "Payment page scripts: for each that a payment page loads, why it is needed, who authorised it and how its integrity is assured",
				References: []string{pciScripts, "PCI DSS 4.0.1 11.6.1", "ASVS 5.0 3.6.1", "CWE-829"},
				Fix: pavise.Fix{Nginx: local + `add_header Content-Security-Policy "script-src 'self'" always;`,
					Apache:  local + `Header always set Content-Security-Policy "script-src 'self'"`,
					Express: "// serve the file yourself, and allow no other:\n" + `app.use(helmet.contentSecurityPolicy({ directives: { scriptSrc: ["'self'"] } }));`}},
			{ID: ruleHijacked, Title: "No script comes from a host that is known to be malicious", Severity: pavise.High, Owner: true,
				CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:C/C:H/I:H/A:N",
				References: []string{pciScripts, "CWE-506", "CWE-830"},
				Fix: pavise.Fix{Nginx: "# take the script out of the page; until then:\n" + `add_header Content-Security-Policy "script-src 'self'" always;`,
					Apache:  "# take the script out of the page; until then:\n" + `Header always set Content-Security-Policy "script-src 'self'"`,
					Express: "// take the script out of the page; until then:\n" + `app.use(helmet.contentSecurityPolicy({ directives: { scriptSrc: ["'self'"] } }));`}},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (ThirdParty) Validate() error { return nil }

// Check looks at the hosts of all scripts.
func (ThirdParty) Check(e *pavise.Evidence) []pavise.Finding {
	const pattern = "<script[^>]*src=[^>]*>"
	declared := e.Each(ruleDeclared, "none, or each declared", func(a pavise.Answer) (string, bool) {
		return hosts(a, func(host string) bool { return !sameSite(host, e.Target.Host()) })
	})
	malicious := e.Each(ruleHijacked, "none", func(a pavise.Answer) (string, bool) { return hosts(a, isHijacked) })
	return []pavise.Finding{shows(e, declared, pattern), shows(e, malicious, pattern)}
}

// hosts judges the hosts from which a page runs scripts.
func hosts(a pavise.Answer, bad func(string) bool) (string, bool) {
	var list []string
	for _, r := range a.Response.Resources {
		if host, other := foreign(a, r.URL); other && r.Kind == "script" && bad(host) {
			list = append(list, host)
		}
	}
	switch {
	case list != nil:
		return "scripts of " + some(unique(list), 10), true
	case !page(a):
		return "", false
	}
	return "none", false
}

func isHijacked(host string) bool {
	return slices.ContainsFunc(hijacked, func(bad string) bool {
		return strings.EqualFold(host, bad) || strings.HasSuffix(strings.ToLower(host), "."+bad)
	})
}
