package headers

import "pavise"

// Download keeps Internet Explorer from opening a download within the site.
type Download struct{}

// Doc describes the control.
func (Download) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "headers.download",
		Title:    "X-Download-Options",
		Why:      "Internet Explorer offers to open a downloaded page at once, and then runs it as a page of the site that it came from.",
		Enforces: "Sends X-Download-Options: noopen with every response.",
		Verifies: "Every kind of response bears exactly one noopen.",
		Rules: []pavise.Rule{{
			ID:         "headers.download.noopen",
			Title:      "Downloads are saved, not opened within the site",
			Severity:   pavise.Info,
			References: []string{"CWE-693", "OWASP Secure Headers, X-Download-Options"},
			Fix:        sends("X-Download-Options", "noopen"),
		}},
	}
}

// Validate reports nothing: there is nothing to set.
func (Download) Validate() error { return nil }

// Enforce sends the header with every response.
func (Download) Enforce(env pavise.Env) (pavise.Hooks, error) {
	return always(env, "headers.download", "X-Download-Options", "noopen"), nil
}

// Check looks at every response: any may be downloaded.
func (Download) Check(e *pavise.Evidence) []pavise.Finding {
	return ofPages(e, "headers.download.noopen", "X-Download-Options", "noopen", exactly("noopen"))
}
