package http2

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// A response is the writing half of a stream, under a lock of its own: a handler
// may write from several goroutines. Until it is begun its head is a list, and the
// body so far waits in the worker's memory. So what fits leaves in one write, and
// with its length.
type response struct {
	mu       sync.Mutex
	worker   *worker // nil when it is over
	fields   []field // of the head, as WriteHeader found them
	kept     []byte  // of the body
	header   http.Header
	status   int   // 0 before WriteHeader
	length   int64 // declared; -1 if it is not
	written  int64
	sniff    bool // Content-Type is to be told from the body
	dated    bool
	trailing bool     // there may be trailers
	trailers []string // names announced
	mute     bool     // nothing of the body is sent: HEAD, 204, 304
}

// errOver is that a handler writes after it has returned.
var errOver = errors.New("http2: the handler has returned, and its response is over")

func (r *response) begin(w *worker) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.worker, r.fields, r.kept, r.header = w, w.fields[:0], w.body[:0], w.header
}

// end lets nobody write any more.
func (r *response) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.worker != nil {
		r.worker.fields = r.fields
	}
	r.worker, r.fields, r.kept, r.header = nil, nil, nil, nil
}

// Header returns the fields that are to be sent.
func (x *stream) Header() http.Header {
	if x.header == nil {
		x.header = make(http.Header)
	}
	return x.header
}

// WriteHeader fixes the head of the response. One of 100 to 199 is sent at once,
// and is not the last.
func (x *stream) WriteHeader(status int) {
	if status < 100 || status > 999 {
		panic(fmt.Sprintf("http2: WriteHeader with %d, which is no status", status))
	}
	r := &x.response
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.worker == nil || r.status != 0 || status == http.StatusSwitchingProtocols: // RFC 9113 8.6
	case status < 200:
		x.inform(status)
	default:
		x.fix(status)
	}
}

// Write sends body, and a head of 200 before it if there was none.
func (x *stream) Write(p []byte) (int, error) {
	r := &x.response
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.worker == nil {
		return 0, errOver
	}
	if r.status == 0 {
		x.fix(http.StatusOK)
	}
	if bodiless(r.status) && len(p) > 0 {
		return 0, http.ErrBodyNotAllowed
	}
	if r.length >= 0 && r.written+int64(len(p)) > r.length {
		return 0, http.ErrContentLength
	}
	r.written += int64(len(p))
	if len(r.kept)+len(p) <= bodySize {
		r.kept = append(r.kept, p...)
		return len(p), x.failed()
	}
	n := len(p)
	if tail := (len(r.kept) + n) % fullFrame; tail <= min(n, bodySize) { // what would be a short record waits for more
		n -= tail
	}
	if err := x.send(p[:n], false); err != nil {
		return 0, err
	}
	if !r.mute {
		r.kept = append(r.kept, p[n:]...)
	}
	return len(p), nil
}

// fullFrame is as much body as fills one record.
const fullFrame = outSize - headSize

// WriteString is Write.
func (x *stream) WriteString(s string) (int, error) { return x.Write([]byte(s)) }

// failed reports why nothing more can be sent.
func (x *stream) failed() error {
	x.c.mu.Lock()
	defer x.c.mu.Unlock()
	return x.over()
}

// send sends the head if that has not left, the body that waits, and p.
func (x *stream) send(p []byte, end bool) error {
	c, r := x.c, &x.response
	c.mu.Lock()
	defer c.mu.Unlock()
	for !x.began && len(c.out) > outSize-headRoom && x.over() == nil {
		c.drain()
	}
	if err := x.over(); err != nil {
		c.flushLocked()
		return err
	}
	waiting := r.kept
	r.kept = r.kept[:0]
	if !x.began {
		sample := waiting
		if len(sample) == 0 {
			sample = p
		}
		x.head(sample, end && (r.mute || len(waiting)+len(p) == 0))
	}
	if r.mute { // what begins it has told the type
		waiting, p = nil, nil
	}
	err := x.data(waiting, p, end)
	if err == nil && end { // it leaves when the stream is closed
		return nil
	}
	broken := c.flushLocked() // who has waited has the turn to send what others left, also where it has failed
	return cmp.Or(err, broken)
}

// headRoom is what most heads need: the output grows for others.
const headRoom = 4 << 10

// FlushError sends all that was written.
func (x *stream) FlushError() error {
	r := &x.response
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.worker == nil {
		return errOver
	}
	if r.status == 0 {
		x.fix(http.StatusOK)
	}
	return x.send(nil, false)
}

// Flush is FlushError.
func (x *stream) Flush() { x.FlushError() }

// ReadFrom reads into frames.
func (x *stream) ReadFrom(src io.Reader) (int64, error) {
	buf := copies.Get().(*[copySize]byte)
	defer copies.Put(buf)
	return io.CopyBuffer(struct{ io.Writer }{x}, src, buf[:])
}

// copySize is what fills two records with frames.
const copySize = 2 * fullFrame

var copies = sync.Pool{New: func() any { return new([copySize]byte) }}

// SetReadDeadline bounds the reading of the body, besides what the server does.
func (x *stream) SetReadDeadline(t time.Time) error {
	b := &x.body
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wish = t
	b.signal()
	return nil
}

// SetWriteDeadline bounds the writing, besides what the server does. Once it is
// over, nothing more can be sent.
func (x *stream) SetWriteDeadline(t time.Time) error {
	x.c.mu.Lock()
	defer x.c.mu.Unlock()
	x.sendBy = t
	x.wakeWriter()
	return nil
}

// EnableFullDuplex changes nothing: a body can always be read while the response
// is written.
func (x *stream) EnableFullDuplex() error { return nil }

// InformsAtOnce tells that an interim response, as any, has been read out of Header
// when WriteHeader returns.
func (x *stream) InformsAtOnce() {}

var (
	_ http.Flusher  = (*stream)(nil)
	_ io.ReaderFrom = (*stream)(nil)
)
