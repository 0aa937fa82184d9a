package acme

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyserver/certmagic"

	"pavise"
)

// A switched store can be taken away.
type switched struct {
	pavise.Store
	away atomic.Bool
}

func (s *switched) Get(ctx context.Context, key string) ([]byte, uint64, error) {
	if s.away.Load() {
		return nil, 0, pavise.ErrAway
	}
	return s.Store.Get(ctx, key)
}

func (s *switched) Swap(ctx context.Context, key string, value []byte, version uint64, life time.Duration) (bool, error) {
	if s.away.Load() {
		return false, pavise.ErrAway
	}
	return s.Store.Swap(ctx, key, value, version, life)
}

func newSwitched() *switched { return &switched{Store: pavise.NewMemory(nil)} }

func node(t *testing.T, store pavise.Store) *shared {
	return newShared(store, time.Now, func(level slog.Level, message string, attrs ...slog.Attr) { t.Log(level, message, attrs) })
}

// TestStorage holds the shared storage to what the library expects of one, beside its
// own files.
func TestStorage(t *testing.T) {
	for name, s := range map[string]certmagic.Storage{
		"store":  node(t, pavise.NewMemory(nil)),
		"files":  &certmagic.FileStorage{Path: t.TempDir()},
		"copied": &copied{shared: node(t, pavise.NewMemory(nil)), files: &certmagic.FileStorage{Path: t.TempDir()}},
	} {
		t.Run(name, func(t *testing.T) { conforms(t, s) })
	}
}

func conforms(t *testing.T, s certmagic.Storage) {
	ctx := t.Context()
	absent := func(name string) {
		t.Helper()
		_, err := s.Load(ctx, name)
		if _, stat := s.Stat(ctx, name); !errors.Is(err, fs.ErrNotExist) || !errors.Is(stat, fs.ErrNotExist) || s.Exists(ctx, name) {
			t.Errorf("%s is absent: load %v, stat %v", name, err, stat)
		}
	}
	list := func(dir string, recursive bool, want ...string) {
		t.Helper()
		got, err := s.List(ctx, dir, recursive)
		if slices.Sort(got); err != nil || !slices.Equal(got, want) {
			t.Errorf("list %q: %q %v, want %q", dir, got, err, want)
		}
	}
	absent("a/b/one")
	if _, err := s.List(ctx, "a", true); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("list of none: %v", err)
	}
	if err := s.Delete(ctx, "a/b"); err != nil {
		t.Errorf("delete of none: %v", err)
	}
	long := strings.Repeat("long/", 60) + "name" // than a key may be
	for _, name := range []string{"a/b/one", "a/b/two", "a/three", "ab/four", long} {
		if err := s.Store(ctx, name, []byte(name)); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Load(ctx, name); err != nil || string(got) != name {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}
	list("a", false, "a/b", "a/three")
	list("a", true, "a/b", "a/b/one", "a/b/two", "a/three")
	if info, err := s.Stat(ctx, "a/b/one"); err != nil || !info.IsTerminal || info.Size != 7 || info.Key != "a/b/one" || time.Since(info.Modified) > time.Minute {
		t.Errorf("%+v %v", info, err)
	}
	if info, err := s.Stat(ctx, "a/b"); err != nil || info.IsTerminal || !s.Exists(ctx, "a/b") {
		t.Errorf("%+v %v", info, err)
	}
	resizes(t, s, "a/b/one")
	if err := s.Delete(ctx, "a/b/one"); err != nil {
		t.Error(err)
	}
	absent("a/b/one")
	list("a/b", true, "a/b/two")
	if err := s.Delete(ctx, "a"); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"a/b/two", "a/b", "a/three", "a"} {
		absent(name)
	}
	if got, err := s.Load(ctx, "ab/four"); err != nil || string(got) != "ab/four" {
		t.Errorf("a neighbour of what was deleted: %q %v", got, err)
	}
}

// resizes writes files of all sizes, each in place of the one before.
func resizes(t *testing.T, s certmagic.Storage, name string) {
	for _, size := range []int{0, 1, partSize, partSize + 1, 100 << 10, 3} {
		want := bytes.Repeat([]byte{byte(size)}, size)
		if err := s.Store(t.Context(), name, want); err != nil {
			t.Fatalf("%d bytes: %v", size, err)
		}
		if got, err := s.Load(t.Context(), name); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes: got %d, %v", size, len(got), err)
		}
	}
}

// TestStorageBounds: what is too large is refused and leaves what was there.
func TestStorageBounds(t *testing.T) {
	s, ctx := node(t, pavise.NewMemory(nil)), t.Context()
	if err := s.Store(ctx, "x", []byte("before")); err != nil {
		t.Fatal(err)
	}
	if err := s.Store(ctx, "x", make([]byte, maxBlob)); err != nil {
		t.Fatal(err)
	}
	if err := s.Store(ctx, "x", make([]byte, maxBlob+1)); !errors.Is(err, pavise.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	if got, err := s.Load(ctx, "x"); err != nil || len(got) != maxBlob {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	ended, end := context.WithCancel(ctx)
	end()
	if err := s.Store(ended, "x", []byte("late")); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
	if err := s.Store(ctx, "/", nil); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("the root: %v", err)
	}
}

// TestManyWriters: every name of a directory that many nodes write at once is in it,
// and what they write in turn is never mixed.
func TestManyWriters(t *testing.T) {
	store, ctx := pavise.NewMemory(nil), t.Context()
	var wait sync.WaitGroup
	for n := range 6 {
		s := node(t, store)
		wait.Go(func() {
			for i := range 20 {
				if err := s.Store(ctx, fmt.Sprintf("dir/%d-%d", n, i), []byte("x")); err != nil {
					t.Error(err)
				}
				if err := s.Store(ctx, "same", bytes.Repeat([]byte{byte('a' + n)}, partSize+n*1000+1)); err != nil {
					t.Error(err)
				}
				got, err := s.Load(ctx, "same")
				if err != nil || len(got) != partSize+int(got[0]-'a')*1000+1 || bytes.Count(got, got[:1]) != len(got) {
					t.Errorf("%d bytes, %v", len(got), err)
				}
			}
		})
	}
	wait.Wait()
	if got, err := node(t, store).List(ctx, "dir", true); err != nil || len(got) != 120 {
		t.Errorf("%d names, %v", len(got), err)
	}
}

// TestLock: one holds it at a time; what is given back is free at once.
func TestLock(t *testing.T) {
	store, ctx := newSwitched(), t.Context()
	a, b := node(t, store), node(t, store)
	if err := a.Lock(ctx, "x"); err != nil {
		t.Fatal(err)
	}
	if ours, err := b.TryLock(ctx, "x"); ours || err != nil {
		t.Errorf("a second one: %v %v", ours, err)
	}
	waiting, leave := context.WithTimeout(ctx, 10*time.Millisecond)
	defer leave()
	if err := b.Lock(waiting, "x"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waited: %v", err)
	}
	if err := b.Unlock(ctx, "x"); err == nil {
		t.Error("another gave it back")
	}
	if err := a.renew(ctx, a.held["x"]); err != nil {
		t.Errorf("renewed: %v", err)
	}
	if err := a.Unlock(ctx, "x"); err != nil {
		t.Error(err)
	}
	if ours, err := b.TryLock(ctx, "x"); !ours || err != nil {
		t.Errorf("after it was given back: %v %v", ours, err)
	}
	store.away.Store(true)
	if _, err := a.TryLock(ctx, "y"); !errors.Is(err, pavise.ErrAway) {
		t.Errorf("away: %v", err)
	}
	if err := b.Unlock(ctx, "x"); err != nil {
		t.Errorf("given back while away: %v", err)
	}
}

// TestLostLock: whoever loses a lock hears of it, and his attempt is ended.
func TestLostLock(t *testing.T) {
	now := time.Now()
	clock := func() time.Time { return now }
	for name, lose := range map[string]func(*switched){
		"ended": func(*switched) { now = now.Add(2 * lockLife) }, // while the machine slept
		"away": func(s *switched) {
			s.away.Store(true)
			now = now.Add(lockLife)
		},
		"another's": func(s *switched) { s.Delete(t.Context(), lockKey("x")) },
	} {
		t.Run(name, func(t *testing.T) {
			store := &switched{Store: pavise.NewMemory(clock)}
			s := newShared(store, clock, func(slog.Level, string, ...slog.Attr) {})
			ctx, leave := context.WithCancelCause(t.Context())
			defer leave(nil)
			ctx = context.WithValue(ctx, attemptKey{}, leave)
			if err := s.Lock(ctx, "x"); err != nil {
				t.Fatal(err)
			}
			lose(store)
			if err := s.renew(ctx, s.held["x"]); !errors.Is(err, errLost) || !errors.Is(context.Cause(ctx), errLost) {
				t.Errorf("%v, cause %v", err, context.Cause(ctx))
			}
			if err := s.Store(ctx, "certificate", nil); err == nil {
				t.Error("wrote without the lock")
			}
			if err := s.Unlock(ctx, "x"); !errors.Is(err, errLost) {
				t.Errorf("unlock: %v", err)
			}
		})
	}
}

// FuzzBlob: what lies in the store and is no blob is an error, and no panic.
func FuzzBlob(f *testing.F) {
	for _, seed := range []string{"", "{}", "{\"size\":1}\nx", "{\"size\":4,\"parts\":1,\"id\":\"a\"}\n", "{\"parts\":-1}\n", "{\"parts\":99999999}\n", "null\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		store, ctx := pavise.NewMemory(nil), t.Context()
		if done, err := store.Swap(ctx, fileKey("x"), value, 0, time.Hour); !done || err != nil {
			return // more than a store takes
		}
		s := node(t, store)
		if got, err := s.Load(ctx, "x"); err == nil && len(got) > len(value) {
			t.Errorf("%d bytes of %d", len(got), len(value))
		}
		if err := s.Delete(ctx, "x"); err == nil && s.Exists(ctx, "x") {
			t.Error("deleted, and there")
		}
	})
}

// A stuck store is asked and never answers before the question is given up.
type stuck struct {
	pavise.Store
	asking, most atomic.Int64
}

func (s *stuck) Get(ctx context.Context, _ string) ([]byte, uint64, error) {
	if n := s.asking.Add(1); n > s.most.Load() {
		s.most.Store(n)
	}
	defer s.asking.Add(-1)
	<-ctx.Done()
	return nil, 0, fmt.Errorf("%w: %w", pavise.ErrAway, ctx.Err())
}

// TestStrangersLook: whoever asks for challenges that nobody opened waits for a while
// at most, and no more than some of them ask the store at a time.
func TestStrangersLook(t *testing.T) {
	store := &stuck{Store: pavise.NewMemory(nil)}
	a := newAuthority(Config{Directory: "https://ca.test/dir", Dir: t.TempDir(), Store: store, Now: time.Now, Log: func(slog.Level, string, ...slog.Attr) {}})
	var wait sync.WaitGroup
	for range 4 * maxLooking {
		wait.Go(func() {
			if _, ok := a.opened(t.Context(), "shop.test"); ok {
				t.Error("a challenge out of nowhere")
			}
		})
	}
	wait.Wait()
	if n := store.most.Load(); n < 1 || n > maxLooking {
		t.Errorf("%d questions at a time", n)
	}
}

// TestOwnTime: after a store was found away the many hosts of a node are read from the
// copy at once.
func TestOwnTime(t *testing.T) {
	store, ctx := newSwitched(), t.Context()
	now := time.Now()
	c := &copied{shared: newShared(store, func() time.Time { return now }, nil), files: &certmagic.FileStorage{Path: t.TempDir()}}
	if err := c.Store(ctx, "certificates/x", []byte("x")); err != nil {
		t.Fatal(err)
	}
	store.away.Store(true)
	read := func() {
		t.Helper()
		if got, err := c.Load(ctx, "certificates/x"); err != nil || string(got) != "x" {
			t.Errorf("%q %v", got, err)
		}
	}
	read()
	store.away.Store(false)
	if err := c.shared.Store(ctx, "certificates/x", []byte("y")); err != nil {
		t.Fatal(err)
	}
	read() // not asked again at once
	now = now.Add(awayFor)
	if got, err := c.Load(ctx, "certificates/x"); err != nil || string(got) != "y" {
		t.Errorf("back: %q %v", got, err)
	}
	if _, err := c.Load(ctx, "certificates/none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("none: %v", err)
	}
}
