package file

import (
	"bytes"
	"context"
	"errors"
	"os"
	"time"

	"go.etcd.io/bbolt"

	"pavise"
)

// An ask is a write that waits for its sync.
type ask struct {
	do   func(*batch) error
	err  error
	done chan struct{}
}

// A batch is what is written with one sync.
type batch struct {
	store   *Store
	entries *bbolt.Bucket
	now     int64
	used    int64
	values  int64
	dirty   bool // there is something to write
}

const (
	maxBatch   = 512
	sweepEvery = time.Second
)

var (
	errClosed = errors.New("it is closed")
	errGone   = errors.New("the file was moved away or deleted: put it back, or start again")
	errClean  = errors.New("nothing to write")
)

// do hands a write to the writer, and waits until it is on the disk.
func (s *Store) do(ctx context.Context, do func(*batch) error) error {
	if err := ctx.Err(); err != nil {
		return s.away(err)
	}
	a := &ask{do: do, done: make(chan struct{})}
	select {
	case <-s.closing:
		return s.away(errClosed)
	case <-ctx.Done():
		return s.away(ctx.Err())
	case s.asks <- a:
	}
	select {
	case <-a.done:
		return a.err
	case <-ctx.Done():
		return s.away(ctx.Err())
	case <-s.ended:
	}
	select {
	case <-a.done:
		return a.err
	default: // it came after the last
		return s.away(errClosed)
	}
}

// write is the one goroutine that writes. While it waits for the disk the next batch
// comes together.
func (s *Store) write() {
	defer close(s.ended)
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case a := <-s.asks:
			s.commit(s.gather(a))
		case <-tick.C:
			s.sweep()
		case <-s.closing:
			for len(s.asks) > 0 {
				s.commit(s.gather(<-s.asks))
			}
			return
		}
	}
}

func (s *Store) gather(first *ask) []*ask {
	asks := append(make([]*ask, 0, 16), first)
	for len(asks) < maxBatch {
		select {
		case a := <-s.asks:
			asks = append(asks, a)
		default:
			return asks
		}
	}
	return asks
}

// commit does all that is asked, and answers when it is on the disk. What one of them
// has learnt may come from what another has written.
func (s *Store) commit(asks []*ask) {
	err := s.update(func(b *batch) error {
		for _, a := range asks {
			a.err = a.do(b)
			if errors.Is(a.err, errDamaged) {
				return a.err
			}
		}
		return nil
	})
	if errors.Is(err, pavise.ErrFull) && len(asks) > 1 { // the disk: a logout needs less of it than a session
		for _, a := range asks {
			s.commit([]*ask{a})
		}
		return
	}
	for _, a := range asks {
		if err != nil {
			a.err = err
		}
		close(a.done)
	}
}

// update writes a batch. Either all of it is written or nothing.
func (s *Store) update(fill func(*batch) error) error {
	if at, err := os.Stat(s.path); err != nil || !os.SameFile(at, s.id) {
		return s.away(errGone) // nobody would find again what goes there
	}
	var b batch
	err := guarded(func() error {
		if err := s.leaping(); err != nil {
			return err
		}
		return s.bolt.Update(func(tx *bbolt.Tx) error {
			b = batch{store: s, entries: tx.Bucket(entriesBucket), now: s.clock.now(), used: s.used, values: s.values}
			if err := fill(&b); err != nil {
				return err
			}
			if !b.dirty {
				return errClean
			}
			return s.clock.note(tx.Bucket(aboutBucket))
		})
	})
	switch {
	case err == errClean:
		return nil
	case err != nil:
		return s.meaning(err)
	}
	s.used, s.values = b.used, b.values
	return nil
}

// find returns the entry that lives, and whether there is one. An ended one counts
// until it is swept.
func (b *batch) find(key []byte) (e entry, found bool, err error) {
	text := b.entries.Get(key)
	if text == nil {
		return entry{}, false, nil
	}
	if e, err = decode(key, text); err != nil || e.ends <= b.now {
		return entry{}, false, err
	}
	e.value = bytes.Clone(e.value) // the page may go when another is written
	return e, true, nil
}

func (b *batch) add(key []byte, n int64, life time.Duration) (int64, time.Duration, error) {
	e, found, err := b.find(key)
	switch {
	case err != nil:
		return 0, 0, err
	case e.version != 0:
		return 0, 0, pavise.ErrKind
	case !found && n <= 0:
		return 0, 0, nil
	case !found:
		e.ends = ends(b.now, life)
	}
	if n < 0 {
		b.store.barren = 0 // it may count less now than others
	}
	e.count = max(0, e.count+min(n, pavise.MaxCount-e.count))
	return e.count, time.Duration(e.ends - b.now), b.put(key, e)
}

func (b *batch) touch(key []byte, life time.Duration) (bool, error) {
	e, found, err := b.find(key)
	if err != nil || !found {
		return false, err
	}
	if e.ends = ends(b.now, life); e.ends < b.store.barren {
		b.store.barren = e.ends
	}
	return true, b.put(key, e)
}

func (b *batch) swap(key, value []byte, version uint64, life time.Duration) (bool, error) {
	e, found, err := b.find(key)
	switch {
	case err != nil:
		return false, err
	case found && e.version == 0:
		return false, pavise.ErrKind
	case e.version != version:
		return false, nil
	}
	next, err := b.entries.NextSequence()
	if err != nil {
		return false, err
	}
	e = entry{version: next, value: value, ends: ends(b.now, life)}
	if err := b.put(key, e); err != nil {
		return false, err
	}
	return true, nil
}

func (b *batch) delete(key []byte) error {
	text := b.entries.Get(key)
	if text == nil {
		return nil
	}
	b.store.barren, b.store.living = 0, 0
	return b.drop(key, kept(text))
}

func (b *batch) drop(key []byte, e entry) error {
	b.dirty = true
	b.used -= e.size(key)
	b.values -= e.valued(key)
	return b.entries.Delete(key)
}

// put writes an entry, and makes room for it before.
func (b *batch) put(key []byte, e entry) error {
	more, valued := e.size(key), e.valued(key)
	if text := b.entries.Get(key); text != nil {
		was := kept(text)
		more, valued = more-was.size(key), valued-was.valued(key)
	}
	s := b.store
	for _, within := range []limit{{&b.values, valued, s.room / 4 * 3, false, &s.living}, {&b.used, more, s.room, true, &s.barren}} {
		if err := b.makeRoom(key, within); err != nil {
			return err
		}
	}
	b.dirty = true
	b.used += more
	b.values += valued
	s.living = min(s.living, e.ends)
	return b.entries.Put(key, encode(key, e))
}
