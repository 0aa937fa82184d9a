package headers

import "pavise"

// NoSniff tells browsers to believe the Content-Type instead of guessing, so
// that an uploaded text cannot become a script.
type NoSniff struct{}

// Doc describes the control.
func (NoSniff) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "headers.nosniff",
		Title:    "X-Content-Type-Options",
		Why:      "A browser that guesses the type of a response can be made to run an upload as a script.",
		Enforces: "Sends X-Content-Type-Options: nosniff with every response.",
		Verifies: "Every kind of response bears exactly one nosniff.",
		Rules: []pavise.Rule{{
			ID:         "headers.nosniff.present",
			Title:      "Every response forbids guessing its type",
			Severity:   pavise.Low,
			References: []string{"ASVS 5.0 3.4.4", "CWE-693", "Fetch Standard, X-Content-Type-Options"},
			Fix:        sends("X-Content-Type-Options", "nosniff"),
		}},
	}
}

// Validate reports nothing: there is nothing to set.
func (NoSniff) Validate() error { return nil }

// Enforce sends the header with every response.
func (NoSniff) Enforce(env pavise.Env) (pavise.Hooks, error) {
	return always(env, "headers.nosniff", "X-Content-Type-Options", "nosniff"), nil
}

// Check passes if every response bears the header once.
func (NoSniff) Check(e *pavise.Evidence) []pavise.Finding {
	return judge(e, "headers.nosniff.present", "X-Content-Type-Options", "nosniff", everything, exactly("nosniff"))
}
