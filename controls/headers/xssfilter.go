package headers

import "pavise"

// XSSFilter switches off the script filter that old browsers have on: it could be
// made to remove scripts that protect a page, and to leak what stands in it.
type XSSFilter struct{}

// Doc describes the control.
func (XSSFilter) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "headers.xss-filter",
		Title:    "X-XSS-Protection",
		Why:      "The filter of old browsers itself opened holes: an attacker could have it disable chosen scripts, or learn by it what a page holds.",
		Enforces: "Sends X-XSS-Protection: 0 with every response, whatever the app sends.",
		Verifies: "Every page bears 0, once. Without the header old browsers filter.",
		Rules: []pavise.Rule{{
			ID:         "headers.xss-filter.off",
			Title:      "The old script filter is switched off",
			Severity:   pavise.Info,
			References: []string{"CWE-693", "OWASP Secure Headers, X-XSS-Protection"},
			Fix:        sends("X-XSS-Protection", "0"),
		}},
	}
}

// Validate reports nothing: there is nothing to set.
func (XSSFilter) Validate() error { return nil }

// Enforce sends the header with every response.
func (XSSFilter) Enforce(env pavise.Env) (pavise.Hooks, error) {
	return always(env, "headers.xss-filter", "X-XSS-Protection", "0"), nil
}

// Check looks at the pages: nothing else is filtered.
func (XSSFilter) Check(e *pavise.Evidence) []pavise.Finding {
	return judge(e, "headers.xss-filter.off", "X-XSS-Protection", "0", pages, exactly("0"))
}
