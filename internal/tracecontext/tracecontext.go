// Package tracecontext reads and writes who asks whom in a distributed trace (W3C Trace
// Context, level 2).
package tracecontext

import (
	"encoding/hex"
	"math/rand/v2"
	"strings"
)

// A Context is a span within a trace.
type Context struct {
	Trace   [16]byte
	Span    [8]byte
	Sampled bool
	Random  bool   // whoever began the trace says that chance alone has named it
	State   string // of those who took part before, as it came
}

// Valid reports whether it names a trace and a span.
func (c Context) Valid() bool { return c.Trace != [16]byte{} && c.Span != [8]byte{} }

// New begins a trace.
func New() Context {
	c := Context{Random: true}
	for !c.Valid() {
		fill(c.Trace[:])
		fill(c.Span[:])
	}
	return c
}

// NewSpan makes an id for a span.
func NewSpan() (id [8]byte) {
	for id == [8]byte{} {
		fill(id[:])
	}
	return id
}

// fill fills with ids, which are no secrets.
func fill(b []byte) {
	for i := 0; i < len(b); i += 8 {
		n := rand.Uint64()
		for j := range 8 {
			b[i+j] = byte(n >> (8 * j))
		}
	}
}

// Flags of a traceparent (W3C Trace Context 3.2.2.5).
const (
	sampled = 1 << 0
	random  = 1 << 1
)

// Length of a traceparent of version 00: 00-TRACE-SPAN-FLAGS.
const length = 2 + 1 + 32 + 1 + 16 + 1 + 2

// Parse reads the lines of traceparent and tracestate; ok is false where they name no
// trace. What is wrong in the state alone drops that alone (W3C Trace Context 3.3).
func Parse(parent, state []string) (c Context, ok bool) {
	if len(parent) != 1 {
		return Context{}, false
	}
	s := parent[0]
	if len(s) < length || s[2] != '-' || s[35] != '-' || s[52] != '-' || !lowerHex(s[:2]) || s[:2] == "ff" ||
		s[:2] == "00" && len(s) != length || len(s) > length && s[length] != '-' {
		return Context{}, false
	}
	var flags [1]byte
	if !decode(c.Trace[:], s[3:35]) || !decode(c.Span[:], s[36:52]) || !decode(flags[:], s[53:55]) || !c.Valid() {
		return Context{}, false
	}
	c.Sampled, c.Random = flags[0]&sampled != 0, flags[0]&random != 0
	c.State = joined(state)
	return c, true
}

func decode(to []byte, s string) bool {
	_, err := hex.Decode(to, []byte(s))
	return err == nil && lowerHex(s)
}

func lowerHex(s string) bool { return strings.Trim(s, "0123456789abcdef") == "" }

// Bounds of tracestate (W3C Trace Context 3.3.1.1, 3.3.1.5).
const (
	maxMembers = 32
	maxState   = 512
)

// joined is the state if all of its members are well formed, else "".
func joined(lines []string) string {
	members := 0
	size := 0
	for _, line := range lines {
		size += len(line) + 1
		if size > maxState+1 {
			return ""
		}
		for member := range strings.SplitSeq(line, ",") {
			member = strings.Trim(member, " \t")
			if member == "" {
				continue
			}
			key, value, found := strings.Cut(member, "=")
			if members++; !found || !stateKey(key) || !stateValue(value) || members > maxMembers {
				return ""
			}
		}
	}
	return strings.Join(lines, ",")
}

func stateKey(s string) bool {
	return s != "" && len(s) <= 256 && ('a' <= s[0] && s[0] <= 'z' || '0' <= s[0] && s[0] <= '9') &&
		strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_-*/@") == ""
}

func stateValue(s string) bool {
	if s == "" || len(s) > 256 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == ',' || c == '=' {
			return false
		}
	}
	return true
}

// Parent is the traceparent of what is asked within the span.
func (c Context) Parent() string {
	b := make([]byte, 0, length)
	b = append(b, "00-"...)
	b = hex.AppendEncode(b, c.Trace[:])
	b = append(b, '-')
	b = hex.AppendEncode(b, c.Span[:])
	var flags byte
	if c.Sampled {
		flags |= sampled
	}
	if c.Random {
		flags |= random
	}
	b = append(b, '-')
	return string(hex.AppendEncode(b, []byte{flags}))
}
