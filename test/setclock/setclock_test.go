package setclock

import (
	"testing"
	"time"
)

// TestIsAsTimeNow: what it tells is set, and what passes is not.
func TestIsAsTimeNow(t *testing.T) {
	var c Clock
	for _, by := range []time.Duration{0, 24 * time.Hour, -24 * time.Hour, 50 * 365 * 24 * time.Hour, -56 * 365 * 24 * time.Hour} {
		before := c.Now()
		c.Set(by)
		after := c.Now()
		if passed := after.Sub(before); passed < 0 || passed > time.Minute {
			t.Errorf("set by %s, %s have passed", by, passed)
		}
		if off := time.Until(after.Round(0)) - by; off.Abs() > time.Minute {
			t.Errorf("set by %s, it is off by %s", by, off)
		}
	}
}
