// Package setclock is a clock of a machine that a test sets ahead and back, while the time
// that passes goes on evenly, as time.Now tells both.
package setclock

import (
	"sync/atomic"
	"time"
	"unsafe"
)

// A Clock tells the time of this machine, set by so much. The zero one is right.
type Clock struct{ by atomic.Int64 }

// Set sets it ahead, or below 0 back, of the machine's own, by whole seconds.
func (c *Clock) Set(by time.Duration) { c.by.Store(int64(by / time.Second)) }

// seconds is where a time.Time that time.Now has made keeps them in its first word; below
// are its nanoseconds, and beside, in the second word, the time that passes.
const seconds = 30

// Now is what time.Now would return on that machine.
func (c *Clock) Now() time.Time {
	now := time.Now()
	*(*uint64)(unsafe.Pointer(&now)) += uint64(c.by.Load()) << seconds
	return now
}
