package upstream

import (
	"bytes"
	"io"
	"math"
	"net"
	"net/http"
	"time"

	"pavise/internal/http1"
)

// Next returns more of the body, good until the next call, and io.EOF behind its
// end. It waits for the server as long as the client does.
func (a *Answer) Next() ([]byte, error) {
	l := a.l
	for a.left == 0 && !a.ended && a.err == nil {
		a.err = a.nextLine()
	}
	switch {
	case a.err != nil:
		return nil, l.blame(unexpected(a.err))
	case a.ended:
		return nil, io.EOF
	}
	if l.r == l.w {
		if err := a.fill(); err != nil {
			return nil, err
		}
		if a.ended {
			return nil, io.EOF
		}
	}
	piece := l.buf[l.r:l.w]
	if int64(len(piece)) > a.left {
		piece = piece[:a.left]
	}
	l.r += len(piece)
	if a.left != math.MaxInt64 {
		a.left -= int64(len(piece))
	}
	a.ended = a.left == 0 && a.Length >= 0
	return piece, nil
}

// fill reads more of the body, a large one in large pieces.
func (a *Answer) fill() error {
	l := a.l
	if a.left > int64(len(l.buf)) && len(l.buf) < copySize {
		l.releaseBuffer()
		l.buf = copies.Get().(*[copySize]byte)[:]
		l.r, l.w = 0, 0
	}
	err := l.wait()
	switch {
	case err == nil:
		return nil
	case err == io.EOF && a.left == math.MaxInt64:
		a.ended = true
		return nil
	}
	return l.blame(unexpected(err))
}

// wait reads more, however long that takes: what bounded the beginning of the
// answer does not bound its rest.
func (l *link) wait() error {
	err := l.fill()
	for err != nil && http1.TimedOut(err) {
		l.nc.SetReadDeadline(time.Time{})
		l.readBy.Forget()
		err = l.fill()
	}
	return err
}

// More reports whether Next would return at once: else what there is should be sent
// on before.
func (a *Answer) More() bool {
	l := a.l
	for a.left == 0 && !a.ended && a.err == nil && bytes.IndexByte(l.buf[l.r:l.w], '\n') >= 0 {
		a.err = a.nextLine()
	}
	return a.ended || a.err != nil || a.left > 0 && l.r < l.w
}

// nextLine reads one line of what stands between the data of two chunks, and behind
// the last (RFC 9112 7.1).
func (a *Answer) nextLine() error {
	if a.last {
		return a.trailer()
	}
	line, err := a.line(http1.MaxChunkLine)
	switch {
	case err != nil:
		return err
	case a.begun && len(line) > 0:
		return malformed("a chunk is longer than its size")
	case a.begun:
		a.begun = false
		return nil
	}
	size, _, fault := http1.ChunkSize(bytes.TrimRight(line, " \t")) // old servers fill it up with blanks
	if fault != nil {
		return malformed(fault.Reason)
	}
	a.left, a.begun, a.last = size, size > 0, size == 0
	return nil
}

func (a *Answer) trailer() error {
	line, err := a.line(a.l.client.maxHeaderBytes() - a.trailed)
	if err != nil {
		return err
	}
	if len(line) == 0 {
		a.ended = true
		return nil
	}
	a.trailed += len(line) + len(crlf)
	name, value, err := answerField(string(line))
	if err != nil || !http1.MayTrail(name) { // RFC 9110 6.5.1
		return err
	}
	if a.Trailer == nil {
		a.Trailer = http.Header{}
	}
	a.Trailer[name] = append(a.Trailer[name], value)
	return nil
}

// line takes the next line of the framing, without its CRLF; it is good until the
// next read.
func (a *Answer) line(most int) ([]byte, error) {
	l := a.l
	for {
		i := bytes.IndexByte(l.buf[l.r:l.w], '\n')
		switch {
		case i > most+1, i < 0 && l.w-l.r > most+1:
			return nil, malformed("a line of its framing is too long")
		case i >= 0:
			line := l.buf[l.r : l.r+i]
			if i == 0 || line[i-1] != '\r' {
				return nil, malformed("a line of its framing ends in a bare LF")
			}
			l.r += i + 1
			return line[:i-1], nil
		}
		if l.w == len(l.buf) && !l.grow(most+bufferSize) {
			return nil, malformed("a line of its framing is too long")
		}
		if err := l.wait(); err != nil {
			return nil, err
		}
	}
}

// Close lets go of the connection: for another request, if the answer was read to
// its end.
func (a *Answer) Close() {
	if l := a.l; l != nil {
		a.l = nil
		l.done(a.ended && a.keep)
	}
}

// Take hands over the connection of an answer that has switched protocols, with
// what was read of it (RFC 9110 7.8). The answer is closed by that.
func (a *Answer) Take() (conn net.Conn, read []byte) {
	l := a.l
	a.l = nil
	l.stop()
	l.nc.SetDeadline(time.Time{})
	read = bytes.Clone(l.buf[l.r:l.w])
	l.releaseBuffer()
	return l.nc, read
}
