package pavise

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Header returns the headers that the handler sets. In HTTP/2 by net/http they are
// not those of the ResponseWriter: it writes an interim response from these in
// another goroutine, which goes on where the stream was reset meanwhile.
func (w *writer) Header() http.Header { return w.x.Header }

// informsAtOnce reports whether an interim response has been read out of the headers
// when WriteHeader returns, as our own server of HTTP/2 tells of itself.
func informsAtOnce(w http.ResponseWriter) bool {
	_, ok := w.(interface{ InformsAtOnce() })
	return ok
}

// keepApart gives the exchange headers of its own.
func (w *writer) keepApart() {
	if w.spare == nil {
		w.spare = make(http.Header, 32)
	}
	maps.Copy(w.spare, w.ResponseWriter.Header())
	w.apart, w.x.Header = true, w.spare
}

// hand gives headers to the ResponseWriter, if those of the exchange are apart,
// and if nobody can be writing them out.
func (w *writer) hand(h http.Header) {
	if !w.handing() {
		return
	}
	to := w.ResponseWriter.Header()
	clear(to)
	maps.Copy(to, h)
}

// handTrailers gives what may come behind the body, and nothing else: in HTTP/3 the
// head of a short response has not left yet, and no control has amended what the
// app sets late.
func (w *writer) handTrailers() {
	if !w.handing() {
		return
	}
	to := w.ResponseWriter.Header()
	for name := range announced(to) {
		if values := w.x.Header[name]; values != nil {
			to[name] = values
		}
	}
	for name, values := range w.x.Header {
		if strings.HasPrefix(name, http.TrailerPrefix) {
			to[name] = values
		}
	}
}

func (w *writer) handing() bool {
	return w.apart && !(w.lent && w.x.Request.Context().Err() != nil)
}

// inform sends a 1xx response with the links of early hints (RFC 8297) and
// nothing else: no control amends it, and the app's other headers could tell of
// its connection or its software. They stay for the final response.
func (w *writer) inform(status int) {
	h := w.Header()
	if w.apart {
		w.lend(status, h["Link"])
		return
	}
	all := maps.Clone(h)
	maps.DeleteFunc(h, func(name string, _ []string) bool { return name != "Link" })
	w.ResponseWriter.WriteHeader(status)
	maps.Copy(h, all)
}

// lend is inform where the headers are apart. A client that waits with its body
// is told first to go on: behind another interim response net/http drops that.
func (w *writer) lend(status int, links []string) {
	if !w.lent && status != http.StatusContinue && w.x.Request.ContentLength != 0 {
		w.hand(nil)
		w.lent = true
		w.ResponseWriter.WriteHeader(http.StatusContinue)
	}
	only := http.Header{}
	if links != nil {
		only["Link"] = slices.Clone(links)
	}
	w.hand(only)
	w.lent = true
	w.ResponseWriter.WriteHeader(status)
}
