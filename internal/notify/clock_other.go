//go:build !linux

package notify

// monotonic is asked for by systemd alone, which is not here.
func monotonic() int64 { return 0 }
