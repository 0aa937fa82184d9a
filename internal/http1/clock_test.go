package http1

import (
	"testing"
	"time"

	"pavise/test/setclock"
)

// TestDeadlinesWhereTheClockIsSet: one that a handler has set comes neither early nor late.
func TestDeadlinesWhereTheClockIsSet(t *testing.T) {
	var clock setclock.Clock
	by := told(clock.Now().Add(time.Minute))
	for _, set := range []time.Duration{24 * time.Hour, -24 * time.Hour} {
		clock.Set(set)
		if left := time.Duration(by - told(clock.Now())); left > time.Minute || left < 50*time.Second {
			t.Errorf("set by %s: it comes in %s", set, left)
		}
	}
	if told(past) >= told(time.Now()) || told(time.Time{}) >= 0 {
		t.Error("what is over is to come")
	}
}
