package letter

import (
	"bufio"
	"errors"
	"io"
)

// ErrBareCR is a carriage return that ends no line: some servers read a line's end in it,
// and then two servers read two messages (CWE-93).
var ErrBareCR = errors.New("it has a carriage return that ends no line")

// ErrNUL is a byte that no message has, RFC 5322 4.
var ErrNUL = errors.New("it has a NUL byte")

// A Lines reads what a program of this machine wrote and ends every line with CR LF,
// whether it wrote that or LF alone.
type Lines struct {
	r    *bufio.Reader
	dot  bool // a line with a dot alone is the end
	out  []byte
	last byte // that was handed out
	err  error
}

// NewLines reads from r. With dot a line with a dot alone ends the message.
func NewLines(r io.Reader, dot bool) *Lines {
	return &Lines{r: bufio.NewReaderSize(r, 32<<10), dot: dot, last: '\n'}
}

func (l *Lines) Read(p []byte) (int, error) {
	for len(l.out) == 0 && l.err == nil {
		l.fill()
	}
	if len(l.out) == 0 {
		return 0, l.err
	}
	n := copy(p, l.out)
	l.out = l.out[n:]
	return n, nil
}

// fill reads on to the end of a line, or as far as the buffer goes.
func (l *Lines) fill() {
	part, err := l.r.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		err = nil
		if part[len(part)-1] == '\r' { // which may belong to the LF that comes next
			l.r.UnreadByte()
			part = part[:len(part)-1]
		}
	}
	ended := len(part) > 0 && part[len(part)-1] == '\n'
	if ended {
		part = part[:len(part)-1]
		if n := len(part); n > 0 && part[n-1] == '\r' {
			part = part[:n-1]
		}
	}
	for _, c := range part {
		switch c {
		case '\r':
			l.err = ErrBareCR
			return
		case 0:
			l.err = ErrNUL
			return
		}
	}
	if ended && l.dot && l.last == '\n' && string(part) == "." {
		l.err = io.EOF
		return
	}
	l.out = append(l.out[:0:0], part...)
	if ended || err != nil && (len(part) > 0 || l.last != '\n') { // the last line may lack its end
		l.out = append(l.out, '\r', '\n')
	}
	if n := len(l.out); n > 0 {
		l.last = l.out[n-1]
	}
	l.err = err
}
