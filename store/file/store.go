package file

import (
	"bytes"
	"context"
	"time"

	"go.etcd.io/bbolt"

	"pavise"
)

// Add implements [pavise.Store].
func (s *Store) Add(ctx context.Context, key string, n int64, life time.Duration) (int64, time.Duration, error) {
	if len(key) > pavise.MaxKey {
		return 0, 0, pavise.ErrTooLarge
	}
	if n == 0 { // it only looks
		e, left, err := s.find(ctx, key)
		if err == nil && e.version != 0 {
			err = pavise.ErrKind
		}
		return e.count, left, err
	}
	var sum int64
	var left time.Duration
	if err := s.do(ctx, func(b *batch) (err error) {
		sum, left, err = b.add(named(key), n, life)
		return err
	}); err != nil {
		return 0, 0, err
	}
	return sum, left, nil
}

// Touch implements [pavise.Store].
func (s *Store) Touch(ctx context.Context, key string, life time.Duration) (bool, error) {
	if len(key) > pavise.MaxKey {
		return false, pavise.ErrTooLarge
	}
	var there bool
	if err := s.do(ctx, func(b *batch) (err error) {
		there, err = b.touch(named(key), life)
		return err
	}); err != nil {
		return false, err
	}
	return there, nil
}

// Get implements [pavise.Store].
func (s *Store) Get(ctx context.Context, key string) ([]byte, uint64, error) {
	if len(key) > pavise.MaxKey {
		return nil, 0, pavise.ErrTooLarge
	}
	e, left, err := s.find(ctx, key)
	if err == nil && left > 0 && e.version == 0 {
		err = pavise.ErrKind
	}
	return e.value, e.version, err
}

// Swap implements [pavise.Store].
func (s *Store) Swap(ctx context.Context, key string, value []byte, version uint64, life time.Duration) (bool, error) {
	if len(key) > pavise.MaxKey || len(value) > pavise.MaxSealed {
		return false, pavise.ErrTooLarge
	}
	value = bytes.Clone(value) // whoever stops waiting may use its own again
	var did bool
	if err := s.do(ctx, func(b *batch) (err error) {
		did, err = b.swap(named(key), value, version, life)
		return err
	}); err != nil {
		return false, err
	}
	return did, nil
}

// Delete implements [pavise.Store].
func (s *Store) Delete(ctx context.Context, key string) error {
	if len(key) > pavise.MaxKey {
		return pavise.ErrTooLarge
	}
	return s.do(ctx, func(b *batch) error { return b.delete(named(key)) })
}

// find returns the entry that was last written, and how long it still lives: 0 is that
// there is none.
func (s *Store) find(ctx context.Context, key string) (e entry, left time.Duration, err error) {
	if err := ctx.Err(); err != nil {
		return entry{}, 0, s.away(err)
	}
	now, name := s.clock.now(), named(key)
	err = s.read(func(entries *bbolt.Bucket) error {
		text := entries.Get(name)
		if text == nil {
			return nil
		}
		found, err := decode(name, text)
		if err == nil && found.ends > now {
			e, left = found, time.Duration(found.ends-now)
			e.value = bytes.Clone(found.value)
		}
		return err
	})
	if err != nil {
		return entry{}, 0, s.away(err)
	}
	return e, left, nil
}
