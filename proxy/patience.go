package proxy

import (
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"pavise"
)

// errSlowClient is what reading the body of such a client fails with.
var errSlowClient = errors.New("the client has stopped sending")

// patience is what we have left for one direction of one exchange: waiting uses it
// up, and each byte gives some back. So a client that has sent something may stall for
// as long as the limit, and must keep the least rate over a while; a deadline for the
// whole would end slow honest uploads. Only the time in which we wait for the client
// counts.
type patience struct {
	limit   time.Duration
	perByte time.Duration // 0: any byte gives all back
	cut     func(time.Time) error

	mu      sync.Mutex // a body may be read by another goroutine than the handler's
	left    time.Duration
	began   time.Time
	timer   *time.Timer
	waiting bool
	over    bool // the handler has returned
}

// have gives the patience of the limits; cut sets a deadline.
func (p *patience) have(l *pavise.Listener, cut func(time.Time) error) {
	p.limit, p.left, p.cut = l.Stall, l.Stall, cut
	if l.MinRate > 0 {
		p.left, p.perByte = l.Grace, time.Second/time.Duration(l.MinRate)
	}
}

// begin is called before we wait.
func (p *patience) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.began, p.waiting = time.Now(), !p.over
	if p.timer == nil {
		p.timer = time.AfterFunc(p.left, p.runOut)
	} else {
		p.timer.Reset(p.left)
	}
}

// end is called after n bytes have come or gone. It reports whether that was in
// time.
func (p *patience) end(n int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting = false
	if !p.timer.Stop() {
		return false
	}
	switch {
	case p.perByte > 0:
		p.left = min(p.limit, p.left-time.Since(p.began)+time.Duration(n)*p.perByte)
	case n > 0:
		p.left = p.limit
	}
	return true
}

// runOut ends the wait by a deadline that has passed: that is cheaper than to set
// one before each wait.
func (p *patience) runOut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waiting {
		p.cut(time.Unix(1, 0))
	}
}

// leave is called before the handler returns: after that a server must not be asked
// for deadlines, though whoever sends the body to the app may still wait for it.
func (p *patience) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over, p.waiting = true, false
	if p.timer != nil {
		p.timer.Stop()
	}
}

// patient bounds how long one exchange of HTTP/3 waits for its client, as http1 and
// http2 do by themselves. It needs no more of a server than deadlines by
// http.ResponseController.
func patient(w http.ResponseWriter, r *http.Request, l *pavise.Listener) (*patientWriter, *http.Request) {
	control := http.NewResponseController(w)
	out := &patientWriter{ResponseWriter: w, control: control, limits: l}
	out.taking.have(l, control.SetWriteDeadline)
	if r.Body != nil && r.Body != http.NoBody {
		out.body = &patientBody{ReadCloser: r.Body}
		out.body.sending.have(l, control.SetReadDeadline)
		r = r.WithContext(r.Context()) // net/http must find its own body in its own request
		r.Body = out.body
	}
	return out, r
}

type patientBody struct {
	io.ReadCloser
	sending patience
}

func (p *patientBody) Read(b []byte) (int, error) {
	p.sending.begin()
	n, err := p.ReadCloser.Read(b)
	if !p.sending.end(n) || errors.Is(err, os.ErrDeadlineExceeded) {
		return n, errSlowClient
	}
	return n, err
}

type patientWriter struct {
	http.ResponseWriter
	control *http.ResponseController
	limits  *pavise.Listener
	taking  patience
	body    *patientBody // nil if there is none
}

// Unwrap serves http.ResponseController.
func (p *patientWriter) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// maxPiece is what is taken, or not, as one.
const maxPiece = 16 << 10

// Write writes in pieces: how much of one was taken is known only when all of it
// was, so one must be small enough for whoever is just fast enough.
func (p *patientWriter) Write(b []byte) (int, error) {
	size := maxPiece
	if p.limits.MinRate > 0 {
		size = min(size, max(1, int(p.limits.Grace.Seconds()*float64(p.limits.MinRate)/2)))
	}
	written := 0
	for {
		p.taking.begin()
		n, err := p.ResponseWriter.Write(b[written:min(len(b), written+size)])
		written += n
		if !p.taking.end(n) {
			err = os.ErrDeadlineExceeded
		}
		if err != nil || written >= len(b) {
			return written, err
		}
	}
}

// FlushError sends what was written.
func (p *patientWriter) FlushError() error {
	p.taking.begin()
	err := p.control.Flush()
	if !p.taking.end(0) {
		return os.ErrDeadlineExceeded
	}
	return err
}

// leave is called when the handler returns. What is still in the buffers leaves
// after us, and must not wait for ever either.
func (p *patientWriter) leave(r *http.Request) {
	p.taking.leave()
	if p.body != nil {
		p.body.sending.leave()
	}
	if r.Context().Err() == nil {
		p.control.SetWriteDeadline(time.Now().Add(p.limits.Stall))
	}
}
