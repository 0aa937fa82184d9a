package http2

import (
	"hash/maphash"
	"strings"

	"pavise/internal/http1"
)

// An encoder writes heads by HPACK (RFC 7541). What comes again on a connection is
// put into the table of the client, and is a byte or two from then on; values that
// change each time are soon known for that, and are not. c.mu is held.
type encoder struct {
	slots   []slot      // by a hash of the name; nil before the first head
	sizes   [128]uint16 // of the entries in the table, by their number
	added   uint32      // entries so far
	evicted uint32      // of them
	size    int         // of those in the table
	limit   int
	resized bool // the client must be told
}

// A slot is what is known of a name. Its strings are its own.
type slot struct {
	name   string // as http.Header has it
	value  string
	entry  uint32 // the number of the entry; 0 is none
	static byte   // the index of the name in the static table, or 0
	wasted byte   // how often an entry was of no use
}

const (
	slotCount  = 64
	probes     = 8
	maxWasted  = 3
	entryExtra = 32 // RFC 7541 4.1
	maxEntry   = tableSize / 3
)

var slotSeed = maphash.MakeSeed()

func (e *encoder) begin() { e.limit = tableSize }

// limitTo is what the client keeps at most. We use no more than at first, nor ever
// again more than the least: it may raise that, but not all understand being told of
// two sizes in one head (RFC 7541 4.2).
func (e *encoder) limitTo(n uint32) {
	if int64(n) < int64(e.limit) {
		e.limit, e.resized = int(n), true
	}
}

// resize tells the client how much of its table is used.
func (e *encoder) resize(b []byte) []byte {
	e.resized = false
	e.evict(e.limit)
	return appendInt(b, 0x20, 5, e.limit)
}

// evict drops the oldest entries until so much is left.
func (e *encoder) evict(most int) {
	for e.size > most {
		e.evicted++
		e.size -= int(e.sizes[e.evicted%uint32(len(e.sizes))])
	}
}

// status begins a head.
func (e *encoder) status(b []byte, status int) []byte {
	switch status {
	case 200:
		return append(b, 0x80|8)
	case 204:
		return append(b, 0x80|9)
	case 206:
		return append(b, 0x80|10)
	case 304:
		return append(b, 0x80|11)
	case 400:
		return append(b, 0x80|12)
	case 404:
		return append(b, 0x80|13)
	case 500:
		return append(b, 0x80|14)
	}
	return append(b, 8, 3, byte('0'+status/100), byte('0'+status/10%10), byte('0'+status%10))
}

// slot finds that of a name, or one for it.
func (e *encoder) slot(name string) *slot {
	if e.slots == nil {
		e.slots = make([]slot, slotCount)
	}
	at := maphash.String(slotSeed, name)
	first := &e.slots[at%slotCount]
	for i := range uint64(probes) {
		s := &e.slots[(at+i)%slotCount]
		if s.name == name {
			return s
		}
		if s.name == "" {
			first = s
			break
		}
	}
	*first = slot{name: strings.Clone(name), static: staticNames[name]}
	return first
}

// field appends a line of a head. What is none is left out, and no value can hold
// what a reader of HTTP/1.1 takes for the end of it.
func (e *encoder) field(b []byte, name, value string) []byte {
	if name == "" {
		return b
	}
	s := e.slot(name)
	alive := s.entry > e.evicted
	if s.value == value && s.entry > 0 {
		if alive {
			s.wasted -= min(s.wasted, 1)
			return appendInt(b, 0x80, 7, 61+int(e.added-s.entry)+1)
		}
	} else if s.entry > 0 && s.wasted < maxWasted {
		s.wasted++
	}
	clean := http1.Trim(value)
	size := len(name) + len(value) + entryExtra
	if s.wasted >= maxWasted || size > min(maxEntry, e.limit) || len(clean) != len(value) || !http1.Printable(value) || name == "Set-Cookie" {
		return s.literal(b, name, clean)
	}
	if !http1.Token(name) {
		return b
	}
	e.evict(e.limit - size)
	e.added++
	e.sizes[e.added%uint32(len(e.sizes))] = uint16(size)
	e.size += size
	s.entry, s.value = e.added, strings.Clone(value)
	return appendValue(s.appendName(b, name, 0x40, 6), value)
}

// volatile appends a line whose value is not to be remembered.
func (e *encoder) volatile(b []byte, name, value string) []byte {
	if name == "" {
		return b
	}
	return e.slot(name).literal(b, name, http1.Trim(value))
}

// length appends Content-Length.
func (e *encoder) length(b, digits []byte) []byte {
	b = append(b, 0x0f, 28-0x0f, byte(len(digits))) // RFC 7541 6.2.2
	return append(b, digits...)
}

// literal appends a line that goes into no table. A cookie may go into none on the
// way either (RFC 7541 7.1.3).
func (s *slot) literal(b []byte, name, value string) []byte {
	if !http1.Token(name) {
		return b
	}
	kind := byte(0)
	if name == "Set-Cookie" {
		kind = 0x10
	}
	return appendValue(s.appendName(b, name, kind, 4), value)
}

// appendName appends the name, or its index in the static table.
func (s *slot) appendName(b []byte, name string, kind byte, bits uint) []byte {
	if s.static > 0 {
		return appendInt(b, kind, bits, int(s.static))
	}
	b = appendInt(append(b, kind), 0, 7, len(name))
	for i := range len(name) {
		c := name[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		b = append(b, c)
	}
	return b
}

// appendValue appends a string as it is (RFC 7541 5.2).
func appendValue(b []byte, value string) []byte {
	b = appendInt(b, 0, 7, len(value))
	at := len(b)
	b = append(b, value...)
	if !http1.Printable(value) {
		for i, c := range b[at:] {
			if c < ' ' && c != '\t' || c == 0x7f {
				b[at+i] = ' '
			}
		}
	}
	return b
}

// appendInt appends a number with a prefix of so many bits (RFC 7541 5.1).
func appendInt(b []byte, kind byte, bits uint, n int) []byte {
	most := 1<<bits - 1
	if n < most {
		return append(b, kind|byte(n))
	}
	b = append(b, kind|byte(most))
	for n -= most; n >= 0x80; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return append(b, byte(n))
}

// staticNames are the fields of responses that the static table names (RFC 7541 A).
var staticNames = map[string]byte{
	"Accept-Ranges": 18, "Access-Control-Allow-Origin": 20, "Age": 21, "Allow": 22, "Cache-Control": 24,
	"Content-Disposition": 25, "Content-Encoding": 26, "Content-Language": 27, "Content-Length": 28,
	"Content-Location": 29, "Content-Range": 30, "Content-Type": 31, "Date": 33, "Etag": 34, "Expires": 36,
	"Last-Modified": 44, "Link": 45, "Location": 46, "Refresh": 52, "Retry-After": 53, "Server": 54, "Set-Cookie": 55,
	"Strict-Transport-Security": 56, "Vary": 59, "Via": 60, "Www-Authenticate": 61,
}
