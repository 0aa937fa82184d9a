package upstream

import (
	"context"
	"errors"
	"io"
	"net"
	"time"

	"pavise/internal/http1"
	"pavise/internal/poison"
)

// A link is one connection of a client. It carries one request at a time.
type link struct {
	client    *Client
	nc        net.Conn
	buf       []byte // buf[r:w] was read and not yet used
	r, w      int
	readBy    http1.Deadline
	writeBy   http1.Deadline
	used      bool          // has carried a request before this one
	idle      time.Duration // how long the server keeps it open
	since     time.Time     // when it was last let go of
	until     time.Time     // how long we keep it
	rested    time.Duration // how long it was kept before this request
	broken    error         // what came of writing to it
	upload    *sender       // the body that is being sent; nil is none
	answer    Answer
	interrupt func()      // ends whoever waits
	stop      func() bool // of the watch over the client that asks; false if it has left
}

// begin makes the connection serve one request, until its client leaves.
func (l *link) begin(q *question) {
	l.buf = buffers.Get().(*[bufferSize]byte)[:]
	l.r, l.w, l.upload, l.broken = 0, 0, nil, nil
	l.answer = Answer{l: l, method: q.r.Method}
	l.stop = afterFunc(q.r.Context(), l.interrupt)
}

// afterFunc is context.AfterFunc without its memory where the context can do it by
// itself.
func afterFunc(ctx context.Context, f func()) (stop func() bool) {
	if c, ok := ctx.(interface{ AfterFunc(func()) func() bool }); ok {
		return c.AfterFunc(f)
	}
	return context.AfterFunc(ctx, f)
}

// sent is called when the head has left.
func (l *link) sent(q *question) {
	if !q.body {
		l.readBy.Set(time.Now(), l.client.patience(), l.nc.SetReadDeadline)
		return
	}
	l.nc.SetReadDeadline(time.Time{}) // the answer may take as long as the body does
	l.readBy.Forget()
	l.writeBy.Forget()
	l.upload = newSender(l, q)
	go l.upload.run()
}

// fill reads more.
func (l *link) fill() error {
	if l.r == l.w {
		l.r, l.w = 0, 0
	}
	n, err := l.nc.Read(l.buf[l.w:])
	l.w += n
	switch {
	case n > 0:
		return nil
	case err == nil:
		return io.ErrNoProgress
	}
	return err
}

// grow makes room for more of a line than fits.
func (l *link) grow(most int) bool {
	if l.r > 0 {
		l.w = copy(l.buf, l.buf[l.r:l.w])
		l.r = 0
		return true
	}
	if len(l.buf) >= most {
		return false
	}
	larger := make([]byte, min(2*len(l.buf), most))
	copy(larger, l.buf[:l.w])
	l.releaseBuffer()
	l.buf = larger
	return true
}

// releaseBuffer gives the buffer back to where it came from.
func (l *link) releaseBuffer() {
	poison.Fill(l.buf)
	switch len(l.buf) {
	case bufferSize:
		buffers.Put((*[bufferSize]byte)(l.buf))
	case copySize:
		copies.Put((*[copySize]byte)(l.buf))
	}
	l.buf = nil
}

// met reports whether the request has met the end of a kept connection.
func (l *link) met(err error) bool { return l.used && l.unanswered(err) }

// unanswered reports whether the connection has ended before any byte of an answer.
func (l *link) unanswered(err error) bool {
	return l.w == 0 && l.answer.Status == 0 && !http1.TimedOut(err) && !errors.Is(err, net.ErrClosed)
}

// blame tells why an answer failed: a body that its sender has broken off ends the
// connection, and one that could not be sent says more than the end of it.
func (l *link) blame(err error) error {
	if l.upload != nil {
		l.nc.Close()
		if own := l.upload.end(); own != nil {
			return own
		}
	}
	if l.broken != nil {
		return l.broken
	}
	if err == io.EOF {
		return errNoAnswer
	}
	return err
}

var errNoAnswer = errors.New("the app closed the connection without an answer")

// abandon closes the connection.
func (l *link) abandon() {
	l.nc.Close()
	if l.upload != nil {
		l.upload.end()
	}
	l.stop()
	l.releaseBuffer()
}

// done lets the connection go behind a whole answer: to carry another request if
// both sides are at its end.
func (l *link) done(keep bool) {
	if l.upload != nil && !l.upload.whole() {
		keep = false
	}
	if !keep || l.broken != nil || l.r < l.w {
		l.abandon()
		return
	}
	if !l.stop() { // it is being closed
		l.releaseBuffer()
		return
	}
	l.releaseBuffer()
	l.used, l.upload, l.stop = true, nil, nil
	if !l.client.keep(l) {
		l.nc.Close()
	}
}
