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

// A candidate is an entry that may be dropped. Its value is for its length alone: the
// page that it lies on may be gone.
type candidate struct {
	key []byte
	entry
}

// A limit is one beyond which an entry may not go.
type limit struct {
	used       *int64
	more, most int64
	counters   bool   // those that count little make room for it, too
	barren     *int64 // until when there is nothing to be dropped
}

// lacks reports whether there is not even so much to spare.
func (b limit) lacks(spare int64) bool { return b.more > 0 && *b.used+b.more > b.most-spare }

// makeRoom drops what has ended, and else the counters that count least of those it
// looks at, until there is room within a limit. What it makes room for it leaves alone.
func (b *batch) makeRoom(keep []byte, within limit) error {
	s := b.store
	if within.lacks(0) && b.now < *within.barren {
		return pavise.ErrFull
	}
	earliest, wrapped := int64(math.MaxInt64), 0
	for within.lacks(0) {
		ended, low, soonest, end, err := s.look(b.entries, b.now)
		if err != nil {
			return err
		}
		earliest = min(earliest, soonest)
		slices.SortFunc(low, func(x, y candidate) int { return cmp.Or(cmp.Compare(x.count, y.count), cmp.Compare(x.ends, y.ends)) })
		for _, c := range append(ended, low...) {
			switch living := c.ends > b.now; {
			case bytes.Equal(c.key, keep) || living && !within.lacks(min(spare, s.room/8)):
				continue
			case living && !within.counters:
				earliest = min(earliest, c.ends)
				continue
			}
			if err := b.drop(c.key, c.entry); err != nil {
				return err
			}
			wrapped = 0
		}
		if end {
			wrapped++
		}
		if wrapped > 1 && within.lacks(0) { // it has been round, and found nothing
			*within.barren = earliest
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
		c := candidate{bytes.Clone(key), e}
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
	now := s.clock.now()
	err := s.read(func(entries *bbolt.Bucket) (err error) {
		ended, _, _, _, err = s.look(entries, now)
		return err
	})
	if err != nil || len(ended) == 0 && !s.clock.strayed() {
		return // who asks for it is told
	}
	s.update(func(b *batch) error {
		b.dirty = true
		for _, c := range ended {
			if err := b.drop(c.key, c.entry); err != nil {
				return err
			}
		}
		return nil
	})
}
