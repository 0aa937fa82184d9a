package http1

import (
	"cmp"
	"math"
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
	// MinRate is how many bytes a second it must send or take while it is its turn;
	// 0 is any.
	MinRate int
	// Grace is how long it may be waited for in all before its bytes have earned it
	// more, up to Stall; 20 s.
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
	l.Grace = min(cmp.Or(l.Grace, 20*time.Second), l.Stall)
	return l
}

// A pace is how long a client may still be waited for: waiting uses that up, and each
// byte earns some of it. The time that the handler takes does not count.
type pace struct{ left time.Duration }

// pace is what a client begins with.
func (l *Limits) pace() pace {
	if l.MinRate > 0 {
		return pace{l.Grace}
	}
	return pace{l.Stall}
}

// tooSlow adds what came of one wait, and judges.
func (p *pace) tooSlow(l *Limits, n int, took time.Duration) bool {
	switch {
	case l.MinRate > 0:
		p.left = min(l.Stall, p.left-took+l.earned(n))
	case n > 0:
		p.left = l.Stall
	default:
		p.left -= took
	}
	return p.left <= 0
}

// earned is what bytes are worth: more than Stall is not needed.
func (l *Limits) earned(n int) time.Duration {
	seconds := float64(n) / float64(l.MinRate)
	return min(2*l.Stall, time.Duration(min(seconds, 3600)*float64(time.Second)))
}

// past is a deadline that is over.
var past = time.Unix(1, 0)

// began is where the time begins by which deadlines are kept.
var began = time.Now()

// told is a time in nanoseconds, whoever sets the clock of the machine meanwhile.
func told(t time.Time) int64 { return max(int64(t.Sub(began)), math.MinInt64/2) }

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
