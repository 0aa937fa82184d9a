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

// isOwn reports whether the first of the folders that is there is this account's.
func isOwn(folders ...string) bool {
	for _, path := range folders {
		if info, err := os.Stat(path); err == nil {
			s, ok := info.Sys().(*syscall.Stat_t)
			return !ok || int(s.Uid) == os.Geteuid()
		}
	}
	return true
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

// openOwn opens a plain file that has one name alone, and says whose it is. What is no
// such file is [ErrDrop]; any other error may pass.
func openOwn(path string) (*os.File, string, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		if info, e := os.Lstat(path); e == nil && !info.Mode().IsRegular() {
			err = fmt.Errorf("%w: it is no plain file", ErrDrop)
		}
		return nil, "", err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, "", err
	}
	if s, ok := info.Sys().(*syscall.Stat_t); ok && info.Mode().IsRegular() && s.Nlink == 1 {
		uid := strconv.FormatUint(uint64(s.Uid), 10)
		if who, err := user.LookupId(uid); err == nil {
			return f, who.Username, nil
		}
		return f, "uid" + uid, nil
	}
	f.Close()
	return nil, "", fmt.Errorf("%w: it is no plain file with one name", ErrDrop)
}
