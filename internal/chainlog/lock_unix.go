//go:build unix && !solaris && !illumos && !aix

package chainlog

import (
	"errors"
	"os"
	"syscall"
)

// lock takes a file until it is closed, also by the death of the process.
func lock(f *os.File) error {
	for {
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
