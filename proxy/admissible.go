package proxy

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"os"
	"time"

	"golang.org/x/net/http/httpguts"

	"pavise"
)

// admissible refuses what quic-go takes for a request and net/http in HTTP/2 would
// not, and tells of the rest what net/http tells.
func admissible(w http.ResponseWriter, r *http.Request, patience time.Duration) (*http.Request, *pavise.Refusal) {
	switch {
	case r.Method == http.MethodConnect: // also what asks for a WebSocket so (RFC 9220)
		return r, &pavise.Refusal{Status: http.StatusNotImplemented, Reason: "No tunnel is opened here."}
	case !httpguts.ValidHostHeader(r.Host):
		return r, &pavise.Refusal{Status: http.StatusBadRequest, Reason: "The host is malformed."}
	}
	maps.DeleteFunc(r.Trailer, func(name string, _ []string) bool {
		return !httpguts.ValidTrailerHeader(name) || !httpguts.ValidHeaderFieldName(name)
	})
	first, refused := foretaste(w, r, patience)
	if refused != nil {
		return r, refused
	}
	in := r
	r = r.WithContext(r.Context()) // quic-go sets the trailers of its own request
	if r.Body = http.NoBody; first != nil {
		r.Body = &quicBody{ReadCloser: in.Body, first: first, in: in, trailer: r.Trailer}
	}
	return r, nil
}

// foretaste learns whether there is a body where the head does not tell: in HTTP/3
// the end of a stream comes apart from it. It returns what it had to read for that,
// or nil where there is no body.
func foretaste(w http.ResponseWriter, r *http.Request, patience time.Duration) ([]byte, *pavise.Refusal) {
	if r.ContentLength > 0 || r.ContentLength < 0 && !bare(r.Method) {
		return []byte{}, nil
	}
	control := http.NewResponseController(w)
	control.SetReadDeadline(time.Now().Add(patience))
	defer control.SetReadDeadline(time.Time{})
	b := make([]byte, 1)
	for {
		n, err := r.Body.Read(b)
		switch {
		case n > 0:
			return b, nil
		case err == io.EOF:
			r.ContentLength = 0
			return nil, nil
		case errors.Is(err, os.ErrDeadlineExceeded):
			return nil, &pavise.Refusal{Status: http.StatusRequestTimeout, Reason: "The rest of the request did not come."}
		case err != nil:
			return nil, &pavise.Refusal{Status: http.StatusBadRequest, Reason: "The body is not what was announced."}
		}
	}
}

// bare reports whether requests with the method have a body but rarely.
func bare(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodDelete, http.MethodTrace:
		return true
	}
	return false
}

// A quicBody is the body of a request: what was read of it before, then the rest,
// then the trailers that were announced.
type quicBody struct {
	io.ReadCloser
	first   []byte
	in      *http.Request
	trailer http.Header
}

func (b *quicBody) Read(p []byte) (int, error) {
	if len(b.first) > 0 {
		n := copy(p, b.first)
		b.first = b.first[n:]
		return n, nil
	}
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		for name := range b.trailer {
			b.trailer[name] = b.in.Trailer[name]
		}
	}
	return n, err
}
