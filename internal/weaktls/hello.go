package weaktls

import (
	"encoding/binary"
	"slices"
)

// The extensions that the server knows.
const (
	extGroups        = 10
	extSignatures    = 13
	extHeartbeat     = 15
	extTicket        = 35
	extVersions      = 43
	extRenegotiation = 0xff01

	emptyRenegotiation = 0x00ff // RFC 5746 3.3
	fallback           = 0x5600 // RFC 7507
)

// A hello is a ClientHello.
type hello struct {
	version     uint16
	random      []byte
	session     []byte
	suites      []uint16
	compression []byte
	extensions  map[uint16][]byte
}

// A reader takes values from the front; it is bad once there was too little.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if n > len(r.b) {
		r.bad, r.b = true, nil
		return make([]byte, min(n, 2))
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) byte() int   { return int(r.take(1)[0]) }
func (r *reader) uint16() int { return int(binary.BigEndian.Uint16(r.take(2))) }
func (r *reader) numbers() (list []uint16) {
	for list = []uint16{}; len(r.b) >= 2; {
		list = append(list, uint16(r.uint16()))
	}
	return list
}

func parseHello(b []byte) (*hello, error) {
	r := &reader{b: b}
	h := &hello{version: uint16(r.uint16()), random: r.take(32), extensions: map[uint16][]byte{}}
	h.session = r.take(r.byte())
	h.suites = (&reader{b: r.take(r.uint16())}).numbers()
	h.compression = r.take(r.byte())
	if len(r.b) > 0 {
		for e := (&reader{b: r.take(r.uint16())}); len(e.b) > 0; r.bad = r.bad || e.bad {
			id := uint16(e.uint16())
			h.extensions[id] = e.take(e.uint16())
		}
	}
	if r.bad || len(r.b) > 0 || len(h.session) > 32 {
		return nil, alert(decodeError)
	}
	return h, nil
}

// list is the numbers of an extension behind a length of so many bytes; nil where it
// is missing.
func (h *hello) list(id uint16, length int) []uint16 {
	b, ok := h.extensions[id]
	if !ok || len(b) < length {
		return nil
	}
	return (&reader{b: b[length:]}).numbers()
}

// agree picks the version: the highest that both know.
func (c *Config) agree(h *hello) (uint16, error) {
	listed := h.list(extVersions, 1)
	best := uint16(0)
	for _, v := range c.Versions {
		if v > best && v >= SSL3 && v <= h.version && (listed == nil || slices.Contains(listed, v)) {
			best = v
		}
	}
	switch {
	case best == 0:
		return 0, alert(protocolVersion)
	case c.FallbackSCSV && slices.Contains(h.suites, fallback) && slices.Max(c.Versions) > h.version:
		return 0, alert(86) // inappropriate_fallback
	}
	return best, nil
}

// pick picks the suite, and the curve where it needs one.
func (c *Config) pick(h *hello, version uint16) (id, group uint16, err error) {
	ours, theirs := c.Suites, h.suites
	if c.Ordered {
		ours, theirs = theirs, ours
	}
	group = c.curve(h)
	for _, id := range theirs {
		s, known := suites[id]
		if known && slices.Contains(ours, id) && version >= s.since && (group != 0 || !s.kind.elliptic()) {
			return id, group, nil
		}
	}
	return 0, 0, alert(handshakeFailure)
}

// curve is the first of the client's that the server agrees to; 0 is none.
func (c *Config) curve(h *hello) uint16 {
	ours := c.Groups
	if ours == nil {
		ours = []uint16{secp256r1}
	}
	theirs := h.list(extGroups, 2)
	if theirs == nil {
		return ours[0]
	}
	for _, g := range theirs {
		if slices.Contains(ours, g) {
			return g
		}
	}
	return 0
}

// secure reports whether RFC 5746 is spoken with the sender of a hello.
func (c *conn) secure(h *hello) bool {
	_, current := h.extensions[extVersions]
	return !c.cfg.Insecure || c.cfg.Selective && current
}

// serverHello answers a hello.
func (c *conn) serverHello(h *hello, s session) []byte {
	b := binary.BigEndian.AppendUint16(nil, c.version)
	b = append(b, c.serverRandom...)
	b = append(append(b, byte(len(s.id))), s.id...)
	b = binary.BigEndian.AppendUint16(b, s.suite)
	if c.cfg.Compression && slices.Contains(h.compression, 1) {
		b, c.compressed = append(b, 1), true
	} else {
		b = append(b, 0)
	}
	var ext []byte
	add := func(id uint16, data ...byte) {
		ext = binary.BigEndian.AppendUint16(ext, id)
		ext = binary.BigEndian.AppendUint16(ext, uint16(len(data)))
		ext = append(ext, data...)
	}
	_, asked := h.extensions[extRenegotiation]
	if c.secure(h) && (asked || slices.Contains(h.suites, emptyRenegotiation)) {
		both := slices.Concat(c.verified[0], c.verified[1])
		add(extRenegotiation, append([]byte{byte(len(both))}, both...)...)
	}
	if _, asked := h.extensions[extTicket]; asked && c.cfg.Tickets && c.version > SSL3 {
		add(extTicket)
	}
	if _, asked := h.extensions[extHeartbeat]; asked && c.cfg.Heartbeat {
		add(extHeartbeat, 1)
	}
	if ext != nil && c.version > SSL3 {
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(ext))), ext...)
	}
	return b
}
