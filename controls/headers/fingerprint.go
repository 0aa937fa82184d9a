package headers

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"pavise"
)

// Fingerprint removes the headers that tell an attacker which software runs here,
// in which version and on which machine.
type Fingerprint struct {
	Keep []string `yaml:"keep" doc:"headers that leave although they tell something, such as X-Version" default:"none"`
}

const (
	tellsServer    = "headers.fingerprint.server"
	tellsSoftware  = "headers.fingerprint.powered-by"
	tellsInternals = "headers.fingerprint.internals"
)

// Doc describes the control.
func (Fingerprint) Doc() pavise.Doc {
	rule := func(id, title, nginx, apache, express string) pavise.Rule {
		return pavise.Rule{ID: id, Title: title, Severity: pavise.Low,
			References: []string{"ASVS 5.0 13.4.6", "CWE-200", "CWE-497", "OWASP Secure Headers, headers to remove"},
			Fix:        pavise.Fix{Pavise: pavise.OnByDefault, Nginx: nginx, Apache: apache, Express: express}}
	}
	return pavise.Doc{
		ID:       "headers.fingerprint",
		Title:    "Headers that name the software",
		Why:      "Who knows product and version looks up the matching flaw instead of trying all, and finds the site in the lists of those who scan for it.",
		Enforces: "Removes Server, X-Powered-By and their kin, version, debug, trace, cache node and source map headers. Headers that an app's own scripts read stay, and so does X-Request-Id.",
		Verifies: "No response bears one of the headers on the list.",
		Rules: []pavise.Rule{
			rule(tellsServer, "No Server header names the software",
				"more_clear_headers Server; # of the headers-more module: server_tokens off leaves the name",
				"# of ModSecurity: ServerTokens Prod leaves the name\nServerTokens Full\nSecServerSignature \"-\"",
				removes("Server")),
			rule(tellsSoftware, "No header names framework or version",
				"proxy_hide_header X-Powered-By; # and each other header seen",
				"# and each other header seen\n"+drops("X-Powered-By"),
				`app.disable("x-powered-by");`),
			rule(tellsInternals, "No header tells of machines, debugging or source maps",
				"proxy_hide_header Via;\nproxy_hide_header SourceMap; # and each other header seen",
				"# and each other header seen\n"+drops("Via", "SourceMap"),
				removes("Via", "SourceMap")+" // and each other header seen"),
		},
	}
}

// Validate reports names that would not be removed anyway.
func (c Fingerprint) Validate() error {
	var errs []error
	for _, name := range c.Keep {
		if tells(http.CanonicalHeaderKey(name)) == "" {
			errs = append(errs, fmt.Errorf("headers.fingerprint: keep: %q is not removed, so it needs no keeping", name))
		}
	}
	return errors.Join(errs...)
}

// Enforce removes what tells, whatever was set by whom.
func (c Fingerprint) Enforce(pavise.Env) (pavise.Hooks, error) {
	keep := make(map[string]bool, len(c.Keep))
	for _, name := range c.Keep {
		keep[http.CanonicalHeaderKey(name)] = true
	}
	return pavise.Hooks{Amend: func(x *pavise.Exchange) {
		for name := range x.Header {
			if tells(name) != "" && !keep[name] {
				delete(x.Header, name)
			}
		}
	}}, nil
}

// Check looks at every response. What the settings keep is told all the same:
// whoever accepts that says so in the report.
func (Fingerprint) Check(e *pavise.Evidence) []pavise.Finding {
	var found []pavise.Finding
	for _, r := range [...]struct{ rule, want string }{
		{tellsServer, "no Server header"},
		{tellsSoftware, "no X-Powered-By and the like"},
		{tellsInternals, "no Via, SourceMap, trace or debug header"},
	} {
		found = append(found, e.Each(r.rule, r.want, func(a pavise.Answer) (string, bool) {
			saw := telling(a, r.rule)
			if saw == "" {
				return "none", false
			}
			return saw, true
		}))
	}
	return found
}

// telling returns the headers of a response that offend against a rule.
func telling(a pavise.Answer, rule string) string {
	var list []string
	for name, lines := range a.Response.Header {
		if tells(name) == rule && strings.Join(lines, "") != "" {
			list = append(list, name+": "+clip(lines))
		}
	}
	slices.Sort(list)
	return clip(list)
}
