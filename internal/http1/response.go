package http1

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"time"
)

// A response is the writing half of an exchange. All of it is under the lock of
// the connection's output, for the body may be read, and so invited, meanwhile.
//
// Until it is committed the output holds the head that WriteHeader made, a gap for
// the lines that depend on the body, and the body so far. So what fits leaves in
// one write, and with its length.
type response struct {
	header    http.Header
	status    int   // 0 before WriteHeader
	head      int   // bytes of the head in the output
	length    int64 // declared; -1 if it is not
	written   int64
	sniff     bool // Content-Type is to be told from the body
	dated     bool
	committed bool
	chunks    bool     // the body is sent in chunks
	trailers  []string // names announced
	trailing  bool     // there may be trailers
	mute      bool     // nothing of the body is sent: HEAD, 204, 304
	close     bool     // the connection closes behind it
	hijacked  bool
}

// errOver is that a handler writes after it has returned.
var errOver = errors.New("http1: the handler has returned, and its response is over")

// Header returns the fields that are to be sent.
func (x *exchange) Header() http.Header {
	if x.header == nil {
		x.header = make(http.Header)
	}
	return x.header
}

// WriteHeader fixes the head of the response. One of 100 to 199 is sent at once,
// and is not the last, but for 101.
func (x *exchange) WriteHeader(status int) {
	if status < 100 || status > 999 {
		panic(fmt.Sprintf("http1: WriteHeader with %d, which is no status", status))
	}
	c := x.c
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.x != x || x.status != 0:
	case status < 200 && status != http.StatusSwitchingProtocols:
		x.inform(status)
	default:
		x.fix(status)
	}
}

// Write sends body, and a head of 200 before it if there was none.
func (x *exchange) Write(p []byte) (int, error) {
	c := x.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := x.open(); err != nil {
		return 0, err
	}
	if x.mute && x.req.Method != http.MethodHead && len(p) > 0 {
		return 0, http.ErrBodyNotAllowed
	}
	if x.length >= 0 && x.written+int64(len(p)) > x.length {
		return 0, http.ErrContentLength
	}
	x.written += int64(len(p))
	if !x.committed {
		if len(c.out)+len(p)+len(crlf) <= cap(c.out) { // the end of a chunk must fit, too
			c.out = append(c.out, p...)
			return len(p), c.broken
		}
		x.commit(p)
	}
	return len(p), x.send(p)
}

// WriteString is Write.
func (x *exchange) WriteString(s string) (int, error) { return x.Write([]byte(s)) }

// open makes sure of a head; the lock is held.
func (x *exchange) open() error {
	switch {
	case x.hijacked:
		return http.ErrHijacked
	case x.c.x != x:
		return errOver
	}
	if x.status == 0 {
		x.fix(http.StatusOK)
	}
	return x.c.broken
}

// send sends body behind a committed head.
func (x *exchange) send(p []byte) error {
	switch {
	case x.mute || len(p) == 0:
		return x.c.broken
	case x.chunks:
		return x.c.chunk(p)
	}
	return x.c.put(p)
}

// FlushError sends all that was written.
func (x *exchange) FlushError() error {
	c := x.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := x.open(); err != nil {
		return err
	}
	if !x.committed {
		x.commit(nil)
	}
	return c.send(nil)
}

// Flush is FlushError.
func (x *exchange) Flush() { x.FlushError() }

// ReadFrom sends a file without a copy where the kernel can, and anything else as
// Write does.
func (x *exchange) ReadFrom(src io.Reader) (int64, error) {
	if file, ok := src.(*io.LimitedReader); ok {
		if n, sent, err := x.sendFile(file); sent {
			return n, err
		}
	}
	buf := copies.Get().(*[copySize]byte)
	defer copies.Put(buf)
	return io.CopyBuffer(struct{ io.Writer }{x}, src, buf[:])
}

const copySize = 32 << 10

var copies = sync.Pool{New: func() any { return new([copySize]byte) }}

// sendFile has the kernel send what is a part of a file and of a declared length.
func (x *exchange) sendFile(file *io.LimitedReader) (n int64, sent bool, err error) {
	c := x.c
	if _, ok := file.R.(*os.File); !ok || c.tcp == nil || file.N < outSize {
		return 0, false, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := x.open(); err != nil {
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

// invite tells a client that waits with its body to send it (RFC 9110 10.1.1).
func (x *exchange) invite() {
	if !x.awaits.Load() {
		return
	}
	c := x.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.x == x && !x.committed && x.awaits.Swap(false) {
		c.sendAll([]byte("HTTP/1.1 100 Continue\r\n\r\n")) // what is in the output stays there
	}
}

// SetReadDeadline bounds the reading of the body, besides what the server does.
func (x *exchange) SetReadDeadline(t time.Time) error { return x.c.setReadDeadline(t) }

// SetWriteDeadline bounds the writing, besides what the server does. Once it is
// over, nothing more can be sent.
func (x *exchange) SetWriteDeadline(t time.Time) error { return x.c.setWriteDeadline(t) }

// EnableFullDuplex changes nothing: a body can always be read while the response
// is written.
func (x *exchange) EnableFullDuplex() error { return nil }

var (
	_ http.Flusher  = (*exchange)(nil)
	_ http.Hijacker = (*exchange)(nil)
	_ io.ReaderFrom = (*exchange)(nil)
)
