package file

import (
	"bytes"
	"cmp"
	"math"
	"slices"

	"go.etcd.io/bbolt"

	"pavise"
)

const (
	stride = 1024     // entries that are looked at for some to drop
	spare  = 64 << 10 // bytes that are made free at a time
)

// A candidate is an entry that may be dropped.
type candidate struct {
	key         []byte
	size, count int64
	ends        int64
}

// makeRoom drops what has ended, and else the counters that count least of those it
// looks at, until there is room for more bytes. What it makes room for it leaves alone.
func (b *batch) makeRoom(keep []byte, more int64) error {
	s := b.store
	if b.now < s.barren {
		return pavise.ErrFull
	}
	earliest, wrapped := int64(math.MaxInt64), 0
	for b.used+more > s.room {
		ended, low, soonest, end, err := s.look(b.entries, b.now)
		if err != nil {
			return err
		}
		earliest = min(earliest, soonest)
		slices.SortFunc(low, func(x, y candidate) int { return cmp.Or(cmp.Compare(x.count, y.count), cmp.Compare(x.ends, y.ends)) })
		for _, c := range append(ended, low...) {
			if c.ends > b.now && b.used+more <= s.room-min(spare, s.room/8) {
				break
			}
			if bytes.Equal(c.key, keep) {
				continue
			}
			if err := b.drop(c.key, c.size); err != nil {
				return err
			}
			wrapped = 0
		}
		if end {
			wrapped++
		}
		if wrapped > 1 && b.used+more > s.room { // it has been round, and found nothing
			s.barren = earliest
			return pavise.ErrFull
		}
	}
	return nil
}

// look goes on from where it was to the next stride of entries. It returns copies of
// those that have ended, and of the counters that are not precious; when the first of
// the others ends; and whether it came to the end and will begin again.
func (s *Store) look(entries *bbolt.Bucket, now int64) (ended, low []candidate, soonest int64, end bool, err error) {
	cursor, soonest := entries.Cursor(), int64(math.MaxInt64)
	key, text := cursor.Seek(s.hand)
	for range stride {
		if key == nil {
			s.hand = nil
			return ended, low, soonest, true, nil
		}
		e, err := decode(key, text)
		if err != nil {
			return nil, nil, 0, false, err
		}
		c := candidate{key: bytes.Clone(key), size: e.size(key), count: e.count, ends: e.ends}
		switch {
		case e.ends <= now:
			ended = append(ended, c)
		case e.version == 0 && e.count < pavise.Precious:
			low = append(low, c)
		default:
			soonest = min(soonest, e.ends)
		}
		key, text = cursor.Next()
	}
	s.hand = bytes.Clone(key)
	return ended, low, soonest, false, nil
}

// sweep drops what has ended among the next entries.
func (s *Store) sweep() {
	var ended []candidate
	now := s.now().UnixNano()
	err := s.read(func(entries *bbolt.Bucket) (err error) {
		ended, _, _, _, err = s.look(entries, now)
		return err
	})
	if err != nil || len(ended) == 0 {
		return // who asks for it is told
	}
	s.update(func(b *batch) error {
		for _, c := range ended {
			if err := b.drop(c.key, c.size); err != nil {
				return err
			}
		}
		return nil
	})
}
