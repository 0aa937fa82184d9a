package file

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"time"
)

// An entry is a counter, or a value if its version is not 0. On disk it is a sum over
// the key and all that follows, the end, the version, the count, and the value.
type entry struct {
	count   int64
	version uint64
	ends    int64 // by the clock of the file, in nanoseconds
	value   []byte
}

const (
	sumBytes   = 4
	headBytes  = sumBytes + 3*8
	entryBytes = 96 // of one entry without key and value, about
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (e entry) size(key []byte) int64 { return int64(entryBytes + len(key) + len(e.value)) }

// named is the key in the file, where none is empty.
func named(key string) []byte { return append([]byte{'/'}, key...) }

// valued is its size if it is a value, else 0.
func (e entry) valued(key []byte) int64 {
	if e.version == 0 {
		return 0
	}
	return e.size(key)
}

func encode(key []byte, e entry) []byte {
	text := make([]byte, headBytes, headBytes+len(e.value))
	binary.BigEndian.PutUint64(text[sumBytes:], uint64(e.ends))
	binary.BigEndian.PutUint64(text[sumBytes+8:], e.version)
	binary.BigEndian.PutUint64(text[sumBytes+16:], uint64(e.count))
	text = append(text, e.value...)
	binary.BigEndian.PutUint32(text, sum(key, text))
	return text
}

// decode reads an entry; its value is a part of the text.
func decode(key, text []byte) (entry, error) {
	if len(text) < headBytes || binary.BigEndian.Uint32(text) != sum(key, text) {
		return entry{}, fmt.Errorf("%w: an entry of %d bytes is not as it was written", errDamaged, len(text))
	}
	return entry{
		ends:    int64(binary.BigEndian.Uint64(text[sumBytes:])),
		version: binary.BigEndian.Uint64(text[sumBytes+8:]),
		count:   int64(binary.BigEndian.Uint64(text[sumBytes+16:])),
		value:   text[headBytes:],
	}, nil
}

// kept is an entry as far as what it takes is concerned: of one that is damaged, too.
func kept(text []byte) entry {
	if len(text) < headBytes {
		return entry{}
	}
	return entry{version: binary.BigEndian.Uint64(text[sumBytes+8:]), value: text[headBytes:]}
}

func sum(key, text []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, text[sumBytes:])
}

// ends returns when a life ends that begins now. It may be longer than time is told.
func ends(now int64, life time.Duration) int64 {
	return now + min(max(0, int64(life)), math.MaxInt64-now)
}
