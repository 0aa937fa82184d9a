// Package accesslog writes a line for each request: in the background, within bounds, and
// without what is secret. Requests never wait for it; what it cannot write is counted.
package accesslog

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"pavise/internal/meter"
	"pavise/internal/redact"
)

// Options say where to write and how.
type Options struct {
	To     string // a file, stderr or journald
	Format string // json, common or combined
	Query  string // off, names or masked
	Rotate Rotate
	Stderr io.Writer
	Socket string // of journald; "" is where systemd has it
	// Say tells the operator when lines begin to be lost, and when they are written again.
	Say func(format string, args ...any)
	Now func() time.Time // nil is time.Now
}

// maxPending bounds what waits to be written.
const maxPending = 1 << 20

// A Log is open until Close.
type Log struct {
	format format
	query  redact.QueryMode
	say    func(string, ...any)
	sink   sink

	mu      sync.Mutex
	pending []byte
	lines   uint64 // pending
	closed  bool

	wake    chan struct{}
	done    chan struct{}
	reopen  atomic.Bool
	retired atomic.Bool
	written atomic.Uint64
	lost    atomic.Uint64
	scratch sync.Pool
}

// Retire has a file be put away by others alone; lines are written into what is there then.
func (l *Log) Retire() { l.retired.Store(true) }

// An order is what a sink is to heed as it writes.
type order struct {
	reopen bool // somebody has put the file away
	keep   bool // it is not ours to put it away
}

// A sink takes lines, each with its end. It returns how many it has taken.
type sink interface {
	write(batch []byte, o order) (lines uint64, err error)
	close() error
}

// Open begins to write.
func Open(o Options) (*Log, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	l := &Log{format: formats[o.Format], query: redact.QueryMode(o.Query), say: o.Say, wake: make(chan struct{}, 1), done: make(chan struct{}),
		scratch: sync.Pool{New: func() any { return new([]byte) }}}
	if l.format == nil {
		return nil, fmt.Errorf("there is no format %q", o.Format)
	}
	var err error
	switch o.To {
	case "stderr":
		l.sink = stream{o.Stderr}
	case "journald":
		l.sink, err = openJournal(o.Socket)
	default:
		l.sink, err = openFile(o)
	}
	if err != nil {
		return nil, err
	}
	go l.run()
	return l, nil
}

// Over writes a line for an exchange. Where that cannot be put into words it is counted as
// lost, and the panic goes on to who serves, who says so.
func (l *Log) Over(e *meter.Exchange) {
	worded := false
	defer func() {
		if !worded {
			l.lost.Add(1)
		}
	}()
	buf := l.scratch.Get().(*[]byte)
	*buf = append(l.format((*buf)[:0], e, l.query), '\n')
	worded = true
	l.take(*buf)
	l.scratch.Put(buf)
}

func (l *Log) take(line []byte) {
	l.mu.Lock()
	if l.closed || len(l.pending)+len(line) > maxPending {
		l.mu.Unlock()
		l.lost.Add(1)
		return
	}
	l.pending = append(l.pending, line...)
	l.lines++
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// run writes what is pending until the log is closed.
func (l *Log) run() {
	defer close(l.done)
	var batch []byte
	told := uint64(0) // lost lines that have been said, while the trouble lasts
	failing := false
	for range l.wake {
		l.mu.Lock()
		batch, l.pending = l.pending, batch[:0]
		lines, last := l.lines, l.closed
		l.lines = 0
		l.mu.Unlock()
		n, err := uint64(0), error(nil)
		if lines > 0 || l.reopen.Load() {
			n, err = l.sink.write(batch, order{l.reopen.Swap(false), l.retired.Load()})
		}
		l.written.Add(n)
		l.lost.Add(lines - n)
		switch lost := l.lost.Load(); {
		case err != nil && !failing:
			failing = true
			l.say("warning: the access log cannot be written, and requests go on without it: %v", err)
		case err == nil && lost > told && lines > 0:
			l.say("warning: the access log is written again; %d of its lines were lost", lost-told)
			told, failing = lost, false
		}
		if last {
			return
		}
	}
}

// Reopen has a file opened anew, for who has moved it away.
func (l *Log) Reopen() {
	l.reopen.Store(true)
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Counts are how many lines were written, and how many lost.
func (l *Log) Counts() (written, lost uint64) { return l.written.Load(), l.lost.Load() }

// Close writes what is pending, for so long as it may take.
func (l *Log) Close() error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
	select {
	case <-l.done:
		return l.sink.close()
	case <-time.After(closeTime):
		return errSlow
	}
}

// closeTime is how long what is pending may take at the end.
const closeTime = 3 * time.Second

var errSlow = errors.New("the access log takes too long to be written")

// stream writes to what is open already.
type stream struct{ to io.Writer }

func (s stream) write(batch []byte, _ order) (uint64, error) {
	n, err := s.to.Write(batch)
	return ends(batch[:n]), err
}

func (stream) close() error { return nil }
