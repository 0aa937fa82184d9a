package requests

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"pavise"
)

// Methods lets the methods through that the web is made of, and no other.
type Methods struct {
	Allow []string `yaml:"allow" doc:"further methods, such as PROPFIND and MKCOL for WebDAV" default:"none"`
}

// common are the methods that pass (RFC 9110 9.3, RFC 5789).
var common = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}

// dangerous are methods that no app may be sent: they give a request back with what
// a script must not read (CWE-693), open a tunnel, or attach a debugger.
var dangerous = []string{http.MethodTrace, "TRACK", http.MethodConnect, "DEBUG"}

// Doc describes the control.
func (Methods) Doc() pavise.Doc {
	fix := pavise.Fix{
		Pavise:  pavise.OnByDefault,
		Nginx:   `if ($request_method !~ "^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$") { return 405; }`,
		Apache:  "TraceEnable off\nHttpProtocolOptions Strict RegisteredMethods",
		Express: `app.use((req, res, next) => ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].includes(req.method) ? next() : res.sendStatus(405));`,
	}
	override := fix
	override.Nginx = `proxy_set_header X-HTTP-Method-Override "";`
	override.Apache = "RequestHeader unset X-HTTP-Method-Override"
	override.Express = `app.use(methodOverride("X-HTTP-Method-Override"));  // its default: of POST alone`
	return pavise.Doc{
		ID:       "requests.methods",
		Title:    "Methods",
		Why:      "TRACE gives a request back with its cookies, and what an app makes of a method it does not know is often what it does for GET, without the checks of GET. A header that overrides the method lets a link do what a form may not.",
		Enforces: "Answers 405 to TRACE, TRACK, CONNECT and DEBUG, 501 to methods that are not known and 400 to what is no method. Takes _method and the headers that override the method out of GET and HEAD, and refuses them elsewhere if they name no known method.",
		Verifies: "The home page is asked for by TRACE, by a method that does not exist, and by GET with a header that says OPTIONS. With --active a small file that bears our name is put, looked for, and deleted again.",
		Refuses:  true,
		Rules: []pavise.Rule{
			{ID: "requests.methods.trace", Title: "No request is sent back by TRACE", Severity: pavise.Medium, CVSS: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N",
				References: []string{"ASVS 5.0 13.4.4", "RFC 9110 9.3.8", "CWE-693"}, Fix: fix},
			{ID: "requests.methods.unknown", Title: "A method that does not exist is not answered like GET", Severity: pavise.Low, CVSS: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:L/A:N",
				References: []string{"RFC 9110 9.1", "ASVS 5.0 4.1.4", "CWE-749"}, Fix: fix},
			{ID: "requests.methods.override", Title: "No header makes another method of GET", Severity: pavise.Medium, CVSS: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:L/A:N",
				References: []string{"RFC 9110 9.2.1", "CWE-650"}, Fix: override},
			{ID: ruleWrite, Title: "No stranger may write a file by PUT", Severity: pavise.High, Owner: true,
				CVSS:       "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N",
				References: []string{"PCI DSS 4.0.1 2.2.6", "ASVS 5.0 4.1.4", "CWE-650", "CWE-434"},
				Fix: pavise.Fix{
					Nginx:   "dav_methods off;",
					Apache:  "# a2dismod dav_fs, or in the folder\nDav Off\n<LimitExcept GET HEAD POST>\n\tRequire valid-user\n</LimitExcept>",
					Express: `app.put("/files/:name", requireLogin, save); // no route for PUT without a login before it`,
				}},
		},
	}
}

// Validate reports what is no method, and what must not be let through.
func (c Methods) Validate() error {
	var errs []error
	for _, method := range c.Allow {
		switch {
		case slices.Contains(dangerous, strings.ToUpper(method)):
			errs = append(errs, fmt.Errorf("requests.methods: allow must not name %s, which no app may be sent", strings.ToUpper(method)))
		case !isToken(method) || method != strings.ToUpper(method):
			errs = append(errs, fmt.Errorf("requests.methods: allow must name methods such as PROPFIND, in capitals, not %q", method))
		}
	}
	return errors.Join(errs...)
}

// Enforce refuses every other method, also where one stands in for another.
func (c Methods) Enforce(pavise.Env) (pavise.Hooks, error) {
	known := append(slices.Clone(common), c.Allow...)
	allow := strings.Join(known, ", ")
	return pavise.Hooks{
		Admit: func(x *pavise.Exchange) error {
			method := x.Request.Method
			if !slices.Contains(known, method) {
				return refuseMethod(method, allow)
			}
			if safe(method) {
				return nil // nothing of it stays, see Rewrite
			}
			if other := overriding(x.Request, known); other != "" {
				return &pavise.Refusal{Status: http.StatusBadRequest, Rule: "requests.methods.override",
					Reason: "The request is to stand for a method that is not known.", Saw: method + " as " + clip(other)}
			}
			return nil
		},
		Rewrite: func(x *pavise.Exchange) {
			if safe(x.Request.Method) {
				stripOverride(x.Request)
			}
		},
	}, nil
}

// refuseMethod tells a method that is not taken from one that is not known (RFC
// 9110 15.5.6, 15.6.2) and from what is none.
func refuseMethod(method, allow string) *pavise.Refusal {
	r := &pavise.Refusal{Status: http.StatusNotImplemented, Rule: "requests.methods.unknown",
		Reason: "This method is not known here.", Saw: clip(method)}
	switch {
	case !isToken(method):
		r.Status, r.Reason, r.Saw = http.StatusBadRequest, "The request does not begin as requests do.", fmt.Sprintf("%.80q", method)
	case slices.Contains(dangerous, strings.ToUpper(method)):
		r.Status, r.Reason, r.Allow = http.StatusMethodNotAllowed, "This method is not taken.", allow
		if method == http.MethodTrace {
			r.Rule = "requests.methods.trace"
		}
	}
	return r
}

// Probes asks for the home page by several methods; none of them changes anything but,
// where it was agreed to, one file of ours.
func (Methods) Probes(e *pavise.Evidence) []pavise.Probe {
	home, trace, unknown, options, overridden := methodProbes(e)
	return append([]pavise.Probe{home, trace, unknown, options, overridden}, writeProbes(e)...)
}

// Check compares the answers with that of a plain GET.
func (Methods) Check(e *pavise.Evidence) []pavise.Finding {
	home, trace, unknown, options, overridden := methodProbes(e)
	return []pavise.Finding{checkTrace(e, trace), checkMethod(e, home, unknown), checkOverride(e, home, options, overridden), checkWrite(e)}
}
