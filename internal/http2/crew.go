package http2

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"pavise/internal/poison"
)

// A worker is a goroutine that runs handlers, one after the other, and what they
// need for the while: its stack has grown to what the chain takes.
type worker struct {
	jobs   chan *stream
	fields []field
	header http.Header
	broken bool // the handler has not returned
	body   [bodySize]byte
}

// bodySize is how much of a response waits for more of it, or for its end.
const bodySize = 8 << 10

// maxIdle is how many workers wait for work, and restTime how long more of them do
// than were needed at a time.
const (
	maxIdle  = 128
	restTime = time.Second
)

// A crew is the workers that wait, the latest last.
type crew struct {
	mu    sync.Mutex
	idle  []*worker
	least int // that waited since the timer was set
	timer *time.Timer
	over  bool
}

// run has a stream served. It does not wait.
func (k *crew) run(x *stream) {
	k.mu.Lock()
	var w *worker
	if n := len(k.idle); n > 0 {
		w, k.idle = k.idle[n-1], k.idle[:n-1]
		k.least = min(k.least, n-1)
	}
	k.mu.Unlock()
	if w == nil {
		w = &worker{jobs: make(chan *stream, 1), fields: make([]field, 0, 48), header: make(http.Header, 32)}
		go w.work(k)
	}
	w.jobs <- x
}

// rest puts a worker back; false sends it home.
func (k *crew) rest(w *worker) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.over || len(k.idle) >= maxIdle {
		return false
	}
	if k.idle = append(k.idle, w); k.timer == nil {
		k.least, k.timer = 0, time.AfterFunc(restTime, k.thin)
	}
	return true
}

// thin sends those home that nobody has needed since the last time.
func (k *crew) thin() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.send(k.least)
	k.timer = nil
	if k.least = len(k.idle); k.least > 0 {
		k.timer = time.AfterFunc(restTime, k.thin)
	}
}

// dismiss sends those home that wait, and the others behind their work.
func (k *crew) dismiss() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.over = true
	k.send(len(k.idle))
}

// send sends the first n home; k.mu is held.
func (k *crew) send(n int) {
	for _, w := range k.idle[:n] {
		close(w.jobs)
	}
	k.idle = slices.Delete(k.idle, 0, n)
	k.least = 0
}

func (w *worker) work(k *crew) {
	for x := range w.jobs {
		x.serve(w)
		w.clean()
		if !k.rest(w) {
			return
		}
	}
}

// clean forgets what the last response was.
func (w *worker) clean() {
	clear(w.fields[:cap(w.fields)])
	if w.fields = w.fields[:0]; cap(w.fields) > 256 {
		w.fields = make([]field, 0, 48)
	}
	if w.broken || len(w.header) > 128 || poison.On { // a handler that panics leaves goroutines behind
		w.header = make(http.Header, 32)
	}
	clear(w.header)
	w.broken = false
	poison.Fill(w.body[:])
}
