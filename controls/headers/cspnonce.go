package headers

import (
	"net/http"
	"slices"

	"pavise"
)

var nonceReuse = owners("nonce-reuse", "No nonce is used twice", newNonce, "CSP Level 3 7.1")

// maxNoncePages is how many pages with a nonce are asked for again.
const maxNoncePages = 4

// nonceProbes asks again for pages that bear a nonce, as a browser does: a header
// that no cache heeds tells this question from the first.
func nonceProbes(e *pavise.Evidence) []pavise.Probe {
	var probes []pavise.Probe
	for _, a := range e.Site() {
		r := a.Probe.Request
		if r.Method == "" && r.Header == nil && pages(a) && len(stanceOf(a).nonces()) > 0 && len(probes) < maxNoncePages {
			probes = append(probes, pavise.Ask(pavise.Request{URL: r.URL, Header: http.Header{"Upgrade-Insecure-Requests": {"1"}}}))
		}
	}
	return probes
}

// nonces returns the nonces of all policies that are enforced, each once.
func (s stance) nonces() []string {
	var list []string
	for _, p := range s.enforced {
		for _, d := range p {
			list = append(list, d.nonces()...)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// checkNonceReuse passes if every response had nonces of its own. The nonce
// itself is not shown: it may still be good.
func checkNonceReuse(e *pavise.Evidence, said stances) pavise.Finding {
	seen := map[string]bool{}
	f := e.Each(nonceReuse.ID, "a nonce of its own in every response", func(a pavise.Answer) (string, bool) {
		if !pages(a) {
			return "", false
		}
		saw, fault := "", false
		for _, nonce := range said.of(a).nonces() {
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
