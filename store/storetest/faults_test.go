package storetest

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"pavise"
)

// A switched store is away while it is off.
type switched struct {
	pavise.Store
	off atomic.Bool
}

func (s *switched) Add(ctx context.Context, key string, n int64, life time.Duration) (int64, time.Duration, error) {
	if s.off.Load() {
		return 0, 0, pavise.ErrAway
	}
	return s.Store.Add(ctx, key, n, life)
}

func (s *switched) Swap(ctx context.Context, key string, value []byte, version uint64, life time.Duration) (bool, error) {
	if s.off.Load() {
		return false, pavise.ErrAway
	}
	return s.Store.Swap(ctx, key, value, version, life)
}

func TestFaults(t *testing.T) {
	var s *switched
	RunFaults(t, Trouble{Budget: time.Second,
		Open: func(*testing.T) pavise.Store { s = &switched{Store: pavise.NewMemory(nil)}; return s },
		Faults: []Fault{
			{Name: "off", Break: func(*testing.T) { s.off.Store(true) }, Mend: func(*testing.T) { s.off.Store(false) }},
			{Name: "emptied", Break: func(*testing.T) { s.off.Store(true) }, Forgets: true,
				Mend: func(*testing.T) { s.Store = pavise.NewMemory(nil); s.off.Store(false) }},
		},
	})
}
