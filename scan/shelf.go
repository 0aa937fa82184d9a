package scan

import (
	"slices"

	"pavise"
)

// What a scan keeps of the pages it reads. Beyond, what was found in a page stays,
// and the page is cut.
const (
	maxShelf  = 12 << 20 // of bodies, and of what was found in them, in all
	cutBody   = 4 << 10
	cutLinks  = 20
	linkFixed = 16 // of a string's own
)

// A shelf bounds what the bodies of all answers take.
type shelf struct{ used int }

// keep cuts an answer that no longer finds room. Of what a probe wanted in a length
// of its own nothing is cut: it is short.
func (s *shelf) keep(a pavise.Answer) {
	r := a.Response
	if r == nil {
		return
	}
	if s.used > maxShelf && a.Probe.Request != nil && a.Probe.Request.Keep == 0 {
		if len(r.Body) > cutBody {
			r.Body, r.Cut = slices.Clone(r.Body[:cutBody]), true
		}
		if len(r.Links) > cutLinks {
			r.Links = slices.Clone(r.Links[:cutLinks])
		}
	}
	s.used += len(r.Body)
	for _, link := range r.Links {
		s.used += len(link) + linkFixed
	}
	for _, f := range r.Forms {
		s.used += len(f.Action) + linkFixed
		for _, field := range f.Fields {
			s.used += len(field.Name) + len(field.Value) + 2*linkFixed
		}
	}
	for _, from := range r.Resources {
		s.used += len(from.URL) + len(from.Integrity) + 2*linkFixed
	}
}
