package smarthost

import (
	"io"
	"unicode/utf8"
)

// maxLine is what a line may have before its CR LF, RFC 5321 4.5.3.1.6.
const maxLine = 998

// A folder breaks the lines that are longer, as Postfix does: the next one begins with a
// space. Programs write HTML in one line, and a server that is not Postfix refuses it.
type folder struct {
	w    io.Writer
	line []byte // what is not yet written of a line
}

func (f *folder) Write(p []byte) (int, error) {
	for i, c := range p {
		f.line = append(f.line, c)
		var err error
		switch {
		case c == '\n':
			err = f.Flush()
		case len(f.line) > maxLine+1: // one more may be the CR
			err = f.fold()
		}
		if err != nil {
			return i, err
		}
	}
	return len(p), nil
}

// fold writes as much of the line as there is place for, and no half character.
func (f *folder) fold() error {
	n := maxLine
	for back := 0; back < utf8.UTFMax-1 && !utf8.RuneStart(f.line[n]); back++ {
		n--
	}
	for at := n; at > n-200; at-- {
		if f.line[at] == ' ' { // a word is not torn where there is a space to begin with
			n = at
			break
		}
	}
	rest := append([]byte(nil), f.line[n:]...)
	if _, err := f.w.Write(append(f.line[:n:n], '\r', '\n')); err != nil {
		return err
	}
	f.line = f.line[:0]
	if rest[0] != ' ' {
		f.line = append(f.line, ' ')
	}
	f.line = append(f.line, rest...)
	return nil
}

// Flush writes what is left.
func (f *folder) Flush() error {
	_, err := f.w.Write(f.line)
	f.line = f.line[:0]
	return err
}
