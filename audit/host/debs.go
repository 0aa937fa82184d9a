package host

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// A deb is what a stanza of dpkg or apt says of a package (deb-control(5)).
type deb struct {
	name, arch, version, status, maintainer string
}

const (
	maxIndex = 1 << 30 // bytes of one index, unpacked
	maxLine  = 64 << 10
)

// debs reads stanzas, one at a time. Of lines that are too long nothing is wanted.
func debs(r io.Reader, each func(deb)) error {
	lines := bufio.NewReaderSize(&io.LimitedReader{R: r, N: maxIndex}, maxLine)
	var d deb
	for {
		line, err := lines.ReadSlice('\n')
		long := errors.Is(err, bufio.ErrBufferFull)
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = lines.ReadSlice('\n')
		}
		if !long {
			d.set(line)
		}
		if d.name != "" && (err != nil || len(bytes.TrimSpace(line)) == 0) {
			each(d)
			d = deb{}
		}
		switch {
		case err == nil:
		case errors.Is(err, io.EOF):
			return nil
		default:
			return err
		}
	}
}

// set takes a line of the stanza.
func (d *deb) set(line []byte) {
	if len(line) == 0 || line[0] == ' ' || line[0] == '\t' {
		return
	}
	for _, f := range []struct {
		name string
		to   *string
	}{{"Package:", &d.name}, {"Version:", &d.version}, {"Architecture:", &d.arch}, {"Status:", &d.status}, {"Maintainer:", &d.maintainer}} {
		if value, is := bytes.CutPrefix(line, []byte(f.name)); is {
			*f.to = string(bytes.TrimSpace(value))
			return
		}
	}
}
