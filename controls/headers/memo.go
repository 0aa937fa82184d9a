package headers

import (
	"slices"
	"strings"
	"sync/atomic"

	"pavise"
)

// A memo knows what the lines of a header come to, and keeps the last answer to a
// single line: most apps send one value all day.
type memo[T any] struct {
	answer func(lines []string) T
	none   T // the answer to no line
	last   atomic.Pointer[answered[T]]
}

type answered[T any] struct {
	line   string
	answer T
}

func newMemo[T any](answer func(lines []string) T) *memo[T] {
	return &memo[T]{answer: answer, none: answer(nil)}
}

func (m *memo[T]) of(lines []string) T {
	switch len(lines) {
	case 0:
		return m.none
	case 1:
	default:
		return m.answer(lines)
	}
	if last := m.last.Load(); last != nil && last.line == lines[0] {
		return last.answer
	}
	line := strings.Clone(lines[0]) // it may be part of a whole head
	a := &answered[T]{line, m.answer([]string{line})}
	m.last.Store(a)
	return a.answer
}

// A reply is other lines for a header; nil is to leave them.
type reply = *memo[[]string]

// amend gives a header the answer to its lines.
func amend(x *pavise.Exchange, name string, a reply) {
	if lines := a.of(x.Header[name]); lines != nil {
		x.Header[name] = x.Lines(lines...)
	}
}

// beside returns the lines with one more, in a slice that nobody else holds.
func beside(lines []string, line string) []string {
	return slices.Clip(append(slices.Clip(lines), line))
}
