package http2

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"

	"pavise/internal/http1"
)

// inform sends a response before the last one (RFC 9110 15.2).
func (x *stream) inform(status int) {
	c := x.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if x.over() != nil {
		return
	}
	if status == http.StatusContinue {
		x.awaits = false
	}
	at, b := c.beginHead()
	b = c.encoder.status(b, status)
	for name, lines := range x.response.header {
		if name != "Content-Length" && !ofConnectionOnly(name) {
			for _, value := range lines {
				b = c.encoder.field(b, name, value)
			}
		}
	}
	c.endHead(at, b, x.id, false)
	c.flushLocked()
}

// invite tells a client that waits with its body to send it (RFC 9110 10.1.1).
func (x *stream) invite() {
	c := x.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if !x.awaits || x.began || x.over() != nil {
		return
	}
	x.awaits = false
	at, b := c.beginHead()
	c.endHead(at, c.encoder.status(b, http.StatusContinue), x.id, false)
	c.flushLocked()
}

// ofConnectionOnly reports whether a field is one that HTTP/2 does not have.
func ofConnectionOnly(name string) bool {
	switch name {
	case "Connection", "Transfer-Encoding", "Upgrade", "Keep-Alive", "Proxy-Connection":
		return true
	}
	return false
}

// fix takes the head as far as the handler decides it.
func (x *stream) fix(status int) {
	r := &x.response
	r.status, r.length = status, -1
	empty := bodiless(status)
	r.mute = empty || x.req.Method == http.MethodHead
	_, typed := r.header["Content-Type"]
	r.sniff = !empty && !typed && r.header.Get("Content-Encoding") == ""
	for name, lines := range r.header {
		switch {
		case name == "Content-Length":
			r.declare(lines, empty)
			continue
		case ofConnectionOnly(name), name == "Content-Type" && status == http.StatusNotModified:
			continue
		case strings.HasPrefix(name, http.TrailerPrefix):
			r.trailing = true
			continue
		case name == "Trailer":
			r.announce(lines)
		case name == "Date":
			r.dated = true
		}
		for _, value := range lines {
			r.fields = append(r.fields, field{name, value})
		}
	}
}

// bodiless reports whether a response of the status has no body (RFC 9110 6.4.1).
func bodiless(status int) bool {
	return status == http.StatusNoContent || status == http.StatusNotModified
}

func (r *response) declare(lines []string, empty bool) {
	if empty || len(lines) == 0 {
		return
	}
	if n, ok := http1.Decimal(http1.Trim(lines[0])); ok {
		r.length = n
	}
}

// announce notes the trailers that the handler wants to send.
func (r *response) announce(lines []string) {
	r.trailing = true
	for _, line := range lines {
		for item := range strings.SplitSeq(line, ",") {
			if name := http.CanonicalHeaderKey(http1.Trim(item)); http1.MayTrail(name) {
				r.trailers = append(r.trailers, name)
			}
		}
	}
}

// head puts the head into the output; sample shows the beginning of the body. c.mu
// is held.
func (x *stream) head(sample []byte, end bool) {
	c, r := x.c, &x.response
	e := &c.encoder
	at, b := c.beginHead()
	b = e.status(b, r.status)
	for i := range r.fields {
		b = e.field(b, r.fields[i].name, r.fields[i].value)
	}
	if r.sniff && len(sample) > 0 {
		b = e.field(b, "Content-Type", http.DetectContentType(sample))
	}
	if !r.dated {
		b = e.volatile(b, "Date", c.s.date.At(c.s.Now()))
	}
	if r.length >= 0 {
		var space [20]byte
		b = e.length(b, strconv.AppendInt(space[:0], r.length, 10))
	}
	x.began, x.sentEnd = true, end
	c.endHead(at, b, x.id, end)
}

// beginHead begins a block at the end of the output; c.mu is held.
func (c *conn) beginHead() (at int, b []byte) {
	b = c.buffer()
	at = len(b)
	b = append(b, make([]byte, headSize)...)
	if c.encoder.resized {
		b = c.encoder.resize(b)
	}
	return at, b
}

// endHead ends it, in as many frames as it takes: nothing may come between them.
func (c *conn) endHead(at int, b []byte, id uint32, end bool) {
	kind, flags := byte(frameHeaders), byte(0)
	if end {
		flags = flagEndStream
	}
	if n := len(b) - at - headSize; n <= maxFrame {
		appendHeader(b[:at], n, kind, flags|flagEndHeaders, id)
		c.out = b
		return
	}
	rest := bytes.Clone(b[at+headSize:])
	for b = b[:at]; len(rest) > 0; kind, flags = frameContinuation, 0 {
		n := min(len(rest), maxFrame)
		if n == len(rest) {
			flags |= flagEndHeaders
		}
		b = append(appendHeader(b, n, kind, flags, id), rest[:n]...)
		rest = rest[n:]
	}
	c.out = b
}

// finish brings the response to its end and sends it.
func (x *stream) finish() {
	r := &x.response
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.status == 0 {
		x.fix(http.StatusOK)
	}
	c := x.c
	c.mu.Lock()
	began := x.began
	c.mu.Unlock()
	if r.length < 0 && !began && (!r.mute || x.req.Method == http.MethodHead && r.written > 0) {
		r.length = r.written
	}
	if r.length > r.written && !r.mute { // it is not all that was promised
		x.send(nil, false)
		return
	}
	if !r.trailing || r.mute {
		x.send(nil, true)
		return
	}
	fields := x.trailerFields()
	if x.send(nil, len(fields) == 0) != nil || len(fields) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if x.over() != nil {
		return
	}
	at, b := c.beginHead()
	for _, f := range fields {
		b = c.encoder.volatile(b, f.name, f.value)
	}
	x.sentEnd = true
	c.endHead(at, b, x.id, true)
}

// trailerFields are the fields behind the body, which the handler has set by now.
func (x *stream) trailerFields() (list []field) {
	add := func(name string, lines []string) {
		for _, value := range lines {
			list = append(list, field{name, value})
		}
	}
	for _, name := range x.response.trailers {
		add(name, x.response.header[name])
	}
	for key, lines := range x.response.header {
		if name, ok := strings.CutPrefix(key, http.TrailerPrefix); ok && http1.MayTrail(name) {
			add(name, lines)
		}
	}
	return list
}
