package site

import "time"

// maxDrain bounds how long an old process may stay beside the new one.
const maxDrain = 24 * time.Hour

// drain notes a time in which nothing can end, or for which nobody waits.
func (d *decoder) drain(f *File) {
	if n := d.where[&f.Drain]; n != nil && (f.Drain <= 0 || f.Drain > maxDrain) {
		d.fail(n, "write drain: 1m", "drain: must be more than 0 and at most %s, not %s", maxDrain, f.Drain)
	}
}
