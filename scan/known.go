package scan

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"pavise"
)

// maxLibraries bounds the libraries of one response.
const maxLibraries = 50

// recognise names the libraries of a script, or those of a page: by the addresses of
// its scripts, and by the text of those that stand in it.
func (c client) recognise(r *pavise.Response, at *url.URL) {
	if c.opt.Recognise == nil || r.Status != http.StatusOK {
		return
	}
	add := func(address string, text []byte) {
		for _, lib := range c.opt.Recognise(address, text) {
			if len(r.Libraries) < maxLibraries && !slices.Contains(r.Libraries, lib) {
				r.Libraries = append(r.Libraries, lib)
			}
		}
	}
	switch {
	case r.HTML():
		for _, resource := range r.Resources {
			if resource.Kind == "script" {
				add(resource.URL, nil)
			}
		}
		if text := inlineScripts(r.Body); len(text) > 0 {
			add(at.String(), text)
		}
	case r.JavaScript():
		add(at.String(), r.Body)
	}
}

func (c client) known(k pavise.Known) (*pavise.Notices, error) {
	if c.opt.Known == nil {
		return nil, errors.New("there is no data about versions")
	}
	return c.opt.Known(k)
}

// lookUp asks what is known of what was found in the last round: that needs no site.
func (c *collector) lookUp(probers []pavise.Prober) {
	if c.opt.Known == nil {
		return
	}
	for _, prober := range probers {
		for _, p := range prober.Probes(c.evidence) {
			if key := p.Key(); p.Known != nil && !c.asked[key] && len(c.asked) < 2*c.client.budget.most() {
				c.asked[key] = true
				a := pavise.Answer{Probe: p}
				var err error
				if a.Notices, err = c.client.known(*p.Known); err != nil {
					a.Error = err.Error()
				}
				c.evidence.Add(a)
			}
		}
	}
}
