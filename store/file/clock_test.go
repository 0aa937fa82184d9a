package file

import (
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"pavise/test/setclock"
)

const aDay = 24 * time.Hour

// block counts what is blocked for half an hour, and tells for how long that still is.
func block(t *testing.T, s *Store, n int64) time.Duration {
	t.Helper()
	sum, left, err := s.Add(t.Context(), "block", n, 30*time.Minute)
	if sum != 8 || err != nil {
		t.Errorf("%d, %v", sum, err)
	}
	return left
}

// TestClockIsSet: whoever sets the clock, what is kept lives for as long as was said,
// also over a restart; one that comes from 1970, before the time is known, is ahead by
// far.
func TestClockIsSet(t *testing.T) {
	for _, by := range []time.Duration{aDay, -aDay, 50 * 365 * aDay, -40 * 365 * aDay} {
		path, clock := filepath.Join(t.TempDir(), "store"), new(setclock.Clock)
		s := open(t, path, Options{Now: clock.Now})
		block(t, s, 8)
		clock.Set(by)
		if left := block(t, s, 0); left > 30*time.Minute || left < 29*time.Minute {
			t.Errorf("set by %s: it lives for %s", by, left)
		}
		s.Add(t.Context(), "another", 1, time.Hour) // by which the clock is written
		s.Close()
		s = open(t, path, Options{Now: clock.Now})
		if left := block(t, s, 0); left > 30*time.Minute || left < 29*time.Minute {
			t.Errorf("set by %s, after a restart it lives for %s", by, left)
		}
		s.Swap(t.Context(), "short", []byte("x"), 0, time.Millisecond)
		time.Sleep(2 * time.Millisecond)
		if _, version, err := s.Get(t.Context(), "short"); version != 0 || err != nil {
			t.Errorf("set by %s: what has ended is there, %v", by, err)
		}
	}
}

// TestClockIsSetBackWhileItIsClosed: nothing lives for longer than its own life from then,
// and the sweep alone writes down which way the clocks go.
func TestClockIsSetBackWhileItIsClosed(t *testing.T) {
	path, clock := filepath.Join(t.TempDir(), "store"), new(setclock.Clock)
	clock.Set(aDay)
	s := open(t, path, Options{Now: clock.Now})
	block(t, s, 8)
	s.Close()
	clock.Set(0)
	s = &Store{path: path, clock: newClock(clock.Now), room: defaultRoom} // without its writer
	if err := s.open(time.Second); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if strayed := s.clock.strayed(); strayed {
			s.sweep()
		}
	}
	if s.clock.strayed() {
		t.Error("it is not written down that the clock was set")
	}
	s.bolt.Close()
	clock.Set(20 * time.Minute) // which pass while it is closed
	s = open(t, path, Options{Now: clock.Now})
	if left := block(t, s, 0); left > 11*time.Minute || left < 5*time.Minute {
		t.Errorf("twenty minutes later it lives for %s", left)
	}
}

// TestClockThatIsNone: what nobody has written so is left aside.
func TestClockThatIsNone(t *testing.T) {
	for _, text := range []string{"", "short", "\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00", "\x7f\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00"} {
		path := filepath.Join(t.TempDir(), "store")
		s := open(t, path, Options{})
		if err := s.bolt.Update(func(tx *bbolt.Tx) error { return tx.Bucket(aboutBucket).Put(clockKey, []byte(text)) }); err != nil {
			t.Fatal(err)
		}
		s.Close()
		s = open(t, path, Options{})
		if off := s.clock.now() - time.Now().UnixNano(); time.Duration(off).Abs() > time.Minute {
			t.Errorf("%q is taken for a time, off by %s", text, time.Duration(off))
		}
	}
}
