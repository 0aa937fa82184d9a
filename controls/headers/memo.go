package headers

import (
	"slices"
	"sync/atomic"
)

// A memo answers to the lines of a header with other lines, which are shared, and
// keeps the last answer to a single line: most apps send one value all day.
type memo struct {
	answer func(lines []string) []string // nil is to leave them
	none   []string                      // the answer to no line
	last   atomic.Pointer[answered]
}

type answered struct {
	line   string
	answer []string
}

func newMemo(answer func(lines []string) []string) *memo {
	return &memo{answer: answer, none: answer(nil)}
}

func (m *memo) of(lines []string) []string {
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
	a := &answered{lines[0], m.answer(lines)}
	m.last.Store(a)
	return a.answer
}

// amend gives a header the answer to its lines.
func (m *memo) amend(h map[string][]string, name string) {
	if lines := m.of(h[name]); lines != nil {
		h[name] = lines
	}
}

// beside returns the lines with one more, in a slice that nobody else holds.
func beside(lines []string, line string) []string {
	return slices.Clip(append(slices.Clip(lines), line))
}
