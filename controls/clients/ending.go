package clients

import (
	"time"

	"pavise"
)

// ending is when what the store knows ends, for this process: as time.Now tells it, which
// goes on evenly where somebody sets the clock of the machine, and never later than its own
// life from now, also where that clock was set back since.
func ending(begun, ends, now time.Time) time.Time {
	return now.Add(min(ends.Sub(now), ends.Sub(begun)))
}

// sameBan reports whether a ban of the store is the one that is known, whose end stays as
// it is.
func sameBan(known, b *pavise.Ban) bool {
	return known.Since.Equal(b.Since) && known.Automatic == b.Automatic && known.Times == b.Times && known.Reason == b.Reason &&
		!known.Ends.After(b.Ends)
}
