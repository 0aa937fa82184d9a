//go:build unix && !solaris && !illumos && !aix

package queue

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// takeLock has the file for as long as it is open, also where the process dies.
func takeLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		f.Close()
		return nil, ErrLocked
	}
	return f, nil
}

func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// syncDrop has the disk keep a name in a folder that this account may not read, and so not
// sync: with everything else that waits.
func syncDrop(folder string) error {
	if syncFolder(folder) != nil {
		syscall.Sync()
	}
	return nil
}

// openOwn opens a plain file that has one name alone, and says whose it is.
func openOwn(path string) (*os.File, string, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, "", fmt.Errorf("%w: %w", ErrDrop, err)
	}
	info, err := f.Stat()
	if s, ok := info.Sys().(*syscall.Stat_t); err == nil && ok && info.Mode().IsRegular() && s.Nlink == 1 {
		uid := strconv.FormatUint(uint64(s.Uid), 10)
		if who, err := user.LookupId(uid); err == nil {
			return f, who.Username, nil
		}
		return f, "uid" + uid, nil
	}
	f.Close()
	return nil, "", ErrDrop
}
