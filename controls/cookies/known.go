package cookies

import (
	"maps"
	"sync"
	"sync/atomic"
)

// known is a small map that is read at every response, without a lock, and rarely
// grows: then it is replaced as a whole.
type known[V any] struct {
	now atomic.Pointer[map[string]V]
	mu  sync.Mutex
}

// get returns the value of a key, or the zero one.
func (k *known[V]) get(key string) (v V) {
	if now := k.now.Load(); now != nil {
		v = (*now)[key]
	}
	return v
}

// keep returns the value that a key has, or else gives it one, unless there are as
// many as there may be.
func (k *known[V]) keep(key string, v V, most int) V {
	k.mu.Lock()
	defer k.mu.Unlock()
	next := map[string]V{}
	if now := k.now.Load(); now != nil {
		if v, found := (*now)[key]; found {
			return v
		}
		next = maps.Clone(*now)
	}
	if len(next) < most {
		next[key] = v
		k.now.Store(&next)
	}
	return v
}
