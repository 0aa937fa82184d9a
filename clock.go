package pavise

import "time"

// Steady returns the time since it was called, by a clock; nil is time.Now. It goes on
// evenly where somebody sets the clock of the machine, for time.Now knows of that: what
// ends by it lives for as long as was said. It never falls below 0.
func Steady(now func() time.Time) func() time.Duration {
	if now == nil {
		now = time.Now
	}
	start := now()
	return func() time.Duration { return max(0, now().Sub(start)) }
}
