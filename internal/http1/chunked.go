package http1

import (
	"bytes"
	"io"
	"net/http"
)

// chunks is where the reading of a chunked body stands (RFC 9112 7.1). Each step
// waits for a whole line, so that a reading which was broken off can go on.
type chunks struct {
	begun      bool // a chunk has been read, and its CRLF has not
	last       bool // the chunk of size 0 has been read
	extensions int  // bytes of them so far
	trailers   int  // bytes of them so far
	fields     int  // trailers so far
}

// maxChunkLine bounds the line of one chunk: it must come into the buffer whole.
const maxChunkLine = 1 << 10

// nextChunk reads what stands between the data of two chunks, and all behind the
// last.
func (b *body) nextChunk() error {
	k := &b.chunks
	for !k.last {
		line, err := b.line(maxChunkLine, chunkTooLong)
		switch {
		case err != nil:
			return err
		case k.begun && len(line) > 0:
			return bad("framing", "A chunk of the body is longer than its size.")
		case k.begun:
			k.begun = false
			continue
		}
		if b.left, err = b.size(line); err != nil {
			return err
		}
		if k.begun, k.last = b.left > 0, b.left == 0; k.begun {
			return nil
		}
	}
	for {
		limits := &b.x.c.s.limits
		line, err := b.line(limits.MaxTrailerBytes-k.trailers, trailersTooLong)
		if err != nil {
			return err
		}
		if len(line) == 0 {
			return io.EOF
		}
		k.trailers += len(line)
		if k.fields++; k.fields > limits.MaxFields {
			return trailersTooLong
		}
		if fault := b.trailer(string(line)); fault != nil {
			return fault
		}
	}
}

var (
	chunkTooLong    = bad("framing", "The size line of a chunk is too long.")
	trailersTooLong = &Fault{Status: http.StatusRequestHeaderFieldsTooLarge, Rule: "size", Reason: "The trailers of the request are too long."}
)

// line takes the next line, without its CRLF, which must be one whatever else is
// mended: here two readers would lose each other for good. It is good until the
// next.
func (b *body) line(most int, tooLong *Fault) ([]byte, error) {
	c := b.x.c
	in := &c.inward
	for scanned := 0; ; {
		i := bytes.IndexByte(in.buf[in.r+scanned:in.w], '\n')
		switch {
		case i >= 0 && scanned+i > most+1, i < 0 && in.buffered() > most+1:
			return nil, tooLong
		case i >= 0:
			line := in.buf[in.r : in.r+scanned+i]
			if len(line) == 0 || line[len(line)-1] != '\r' {
				return nil, bad("line-endings", "A line of the body's framing ends in a bare LF.")
			}
			in.r += len(line) + 1
			return line[:len(line)-1], nil
		}
		scanned = in.buffered()
		in.room(max(len(in.buf), most+2+bufferSize))
		n, err := c.read(in.buf[in.w:], b.quit)
		if in.w += n; err != nil {
			return nil, err
		}
	}
}

// size reads the line of a chunk, whose extensions nobody here knows.
func (b *body) size(line []byte) (int64, error) {
	size, extension, fault := chunkSize(line)
	if fault != nil {
		return 0, fault
	}
	if b.chunks.extensions += extension; b.chunks.extensions > b.x.c.s.limits.MaxChunkExtensions {
		return 0, bad("framing", "The chunks of the body have too many extensions.")
	}
	return size, nil
}

// chunkSize reads hexadecimal digits, and how long what follows them is.
func chunkSize(line []byte) (size int64, extension int, fault *Fault) {
	digits, rest, extended := bytes.Cut(line, []byte(";"))
	if len(digits) == 0 || len(digits) > 16 {
		return 0, 0, bad("framing", "The size of a chunk is no number.")
	}
	for i := range len(digits) {
		var d int64
		switch c := digits[i]; {
		case '0' <= c && c <= '9':
			d = int64(c - '0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			d = int64(c|0x20-'a') + 10
		default:
			return 0, 0, bad("framing", "The size of a chunk is no hexadecimal number.")
		}
		if size = size<<4 | d; size >= 1<<58 {
			return 0, 0, bad("framing", "A chunk is too long.")
		}
	}
	if !extended {
		return size, 0, nil
	}
	if !printable(string(rest)) {
		return 0, 0, bad("framing", "An extension of a chunk has a control character in it.")
	}
	return size, len(rest) + 1, nil
}

// trailer adds one field to those of the request.
func (b *body) trailer(line string) *Fault {
	if line[0] == ' ' || line[0] == '\t' {
		return bad("fields", "A trailer of the request is folded.")
	}
	name, value, fault := b.x.c.field(line)
	switch {
	case fault != nil:
		return fault
	case name == "":
		return nil
	case !trails(name):
		return bad("framing", "A trailer of the request may be none.").saw(name)
	}
	r := b.x.req
	if r.Trailer == nil {
		r.Trailer = http.Header{}
	}
	r.Trailer[name] = append(r.Trailer[name], value)
	return nil
}
