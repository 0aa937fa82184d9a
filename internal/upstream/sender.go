package upstream

import (
	"io"
	"net/http"
	"os"
	"strconv"
	"time"

	"pavise/internal/http1"
	"pavise/internal/poison"
)

// A sender sends the body of a request, or its rest, while the answer is waited
// for: that may come before the body has ended.
type sender struct {
	l        *link
	r        *http.Request
	left     int64 // -1 is not known: chunked
	trailers []string
	waits    bool          // until the server wants the body, or says nothing for a while
	allowed  chan struct{} // is closed when it does
	refused  chan struct{} // is closed when nobody wants it any more
	done     chan struct{} // is closed at the end
	err      error         // of the body; set when done is closed
	ended    bool          // all was sent; likewise
}

func newSender(l *link, q *question) *sender {
	return &sender{l: l, r: q.r, left: q.left, trailers: q.trailers, waits: q.waits,
		allowed: make(chan struct{}), refused: make(chan struct{}), done: make(chan struct{})}
}

// expectTime is how long a body waits for the server to want it (RFC 9110 10.1.1).
const expectTime = time.Second

// run sends. A body that breaks off ends the connection: the server must not take
// it for whole.
func (s *sender) run() {
	defer close(s.done)
	if !s.wanted() {
		return
	}
	buf := copies.Get().(*[copySize]byte)
	defer copies.Put(buf)
	defer poison.Fill(buf[:])
	fromBody, err := s.copy(buf)
	if fromBody || err != nil && http1.TimedOut(err) {
		s.err = err
		s.l.nc.Close()
		return
	}
	s.l.nc.SetWriteDeadline(time.Time{})
	s.ended = err == nil // else there may be an answer all the same
	s.l.nc.SetReadDeadline(time.Now().Add(s.l.client.patience()))
}

func (s *sender) wanted() bool {
	if !s.waits {
		return true
	}
	enough := time.NewTimer(expectTime)
	defer enough.Stop()
	select {
	case <-s.allowed:
	case <-enough.C:
	case <-s.refused:
		return false
	}
	return true
}

// copy sends piece by piece; it reports whose error it is.
func (s *sender) copy(buf *[copySize]byte) (fromBody bool, err error) {
	const frame = 20 // around a chunk: its size before, CRLF behind
	for s.left != 0 {
		room := buf[frame : len(buf)-len(crlf)]
		if s.left > 0 {
			room = room[:min(int64(len(room)), s.left)]
		}
		n, err := s.r.Body.Read(room)
		if n > 0 {
			if sendErr := s.write(s.frame(buf, frame, n)); sendErr != nil {
				return false, sendErr
			}
		}
		switch {
		case err == io.EOF && s.left < 0:
			return false, s.write(s.lastChunk(buf[:0]))
		case err == io.EOF && s.left > int64(n):
			return true, io.ErrUnexpectedEOF
		case err != nil && err != io.EOF:
			return true, err
		}
		if s.left > 0 {
			s.left -= int64(n)
		}
	}
	return false, nil
}

// frame puts a piece that stands at an offset into a chunk, if there are to be any.
func (s *sender) frame(buf *[copySize]byte, at, n int) []byte {
	if s.left >= 0 {
		return buf[at : at+n]
	}
	var space [20]byte
	size := append(strconv.AppendUint(space[:0], uint64(n), 16), crlf...)
	copy(buf[at-len(size):], size)
	copy(buf[at+n:], crlf)
	return buf[at-len(size) : at+n+len(crlf)]
}

// lastChunk ends a chunked body, with those trailers that were announced.
func (s *sender) lastChunk(b []byte) []byte {
	b = append(b, "0\r\n"...)
	for _, name := range s.trailers {
		b = http1.AppendField(b, name, s.r.Trailer[name])
	}
	return append(b, crlf...)
}

// write gives up a server that takes nothing.
func (s *sender) write(p []byte) error {
	for {
		s.l.nc.SetWriteDeadline(time.Now().Add(s.l.client.patience()))
		n, err := s.l.nc.Write(p)
		if p = p[n:]; err == nil || n == 0 || !os.IsTimeout(err) {
			return err
		}
	}
}

// allow tells that the server wants the body.
func (s *sender) allow() {
	select {
	case <-s.allowed:
	default:
		close(s.allowed)
	}
}

// graceTime is how long the end of a body is waited for behind the end of the
// answer.
const graceTime = 10 * time.Millisecond

// whole reports whether all was sent, and waits for that if it is about to be.
func (s *sender) whole() bool {
	enough := time.NewTimer(graceTime)
	defer enough.Stop()
	select {
	case <-s.done:
	case <-enough.C:
		s.l.nc.Close()
		s.end()
	}
	return s.ended
}

// end returns when nobody reads the body any more, with what was wrong with it.
func (s *sender) end() error {
	select {
	case <-s.refused:
	default:
		close(s.refused)
	}
	select {
	case <-s.done:
	default:
		s.r.Body.Close()
		<-s.done
	}
	return s.err
}
