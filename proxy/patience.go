package proxy

import (
	"errors"
	"io"
	"net/http"
	"os"
	"time"
)

// errSlowClient is what reading the body of such a client fails with.
var errSlowClient = errors.New("the client has stopped sending")

// patient bounds how long one exchange waits for its client at a time. A deadline
// for the whole would end slow honest uploads.
func patient(w http.ResponseWriter, r *http.Request, patience time.Duration) (*patientWriter, *http.Request) {
	control := http.NewResponseController(w)
	if r.Body != nil && r.Body != http.NoBody {
		r = r.WithContext(r.Context()) // net/http must find its own body in its own request
		r.Body = &patientBody{r.Body, control, patience}
	}
	return &patientWriter{w, control, patience}, r
}

type patientBody struct {
	io.ReadCloser
	control  *http.ResponseController
	patience time.Duration
}

func (p *patientBody) Read(b []byte) (int, error) {
	p.control.SetReadDeadline(time.Now().Add(p.patience))
	n, err := p.ReadCloser.Read(b)
	p.control.SetReadDeadline(time.Time{})
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = errSlowClient
	}
	return n, err
}

type patientWriter struct {
	http.ResponseWriter
	control  *http.ResponseController
	patience time.Duration
}

// Unwrap serves http.ResponseController.
func (p *patientWriter) Unwrap() http.ResponseWriter { return p.ResponseWriter }

func (p *patientWriter) Write(b []byte) (int, error) {
	p.begin()
	defer p.end()
	return p.ResponseWriter.Write(b)
}

// FlushError sends what was written.
func (p *patientWriter) FlushError() error {
	p.begin()
	defer p.end()
	return p.control.Flush()
}

func (p *patientWriter) begin() { p.control.SetWriteDeadline(time.Now().Add(p.patience)) }
func (p *patientWriter) end()   { p.control.SetWriteDeadline(time.Time{}) }
