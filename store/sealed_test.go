package store

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"pavise"
	"pavise/store/storetest"
)

var one, two = bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)

func sealed(s Store, secrets ...[]byte) *Sealed {
	return NewSealed(s, pavise.NewRing("store", secrets...))
}

func TestSealedPromises(t *testing.T) {
	storetest.Run(t, storetest.Kind{Open: func(t *testing.T, now func() time.Time) pavise.Store {
		return sealed(pavise.NewMemory(now), one)
	}})
}

// A spy sees what a store is handed.
type spy struct {
	Store
	mu   sync.Mutex
	seen []string
}

func (s *spy) note(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, what)
}

func (s *spy) Add(ctx context.Context, key string, n int64, life time.Duration) (int64, time.Duration, error) {
	s.note(key)
	return s.Store.Add(ctx, key, n, life)
}

func (s *spy) Swap(ctx context.Context, key string, value []byte, version uint64, life time.Duration) (bool, error) {
	s.note(key + " " + string(value))
	return s.Store.Swap(ctx, key, value, version, life)
}

// TestSealedTellsNothing: no token and no name of an account is in what is kept.
func TestSealedTellsNothing(t *testing.T) {
	behind := &spy{Store: pavise.NewMemory(nil)}
	s := sealed(behind, one)
	s.Swap(t.Context(), "session:token", []byte("user=alice"), 0, time.Hour)
	s.Add(t.Context(), "login:alice", 1, time.Hour)
	seen := strings.Join(behind.seen, "\n")
	if len(behind.seen) != 3 || strings.Contains(seen, "alice") || strings.Contains(seen, "token") || strings.Contains(seen, "login") {
		t.Errorf("it was handed %q", behind.seen)
	}
}

// TestSealedIsNotMoved: who writes to the database puts no value in another's place,
// and makes none up.
func TestSealedIsNotMoved(t *testing.T) {
	behind := pavise.NewMemory(nil)
	s := sealed(behind, one)
	s.Swap(t.Context(), "mallory", []byte("role=user"), 0, time.Hour)
	from, _ := s.name(t.Context(), "mallory")
	to, _ := s.name(t.Context(), "admin")
	kept, _, _ := behind.Get(t.Context(), from)
	behind.Swap(t.Context(), to, kept, 0, time.Hour)
	if value, version, err := s.Get(t.Context(), "admin"); !errors.Is(err, pavise.ErrSealed) || value != nil || version != 0 {
		t.Errorf("%q, %d, %v", value, version, err)
	}
	if err := s.Delete(t.Context(), "admin"); err != nil {
		t.Error(err)
	}
}

// TestSealedAfterRotation: with the former secret beside the new one nothing is lost,
// and in the end it is not needed any more.
func TestSealedAfterRotation(t *testing.T) {
	behind := pavise.NewMemory(nil)
	was := sealed(behind, one)
	was.Swap(t.Context(), "a", []byte("kept"), 0, time.Hour)
	was.Add(t.Context(), "blocked", 10, time.Hour)
	now := sealed(behind, two, one)
	value, version, err := now.Get(t.Context(), "a")
	if string(value) != "kept" || err != nil || now.Stale() != 1 {
		t.Errorf("%q, %v, %d stale", value, err, now.Stale())
	}
	if sum, _, err := now.Add(t.Context(), "blocked", 1, time.Hour); sum != 11 || err != nil {
		t.Error(sum, err)
	}
	if did, err := now.Swap(t.Context(), "a", value, version, time.Hour); !did || err != nil {
		t.Error(did, err)
	}
	later := sealed(behind, two)
	if value, _, err := later.Get(t.Context(), "a"); string(value) != "kept" || err != nil || later.Stale() != 0 {
		t.Errorf("%q, %v, %d stale", value, err, later.Stale())
	}
	if sum, _, err := later.Add(t.Context(), "blocked", 0, time.Hour); sum != 11 || err != nil {
		t.Error(sum, err)
	}
}

func TestSealedWithAnotherSecret(t *testing.T) {
	behind := pavise.NewMemory(nil)
	if err := sealed(behind, one).Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	other := sealed(behind, two)
	if err := other.Check(t.Context()); !errors.Is(err, ErrSecret) {
		t.Errorf("%v", err)
	}
	if _, _, err := other.Add(t.Context(), "a", 1, time.Hour); !errors.Is(err, pavise.ErrAway) || !errors.Is(err, ErrSecret) {
		t.Errorf("%v, want %v and why", err, pavise.ErrAway)
	}
}

// TestSealedByManyAtOnce: nodes that begin at the same time with an empty store agree,
// also after it has forgotten everything.
func TestSealedByManyAtOnce(t *testing.T) {
	behind := pavise.NewMemory(nil)
	nodes := make([]*Sealed, 8)
	agree := func(do func(*Sealed) error) {
		t.Helper()
		var wait sync.WaitGroup
		for i := range nodes {
			wait.Go(func() {
				if err := do(nodes[i]); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		for _, n := range nodes {
			n.Add(t.Context(), "a", 1, time.Hour)
		}
		if sum, _, err := nodes[0].Add(t.Context(), "a", 0, time.Hour); sum != 8 || err != nil {
			t.Errorf("8 nodes count %d, %v", sum, err)
		}
		nodes[0].Delete(t.Context(), "a")
	}
	for i := range nodes {
		nodes[i] = sealed(behind, one)
	}
	agree(func(s *Sealed) error { _, _, err := s.Get(t.Context(), "b"); return err })
	empty := pavise.NewMemory(nil)
	for i := range nodes {
		nodes[i].store = empty
	}
	nodes[3] = sealed(empty, one) // one that is new knows of no name
	agree(func(s *Sealed) error { return s.Check(t.Context()) })
	for _, n := range nodes { // whoever was first
		if err := n.Check(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func BenchmarkSealed(b *testing.B) {
	s := sealed(pavise.NewMemory(nil), one)
	s.Swap(b.Context(), "a", make([]byte, 200), 0, time.Hour)
	b.ReportAllocs()
	for b.Loop() {
		s.Get(b.Context(), "a")
	}
}
