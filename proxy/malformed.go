package proxy

import (
	"errors"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"pavise"
)

// malformed refuses what quic-go takes for a request, and what would come to the app
// as another, or as none (RFC 9114 4.1.2 and 4.3.1).
func malformed(r *http.Request) *pavise.Refusal {
	said := r.Header["Content-Length"]
	switch {
	case r.Method == http.MethodConnect: // also what asks for a WebSocket so (RFC 9220)
		return &pavise.Refusal{Status: http.StatusNotImplemented, Reason: "No tunnel is opened here."}
	case r.Host == "" || !httpguts.ValidHostHeader(r.Host):
		return &pavise.Refusal{Status: http.StatusBadRequest, Reason: "The host is malformed."}
	case !strings.HasPrefix(r.RequestURI, "/") && (r.RequestURI != "*" || r.Method != http.MethodOptions):
		return &pavise.Refusal{Status: http.StatusBadRequest, Reason: "The address is malformed."}
	case len(said) > 1 || len(said) == 1 && !says(said[0], r.ContentLength):
		return &pavise.Refusal{Status: http.StatusBadRequest, Reason: "The length of the body is malformed."}
	}
	for name := range r.Trailer {
		if !httpguts.ValidTrailerHeader(name) || !httpguts.ValidHeaderFieldName(name) {
			delete(r.Trailer, name)
		}
	}
	return nil
}

func says(text string, length int64) bool {
	n, err := strconv.ParseUint(text, 10, 63)
	return err == nil && int64(n) == length
}

// whole gives a request of HTTP/3 the body and the trailers that net/http would.
func whole(w http.ResponseWriter, in *http.Request, l *pavise.Listener) (*http.Request, *pavise.Refusal) {
	first, refused := foretaste(w, in, l.Stall)
	if refused != nil {
		return in, refused
	}
	r := in.WithContext(in.Context()) // quic-go sets the trailers of its own request
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
