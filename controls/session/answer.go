package session

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
)

// An answer commits the session exactly once, before the headers of the final response
// leave: an interim one (103, say) neither has the cookie nor loses it. Where that
// fails another answer goes out, and the handler learns it from Write.
//
// It is a writer of its own and no hooks of a chain, because hooks amend what leaves
// and cannot put an error in its place.
type answer struct {
	http.ResponseWriter
	session *Session
	wrote   bool
	err     error // of the commit
}

func (a *answer) WriteHeader(status int) {
	switch {
	case a.wrote:
		return
	case status >= 100 && status < 200 && status != http.StatusSwitchingProtocols:
		a.ResponseWriter.WriteHeader(status)
		return
	}
	if a.begin() == nil {
		a.ResponseWriter.WriteHeader(status)
	}
}

// begin commits, or answers in place of the handler.
func (a *answer) begin() error {
	a.wrote = true
	h := a.Header()
	if a.err = a.session.commit(h); a.err != nil {
		for _, name := range []string{"Content-Length", "Content-Encoding", "Content-Type", "Content-Disposition", "Etag", "Last-Modified", "Location", "Refresh", "Clear-Site-Data", "Content-Range", "Trailer"} {
			h.Del(name)
		}
		a.session.of.fail(a.ResponseWriter, a.session.request, a.err)
	}
	return a.err
}

func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	if a.err != nil {
		return 0, a.err
	}
	return a.ResponseWriter.Write(b)
}

// ReadFrom lets a file go the short way.
func (a *answer) ReadFrom(r io.Reader) (int64, error) {
	a.WriteHeader(http.StatusOK)
	if a.err != nil {
		return 0, a.err
	}
	return io.Copy(a.ResponseWriter, r)
}

// FlushError serves http.ResponseController.
func (a *answer) FlushError() error {
	a.WriteHeader(http.StatusOK)
	if a.err != nil {
		return a.err
	}
	return http.NewResponseController(a.ResponseWriter).Flush()
}

// Flush is FlushError for those who ask for an http.Flusher.
func (a *answer) Flush() { a.FlushError() }

// errUnsent is that a cookie would be lost.
var errUnsent = errors.New("session: a connection that is hijacked sends no cookie: log in, renew or log out in a request of its own")

// Hijack hands the connection over, behind the commit. It is refused where that would
// set a cookie, which could not be sent.
func (a *answer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if !a.wrote {
		if !a.session.silent() {
			return nil, nil, errUnsent
		}
		if err := a.begin(); err != nil {
			return nil, nil, err
		}
	}
	if a.err != nil {
		return nil, nil, a.err // another answer has left
	}
	return http.NewResponseController(a.ResponseWriter).Hijack()
}

// Unwrap serves http.ResponseController, for deadlines and full duplex.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// finish commits for a handler that has returned without a word.
func (a *answer) finish() {
	if !a.wrote {
		a.begin()
	}
}
