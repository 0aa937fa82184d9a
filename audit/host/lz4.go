package host

import (
	"encoding/binary"
	"errors"
	"io"
)

// lz4Reader reads a frame of LZ4, in which apt of Debian keeps its indexes (LZ4 Frame
// Format 1.6, LZ4 Block Format). Checksums are not looked at: apt has, and what is
// changed on disk can be changed with its checksum.
type lz4Reader struct {
	from   io.Reader
	sums   bool   // of blocks
	window []byte // what was read of late, to copy from
	block  []byte
	left   []byte // of the window, not yet given
	begun  bool
	err    error
}

const (
	lz4Magic   = 0x184D2204
	lz4Window  = 64 << 10
	lz4Largest = 4 << 20 // a block, by the format
)

var errLZ4 = errors.New("it is no LZ4 frame that can be read")

func (r *lz4Reader) Read(p []byte) (int, error) {
	for len(r.left) == 0 && r.err == nil {
		if !r.begun {
			r.begun, r.err = true, r.head()
			continue
		}
		r.err = r.next()
	}
	n := copy(p, r.left)
	r.left = r.left[n:]
	if n > 0 {
		return n, nil
	}
	return 0, r.err
}

// head reads the frame descriptor.
func (r *lz4Reader) head() error {
	var b [7]byte
	if _, err := io.ReadFull(r.from, b[:]); err != nil || binary.LittleEndian.Uint32(b[:]) != lz4Magic {
		return errLZ4
	}
	flags := b[4]
	more := 0
	if flags&0x08 != 0 { // the size of it all
		more += 8
	}
	if flags&0x01 != 0 { // a dictionary, which apt has none
		return errLZ4
	}
	r.sums = flags&0x10 != 0
	if flags>>6 != 1 {
		return errLZ4
	}
	_, err := io.CopyN(io.Discard, r.from, int64(more))
	return err
}

// next reads one block.
func (r *lz4Reader) next() error {
	var head [4]byte
	if _, err := io.ReadFull(r.from, head[:]); err != nil {
		return io.ErrUnexpectedEOF
	}
	size := binary.LittleEndian.Uint32(head[:])
	if size == 0 {
		return io.EOF
	}
	raw := size&(1<<31) != 0
	if size &^= 1 << 31; size > lz4Largest+lz4Largest/255+16 {
		return errLZ4
	}
	if cap(r.block) < int(size) {
		r.block = make([]byte, size)
	}
	r.block = r.block[:size]
	if _, err := io.ReadFull(r.from, r.block); err != nil {
		return io.ErrUnexpectedEOF
	}
	if r.sums {
		if _, err := io.ReadFull(r.from, head[:]); err != nil {
			return io.ErrUnexpectedEOF
		}
	}
	r.window = append(r.window[:0], r.window[max(0, len(r.window)-lz4Window):]...)
	from := len(r.window)
	var err error
	if raw {
		r.window = append(r.window, r.block...)
	} else {
		r.window, err = lz4Block(r.window, r.block, from+lz4Largest)
	}
	r.left = r.window[from:]
	return err
}

// lz4Block appends what a block says, as far as it is within the bound.
func lz4Block(out, in []byte, most int) ([]byte, error) {
	for i := 0; i < len(in); {
		token := in[i]
		literals, next, ok := lz4Length(in, i+1, int(token>>4))
		if !ok || literals > len(in)-next || len(out)+literals > most {
			return out, errLZ4
		}
		out = append(out, in[next:next+literals]...)
		if i = next + literals; i == len(in) {
			return out, nil // the last sequence has literals alone
		}
		if i+2 > len(in) {
			return out, errLZ4
		}
		back := int(binary.LittleEndian.Uint16(in[i:]))
		length, next, ok := lz4Length(in, i+2, int(token&15))
		length += 4
		if !ok || back == 0 || back > len(out) || len(out)+length > most {
			return out, errLZ4
		}
		i = next
		for length > 0 { // it may run into what it writes
			n := min(length, back)
			out = append(out, out[len(out)-back:len(out)-back+n]...)
			length -= n
		}
	}
	return out, nil
}

// lz4Length adds the bytes that lengthen a number of 15.
func lz4Length(in []byte, i, n int) (length, next int, ok bool) {
	if n < 15 {
		return n, i, true
	}
	for ; i < len(in); i++ {
		if n += int(in[i]); in[i] != 255 {
			return n, i + 1, true
		}
	}
	return 0, i, false
}
