package http1

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// gap is room for the lines of the head that depend on the body, and for the size
// of its first chunk.
const gap = 256

// statusLine begins a head.
func (x *exchange) statusLine(b []byte, status int) []byte {
	b = append(b, x.req.Proto...)
	b = append(b, ' ')
	b = strconv.AppendInt(b, int64(status), 10)
	b = append(b, ' ')
	b = append(b, http.StatusText(status)...)
	return append(b, crlf...)
}

// inform sends a response before the last one (RFC 9110 15.2).
func (x *exchange) inform(status int) {
	if x.req.ProtoMinor == 0 || x.c.broken != nil {
		return
	}
	if status == http.StatusContinue {
		x.awaits.Store(false)
	}
	b := x.statusLine(nil, status)
	for _, l := range x.sorted() {
		if l.kind != noField && l.kind != lengthField && l.kind != connectionField {
			b = fieldLines(b, l.name, l.values)
		}
	}
	x.c.sendAll(append(b, crlf...))
}

// fix writes the head as far as the handler decides it.
func (x *exchange) fix(status int) {
	c := x.c
	x.status, x.length = status, -1
	bodiless := status < 200 || status == http.StatusNoContent || status == http.StatusNotModified
	x.mute = bodiless || x.req.Method == http.MethodHead
	_, typed := x.header["Content-Type"]
	x.sniff = !bodiless && !typed && x.header.Get("Content-Encoding") == ""
	b := x.statusLine(c.out[:0], status)
	for _, l := range x.sorted() {
		switch l.kind {
		case noField:
			continue
		case lengthField:
			x.declare(l.values, bodiless)
			continue
		case connectionField:
			b = x.connection(b, l.values)
			continue
		case lateField:
			x.trailing = true
			continue
		case typeField:
			if status == http.StatusNotModified {
				continue
			}
		case trailerField:
			x.announce(l.values)
		case dateField:
			x.dated = true
		}
		b = valueLines(b, l.name, l.values)
	}
	x.head = len(b)
	b = slices.Grow(b, gap)
	c.out = b[:len(b)+gap]
}

// sorted are the fields of the header, in order.
func (x *exchange) sorted() []line {
	x.lines = x.c.s.orders.sort(x.lines[:0], x.header)
	return x.lines
}

func (x *exchange) declare(lines []string, bodiless bool) {
	if bodiless || len(lines) == 0 {
		return
	}
	if n, ok := decimal(trim(lines[0])); ok {
		x.length = n
	}
}

// connection keeps what is no matter of ours, an upgrade say.
func (x *exchange) connection(b []byte, lines []string) []byte {
	ends := has(lines, "close")
	x.close = x.close || ends
	if ends || has(lines, "keep-alive") {
		return b
	}
	return fieldLines(b, "Connection", lines)
}

// announce notes the trailers that the handler wants to send.
func (x *exchange) announce(lines []string) {
	x.trailing = true
	for _, line := range lines {
		for item := range strings.SplitSeq(line, ",") {
			if name := http.CanonicalHeaderKey(trim(item)); mayTrail(name) {
				x.trailers = append(x.trailers, name)
			}
		}
	}
}

// fieldLines appends a field. No value can end its line.
func fieldLines(b []byte, name string, lines []string) []byte {
	if !token(name) {
		return b
	}
	return valueLines(b, name, lines)
}

// valueLines appends a field whose name is one.
func valueLines(b []byte, name string, lines []string) []byte {
	for _, value := range lines {
		b = append(b, name...)
		b = append(b, ": "...)
		value = trim(value)
		at := len(b)
		b = append(b, value...)
		if !printable(value) {
			for i, c := range b[at:] {
				if c < ' ' && c != '\t' || c == 0x7f {
					b[at+i] = ' '
				}
			}
		}
		b = append(b, crlf...)
	}
	return b
}

// commit closes the head and leaves it in the output, with the body so far; more
// is what comes next, and the handler still at work.
func (x *exchange) commit(more []byte) {
	body := x.c.out[x.head+gap:]
	x.close = x.close || !x.body.ended.Load() && (x.awaits.Load() || !x.body.buffered())
	if x.length < 0 && !x.mute {
		x.chunks = x.req.ProtoMinor > 0
		x.close = x.close || !x.chunks
	}
	if len(body) > 0 {
		more = body
	}
	x.closeHead(more, len(body))
	if x.chunks && len(body) > 0 {
		x.c.out = append(x.c.out, crlf...) // behind what was its first chunk
	}
}

// commitWhole is commit where the body is known to its end.
func (x *exchange) commitWhole() {
	body := x.c.out[x.head+gap:]
	head := x.req.Method == http.MethodHead
	switch {
	case x.trailing && x.req.ProtoMinor > 0 && x.length < 0 && !x.mute:
		x.chunks = true
	case x.length < 0 && (!x.mute || head && x.written > 0):
		x.length = x.written
	}
	x.close = x.close || x.status == http.StatusSwitchingProtocols || !x.body.ended.Load() && (x.awaits.Load() || !x.body.drain())
	x.closeHead(body, len(body))
	if x.chunks && len(body) > 0 {
		x.c.out = append(x.c.out, crlf...)
	}
}

// closeHead writes our own lines and moves the head up to the body, of which so
// many bytes are there, and of which sample shows the beginning.
func (x *exchange) closeHead(sample []byte, buffered int) {
	c := x.c
	x.committed = true
	x.close = x.close || c.s.conns.Closing()
	var space [gap]byte
	b := space[:0]
	if x.sniff && len(sample) > 0 {
		b = fieldLines(b, "Content-Type", []string{http.DetectContentType(sample)})
	}
	if !x.dated {
		b = append(append(append(b, "Date: "...), c.s.now()...), crlf...)
	}
	b = append(x.frame(b), crlf...)
	if x.mute {
		buffered = 0
		c.out = c.out[:x.head+gap]
	}
	if x.chunks && buffered > 0 {
		b = append(strconv.AppendInt(b, int64(buffered), 16), crlf...)
	}
	begin := gap - len(b)
	copy(c.out[begin:], c.out[:x.head])
	copy(c.out[begin+x.head:], b)
	c.skip = begin
}

// frame appends how the body ends, and whether the connection does.
func (x *exchange) frame(b []byte) []byte {
	switch {
	case x.chunks:
		b = append(b, "Transfer-Encoding: chunked\r\n"...)
	case x.length >= 0:
		b = append(strconv.AppendInt(append(b, "Content-Length: "...), x.length, 10), crlf...)
	}
	switch {
	case x.status == http.StatusSwitchingProtocols:
	case x.close && x.req.ProtoMinor > 0:
		b = append(b, "Connection: close\r\n"...)
	case !x.close && x.req.ProtoMinor == 0:
		b = append(b, "Connection: keep-alive\r\n"...)
	}
	return b
}

// finish brings the response to its end and sends it.
func (x *exchange) finish() error {
	c := x.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if x.status == 0 {
		x.fix(http.StatusOK)
	}
	if c.broken != nil {
		return c.broken
	}
	defer func() { c.x = nil }() // whoever writes later is told so
	if !x.committed {
		x.commitWhole()
	} else {
		x.close = x.close || !x.body.ended.Load() && !x.body.drain()
	}
	if x.chunks {
		c.put([]byte("0\r\n"))
		c.put(append(x.trailerLines(nil), crlf...))
	}
	if x.length > x.written && !x.mute {
		x.close = true
	}
	return c.send(nil)
}

// trailerLines are the fields behind the body, which the handler has set by now.
func (x *exchange) trailerLines(b []byte) []byte {
	for _, name := range x.trailers {
		b = fieldLines(b, name, x.header[name])
	}
	if !x.trailing {
		return b
	}
	for _, l := range x.sorted() {
		if name := strings.TrimPrefix(l.name, http.TrailerPrefix); l.kind == lateField && mayTrail(name) {
			b = fieldLines(b, name, l.values)
		}
	}
	return b
}

// mayTrail reports whether a field of a response may come behind the body: none
// that frames, routes, caches or authenticates (RFC 9110 6.5.1).
func mayTrail(name string) bool {
	switch name {
	case "Authorization", "Cache-Control", "Connection", "Expect", "Host", "Keep-Alive", "Max-Forwards", "Pragma", "Range",
		"Set-Cookie", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Www-Authenticate":
		return false
	}
	return !strings.HasPrefix(name, "Content-") && !strings.HasPrefix(name, "If-") && !strings.HasPrefix(name, "Proxy-")
}
