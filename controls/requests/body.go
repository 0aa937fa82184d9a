package requests

import (
	"io"
	"net/http"
	"slices"

	"pavise"
)

// replaceBody gives the request another body. The server must find its own in its
// own request: by it net/http knows what is still to be read.
func replaceBody(x *pavise.Exchange, body io.ReadCloser) {
	x.Request = x.Request.WithContext(x.Request.Context())
	x.Request.Body = body
}

// bodyBounds are how large bodies may be, by path.
type bodyBounds struct {
	paths    []bodyBound // the most specific first
	standard int64
}

type bodyBound struct {
	pattern pavise.Pattern
	most    int64
}

func (c Size) bodies() bodyBounds {
	b := bodyBounds{standard: c.recommended().Body}
	for _, p := range c.Paths {
		pattern, _ := pavise.ParsePattern(p.Path) // Validate has read it before
		b.paths = append(b.paths, bodyBound{pattern, p.Body})
	}
	slices.SortStableFunc(b.paths, func(a, b bodyBound) int { return a.pattern.Compare(b.pattern) })
	return b
}

func (b bodyBounds) most(r *http.Request) int64 {
	for _, p := range b.paths {
		if p.pattern.Match(r) {
			return p.most
		}
	}
	return b.standard
}
