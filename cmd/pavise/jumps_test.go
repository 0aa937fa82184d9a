package main

import (
	"strings"
	"testing"
	"time"

	"pavise/test/setclock"
)

// TestJumpsAreNoticed: each once, and what is less than a minute never.
func TestJumpsAreNoticed(t *testing.T) {
	var clock setclock.Clock
	j, at := jumps{began: clock.Now()}, time.Duration(0)
	for _, step := range []struct{ to, want time.Duration }{
		{0, 0}, {24 * time.Hour, 24 * time.Hour}, {24 * time.Hour, 0}, {0, -24 * time.Hour}, {30 * time.Second, 0}, {80 * time.Second, 0},
		{50 * 365 * 24 * time.Hour, 50*365*24*time.Hour - 80*time.Second}, {0, -50 * 365 * 24 * time.Hour}, {0, 0},
	} {
		clock.Set(step.to)
		if by := j.look(clock.Now()); (by - step.want).Abs() > time.Second {
			t.Errorf("set from %s to %s: %s", at, step.to, by)
		}
		at = step.to
	}
	if said := jumpInWords(24*time.Hour + time.Millisecond); !strings.Contains(said, "24h0m0s ahead") {
		t.Error(said)
	}
	if said := jumpInWords(-time.Hour); !strings.Contains(said, "back by 1h0m0s") {
		t.Error(said)
	}
}
