package headers

import (
	"cmp"
	"slices"
	"strings"

	"pavise"
)

// Referrer keeps addresses of the site, with what stands in them, from the
// sites that it links to.
type Referrer struct {
	Policy string `yaml:"policy" enum:"strict-origin-when-cross-origin,strict-origin,same-origin,no-referrer" doc:"the policy for an app that sets none, or a laxer one" default:"strict-origin-when-cross-origin"`
}

const (
	referrerHeader  = "Referrer-Policy"
	referrerDefault = "strict-origin-when-cross-origin"
)

// referrerPolicies are ordered by what another site, or somebody on the line,
// comes to know. "origin" stands below the default because it goes out in the
// clear too. The default is not no-referrer: with that, browsers send Origin:
// null from the site's own forms (Fetch Standard, append a request Origin header).
var referrerPolicies = ladder{
	"unsafe-url",
	"no-referrer-when-downgrade",
	"origin-when-cross-origin",
	"origin",
	referrerDefault,
	"strict-origin",
	"same-origin",
	"no-referrer",
}

// Doc describes the control.
func (Referrer) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "headers.referrer",
		Title:    "Referrer-Policy",
		Why:      "The address of a page may hold a reset token, a search or a name, and goes to every site that the page links to.",
		Enforces: "Sends Referrer-Policy: strict-origin-when-cross-origin with every response, unless the app's own policy is as strict.",
		Verifies: "Every page bears a policy by which other sites learn the origin at most, and nobody on the line anything.",
		Rules: []pavise.Rule{{
			ID:         "headers.referrer.policy",
			Title:      "Other sites learn no more than the origin",
			Severity:   pavise.Low,
			CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N",
			References: []string{"ASVS 5.0 3.4.5", "CWE-200", "Referrer Policy 3"},
			Fix:        sends("Referrer-Policy", "strict-origin-when-cross-origin"),
		}},
	}
}

// Validate reports a policy that is unknown or laxer than the default.
func (c Referrer) Validate() error {
	return oneOf("headers.referrer", "policy", c.Policy, referrerPolicies[slices.Index(referrerPolicies, referrerDefault):]...)
}

// Enforce sends the policy unless the app's is as strict.
func (c Referrer) Enforce(env pavise.Env) (pavise.Hooks, error) {
	ours := cmp.Or(c.Policy, referrerDefault)
	return floor(env, "headers.referrer", referrerHeader, ours, referrerReaches(ours)), nil
}

// Check looks at the pages: what else they load inherits from them.
func (Referrer) Check(e *pavise.Evidence) []pavise.Finding {
	return judge(e, "headers.referrer.policy", referrerHeader, referrerDefault+" or stricter", pages, referrerReaches(referrerDefault))
}

func referrerReaches(least string) func(lines []string) bool {
	return func(lines []string) bool { return referrerPolicies.reaches(referrerPolicy(lines), least) }
}

// referrerPolicy is what a browser obeys: the last value that it knows, so that
// newer ones can stand behind older ones (Referrer Policy 8.1).
func referrerPolicy(lines []string) string {
	last := ""
	for _, line := range lines {
		for value := range strings.SplitSeq(line, ",") {
			if value = strings.ToLower(strings.TrimSpace(value)); slices.Contains(referrerPolicies, value) {
				last = value
			}
		}
	}
	return last
}
