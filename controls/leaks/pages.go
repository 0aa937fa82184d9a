package leaks

import (
	"fmt"
	"net/http"

	"pavise"
)

// Pages puts a page of ours in the place of default error pages.
type Pages struct{}

// ownErrors has Apache show a page of its own for what the app answers.
const ownErrors = `# in the <Location> of pages, not in that of an API
ProxyErrorOverride On
ErrorDocument 400 /error.html
ErrorDocument 404 /error.html
ErrorDocument 500 /error.html
ErrorDocument 502 /error.html
ErrorDocument 503 /error.html`

// Doc describes the control.
func (Pages) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "leaks.pages",
		Title:    "Own error pages",
		Why:      "The error page that comes with a server or framework names it, often with its version, and so tells a stranger which flaws to try.",
		Enforces: "Where a browser goes to a page and gets the default error page of Express, nginx, Apache, Tomcat, Django, Rails or Go, it is shown a page that names nobody. The app's own error pages, and what scripts ask for, stay as they are.",
		Verifies: "Every error page that the scan meets, at a missing page, a malformed address and elsewhere.",
		Rules: []pavise.Rule{{
			ID:         "leaks.pages.default",
			Title:      "No error page is the default one of a product",
			Severity:   pavise.Low,
			References: []string{"ASVS 5.0 13.4.6", "ASVS 5.0 16.5.1", "CWE-200"},
			Fix: pavise.Fix{
				Pavise: pavise.OnByDefault,
				Nginx: `server_tokens off;
# in the locations of pages, not in those of an API
proxy_intercept_errors on;
error_page 400 403 404 405 413 414 421 494 /error.html;
error_page 500 502 503 504 /error.html;
location = /error.html { root /srv/pages; internal; }`,
				Apache: "ServerTokens Prod\nServerSignature Off\n" + ownErrors,
				Express: `app.use((req, res) => res.status(404).send("Page not found"));
app.use((err, req, res, next) => res.status(err.status ?? 500).send("Something went wrong"));`,
			},
		}},
	}
}

// Validate reports nothing: there is nothing to set.
func (Pages) Validate() error { return nil }

// Enforce replaces default pages on navigations. A script that asks must be told
// what the app says.
func (Pages) Enforce(env pavise.Env) (pavise.Hooks, error) {
	known := readable(env)
	return pavise.Hooks{Rewrite: known.ask, Replace: func(x *pavise.Exchange, held []byte) *pavise.Page {
		// The login dialogue of a browser belongs to the page behind it.
		if x.Status < 400 || x.Status == http.StatusUnauthorized && len(x.Header["Www-Authenticate"]) > 0 || !pavise.Navigation(x.Request) {
			return nil
		}
		media := known.mediaType(x.Header, held)
		if media != "text/html" && media != "text/plain" {
			return nil
		}
		text, _ := known.plain(x.Header, held)
		name := product(media, text)
		if name == "" {
			return nil
		}
		return ownPage(x, "leaks.pages.default", "the page of "+name)
	}}, nil
}

// Check looks at every error page that a browser would show.
func (Pages) Check(e *pavise.Evidence) []pavise.Finding {
	return []pavise.Finding{e.Each("leaks.pages.default", "an error page that names no product",
		func(a pavise.Answer) (string, bool) {
			r := a.Response
			media := standard.mediaType(r.Header, r.Body)
			if r.Status < 400 || media != "text/html" && media != "text/plain" || !navigates(a.Probe.Request.Header) {
				return "", false
			}
			if name := product(media, r.Body); name != "" {
				return fmt.Sprintf("the %d page of %s", r.Status, name), true
			}
			return fmt.Sprintf("a %d page that names no product", r.Status), false
		})}
}

// navigates reports whether a probe asked as a browser does that goes to a page:
// the scanner does unless the probe says otherwise.
func navigates(asked http.Header) bool {
	if asked.Get("Accept") == "" && asked.Get("Sec-Fetch-Mode") == "" {
		return true
	}
	return pavise.Navigation(&http.Request{Header: asked})
}
