package letter

import (
	"errors"
	"io"
)

// ErrBareLF is a line feed without its carriage return: what ends a message for one server
// with it is text to another, and so the sender of the one smuggles a second message past
// it (RFC 5321 2.3.8; CWE-93).
var ErrBareLF = errors.New("a line ends with LF alone: lines end with CR LF")

// ErrLongLine is a line of a message that is none that people or programs write.
var ErrLongLine = errors.New("it has a line that is too long")

// A Strict reads what it is sent, up to the first line that ends with something else than
// CR LF. The last one may have no end.
type Strict struct {
	R       io.Reader
	MaxLine int // bytes of a line, 0 for any number
	line    int
	last    byte
	err     error
}

func (s *Strict) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.R.Read(p)
	for i, c := range p[:n] {
		switch {
		case c == '\n' && s.last != '\r':
			s.err = ErrBareLF
		case c != '\n' && s.last == '\r':
			s.err = ErrBareCR
		case c == 0:
			s.err = ErrNUL
		case s.MaxLine > 0 && s.line >= s.MaxLine && c != '\r' && c != '\n':
			s.err = ErrLongLine
		}
		if s.err != nil {
			return i, s.err
		}
		if s.line++; c == '\n' {
			s.line = 0
		}
		s.last = c
	}
	if err == io.EOF && s.last == '\r' {
		s.err = ErrBareCR
		return n, s.err
	}
	return n, err
}
