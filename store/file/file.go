// Package file keeps a [pavise.Store] in one file on disk, for one process.
//
// What it has acknowledged is on the disk: writes that come at the same time are
// written together and synced once, and answered after that. So they outlive kill -9,
// a crash of the machine and the loss of power, as far as the disk keeps what it has
// said to be synced. What was under way then was not acknowledged; it is there whole
// or not at all.
package file

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"pavise"
)

// Options are what may be chosen. The zero value is what we recommend.
type Options struct {
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Room is how many bytes all entries take at most, 0 is 256 MiB; values may take
	// three quarters of it, see [pavise.Memory]. The file has up to four times as many:
	// pages are half full after a split, and those that are free are used again but not
	// given back.
	Room int64
	// Wait is for how long another process may still have the file open, 0 is 2 s.
	Wait time.Duration
	// Note is told when a damaged file was moved aside; nil: nobody is.
	Note func(string)
}

// What Open may say.
var (
	// ErrLocked is that another process has the file open.
	ErrLocked = errors.New("another process has it open")
	// ErrForeign is that the file is none of ours, or that it cannot be told any more.
	ErrForeign = errors.New("it is no store of Pavise, or damaged so that nobody can tell")
)

const (
	defaultRoom = 256 << 20
	defaultWait = 2 * time.Second
	slack       = 64 << 20 // of the file, over four times the room
	leap        = 1 << 20  // more writes than can be under way
	queued      = 1024     // writes that wait for a sync
)

// The buckets of the file.
var (
	aboutBucket   = []byte("about")
	entriesBucket = []byte("entries")
	formatKey     = []byte("format")
	format        = []byte("pavise store, format 1")
)

// A Store is a [pavise.Store] in a file.
type Store struct {
	path    string
	clock   *clock
	room    int64
	bolt    *bbolt.DB
	id      os.FileInfo // which file it is, whatever is at the path
	asks    chan *ask
	closing chan struct{}
	closed  sync.Once
	ended   chan struct{} // the writer has

	// the writer's alone
	leapt  bool
	used   int64  // bytes of all entries
	values int64  // of these, by values
	hand   []byte // the key up to which entries were looked at
	barren int64  // until when there is nothing to be dropped, by the clock
	living int64  // until when nothing has ended
}

var _ pavise.Store = (*Store)(nil)

// Open opens the file, or makes it: nobody but its owner can read it. A file that is
// damaged is moved aside, and a new one made.
func Open(path string, o Options) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	s := &Store{path: path, room: o.Room, asks: make(chan *ask, queued),
		closing: make(chan struct{}), ended: make(chan struct{})}
	if o.Now == nil {
		o.Now = time.Now
	}
	s.clock = newClock(o.Now)
	if s.room <= 0 {
		s.room = defaultRoom
	}
	if o.Wait <= 0 {
		o.Wait = defaultWait
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("store file %s: %w", path, err)
	}
	err = s.open(o.Wait)
	if errors.Is(err, errDamaged) {
		var aside string
		if aside, err = moveAside(path, err, o.Now()); err == nil {
			if o.Note != nil {
				o.Note(fmt.Sprintf("%s is damaged, and was moved to %s: what it held is forgotten", path, aside))
			}
			err = s.open(o.Wait)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("store file %s: %w", path, err)
	}
	go s.write()
	return s, nil
}

// open opens the file, reads all of it once, and makes sure of what it needs.
func (s *Store) open(wait time.Duration) (err error) {
	var file *os.File
	defer func() {
		if err != nil && file != nil {
			if s.bolt != nil {
				err = errors.Join(err, guarded(s.bolt.Close))
			}
			file.Close() // the library leaves it open, and locked, when it stumbles
		}
	}()
	s.bolt, s.used, s.values = nil, 0, 0
	err = guarded(func() (err error) {
		s.bolt, err = bbolt.Open(s.path, 0o600, &bbolt.Options{
			Timeout: wait, FreelistType: bbolt.FreelistMapType, NoStatistics: true,
			MaxSize: int(min(4*s.room+slack, math.MaxInt)),
			OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
				f, err := os.OpenFile(name, flag, mode)
				file = f
				return f, err
			},
		})
		return err
	})
	if err != nil {
		return opening(err)
	}
	if err := file.Chmod(0o600); err != nil {
		return err
	}
	if s.id, err = file.Stat(); err != nil {
		return err
	}
	if err := guarded(s.prepare); err != nil {
		return opening(err)
	}
	if err := guarded(func() error { return s.bolt.View(s.survey) }); err != nil {
		return opening(err)
	}
	return syncDir(filepath.Dir(s.path))
}

// prepare makes the buckets of a new file, and nothing else: one that is there opens
// also where the disk is full.
func (s *Store) prepare() error {
	known := false
	err := s.bolt.View(func(tx *bbolt.Tx) error {
		about := tx.Bucket(aboutBucket)
		name, _ := tx.Cursor().First()
		switch {
		case about == nil && name == nil:
			return nil
		case about == nil || tx.Bucket(entriesBucket) == nil:
			return ErrForeign
		}
		known = true
		if got := about.Get(formatKey); string(got) != string(format) {
			return fmt.Errorf("%w: its format is %.40q, not %q", ErrForeign, got, format)
		}
		return nil
	})
	if err != nil || known {
		return err
	}
	return s.bolt.Update(func(tx *bbolt.Tx) error {
		about, err := tx.CreateBucket(aboutBucket)
		if err == nil {
			err = about.Put(formatKey, format)
		}
		if err == nil {
			_, err = tx.CreateBucket(entriesBucket)
		}
		return err
	})
}

// leaping has versions go on with a leap, before the first write: after a loss of power
// none comes again that somebody has read before it was synced.
func (s *Store) leaping() error {
	if s.leapt {
		return nil
	}
	err := s.bolt.Update(func(tx *bbolt.Tx) error {
		entries := tx.Bucket(entriesBucket)
		return entries.SetSequence(entries.Sequence() + leap)
	})
	s.leapt = err == nil
	return err
}

// survey reads the clock and all entries: damage is found here, and not when one is asked for.
func (s *Store) survey(tx *bbolt.Tx) error {
	s.clock.resume(tx.Bucket(aboutBucket))
	return tx.Bucket(entriesBucket).ForEach(func(key, text []byte) error {
		e, err := decode(key, text)
		s.used += e.size(key)
		s.values += e.valued(key)
		return err
	})
}

// syncDir makes the name of a new file outlive a loss of power.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// Close writes what is under way, and closes the file. It is safe to call twice.
func (s *Store) Close() error {
	var err error
	s.closed.Do(func() {
		close(s.closing)
		<-s.ended
		err = guarded(s.bolt.Close)
	})
	return err
}

// String is the address that opens it.
func (s *Store) String() string { return "file:" + s.path }

// away is an operation that was not done, or of which nobody knows.
func (s *Store) away(cause error) error {
	if cause == context.Canceled || cause == context.DeadlineExceeded {
		return fmt.Errorf("%w: %w", pavise.ErrAway, cause)
	}
	return fmt.Errorf("%w: %s: %w", pavise.ErrAway, s.path, cause)
}
