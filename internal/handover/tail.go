package handover

import (
	"io"
	"strings"
	"sync"
)

// A tail passes on what is written, and remembers the end of it.
type tail struct {
	to io.Writer
	mu sync.Mutex
	b  []byte
}

const maxTail = 2 << 10

// Write never fails: a reader that has gone must not end who writes.
func (t *tail) Write(b []byte) (int, error) {
	t.to.Write(b)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, b...)
	if over := len(t.b) - maxTail; over > 0 {
		t.b = append(t.b[:0], t.b[over:]...)
	}
	return len(b), nil
}

// String is what was said last, as the end of a sentence.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if said := strings.TrimSpace(string(t.b)); said != "" {
		return "; it said:\n" + said
	}
	return ""
}
