package file

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"pavise"
)

// errDamaged is that the file does not hold what was written.
var errDamaged = errors.New("the file is damaged")

// guarded runs what reads the file. The library panics at pages that make no sense,
// and a part of the file that is gone is a fault of memory: both are damage.
func guarded(do func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", errDamaged, p)
		}
	}()
	return do()
}

// opening is what an error of the library means when a file is opened.
func opening(err error) error {
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return ErrLocked
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrChecksum),
		errors.Is(err, bolterrors.ErrVersionMismatch), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	return err
}

// meaning is what an error of the library means when a batch is written. The disk that
// is full may have room again any time.
func (s *Store) meaning(err error) error {
	if errors.Is(err, bolterrors.ErrMaxSizeReached) {
		return fmt.Errorf("%w: %s: %w", pavise.ErrFull, s.path, err)
	}
	for _, full := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		if errors.Is(err, full) || strings.HasSuffix(err.Error(), full.Error()) { // the library wraps some by their text
			return fmt.Errorf("%w: %s: %w", pavise.ErrFull, s.path, err)
		}
	}
	return s.away(err)
}

// moveAside gives a damaged file another name, where nothing is yet. One that does not
// show that it was ours stays: a wrong path must not move anything.
func moveAside(path string, damage error, now time.Time) (string, error) {
	ours, err := isOurs(path)
	if err != nil {
		return "", errors.Join(damage, err)
	}
	if !ours {
		return "", fmt.Errorf("%w: give the path of another file, or move this one away", ErrForeign)
	}
	aside := path + ".damaged-" + now.UTC().Format("20060102T150405")
	for n := 2; ; n++ {
		if _, err := os.Lstat(aside); errors.Is(err, fs.ErrNotExist) {
			break
		}
		aside = fmt.Sprintf("%s.damaged-%s-%d", path, now.UTC().Format("20060102T150405"), n)
	}
	if err := os.Rename(path, aside); err != nil {
		return "", errors.Join(damage, err)
	}
	return aside, nil
}

// isOurs reports whether the name of our format is anywhere in a file, or nothing at
// all: that is what a loss of power leaves of one that was just made.
func isOurs(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	window := make([]byte, 1<<20)
	kept, empty := 0, true
	for {
		n, err := f.Read(window[kept:])
		seen := window[:kept+n]
		if bytes.Contains(seen, format) {
			return true, nil
		}
		empty = empty && len(bytes.Trim(seen, "\x00")) == 0
		if err == io.EOF {
			return empty, nil
		} else if err != nil {
			return false, err
		}
		kept = copy(window, seen[max(0, len(seen)-len(format)):])
	}
}

// read runs do with all entries as they were last written.
func (s *Store) read(do func(*bbolt.Bucket) error) error {
	return guarded(func() error {
		return s.bolt.View(func(tx *bbolt.Tx) error { return do(tx.Bucket(entriesBucket)) })
	})
}
