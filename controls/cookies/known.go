package cookies

import (
	"maps"
	"strings"
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

// first reports whether a key was not known before, and is from now on.
func (k *known[V]) first(key string, most int) bool {
	if now := k.now.Load(); now != nil {
		if _, found := (*now)[key]; found || len(*now) == most {
			return false
		}
	}
	var none V
	_, fresh := k.keep(strings.Clone(key), none, most) // a name may be part of a whole head
	return fresh
}

// keep returns the value that a key has, or else gives it one, unless there are as
// many as there may be. It reports whether the key is new.
func (k *known[V]) keep(key string, v V, most int) (kept V, fresh bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	next := map[string]V{}
	if now := k.now.Load(); now != nil {
		if old, found := (*now)[key]; found {
			return old, false
		}
		if len(*now) == most {
			return v, false
		}
		next = maps.Clone(*now)
	}
	next[key] = v
	k.now.Store(&next)
	return v, true
}
