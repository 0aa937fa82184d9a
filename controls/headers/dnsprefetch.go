package headers

import "pavise"

// DNSPrefetch keeps browsers from looking up the hosts of links that nobody has
// followed.
type DNSPrefetch struct{}

// Doc describes the control.
func (DNSPrefetch) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "headers.dns-prefetch",
		Title:    "X-DNS-Prefetch-Control",
		Why:      "Whoever sees the name lookups of a visitor learns what stands on a private page, and a planted link can carry data out in its host name.",
		Enforces: "Sends X-DNS-Prefetch-Control: off with every response.",
		Verifies: "Every page bears off, once.",
		Rules: []pavise.Rule{{
			ID:         "headers.dns-prefetch.off",
			Title:      "Links are not looked up before they are followed",
			Severity:   pavise.Info,
			References: []string{"CWE-200", "OWASP Secure Headers, X-DNS-Prefetch-Control"},
			Fix:        sends("X-DNS-Prefetch-Control", "off"),
		}},
	}
}

// Validate reports nothing: there is nothing to set.
func (DNSPrefetch) Validate() error { return nil }

// Enforce sends the header with every response.
func (DNSPrefetch) Enforce(env pavise.Env) (pavise.Hooks, error) {
	return always(env, "headers.dns-prefetch", "X-DNS-Prefetch-Control", "off"), nil
}

// Check looks at the pages: nothing else has links.
func (DNSPrefetch) Check(e *pavise.Evidence) []pavise.Finding {
	return judge(e, "headers.dns-prefetch.off", "X-DNS-Prefetch-Control", "off", pages, exactly("off"))
}
