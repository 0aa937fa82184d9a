package servers

import (
	"bytes"
	"sync"
)

// A Record keeps what several goroutines write, a log for one.
type Record struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *Record) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(b)
}

func (r *Record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}
