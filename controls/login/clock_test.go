package login

import (
	"context"
	"testing"
	"time"

	"pavise/test/setclock"
)

// TestClockIsSet: what a node knows by itself lives for as long as was said, whoever sets
// the clock of the machine.
func TestClockIsSet(t *testing.T) {
	ctx := context.Background()
	for _, by := range []time.Duration{24 * time.Hour, -24 * time.Hour, 50 * 365 * 24 * time.Hour} {
		clock := new(setclock.Clock)
		b, g := newBook(clock.Now), newTried(clock.Now)
		b.Add(ctx, "failed", 8, 30*time.Minute)
		b.Add(ctx, "short", 1, time.Millisecond)
		long, short := g.guess([]string{"ada"}, "a secret", time.Hour), g.guess([]string{"ada"}, "another", time.Millisecond)
		long.made()
		short.made()
		clock.Set(by)
		time.Sleep(2 * time.Millisecond)
		if c, err := b.Add(ctx, "failed", 1, time.Hour); c.sum != 9 || c.left > 30*time.Minute || c.left < 29*time.Minute || err != nil {
			t.Errorf("set by %s: %d failures, for %s, %v", by, c.sum, c.left, err)
		}
		if list := b.unpaid(); len(list) != 1 || list[0].n != 9 {
			t.Errorf("set by %s: the store has to hear of %v", by, list)
		}
		if !long.made() || short.made() {
			t.Errorf("set by %s: guesses live for another time than was said", by)
		}
	}
}
