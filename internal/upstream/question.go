package upstream

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"pavise/internal/http1"
	"pavise/internal/poison"
)

// A question is a request on its way to the server: its head, and as much of the
// body as goes with it.
type question struct {
	r        *http.Request
	buf      *[outSize]byte
	out      []byte
	lines    int      // of the head so far
	trailers []string // that are announced
	body     bool     // some of it, or all, is still to be sent
	left     int64    // how much; -1 is not known
	waits    bool     // until the server says 100, or nothing for a while
	ahead    int      // how much of the body stands in out
}

func (q *question) release() {
	if q.buf != nil {
		poison.Fill(q.buf[:])
		outs.Put(q.buf)
	}
}

var (
	errTarget = errors.New("the request cannot be written: its target or a field has a line break in it")
	errMethod = errors.New("the request cannot be written: its method is none")
)

// compose writes the head, and the body behind it if all of that is here.
func (q *question) compose() error {
	q.buf = outs.Get().(*[outSize]byte)
	r := q.r
	if !http1.Token(r.Method) {
		return errMethod
	}
	b := append(q.buf[:0], r.Method...)
	b = append(b, ' ')
	b = appendTarget(b, r)
	if bytes.IndexByte(b[len(r.Method)+1:], ' ') >= 0 {
		return errTarget
	}
	b = append(b, " HTTP/1.1\r\nHost: "...)
	b = append(b, r.Host...)
	b = append(b, crlf...)
	q.lines = 2
	b = q.fields(b)
	b = append(q.framing(b), crlf...)
	// Whatever has come to stand in it, the head must have the lines that were meant.
	if n := q.lines + 1; bytes.Count(b, crlf[1:]) != n || bytes.Count(b, crlf[:1]) != n || bytes.IndexByte(b, 0) >= 0 {
		return errTarget
	}
	q.out = b
	return q.beginBody()
}

// appendTarget writes path and query as they were sent, or as a control has
// rewritten them.
func appendTarget(b []byte, r *http.Request) []byte {
	u := r.URL
	if u.Opaque != "" || u.RawPath != "" || u.Path == "" || !http1.Plain(u.Path) {
		return append(b, u.RequestURI()...)
	}
	b = append(b, u.Path...)
	if u.ForceQuery || u.RawQuery != "" {
		b = append(append(b, '?'), u.RawQuery...)
	}
	return b
}

// fields writes those that go on.
func (q *question) fields(b []byte) []byte {
	for name, values := range q.r.Header {
		if hopByHop(name) || name == "Host" || name == "Content-Length" {
			continue
		}
		for _, value := range values {
			b = append(append(append(append(b, name...), ": "...), value...), crlf...)
			q.lines++
		}
	}
	return b
}

// hopByHop names the fields that belong to one connection alone (RFC 9110 7.6.1),
// and those that are for the next proxy (RFC 9110 11.7).
func hopByHop(name string) bool {
	switch name {
	case "Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "Upgrade", "Te", "Trailer",
		"Proxy-Authenticate", "Proxy-Authorization":
		return true
	}
	return false
}

// framing writes how the body ends, and what is asked of the connection.
func (q *question) framing(b []byte) []byte {
	r := q.r
	q.left = r.ContentLength
	switch q.body = r.Body != nil && r.Body != http.NoBody && r.ContentLength != 0; {
	case q.body && q.left < 0:
		b = q.line(b, "Transfer-Encoding", "chunked")
		for name := range r.Trailer {
			q.trailers = append(q.trailers, name)
		}
		if q.trailers != nil {
			b = q.line(b, "Trailer", strings.Join(q.trailers, ", "))
		}
	case q.body:
		b = append(strconv.AppendInt(append(b, "Content-Length: "...), q.left, 10), crlf...)
		q.lines++
	case r.Method == http.MethodPost || r.Method == http.MethodPut || r.Method == http.MethodPatch: // RFC 9110 8.6
		b = q.line(b, "Content-Length", "0")
	}
	switch upgrade := r.Header["Upgrade"]; {
	case len(upgrade) > 0:
		b = q.line(q.line(b, "Connection", "Upgrade"), "Upgrade", upgrade[0])
	case http1.Has(r.Header["Te"], "trailers"): // RFC 9110 10.1.4
		b = q.line(q.line(b, "Connection", "TE"), "TE", "trailers")
	}
	return b
}

func (q *question) line(b []byte, name, value string) []byte {
	q.lines++
	return append(append(append(append(b, name...), ": "...), value...), crlf...)
}

// beginBody adds the first bytes of a short body, so that most forms leave in one
// write, and nothing of a body that the client wants to be asked for.
func (q *question) beginBody() error {
	q.waits = q.body && q.r.Header["Expect"] != nil
	if !q.body || q.waits || q.left < 0 || q.left > int64(cap(q.out)-len(q.out)) {
		return nil
	}
	room := q.out[len(q.out) : len(q.out)+int(q.left)]
	n, err := q.r.Body.Read(room)
	if err != nil && err != io.EOF {
		return err
	}
	q.ahead = n
	q.out, q.left = q.out[:len(q.out)+n], q.left-int64(n)
	q.body = q.left > 0
	if q.body && err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// giveBack lets the body begin again with what was read of it and has not been sent.
func (q *question) giveBack() {
	if q.ahead == 0 {
		return
	}
	begin := bytes.Clone(q.out[len(q.out)-q.ahead:])
	q.r.Body = &again{Reader: io.MultiReader(bytes.NewReader(begin), q.r.Body), Closer: q.r.Body}
}

// again is a body of which the first bytes were read before.
type again struct {
	io.Reader
	io.Closer
}
