package scripts

import (
	"slices"
	"strings"

	"pavise"
)

// Mixed looks whether pages over https load anything in the clear.
type Mixed struct{}

const (
	ruleActive  = "scripts.mixed.active"
	rulePassive = "scripts.mixed.passive"
)

// Doc describes the control.
func (Mixed) Doc() pavise.Doc {
	rule := func(id, title string, severity pavise.Severity, cvss string) pavise.Rule {
		return pavise.Rule{ID: id, Title: title, Severity: severity, CVSS: cvss, Owner: true,
			References: []string{"PCI DSS 4.0.1 4.2.1", "ASVS 5.0 12.2.1", "CWE-311", "CWE-319", "W3C Mixed Content"},
			Fix: pavise.Fix{
				Nginx:   "# write https:// in the page; until then browsers may do it:\n" + `add_header Content-Security-Policy "upgrade-insecure-requests" always;`,
				Apache:  "# write https:// in the page; until then browsers may do it:\n" + `Header always set Content-Security-Policy "upgrade-insecure-requests"`,
				Express: "// write https:// in the page; until then browsers may do it:\n" + `app.use(helmet.contentSecurityPolicy({ useDefaults: false, directives: { defaultSrc: ["*", "data:", "blob:", "'unsafe-inline'"], upgradeInsecureRequests: [] } }));`}}
	}
	return pavise.Doc{
		ID:       "scripts.mixed",
		Title:    "Mixed content",
		Why:      "What a page over https loads in the clear anybody on the line can replace. Browsers refuse scripts, styles and frames of this kind, so the page is broken, and they may show pictures that are not yours.",
		Verifies: "No page over https loads anything from an address of http://, unless its policy has browsers upgrade it.",
		Rules: []pavise.Rule{
			rule(ruleActive, "No script, style, frame, font or object is loaded in the clear", pavise.Medium, "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:C/C:L/I:L/A:N"),
			rule(rulePassive, "No picture, sound or film is loaded in the clear", pavise.Low, "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:N/I:L/A:N"),
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Mixed) Validate() error { return nil }

// Check looks at what every page loads.
func (c Mixed) Check(e *pavise.Evidence) []pavise.Finding {
	if !e.Target.Secure() {
		return c.Doc().All(pavise.Skipped, e.Target.URL, "the site was looked at over http")
	}
	judge := func(passive bool) func(pavise.Answer) (string, bool) {
		return func(a pavise.Answer) (string, bool) { return inClear(a, passive) }
	}
	active := e.Each(ruleActive, "https:// for each", judge(false))
	passive := e.Each(rulePassive, "https:// for each", judge(true))
	return []pavise.Finding{shows(e, active, `(src|href|data|url\(|@import)[^>]{0,9}http://[^"'> )]*`),
		shows(e, passive, `(src|srcset|poster|href|url\()[^>]*http://[^"'> )]*`)}
}

// inClear judges what a page loads in the clear. Passive is what the standard calls
// upgradeable (W3C Mixed Content 3.1).
func inClear(a pavise.Answer, passive bool) (string, bool) {
	var list []string
	for _, r := range a.Response.Resources {
		isPassive := r.Kind == "image" || r.Kind == "media"
		if strings.HasPrefix(r.URL, "http://") && isPassive == passive && !loopback(r.URL) {
			list = append(list, r.Kind+" "+r.URL)
		}
	}
	switch {
	case !page(a):
		return "", false
	case list != nil && upgrades(a):
		return "the policy has browsers upgrade it", false
	case list != nil:
		return some(unique(list), 5), true
	}
	return "none", false
}

// loopback knows what browsers trust without TLS (W3C Secure Contexts 3.1).
func loopback(address string) bool {
	host, _, _ := strings.Cut(strings.TrimPrefix(address, "http://"), "/")
	return strings.HasPrefix(host, "127.0.0.1") || strings.HasPrefix(host, "[::1]")
}

// upgrades reports whether a policy has browsers ask over https instead (W3C Upgrade
// Insecure Requests 3).
func upgrades(a pavise.Answer) bool {
	return slices.ContainsFunc(a.Response.Header.Values("Content-Security-Policy"), func(policy string) bool {
		return slices.ContainsFunc(strings.FieldsFunc(policy, func(r rune) bool { return r == ';' || r == ',' }), func(directive string) bool {
			return strings.EqualFold(strings.TrimSpace(directive), "upgrade-insecure-requests")
		})
	})
}
