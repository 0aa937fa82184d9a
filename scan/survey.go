package scan

import (
	"net/http"

	"pavise"
)

// survey asks for every kind of response that a site has: pages, redirects,
// missing pages, errors, static files and the answers of an API. A header on
// the home page proves nothing about the rest.
type survey struct{}

func (survey) Probes(e *pavise.Evidence) []pavise.Probe {
	base := e.Target.URL
	ask := func(path string) pavise.Probe { return pavise.Ask(pavise.Request{URL: base + path}) }
	json := http.Header{"Accept": {"application/json"}, "Content-Type": {"application/json"}}
	probes := []pavise.Probe{
		e.Target.Home(),
		ask(e.Target.Start),
		ask("/favicon.ico"),
		robotsProbe(e.Target),
		ask("/pavise-no-such-page"),
		ask("/%ff"), // no text: many routers throw
		pavise.Ask(pavise.Request{URL: base + "/pavise-no-such-page", Header: http.Header{"Accept": {"application/json"}}}),
		pavise.Ask(pavise.Request{Method: "POST", URL: base + "/", Header: json, Body: `{"pavise":`}),
	}
	return append(probes, e.Nowhere()...)
}

// home asks for the home page alone.
type home struct{}

func (home) Probes(e *pavise.Evidence) []pavise.Probe { return []pavise.Probe{e.Target.Home()} }
