package advisories

import (
	"archive/zip"
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A directory is the list of files at the end of an archive, taken a few at a time: all
// files of a long export together take five times what their names do.
type directory struct {
	archive io.ReaderAt
	at      int64 // where it begins
	left    int64 // bytes that were not yet read
	bytes   *bufio.Reader
	read    int // files
}

const (
	membersAtOnce = 1000
	memberHeader  = 46 // APPNOTE.TXT 4.3.12, without what has a length of its own
	endRecord     = 22 // 4.3.16
)

var errList = errors.New("the list of its files is damaged")

// listed finds the list where the last record says that it is (APPNOTE.TXT 4.3.16, 4.3.14).
func listed(f io.ReaderAt, size int64) (*directory, error) {
	if size > maxArchive {
		return nil, fmt.Errorf("it is longer than %d MB", maxArchive>>20)
	}
	tail := make([]byte, min(size, 1<<16+endRecord+20+56))
	if _, err := f.ReadAt(tail, size-int64(len(tail))); err != nil {
		return nil, err
	}
	text := string(tail)
	i := strings.LastIndex(text, "PK\x05\x06")
	if i < 0 || i+endRecord > len(tail) {
		return nil, errors.New("the archive has no end")
	}
	length, at := int64(binary.LittleEndian.Uint32(tail[i+12:])), int64(binary.LittleEndian.Uint32(tail[i+16:]))
	if at == 0xffffffff || length == 0xffffffff || binary.LittleEndian.Uint16(tail[i+10:]) == 0xffff { // it may say so in 64 bits
		if j := strings.LastIndex(text[:i], "PK\x06\x06"); j >= 0 && j+56 <= len(tail) {
			length, at = int64(binary.LittleEndian.Uint64(tail[j+40:])), int64(binary.LittleEndian.Uint64(tail[j+48:]))
		}
	}
	switch {
	case at >= 0 && at <= size && size-at > maxDirectory, at < 0, at > size:
		return nil, fmt.Errorf("the list of its files is longer than %d MB", maxDirectory>>20)
	case length < 0 || length > size-at:
		return nil, errList
	}
	return &directory{archive: f, at: at, left: length, bytes: bufio.NewReaderSize(io.NewSectionReader(f, at, length), 64<<10)}, nil
}

// next are the next files, read as if the archive had no others.
func (d *directory) next() ([]*zip.File, error) {
	var part []byte
	n := 0
	for ; n < membersAtOnce && d.left > 0; n++ {
		head, err := d.bytes.Peek(memberHeader)
		if err != nil || string(head[:4]) != "PK\x01\x02" {
			return nil, errList
		}
		length := memberHeader
		for _, at := range []int{28, 30, 32} { // of name, extra field and comment
			length += int(binary.LittleEndian.Uint16(head[at:]))
		}
		begin := len(part)
		part = append(part, make([]byte, length)...)
		if _, err := io.ReadFull(d.bytes, part[begin:]); err != nil {
			return nil, errList
		}
		d.left -= int64(length)
	}
	d.read += n
	end := make([]byte, endRecord)
	copy(end, "PK\x05\x06")
	binary.LittleEndian.PutUint16(end[8:], uint16(n))
	binary.LittleEndian.PutUint16(end[10:], uint16(n))
	binary.LittleEndian.PutUint32(end[12:], uint32(len(part)))
	binary.LittleEndian.PutUint32(end[16:], uint32(d.at))
	part = append(part, end...)
	z, err := zip.NewReader(window{d.archive, d.at, part}, d.at+int64(len(part)))
	if err != nil {
		return nil, err
	}
	return z.File, nil
}

// A window is an archive with another end.
type window struct {
	archive io.ReaderAt
	at      int64 // where the end begins
	end     []byte
}

func (w window) ReadAt(p []byte, off int64) (n int, err error) {
	if off < w.at {
		n, err = w.archive.ReadAt(p[:min(int64(len(p)), w.at-off)], off)
		if err != nil || n == len(p) {
			return n, err
		}
		off = w.at
	}
	n += copy(p[n:], w.end[min(off-w.at, int64(len(w.end))):])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
