package notify

import "golang.org/x/sys/unix"

// monotonic is CLOCK_MONOTONIC in microseconds, by which the manager tells what was
// said before a reload from what was said after.
func monotonic() int64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		return 0
	}
	return t.Nano() / 1000
}
