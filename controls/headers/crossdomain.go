package headers

import "pavise"

// CrossDomain denies Flash and Acrobat any cross-domain policy file of the site.
// Every other legal value, master-only too, lets one in.
type CrossDomain struct{}

// Doc describes the control.
func (CrossDomain) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "headers.cross-domain",
		Title:    "X-Permitted-Cross-Domain-Policies",
		Why:      "A policy file that somebody managed to upload would let documents of other sites read this one as the visitor.",
		Enforces: "Sends X-Permitted-Cross-Domain-Policies: none with every response.",
		Verifies: "Every kind of response bears exactly one none.",
		Rules: []pavise.Rule{{
			ID:         "headers.cross-domain.none",
			Title:      "No cross-domain policy file is obeyed",
			Severity:   pavise.Info,
			References: []string{"CWE-942", "OWASP Secure Headers, X-Permitted-Cross-Domain-Policies"},
			Fix:        sends("X-Permitted-Cross-Domain-Policies", "none"),
		}},
	}
}

// Validate reports nothing: there is nothing to set.
func (CrossDomain) Validate() error { return nil }

// Enforce sends the header with every response.
func (CrossDomain) Enforce(env pavise.Env) (pavise.Hooks, error) {
	return always(env, "headers.cross-domain", "X-Permitted-Cross-Domain-Policies", "none"), nil
}

// Check looks at every response: the policy file may lie anywhere.
func (CrossDomain) Check(e *pavise.Evidence) []pavise.Finding {
	return ofPages(e, "headers.cross-domain.none", "X-Permitted-Cross-Domain-Policies", "none", exactly("none"))
}
