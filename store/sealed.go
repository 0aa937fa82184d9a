package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"pavise"
)

// A Sealed store is a [Store] whose keeper learns nothing: values are sealed with
// their key beside them, so that none can be read, changed or put in another's place,
// and keys are replaced by a keyed hash of theirs. Who holds the database sees how
// many entries there are, how large, until when, and what counters count; he can
// delete entries, and bring back what a key had before.
//
// The key of the hash is chosen by lot once and kept in the store itself, sealed. So
// secrets can be replaced without losing anything, and that it opens is the proof
// that a node has the secret of the others.
type Sealed struct {
	store Store
	ring  *pavise.Ring
	names atomic.Pointer[[]byte] // the key of the hash; nil: not known yet
	stale atomic.Uint64
}

// ErrSecret is that a store is in use with another secret.
var ErrSecret = errors.New("the store is in use with another secret: all nodes need the same, or that of the others among their former ones")

// NewSealed returns a Sealed store. It asks for its key when that is needed first.
func NewSealed(s Store, ring *pavise.Ring) *Sealed { return &Sealed{store: s, ring: ring} }

// What is kept of the key of the hash, under a key that cannot be one of the hashes.
const (
	proofKey    = "pavise"
	proofBeside = "the names of a store"
	namesBytes  = 32
)

// Stale returns how many values were seen that a former secret has sealed. They are
// sealed anew when they are written next; until they have ended the former secret is
// needed.
func (s *Sealed) Stale() uint64 { return s.stale.Load() }

// Check makes sure that the store has its key, and that it is the one in use here. It
// is [ErrSecret] where the key cannot be opened. A store that has forgotten all gets
// the key again; when another node was first, theirs is taken on.
func (s *Sealed) Check(ctx context.Context) error {
	for range 3 { // others may write it at the same time
		names, stale := s.names.Load(), true
		kept, version, err := s.store.Get(ctx, proofKey)
		switch {
		case err != nil:
			return err
		case version != 0:
			names = new([]byte)
			if *names, stale, err = s.ring.Open(nil, kept, []byte(proofBeside)); err != nil || len(*names) != namesBytes {
				return ErrSecret
			}
		case names == nil:
			chosen := make([]byte, namesBytes)
			rand.Read(chosen)
			names = &chosen
		}
		if stale {
			sealed := s.ring.Seal(nil, *names, []byte(proofBeside))
			if did, err := s.store.Swap(ctx, proofKey, sealed, version, math.MaxInt64); err != nil {
				return err
			} else if !did {
				continue
			}
		}
		s.names.Store(names)
		return nil
	}
	return fmt.Errorf("%w: others write its key all the time", pavise.ErrAway)
}

// name returns what a key is called in the store. Where that cannot be known the store
// is away: whoever asks goes on without it.
func (s *Sealed) name(ctx context.Context, key string) (string, error) {
	if len(key) > pavise.MaxKey {
		return "", pavise.ErrTooLarge
	}
	names := s.names.Load()
	if names == nil {
		err := s.Check(ctx)
		if errors.Is(err, ErrSecret) {
			err = fmt.Errorf("%w: %w", pavise.ErrAway, err)
		}
		if err != nil {
			return "", err
		}
		names = s.names.Load()
	}
	mac := hmac.New(sha256.New, *names)
	mac.Write([]byte(key))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16]), nil
}

// Add implements [pavise.Store].
func (s *Sealed) Add(ctx context.Context, key string, n int64, life time.Duration) (int64, time.Duration, error) {
	name, err := s.name(ctx, key)
	if err != nil {
		return 0, 0, err
	}
	return s.store.Add(ctx, name, n, life)
}

// Touch implements [pavise.Store].
func (s *Sealed) Touch(ctx context.Context, key string, life time.Duration) (bool, error) {
	name, err := s.name(ctx, key)
	if err != nil {
		return false, err
	}
	return s.store.Touch(ctx, name, life)
}

// Get implements [pavise.Store]. A value that does not open is [pavise.ErrSealed].
func (s *Sealed) Get(ctx context.Context, key string) ([]byte, uint64, error) {
	name, err := s.name(ctx, key)
	if err != nil {
		return nil, 0, err
	}
	kept, version, err := s.store.Get(ctx, name)
	if err != nil || version == 0 {
		return nil, 0, err
	}
	value, stale, err := s.ring.Open(nil, kept, beside(key))
	if err != nil {
		return nil, 0, err
	}
	if stale {
		s.stale.Add(1)
	}
	return value, version, nil
}

// Swap implements [pavise.Store].
func (s *Sealed) Swap(ctx context.Context, key string, value []byte, version uint64, life time.Duration) (bool, error) {
	if len(value) > pavise.MaxValue {
		return false, pavise.ErrTooLarge
	}
	name, err := s.name(ctx, key)
	if err != nil {
		return false, err
	}
	sealed := s.ring.Seal(make([]byte, 0, len(value)+pavise.RingOverhead), value, beside(key))
	return s.store.Swap(ctx, name, sealed, version, life)
}

// Delete implements [pavise.Store].
func (s *Sealed) Delete(ctx context.Context, key string) error {
	name, err := s.name(ctx, key)
	if err != nil {
		return err
	}
	return s.store.Delete(ctx, name)
}

func beside(key string) []byte { return append([]byte("a value: "), key...) }
