package transport

import (
	"net/http"
	"slices"
	"strings"

	"pavise"
)

// API looks at how hosts that serve data alone answer in the clear.
type API struct{}

// Doc describes the control.
func (API) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "transport.api",
		Title:    "An API in the clear",
		Why:      "A program that asks an API over http by mistake and is led on to https never notices: each of its keys has travelled in the clear by then. A browser's visitor types an address; nobody types one of an API.",
		Verifies: "Where the host answers in data and has no page, plain http refuses rather than redirects.",
		Rules: []pavise.Rule{{
			ID: "transport.api.redirect", Title: "An API does not lead from http to https", Severity: pavise.Low,
			CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N",
			References: []string{"ASVS 5.0 4.1.2", "CWE-319"},
			Fix: pavise.Fix{
				Nginx:   "server { listen 80; server_name api.example.com; return 403; }",
				Apache:  "<VirtualHost *:80>\n\tServerName api.example.com\n\tRedirect 403 /\n</VirtualHost>",
				Express: `app.use((req, res, next) => req.secure ? next() : res.sendStatus(403));`,
			},
		}},
	}
}

// Validate reports nothing: there is nothing to set.
func (API) Validate() error { return nil }

// Probes asks the plain http origin, where one is known.
func (API) Probes(e *pavise.Evidence) []pavise.Probe {
	if e.Target.Clear == "" {
		return nil
	}
	home, _ := redirectProbes(e)
	return []pavise.Probe{home}
}

// Check looks at the first answer in the clear.
func (API) Check(e *pavise.Evidence) []pavise.Finding {
	const rule = "transport.api.redirect"
	skip := func(why string) []pavise.Finding { return []pavise.Finding{pavise.Skipped(rule, e.Target.URL, why)} }
	home, _ := redirectProbes(e)
	switch why := noClear(e, e.Answer(home)); {
	case !e.Target.Secure():
		return skip("the site is looked at in the clear")
	case !dataAlone(e):
		return skip("the host has pages, or no data was seen")
	case why != "":
		return skip(why)
	}
	a, why := e.Heard(home)
	if a == nil {
		return []pavise.Finding{pavise.Unlooked(rule, e.Target.Clear, why)}
	}
	f := pavise.Finding{Rule: rule, Outcome: pavise.Pass, Where: home.Request.URL, Want: "a refusal, such as 403", Saw: status(a.Response) + " in the clear", Proof: a.Proof()}
	if to := location(a.Response); to != nil {
		f.Outcome, f.Saw = pavise.Fail, status(a.Response)+" to "+pavise.Clip(to.String(), 120)
	}
	return []pavise.Finding{f}
}

// dataAlone reports whether a host answers in JSON and has no page.
func dataAlone(e *pavise.Evidence) bool {
	page := func(a pavise.Answer) bool { return a.Response.HTML() }
	data := func(a pavise.Answer) bool {
		media := a.Response.Media()
		return a.Response.Status < http.StatusInternalServerError && (media == "application/json" || strings.HasSuffix(media, "+json"))
	}
	site := e.Site()
	return slices.ContainsFunc(site, data) && !slices.ContainsFunc(site, page)
}
