package http2

import (
	"strings"
	"time"

	"golang.org/x/net/http2/hpack"
)

// A field is one line of a head.
type field struct{ name, value string }

// A block is the head or the trailers that are being read: HEADERS and the
// CONTINUATIONs behind it.
type block struct {
	c         *conn
	open      bool
	stream    uint32
	endStream bool
	own       bool // the stream depends on itself
	parts     int  // frames
	bytes     int  // of them
	size      int  // of the fields (RFC 9113 6.5.2)
	fields    []field
	large     bool // more than the limits allow: what exceeds them is not kept
}

// maxParts bounds the frames of one block (CVE-2024-27316): so many of a KiB hold
// twice what may be in it. What it takes on the wire is bounded, too.
const maxParts = 128

// headers begins a block (RFC 9113 6.2).
func (c *conn) headers(h header, p []byte) error {
	if h.stream == 0 || h.stream%2 == 0 {
		return connError{protocolError, "HEADERS on a stream that no client opens"}
	}
	p, err := unpad(h, p)
	if err != nil {
		return err
	}
	own := false
	if h.has(flagPriority) {
		if len(p) < 5 {
			return connError{sizeError, "HEADERS has no room for its priority"}
		}
		own = dependsOn(p) == h.stream
		p = p[5:]
	}
	if c.hpack == nil {
		c.hpack = hpack.NewDecoder(tableSize, c.block.add)
		c.hpack.SetMaxStringLength(2 * c.s.limits.MaxHeaderBytes)
	}
	c.hpack.SetEmitEnabled(true)
	k := &c.block
	fields := k.fields[:0]
	*k = block{c: c, open: true, stream: h.stream, endStream: h.has(flagEndStream), own: own, fields: fields}
	return c.part(h, p)
}

// continuation goes on with a block (RFC 9113 6.10).
func (c *conn) continuation(h header, p []byte) error {
	if !c.block.open {
		return connError{protocolError, "CONTINUATION behind no HEADERS"}
	}
	return c.part(h, p)
}

// part decodes one frame of a block, and has it served when it was the last.
func (c *conn) part(h header, p []byte) error {
	k, most := &c.block, c.s.limits.MaxHeaderBytes
	k.parts++
	if k.bytes += len(p); k.bytes > 2*most || k.parts > maxParts {
		return connError{enhanceYourCalm, "a head is too long"}
	}
	if _, err := c.hpack.Write(p); err != nil {
		return connError{compressError, "the compression of a head is broken"}
	}
	if !h.has(flagEndHeaders) {
		if c.in.headBy.IsZero() {
			c.in.headBy = time.Now().Add(c.s.limits.HeaderTime)
		}
		return nil
	}
	if c.hpack.Close() != nil {
		return connError{compressError, "a head ends in the middle of a field"}
	}
	k.open = false
	defer k.forget()
	return c.complete(k)
}

// add takes a field that was decoded.
func (k *block) add(f hpack.HeaderField) {
	l := &k.c.s.limits
	k.size += len(f.Name) + len(f.Value) + 32
	if k.size > l.MaxHeaderBytes || len(k.fields) >= l.MaxFields+pseudoFields {
		k.large = true
		k.c.hpack.SetEmitEnabled(false) // it decodes on, for the sake of the next head
		return
	}
	k.fields = append(k.fields, field{f.Name, f.Value})
}

// pseudoFields is how many a request may have.
const pseudoFields = 4

// forget lets go of what the request does not keep.
func (k *block) forget() {
	clear(k.fields)
	if k.fields = k.fields[:0]; cap(k.fields) > 64 {
		k.fields = nil
	}
}

// complete is called with a whole block.
func (c *conn) complete(k *block) error {
	c.mu.Lock()
	x := c.streams[k.stream]
	open := x != nil && x.err == nil
	ours := c.wasReset(k.stream)
	ignored := c.ignores(k.stream)
	flood := !open && (ours || ignored) && !c.budget.spend(costReset)
	c.mu.Unlock()
	switch {
	case flood:
		return errFlood
	case open:
		return x.trailer(k)
	case ours:
		return nil // RFC 9113 5.1: it was on its way when we reset the stream
	case ignored: // RFC 9113 6.8: the client knows that it was not served
		c.last = max(c.last, k.stream)
		return nil
	case k.stream <= c.last:
		return connError{streamClosed, "HEADERS on a stream that is over"}
	}
	c.last = k.stream
	if k.own {
		return streamError{k.stream, protocolError} // RFC 7540 5.3.1
	}
	return c.open(k)
}

// upper reports whether a name has a letter that none may have (RFC 9113 8.2.1).
func upper(name string) bool {
	return strings.ContainsFunc(name, func(r rune) bool { return 'A' <= r && r <= 'Z' })
}
