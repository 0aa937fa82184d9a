package upstream

import (
	"io"
	"sync"
	"time"
)

// outSize is what a head is written into, bufferSize what an answer is read into,
// and copySize what bodies go by if they are longer.
const (
	outSize    = 8 << 10
	bufferSize = 4 << 10
	copySize   = 32 << 10
)

var (
	outs    = sync.Pool{New: func() any { return new([outSize]byte) }}
	buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}
	copies  = sync.Pool{New: func() any { return new([copySize]byte) }}
)

var crlf = []byte("\r\n")

// past is a deadline that is over.
var past = time.Unix(1, 0)

// unexpected is the end of a connection in the middle of an answer.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
