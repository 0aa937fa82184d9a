package scan

import (
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// An announced request has a body that is never sent.
type announced struct {
	*http.Request
	wanted *atomic.Bool // the site has asked for it
}

// announce has a request say that a body of the length will come, if there is one.
// When the site asks for it the request ends.
func announce(req *http.Request, length int64) announced {
	a := announced{req, new(atomic.Bool)}
	if length == 0 {
		return a
	}
	ctx, cancel := context.WithCancel(req.Context())
	trace := &httptrace.ClientTrace{Got100Continue: func() { a.wanted.Store(true); cancel() }}
	a.Request = req.WithContext(httptrace.WithClientTrace(ctx, trace))
	a.Header.Set("Expect", "100-continue")
	a.Body, a.ContentLength = unsent{ctx}, length
	return a
}

// unsent is a body that never comes.
type unsent struct{ ctx context.Context }

func (u unsent) Read([]byte) (int, error) {
	<-u.ctx.Done()
	return 0, io.ErrUnexpectedEOF
}

func (u unsent) Close() error { return nil }
