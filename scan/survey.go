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
		pavise.Ask(pavise.Request{URL: e.Target.NoPage()}),
		ask("/%ff"), // no text: many routers throw
		pavise.Ask(pavise.Request{URL: e.Target.NoPage(), Header: http.Header{"Accept": {"application/json"}}}),
		pavise.Ask(pavise.Request{Method: "POST", URL: base + "/", Header: json, Body: `{"pavise":`}),
	}
	if e.Target.Login != "" {
		probes = append(probes, pavise.Ask(pavise.Request{URL: e.Target.Login}))
	}
	if next := inClear(e); next != "" {
		probes = append(probes, pavise.Ask(pavise.Request{URL: next}))
	}
	return append(probes, e.Nowhere()...)
}

// inClear is where plain http leads, as long as that is plain http on the same origin:
// what a visitor meets there is the site's, too.
func inClear(e *pavise.Evidence) (next string) {
	address := e.Target.Clear + "/"
	for range maxRounds {
		a := e.Answer(pavise.Ask(pavise.Request{URL: address}))
		if e.Target.Clear == "" || a == nil || a.Response == nil {
			return next
		}
		to := redirected(*a, e.Target.Clear)
		if len(to) == 0 || pavise.Acts(to[0]) {
			return ""
		}
		address, next = to[0], to[0]
	}
	return ""
}

// home asks for the home page alone.
type home struct{}

func (home) Probes(e *pavise.Evidence) []pavise.Probe { return []pavise.Probe{e.Target.Home()} }
