package file

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/store/storetest"
)

// open opens a store that the test closes.
func open(t *testing.T, path string, o Options) *Store {
	t.Helper()
	s, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestPromises(t *testing.T) {
	t.Parallel()
	const room = 256 << 10
	clocks := map[pavise.Store]func() time.Time{}
	storetest.Run(t, storetest.Kind{Room: room, Yields: true,
		Open: func(t *testing.T, now func() time.Time) pavise.Store {
			s := open(t, filepath.Join(t.TempDir(), "store"), Options{Now: now, Room: room})
			clocks[s] = now
			return s
		},
		Reopen: func(t *testing.T, s pavise.Store) pavise.Store {
			was := s.(*Store)
			if err := was.Close(); err != nil {
				t.Fatal(err)
			}
			return open(t, was.path, Options{Now: clocks[s], Room: room})
		},
	})
}

// TestIsItsOwnersAlone: also where the file was there before, and open to all.
func TestIsItsOwnersAlone(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "made", "store")
	open(t, path, Options{}).Close()
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	open(t, path, Options{})
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if at, err := os.Stat(name); err != nil || at.Mode().Perm() != want {
			t.Errorf("%s: %v, %v; want %v", name, at.Mode(), err, want)
		}
	}
}

// TestVersionsLeap: versions that were read before a loss of power, and whose writes
// were lost in it, do not come again.
func TestVersionsLeap(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	var last uint64
	for i := range 3 {
		s := open(t, path, Options{})
		key := string(rune('a' + i))
		if did, err := s.Swap(t.Context(), key, nil, 0, time.Hour); !did || err != nil {
			t.Fatal(did, err)
		}
		_, version, err := s.Get(t.Context(), key)
		if err != nil || version < last+leap {
			t.Errorf("version %d after %d, %v", version, last, err)
		}
		last = version
		s.Close()
	}
}

func TestIsOpenOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	open(t, path, Options{})
	_, err := Open(path, Options{Wait: 100 * time.Millisecond})
	if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), path) {
		t.Errorf("%v, want %v and the name", err, ErrLocked)
	}
}

// TestWaitsForTheOneBefore: a new process comes up while the old one still ends.
func TestWaitsForTheOneBefore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	before := open(t, path, Options{})
	before.Add(t.Context(), "a", 3, time.Hour)
	go before.Close()
	after := open(t, path, Options{Wait: 20 * time.Second})
	if sum, _, err := after.Add(t.Context(), "a", 0, time.Hour); sum != 3 || err != nil {
		t.Error(sum, err)
	}
}

func TestClosed(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "store"), Options{})
	s.Close()
	_, _, addErr := s.Add(t.Context(), "a", 1, time.Hour)
	_, _, getErr := s.Get(t.Context(), "a")
	for _, err := range []error{addErr, getErr, s.Delete(t.Context(), "a")} {
		if !errors.Is(err, pavise.ErrAway) {
			t.Errorf("%v, want %v", err, pavise.ErrAway)
		}
	}
}

// TestGone: what is written into a file that was moved away would not be found again.
func TestGone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "store")
	move := func(from, to string) func(*testing.T) {
		return func(t *testing.T) {
			if err := os.Rename(from, to); err != nil {
				t.Fatal(err)
			}
		}
	}
	storetest.RunFaults(t, storetest.Trouble{Budget: time.Second,
		Open:   func(t *testing.T) pavise.Store { return open(t, path, Options{}) },
		Faults: []storetest.Fault{{Name: "moved away", Break: move(path, path+".away"), Mend: move(path+".away", path)}},
	})
}

// TestSweeps: what has ended is dropped in small steps, though nobody asks for it.
func TestSweeps(t *testing.T) {
	clock := storetest.NewClock()
	path := filepath.Join(t.TempDir(), "store")
	s := open(t, path, Options{Now: clock.Now})
	fill(t, s, 2*stride, "short", time.Minute)
	fill(t, s, 10, "long", time.Hour)
	clock.Pass(time.Minute)
	s.Close()
	s = &Store{path: path, clock: newClock(clock.Now), room: defaultRoom} // without its writer
	if err := s.open(time.Second); err != nil {
		t.Fatal(err)
	}
	defer s.bolt.Close()
	before := s.used
	s.sweep()
	if after := s.used; after >= before || after < before/3 {
		t.Errorf("one step: %d bytes of %d are left", after, before)
	}
	s.sweep()
	s.sweep()
	if one := (entry{}).size([]byte("/long")); s.used < 10*one || s.used > 20*one {
		t.Errorf("%d bytes are left after a round", s.used)
	}
}

// fill makes counters of one kind, of any name.
func fill(t *testing.T, s *Store, n int, name string, life time.Duration) {
	t.Helper()
	if err := s.do(t.Context(), func(b *batch) error {
		for i := range n {
			if _, _, err := b.add(named(name+string(rune('a'+i))), 1, life); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// TestNotOurs: a path that was mistaken moves nothing, and writes into nothing.
func TestNotOurs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "letter.txt")
	for _, text := range []string{"Dear all", strings.Repeat("Dear all, ", 10_000)} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Open(path, Options{Wait: time.Second})
		if !errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), path) {
			t.Errorf("%v, want %v and the name", err, ErrForeign)
		}
		if now, err := os.ReadFile(path); err != nil || string(now) != text {
			t.Errorf("it was changed: %.20q, %v", now, err)
		}
	}
}

// TestDamaged: whatever part of the file is spoilt or gone, nothing false comes out of
// it and nothing panics. Where damage is found the file is moved aside and told of.
func TestDamaged(t *testing.T) {
	t.Parallel()
	whole := filepath.Join(t.TempDir(), "store")
	s := open(t, whole, Options{})
	fill(t, s, 500, "counter", time.Hour)
	if _, err := s.Swap(t.Context(), "value", []byte("alice"), 0, time.Hour); err != nil {
		t.Fatal(err)
	}
	s.Close()
	text, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	end := len(bytes.TrimRight(text, "\x00"))
	moved := lookAtDamaged(t, make([]byte, 20_000)) // by a loss of power, when it was just made
	if moved != 1 {
		t.Error("a file of zeros stays")
	}
	for at := 0; at < end; at += 5003 {
		spoilt := bytes.Clone(text)
		copy(spoilt[at:], strings.Repeat("\xa5", 700))
		moved += lookAtDamaged(t, spoilt)
		moved += lookAtDamaged(t, text[:at])
	}
	if moved < 5 {
		t.Errorf("%d damaged files were found out", moved)
	}
}

// lookAtDamaged opens a file with this text, and returns 1 if it was moved aside.
func lookAtDamaged(t *testing.T, text []byte) (moved int) {
	path := filepath.Join(t.TempDir(), "store")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	told := ""
	s, err := Open(path, Options{Note: func(what string) { told = what }})
	if err != nil {
		if !strings.Contains(err.Error(), path) {
			t.Errorf("it does not name the file: %v", err)
		}
		return 0
	}
	defer s.Close()
	value, version, err := s.Get(t.Context(), "value")
	if version != 0 && string(value) != "alice" {
		t.Errorf("%q, %v", value, err)
	}
	if _, err := s.Swap(t.Context(), "another", []byte("x"), 0, time.Hour); err != nil && !errors.Is(err, pavise.ErrAway) {
		t.Error(err)
	}
	aside, _ := filepath.Glob(path + ".damaged-*")
	if len(aside) == 0 {
		if told != "" {
			t.Errorf("told %q, and nothing was moved", told)
		}
		return 0
	}
	if !strings.Contains(told, path) || !strings.Contains(told, aside[0]) {
		t.Errorf("told %q, and it is %q", told, aside)
	}
	if kept, err := os.ReadFile(aside[0]); err != nil || len(kept) < len(text) {
		t.Errorf("%d of %d bytes were kept, %v", len(kept), len(text), err)
	}
	return 1
}

// FuzzDecode: what reads is what was written, and nothing else reads.
func FuzzDecode(f *testing.F) {
	key := []byte("/a")
	f.Add(key, encode(key, entry{count: 3, ends: 5}))
	f.Add(key, encode(key, entry{version: 1, ends: 5, value: []byte("x")}))
	f.Add([]byte{}, []byte{})
	f.Fuzz(func(t *testing.T, key, text []byte) {
		e, err := decode(key, text)
		if err != nil {
			if !errors.Is(err, errDamaged) {
				t.Error(err)
			}
			return
		}
		if again := encode(key, e); !bytes.Equal(again, text) {
			t.Errorf("%x, read and written again: %x", text, again)
		}
	})
}
