package tree

import (
	"errors"
	"io"
)

// Stream opens a regular file that is too long to be kept at once. Whoever reads it
// bounds it.
func (t *Tree) Stream(name string) (io.ReadCloser, error) {
	f, err := t.open(name)
	if err != nil {
		return nil, plain(err)
	}
	info, err := f.Stat()
	if err == nil && info.Mode().IsRegular() {
		return f, nil
	}
	f.Close()
	if err != nil {
		return nil, plain(err)
	}
	return nil, errors.New("it is no file")
}
