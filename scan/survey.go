package scan

import (
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"pavise"
)

// survey asks for every kind of response that a site has: pages, redirects,
// missing pages, errors, static files and the answers of an API. A header on
// the home page proves nothing about the rest.
type survey struct{}

// maxLinks bounds the crawl.
const maxLinks = 24

func (survey) Probes(e *pavise.Evidence) []pavise.Probe {
	base := e.Target.URL
	ask := func(path string) pavise.Probe { return pavise.Ask(pavise.Request{URL: base + path}) }
	json := http.Header{"Accept": {"application/json"}, "Content-Type": {"application/json"}}
	probes := []pavise.Probe{
		e.Target.Home(),
		ask(e.Target.Start),
		ask("/favicon.ico"),
		ask("/robots.txt"),
		ask("/pavise-no-such-page"),
		ask("/%ff"), // no text: many routers throw
		pavise.Ask(pavise.Request{URL: base + "/pavise-no-such-page", Header: http.Header{"Accept": {"application/json"}}}),
		pavise.Ask(pavise.Request{Method: "POST", URL: base + "/", Header: json, Body: `{"pavise":`}),
	}
	if e.Target.Login != "" {
		probes = append(probes, pavise.Ask(pavise.Request{URL: e.Target.Login}))
	}
	return append(probes, crawl(e)...)
}

// crawl follows links and redirects on the same origin, those of a kind not yet
// seen first.
func crawl(e *pavise.Evidence) []pavise.Probe {
	var links []string
	for _, a := range e.Site() {
		if a.Probe.Request.Method != "" || a.Probe.Request.Header != nil {
			continue
		}
		links = append(links, redirected(a, e.Target.URL)...)
		links = append(links, a.Response.Links...)
	}
	links = byKind(slices.DeleteFunc(links, pavise.Acts))
	var probes []pavise.Probe
	for _, link := range links[:min(len(links), maxLinks)] {
		probes = append(probes, pavise.Ask(pavise.Request{URL: link}))
	}
	return probes
}

// byKind puts the first link of every kind before the second of any.
func byKind(links []string) []string {
	seen := map[string]int{}
	rank := make(map[string]int, len(links))
	var unique []string
	for _, link := range links {
		if _, again := rank[link]; !again {
			kind := kindOf(link)
			rank[link] = seen[kind]
			seen[kind]++
			unique = append(unique, link)
		}
	}
	slices.SortStableFunc(unique, func(a, b string) int { return rank[a] - rank[b] })
	return unique
}

func redirected(a pavise.Answer, origin string) []string {
	to := a.Response.Header.Get("Location")
	base, err := url.Parse(a.Probe.Request.URL)
	if to == "" || err != nil {
		return nil
	}
	u, err := base.Parse(to)
	if err != nil || !strings.HasPrefix(u.String(), origin+"/") {
		return nil
	}
	u.Fragment = ""
	return []string{u.String()}
}

func kindOf(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	if ext := path.Ext(u.Path); ext != "" {
		return ext
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	return first
}
