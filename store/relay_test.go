package store

import (
	"errors"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"pavise"
	"pavise/store/wire"
)

// between is a store as another process asks for it.
func between(t *testing.T, s *Opened) Store {
	ours, theirs := net.Pipe()
	go s.Lend(theirs)
	c := wire.NewClient(ours)
	t.Cleanup(func() { c.Close() })
	return c
}

// TestChangingHands: two processes have one file, one after the other, and the one and
// the other always reach it; what they count comes out exactly.
func TestChangingHands(t *testing.T) {
	t.Parallel()
	o := Options{URL: "file:" + filepath.Join(t.TempDir(), "store"), Secret: one, Breaker: BreakerOptions{Budget: 10 * time.Second}}
	old := opened(t, o)
	o.Lent, o.LentPath = between(t, old), old.Path()
	next := opened(t, o)
	if _, err := old.Swap(t.Context(), "session", []byte("anna"), 0, time.Hour); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var working sync.WaitGroup
	var mu sync.Mutex
	asked := int64(0)
	for _, s := range []*Opened{old, next, old, next} {
		working.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, _, err := s.Add(t.Context(), "n", 1, time.Hour); err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				asked++
				mu.Unlock()
			}
		})
	}
	time.Sleep(20 * time.Millisecond)
	returned, err := old.Give()
	if err != nil {
		t.Fatal(err)
	}
	if err := next.Take(); err != nil {
		t.Fatal(err)
	}
	if err := returned(between(t, next)); err != nil {
		t.Fatal(err)
	}
	time.Sleep(20 * time.Millisecond)
	close(stop)
	working.Wait()
	for name, s := range map[string]*Opened{"old": old, "next": next} {
		if sum, _, err := s.Add(t.Context(), "n", 0, 0); sum != asked || err != nil {
			t.Errorf("%s: %d of %d, %v", name, sum, asked, err)
		}
		if value, _, err := s.Get(t.Context(), "session"); string(value) != "anna" || err != nil {
			t.Errorf("%s: %q %v", name, value, err)
		}
	}
}

// TestGivenBack: where the other process does not take it all is as before.
func TestGivenBack(t *testing.T) {
	t.Parallel()
	s := opened(t, Options{URL: "file:" + filepath.Join(t.TempDir(), "store"), Secret: one})
	if _, _, err := s.Add(t.Context(), "n", 7, time.Hour); err != nil {
		t.Fatal(err)
	}
	returned, err := s.Give()
	if err == nil {
		err = returned(nil)
	}
	if sum, _, again := s.Add(t.Context(), "n", 1, time.Hour); sum != 8 || err != nil || again != nil {
		t.Error(sum, err, again)
	}
	returned, err = s.Give()
	if err != nil {
		t.Fatal(err)
	}
	o := Options{URL: "file:" + s.Path(), Secret: one}
	thief := opened(t, o) // a third has it, and keeps it
	if err := returned(nil); err == nil {
		t.Error("it was had twice")
	}
	if _, _, err := s.Add(t.Context(), "n", 1, time.Hour); !errors.Is(err, pavise.ErrAway) {
		t.Error(err)
	}
	thief.Close()
	if memory := opened(t, Options{}); memory.Path() != "" || memory.Take() != nil {
		t.Error("memory is no file")
	} else if _, err := memory.Give(); err == nil {
		t.Error("memory was given")
	}
}
