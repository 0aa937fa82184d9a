package headers

import (
	"net/http"
	"slices"

	"pavise"
)

var nonceReuse = owners("nonce-reuse", "No nonce is used twice", "CSP Level 3 7.1")

// maxNoncePages is how many pages with a nonce are asked for again.
const maxNoncePages = 4

// nonceProbes asks again for pages that bear a nonce, as a browser does: a header
// that no cache heeds tells this question from the first.
func nonceProbes(e *pavise.Evidence) []pavise.Probe {
	var probes []pavise.Probe
	for _, a := range e.Site() {
		r := a.Probe.Request
		if r.Method == "" && r.Header == nil && pages(a) && len(noncesOf(a)) > 0 && len(probes) < maxNoncePages {
			probes = append(probes, pavise.Ask(pavise.Request{URL: r.URL, Header: http.Header{"Upgrade-Insecure-Requests": {"1"}}}))
		}
	}
	return probes
}

// noncesOf returns the nonces of an answer, each once.
func noncesOf(a pavise.Answer) []string {
	var list []string
	for _, p := range stanceOf(a).enforced {
		for _, d := range p {
			list = append(list, d.nonces()...)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// checkNonceReuse passes if every response had nonces of its own. The nonce
// itself is not shown: it may still be good.
func checkNonceReuse(e *pavise.Evidence) pavise.Finding {
	seen := map[string]bool{}
	f := e.Each(nonceReuse.ID, "a nonce of its own in every response", func(a pavise.Answer) (string, bool) {
		if !pages(a) {
			return "", false
		}
		saw, fault := "", false
		for _, nonce := range noncesOf(a) {
			saw, fault = "a nonce of its own", fault || seen[nonce]
			seen[nonce] = true
		}
		return when(!fault, saw) + when(fault, "a nonce that another response had"), fault
	})
	for _, p := range nonceProbes(e) {
		if _, why := e.Heard(p); why != "" && f.Outcome != pavise.Fail {
			f = pavise.Unlooked(nonceReuse.ID, p.Request.URL, "the page asked for again: "+why)
		}
	}
	return f
}
