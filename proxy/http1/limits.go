package http1

import (
	"cmp"
	"time"
)

// Limits bound what a client can make the server hold, and how long. 0 is the
// default.
type Limits struct {
	// MaxHeaderBytes bounds the head of a request; 64 KiB.
	MaxHeaderBytes int
	// MaxFields bounds how many fields it has; 200.
	MaxFields int
	// MaxTrailerBytes bounds the fields behind a chunked body; 8 KiB.
	MaxTrailerBytes int
	// MaxChunkExtensions bounds the bytes of extensions in one body; 4 KiB.
	MaxChunkExtensions int
	// HeaderTime is how long a head may take from its first byte, and how long a
	// fresh connection may wait with that; 10 s.
	HeaderTime time.Duration
	// Idle is how long a connection may wait for its next request; 75 s.
	Idle time.Duration
	// Stall is how long a client may neither send nor take a byte when it is its
	// turn; a minute. Under TLS a record of 16 KiB is sent as one.
	Stall time.Duration
	// MinRate is how many bytes a second it must send or take while it is its turn,
	// over every Grace; 0 is any.
	MinRate int
	// Grace is 10 s.
	Grace time.Duration
}

func (l Limits) withDefaults() Limits {
	l.MaxHeaderBytes = cmp.Or(l.MaxHeaderBytes, 64<<10)
	l.MaxFields = cmp.Or(l.MaxFields, 200)
	l.MaxTrailerBytes = cmp.Or(l.MaxTrailerBytes, 8<<10)
	l.MaxChunkExtensions = cmp.Or(l.MaxChunkExtensions, 4<<10)
	l.HeaderTime = cmp.Or(l.HeaderTime, 10*time.Second)
	l.Idle = cmp.Or(l.Idle, 75*time.Second)
	l.Stall = cmp.Or(l.Stall, time.Minute)
	l.Grace = cmp.Or(l.Grace, 10*time.Second)
	return l
}

// turn is how long to wait for a client before looking at its pace.
func (l *Limits) turn() time.Duration {
	if l.MinRate > 0 {
		return min(l.Stall, l.Grace)
	}
	return l.Stall
}

// A pace is what a client has sent or taken while it was its turn: the time that
// the handler takes does not count.
type pace struct {
	bytes          int
	waited, silent time.Duration
}

// tooSlow adds what came of one wait, and judges.
func (p *pace) tooSlow(l *Limits, n int, took time.Duration) bool {
	p.bytes += n
	p.waited += took
	if n > 0 {
		p.silent = 0
	} else if p.silent += took; p.silent >= lazily(l.Stall) {
		return true
	}
	if l.MinRate <= 0 || p.waited < lazily(l.Grace) {
		return false
	}
	slow := float64(p.bytes) < float64(l.MinRate)*p.waited.Seconds()
	p.bytes, p.waited = 0, 0
	return slow
}

// lazily is the least that is left of a deadline which is not set anew each time.
func lazily(d time.Duration) time.Duration { return d - d/8 }

// past is a deadline that is over.
var past = time.Unix(1, 0)

// A deadline is the one that a connection has now. Setting one costs more than a
// look at the clock, so one that is near enough is left as it is.
type deadline struct{ at time.Time }

func (d *deadline) set(now time.Time, wait time.Duration, set func(time.Time) error) {
	want := now.Add(wait)
	if late := want.Sub(d.at); late < 0 || late > wait/8 {
		d.at = want
		set(want)
	}
}
