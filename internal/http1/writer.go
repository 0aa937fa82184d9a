package http1

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"pavise/internal/poison"
)

// A writer is the http.ResponseWriter of one exchange, and of no other: when that
// is over, it writes into nobody else's.
type writer struct {
	c        *conn
	header   http.Header
	over     atomic.Bool
	hijacked bool
}

// errOver is that a handler writes after it has returned.
var errOver = errors.New("http1: the handler has returned, and its response is over")

// now is the exchange while it is this writer's turn; the connection's output is
// locked.
func (w *writer) now() (*exchange, error) {
	x := w.c.x
	switch {
	case w.hijacked:
		return nil, http.ErrHijacked
	case x == nil || &x.turn.writer != w:
		return nil, errOver
	}
	return x, nil
}

// open is now, with a head.
func (w *writer) open() (*exchange, error) {
	x, err := w.now()
	if err != nil {
		return nil, err
	}
	if x.status == 0 {
		x.fix(http.StatusOK)
	}
	return x, w.c.broken
}

// Header returns the fields that are to be sent, and afterwards some that nobody
// sends.
func (w *writer) Header() http.Header {
	if w.over.Load() {
		return http.Header{}
	}
	return w.header
}

// WriteHeader fixes the head of the response. One of 100 to 199 is sent at once,
// and is not the last, but for 101.
func (w *writer) WriteHeader(status int) {
	if status < 100 || status > 999 {
		panic(fmt.Sprintf("http1: WriteHeader with %d, which is no status", status))
	}
	w.c.mu.Lock()
	defer w.c.mu.Unlock()
	x, err := w.now()
	switch {
	case err != nil || x.status != 0:
	case status < 200 && status != http.StatusSwitchingProtocols:
		x.inform(status)
	default:
		x.fix(status)
	}
}

// Write sends body, and a head of 200 before it if there was none.
func (w *writer) Write(p []byte) (int, error) {
	c := w.c
	c.mu.Lock()
	defer c.mu.Unlock()
	x, err := w.take(len(p))
	if err != nil {
		return 0, err
	}
	if x.fits(len(p)) {
		c.out = append(c.out, p...)
		return len(p), c.broken
	}
	return len(p), x.send(p)
}

// WriteString is Write.
func (w *writer) WriteString(s string) (int, error) {
	c := w.c
	c.mu.Lock()
	defer c.mu.Unlock()
	x, err := w.take(len(s))
	if err != nil {
		return 0, err
	}
	if x.fits(len(s)) {
		c.out = append(c.out, s...)
		return len(s), c.broken
	}
	return len(s), x.send([]byte(s))
}

// take lets so many bytes of body come.
func (w *writer) take(n int) (*exchange, error) {
	x, err := w.open()
	switch {
	case err != nil:
		return nil, err
	case x.mute && x.req.Method != http.MethodHead && n > 0:
		return nil, http.ErrBodyNotAllowed
	case x.length >= 0 && x.written+int64(n) > x.length:
		return nil, http.ErrContentLength
	}
	x.written += int64(n)
	return x, nil
}

// FlushError sends all that was written.
func (w *writer) FlushError() error {
	c := w.c
	c.mu.Lock()
	defer c.mu.Unlock()
	x, err := w.open()
	if err != nil {
		return err
	}
	if !x.committed {
		x.commit(nil)
	}
	return c.send(nil)
}

// Flush is FlushError.
func (w *writer) Flush() { w.FlushError() }

// ReadFrom sends a file without a copy where the kernel can, and anything else as
// Write does.
func (w *writer) ReadFrom(src io.Reader) (int64, error) {
	if file, ok := src.(*io.LimitedReader); ok {
		if n, sent, err := w.sendFile(file); sent {
			return n, err
		}
	}
	buf := copies.Get().(*[copySize]byte)
	defer func() {
		poison.Fill(buf[:])
		copies.Put(buf)
	}()
	return io.CopyBuffer(struct{ io.Writer }{w}, src, buf[:])
}

const copySize = 32 << 10

var copies = sync.Pool{New: func() any { return new([copySize]byte) }}

// sendFile has the kernel send what is a part of a file and of a declared length.
func (w *writer) sendFile(file *io.LimitedReader) (n int64, sent bool, err error) {
	c := w.c
	if _, ok := file.R.(*os.File); !ok || c.tcp == nil || file.N < outSize {
		return 0, false, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	x, err := w.open()
	if err != nil {
		return 0, true, err
	}
	if x.mute || x.length < x.written+file.N || x.sniff && x.written == 0 {
		return 0, false, nil
	}
	if !x.committed {
		x.commit(nil)
	}
	if err := c.send(nil); err != nil {
		return 0, true, err
	}
	err = c.paced(func() (int, bool, error) {
		piece, err := c.tcp.ReadFrom(file)
		n += piece
		return int(piece), err == nil, err
	})
	x.written += n
	return n, true, err
}

// SetReadDeadline bounds the reading of the body, besides what the server does.
func (w *writer) SetReadDeadline(t time.Time) error {
	if w.over.Load() {
		return errOver
	}
	return w.c.setReadDeadline(t)
}

// SetWriteDeadline bounds the writing, besides what the server does. Once it is
// over, nothing more can be sent.
func (w *writer) SetWriteDeadline(t time.Time) error {
	if w.over.Load() {
		return errOver
	}
	return w.c.setWriteDeadline(t)
}

// EnableFullDuplex changes nothing: a body can always be read while the response
// is written.
func (w *writer) EnableFullDuplex() error { return nil }

var (
	_ http.Flusher  = (*writer)(nil)
	_ http.Hijacker = (*writer)(nil)
	_ io.ReaderFrom = (*writer)(nil)
)
