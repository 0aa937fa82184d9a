package store

import (
	"context"
	"time"
)

// A through is a [Store] whose every operation is done where the function has it done.
type through func(ctx context.Context, do func(Store) error) error

// Add implements [pavise.Store].
func (t through) Add(ctx context.Context, key string, n int64, life time.Duration) (sum int64, left time.Duration, err error) {
	err = t(ctx, func(s Store) (err error) {
		sum, left, err = s.Add(ctx, key, n, life)
		return err
	})
	return sum, left, err
}

// Touch implements [pavise.Store].
func (t through) Touch(ctx context.Context, key string, life time.Duration) (there bool, err error) {
	err = t(ctx, func(s Store) (err error) {
		there, err = s.Touch(ctx, key, life)
		return err
	})
	return there, err
}

// Get implements [pavise.Store].
func (t through) Get(ctx context.Context, key string) (value []byte, version uint64, err error) {
	err = t(ctx, func(s Store) (err error) {
		value, version, err = s.Get(ctx, key)
		return err
	})
	return value, version, err
}

// Swap implements [pavise.Store].
func (t through) Swap(ctx context.Context, key string, value []byte, version uint64, life time.Duration) (did bool, err error) {
	err = t(ctx, func(s Store) (err error) {
		did, err = s.Swap(ctx, key, value, version, life)
		return err
	})
	return did, err
}

// Delete implements [pavise.Store].
func (t through) Delete(ctx context.Context, key string) error {
	return t(ctx, func(s Store) error { return s.Delete(ctx, key) })
}
