package headers

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"pavise"
)

// CSP lets browsers refuse what an attacker has brought into a page.
type CSP struct {
	Policy         string `yaml:"policy" doc:"base, helmet for the policy of Helmet 8, or directives of one's own, which base completes" default:"base"`
	Mode           string `yaml:"mode" enum:"enforce,report-only" doc:"report-only has a policy reported that is more than base, and enforces base" default:"enforce"`
	ReportTo       string `yaml:"report-to" doc:"https address that takes the reports of browsers" default:"none"`
	InsecurePolicy bool   `yaml:"insecure-policy" doc:"accept a policy whose object-src or base-uri lets any site in" default:"false"`
}

const (
	cspReportHeader = "Content-Security-Policy-Report-Only"
	endpointsHeader = "Reporting-Endpoints"
	endpointName    = "pavise-csp"
)

// basePolicy is the least that ASVS 5.0 3.4.3 asks for, as far as an app need
// not be known for it. Who may frame a page headers.frame says.
const basePolicy = "object-src 'none'; base-uri 'self'"

// helmetPolicy is the default of Helmet 8.3, likewise without frame-ancestors.
const helmetPolicy = "default-src 'self'; base-uri 'self'; font-src 'self' https: data:; form-action 'self'; img-src 'self' data:; " +
	"object-src 'none'; script-src 'self'; script-src-attr 'none'; style-src 'self' https: 'unsafe-inline'; upgrade-insecure-requests"

// maxPolicy keeps the head of a response within what clients and proxies take.
const maxPolicy = 4 << 10

// Doc describes the control.
func (CSP) Doc() pavise.Doc {
	d := pavise.Doc{
		ID:    "headers.csp",
		Title: "Content-Security-Policy",
		Why:   "Where an attacker gets markup into a page, a policy is what keeps the browser from running it: cross-site scripting that slipped through does nothing.",
		Enforces: "Sends " + basePolicy + " with every response but PDF, which Chromium shows as an object. Of what the app's own policy speaks ours does not: " +
			"it is a second one with the rest, and browsers obey both. Pages that embed PDF need policy: object-src 'self'. " +
			"A policy of scripts is the owner's to choose: policy: helmet, first with mode: report-only.",
		Verifies: "Every policy of every page, from header and meta, is read as browsers and Google's CSP Evaluator read it: of several, what any one forbids is forbidden. " +
			"Pages with a nonce are asked for again, to compare.",
	}
	for _, r := range cspRules {
		d.Rules = append(d.Rules, r.Rule)
	}
	d.Rules = append(d.Rules, nonceReuse)
	return d
}

// text returns the policy that is set, and whether it is more than base.
func (c CSP) text() (policy string, more bool) {
	switch c.Policy {
	case "", "base":
		return basePolicy, false
	case "helmet":
		return helmetPolicy, true
	}
	return c.Policy, true
}

// Validate reports what browsers would not understand or nobody would hear.
func (c CSP) Validate() error {
	policy, more := c.text()
	errs := []error{oneOf("headers.csp", "mode", c.Mode, "enforce", "report-only")}
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf("headers.csp: "+format, args...)) }
	if len(policy) > maxPolicy {
		fail("policy: %d bytes are too many: at most %d", len(policy), maxPolicy)
		return errors.Join(errs...)
	}
	if strings.Contains(policy, ",") {
		fail("policy: a comma begins another policy: write ; between directives and a space between sources")
	}
	for _, m := range cspMistakes(policy) {
		fail("policy: %s", m)
	}
	parsed := parsePolicy(policy)
	if len(parsed) == 0 {
		fail("policy: there is no directive in %q", pavise.Clip(policy, 40))
	}
	if slices.ContainsFunc(parsed, func(d directive) bool { return len(d.nonces()) > 0 }) {
		fail("policy: a nonce must be new in every response: the app must send it")
	}
	for _, name := range []string{"object-src", "base-uri"} {
		if d, ok := parsed.effective(name); ok && d.lax() != "" && !c.InsecurePolicy {
			fail("policy: %s lets any site in by %s: insecure-policy accepts it", d.name, d.lax())
		}
	}
	reports := speaksOf([]string{policy}, "report-uri") || speaksOf([]string{policy}, "report-to")
	switch {
	case c.ReportTo != "" && !reportAddress(c.ReportTo):
		fail("report-to must be an address such as https://reports.example.com/csp, not %q", c.ReportTo)
	case c.ReportTo != "" && reports:
		fail("report-to: the policy says where reports go already")
	case c.Mode == "report-only" && !more:
		fail("mode: report-only needs a policy that is more than base, such as helmet: base is always enforced")
	case c.Mode == "report-only" && c.ReportTo == "" && !reports:
		fail("mode: report-only needs report-to: else nobody hears of it")
	}
	return errors.Join(errs...)
}

// Enforce adds the policy to what the app sends.
func (c CSP) Enforce(env pavise.Env) (pavise.Hooks, error) {
	enforced, reported := c.enforced(), c.reported()
	here := enforced // for a site on this machine
	if policy, _ := c.text(); speaksOf([]string{policy}, upgrade) {
		// Safari upgrades localhost too, where nobody speaks TLS (WebKit bug 250776).
		here = c.enforced(upgrade)
	}
	endpoints := c.endpoints()
	return pavise.Hooks{Amend: func(x *pavise.Exchange) {
		if shownAsObject(x) {
			return
		}
		if here != enforced && pavise.Local(x.Host) {
			amend(x, cspHeader, here)
		} else {
			amend(x, cspHeader, enforced)
		}
		if reported != nil {
			amend(x, cspReportHeader, reported)
		}
		if endpoints != nil {
			amend(x, endpointsHeader, endpoints)
		}
	}}, nil
}

// Probes asks again for pages that bear a nonce.
func (CSP) Probes(e *pavise.Evidence) []pavise.Probe { return nonceProbes(e) }

// Check reads the policies of all pages.
func (CSP) Check(e *pavise.Evidence) []pavise.Finding {
	said := stances{}
	var found []pavise.Finding
	for _, r := range cspRules {
		found = append(found, r.check(e, said))
	}
	return append(found, checkNonceReuse(e, said))
}
