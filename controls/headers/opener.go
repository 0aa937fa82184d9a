package headers

import (
	"cmp"
	"strings"

	"pavise"
)

// Opener keeps a page apart from foreign windows that opened it.
type Opener struct {
	Policy string `yaml:"policy" enum:"same-origin-allow-popups,same-origin" doc:"same-origin-allow-popups keeps sign-in windows working; same-origin does not" default:"same-origin-allow-popups"`
}

const (
	openerHeader  = "Cross-Origin-Opener-Policy"
	openerDefault = "same-origin-allow-popups"
)

// openerPolicies end with one that an app may choose and that we never set: it
// cuts the tie to an opener of the same origin too.
var openerPolicies = ladder{"unsafe-none", openerDefault, "same-origin", "noopener-allow-popups"}

// Doc describes the control.
func (Opener) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "headers.opener",
		Title:    "Cross-Origin-Opener-Policy",
		Why:      "A foreign page that opens one of ours keeps a handle on its window: it can send it elsewhere, count its frames, and shares a process with it.",
		Enforces: "Sends Cross-Origin-Opener-Policy: same-origin-allow-popups with every response over TLS, unless the app's own is as strict.",
		Verifies: "Every page over https bears a policy other than unsafe-none. Browsers ignore it in the clear.",
		Rules: []pavise.Rule{{
			ID:         "headers.opener.present",
			Title:      "Every page is cut off from foreign openers",
			Severity:   pavise.Low,
			References: []string{"ASVS 5.0 3.4.8", "CWE-1022", "HTML Standard, cross-origin opener policies"},
			Fix:        sends("Cross-Origin-Opener-Policy", "same-origin-allow-popups"),
		}},
	}
}

// Validate reports a policy that is unknown or laxer than the default.
func (c Opener) Validate() error {
	return oneOf("headers.opener", "policy", c.Policy, openerDefault, "same-origin")
}

// Enforce sends the policy over TLS: in the clear a browser ignores it and
// writes an error to the console.
func (c Opener) Enforce(env pavise.Env) (pavise.Hooks, error) {
	ours := cmp.Or(c.Policy, openerDefault)
	return where(overTLS, floor(env, "headers.opener", openerHeader, ours, openerReaches(ours))), nil
}

// Check looks at the pages of a site on https.
func (Opener) Check(e *pavise.Evidence) []pavise.Finding {
	if !e.Target.Secure() {
		return []pavise.Finding{pavise.Skipped("headers.opener.present", e.Target.URL, "browsers obey it over https alone")}
	}
	return judge(e, "headers.opener.present", openerHeader, openerDefault+" or same-origin", pages, openerReaches(openerDefault))
}

func openerReaches(least string) func(lines []string) bool {
	return func(lines []string) bool { return openerPolicies.reaches(item(lines), least) }
}

// item returns the value of a header that is one structured item, without its
// parameters; several lines are none, and drop the header (RFC 9651 4.2).
func item(lines []string) string {
	if len(lines) != 1 {
		return ""
	}
	value, _, _ := strings.Cut(lines[0], ";")
	return strings.TrimSpace(value)
}
