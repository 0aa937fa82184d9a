package headers

import (
	"cmp"
	"net/http"

	"pavise"
)

// Resource keeps other sites from loading what was made for this one.
type Resource struct {
	Policy string `yaml:"policy" enum:"same-site,same-origin" doc:"who may embed a response: same-site, or same-origin" default:"same-site"`
}

const (
	resourceHeader  = "Cross-Origin-Resource-Policy"
	resourceDefault = "same-site"
)

var resourcePolicies = ladder{"cross-origin", resourceDefault, "same-origin"}

// Doc describes the control.
func (Resource) Doc() pavise.Doc {
	return pavise.Doc{
		ID:    "headers.resource",
		Title: "Cross-Origin-Resource-Policy",
		Why:   "Whatever a foreign page can embed lands in its process, where side channels such as Spectre can read it, with the visitor's cookies applied.",
		Enforces: "Sends Cross-Origin-Resource-Policy: same-site with every response, unless the app's own is as strict, " +
			"or says cross-origin beside an Access-Control-Allow-Origin.",
		Verifies: "Every response is kept to the site or the origin, or is declared public in both headers.",
		Rules: []pavise.Rule{{
			ID:         "headers.resource.present",
			Title:      "Every response says who may embed it",
			Severity:   pavise.Low,
			References: []string{"ASVS 5.0 3.5.8", "CWE-200", "Fetch Standard, Cross-Origin-Resource-Policy header"},
			Fix:        sends("Cross-Origin-Resource-Policy", "same-site"),
		}},
	}
}

// Validate reports a policy that is unknown or laxer than the default.
func (c Resource) Validate() error {
	return oneOf("headers.resource", "policy", c.Policy, resourceDefault, "same-origin")
}

// Enforce sends the policy unless the app's is as strict or the response public.
func (c Resource) Enforce(env pavise.Env) (pavise.Hooks, error) {
	ours := cmp.Or(c.Policy, resourceDefault)
	private := func(x *pavise.Exchange) bool { return !public(x.Header) }
	return where(private, floor(env, "headers.resource", resourceHeader, ours, resourceReaches(ours))), nil
}

// Check looks at every response: images and data are what is embedded.
func (Resource) Check(e *pavise.Evidence) []pavise.Finding {
	good := resourceReaches(resourceDefault)
	return []pavise.Finding{e.Each("headers.resource.present", resourceHeader+": same-site or same-origin",
		func(a pavise.Answer) (string, bool) {
			if public(a.Response.Header) {
				return "cross-origin beside Access-Control-Allow-Origin: meant for others", false
			}
			return show(a, resourceHeader), !good(a.Response.Header[resourceHeader])
		})}
}

// public reports whether the app says twice that a response is meant for other
// sites. Nobody does that by accident, and a fetch with CORS would get past a
// stricter policy of ours anyway: it would break only <img> and <script>.
func public(h http.Header) bool {
	lines := h[resourceHeader]
	return len(lines) == 1 && lines[0] == "cross-origin" && len(h["Access-Control-Allow-Origin"]) != 0
}

// resourceReaches compares the whole header: a browser takes any other text,
// even the same value twice, for no policy at all.
func resourceReaches(least string) func(lines []string) bool {
	return func(lines []string) bool { return len(lines) == 1 && resourcePolicies.reaches(lines[0], least) }
}
