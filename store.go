package pavise

import (
	"context"
	"crypto/rand"
	"errors"
	"time"
)

// A Store keeps counters and small values, each until its end. What several
// machines must know together is kept in one Store that all of them use. It is safe
// for concurrent use, and every operation is atomic. Counters and values do not
// share keys.
//
// There is no unconditional write on purpose: a late one would bring back what
// somebody else has deleted in the meantime. What is given no life, or less, has
// ended at once.
//
// With a context that has ended an operation is done as ever, or is not done and its
// error is both [ErrAway] and that of the context.
type Store interface {
	// Add adds n to a counter and returns what it comes to, and how long it still
	// lives. One that is not there begins at 0 and lives for life; one that is
	// keeps its end. No counter falls below 0 or rises above MaxCount, and none is
	// made by taking away.
	Add(ctx context.Context, key string, n int64, life time.Duration) (sum int64, left time.Duration, err error)
	// Touch lets a counter or value live for life from now. It makes none, and
	// reports whether there was one.
	Touch(ctx context.Context, key string, life time.Duration) (bool, error)
	// Get returns a value and its version; version 0 means that there is none. A key
	// never has the same version twice, not even after it was deleted.
	Get(ctx context.Context, key string) (value []byte, version uint64, err error)
	// Swap writes a value if the version is still the one that Get returned, and
	// reports whether it was; version 0 writes only where there is none.
	Swap(ctx context.Context, key string, value []byte, version uint64, life time.Duration) (bool, error)
	// Delete forgets a counter or a value, if there is one.
	Delete(ctx context.Context, key string) error
}

// What every Store takes. More is an error; a counter that is full stays so.
const (
	MaxKey    = 256
	MaxValue  = 16 << 10
	MaxSealed = MaxValue + RingOverhead // of a value, to a store that keeps it sealed for another
	MaxCount  = 1 << 53                 // what the scripts of Redis count exactly
)

// What a Store may say.
var (
	ErrFull     = errors.New("the store is full of what must not be forgotten")
	ErrTooLarge = errors.New("the key or the value is too large for the store")
	ErrKind     = errors.New("the key of a counter is no key of a value, nor the other way round")
	// ErrAway is that the store could not be asked, or not in time: nothing is known,
	// also not whether a write was done.
	ErrAway = errors.New("the store is away")
)

// Kept returns what a control has in memory from before a reload, or what fresh makes.
func Kept[T any](e Env, id string, fresh func() T) T {
	if e.Keep != nil {
		if kept, ok := e.Keep(id, func() any { return fresh() }).(T); ok {
			return kept
		}
	}
	return fresh()
}

// Complete returns the Env with what was not given: the clock of the machine, a
// store in memory, and a secret made for the occasion.
func (e Env) Complete() Env {
	if e.Now == nil {
		e.Now = time.Now
	}
	if e.Store == nil {
		e.Store = NewMemory(e.Now)
	}
	if e.Secret == nil {
		e.Secret = make([]byte, 32)
		rand.Read(e.Secret)
	}
	return e
}
