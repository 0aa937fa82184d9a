package pavise_test

import (
	"context"
	"testing"
	"time"

	"pavise"
	"pavise/test/setclock"
)

// TestMemoryWhereTheClockIsSet: what it keeps lives for as long as was said, whoever sets
// the clock of the machine, and however.
func TestMemoryWhereTheClockIsSet(t *testing.T) {
	ctx := context.Background()
	for _, by := range []time.Duration{24 * time.Hour, -24 * time.Hour, 50 * 365 * 24 * time.Hour, -30 * 365 * 24 * time.Hour} {
		var clock setclock.Clock
		m := pavise.NewMemory(clock.Now)
		m.Add(ctx, "block", 8, 30*time.Minute)
		clock.Set(by)
		if n, left, err := m.Add(ctx, "block", 0, 0); n != 8 || left > 30*time.Minute || left < 29*time.Minute || err != nil {
			t.Errorf("set by %s: %d, for %s, %v", by, n, left, err)
		}
		m.Add(ctx, "short", 1, time.Millisecond)
		time.Sleep(2 * time.Millisecond)
		if n, _, _ := m.Add(ctx, "short", 0, 0); n != 0 {
			t.Errorf("set by %s: what has ended lives", by)
		}
	}
}

// TestSteadyIsNeverBelowZero: also by a clock that knows nothing of what passes.
func TestSteadyIsNeverBelowZero(t *testing.T) {
	at := time.Unix(1000, 0)
	steady := pavise.Steady(func() time.Time { return at })
	at = at.Add(time.Second)
	if d := steady(); d != time.Second {
		t.Error(d)
	}
	at = at.Add(-time.Hour)
	if d := steady(); d != 0 {
		t.Error(d)
	}
}
