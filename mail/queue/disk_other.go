//go:build !unix || solaris || illumos || aix

package queue

import "os"

// takeLock cannot keep others away here: one relay must be one process by other means.
func takeLock(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
}

// isOwn cannot be told here.
func isOwn(...string) bool { return true }

// syncFolder does nothing where folders cannot be synced.
func syncFolder(string) error { return nil }

func syncDrop(string) error { return nil }

func openOwn(path string) (*os.File, string, error) {
	info, err := os.Lstat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = ErrDrop
	}
	if err != nil {
		return nil, "", err
	}
	f, err := os.Open(path)
	return f, "", err
}
