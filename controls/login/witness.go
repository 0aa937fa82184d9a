package login

import (
	"context"
	"time"

	"pavise"
)

// A witness asks the store, and takes down in the book what it says, and what it did
// not hear.
type witness struct {
	store pavise.Store
	book  *book
	reach *reach
}

func (w witness) Add(ctx context.Context, key string, n int64, life time.Duration) (int64, time.Duration, error) {
	asked := w.reach.env.Now()
	sum, left, err := w.store.Add(ctx, key, n, life)
	if err != nil {
		w.reach.failed(err, asked)
		return 0, 0, err
	}
	w.book.see(key, sum, left)
	return sum, left, nil
}

func (w witness) Touch(ctx context.Context, key string, life time.Duration) (bool, error) {
	asked := w.reach.env.Now()
	there, err := w.store.Touch(ctx, key, life)
	if err != nil {
		w.reach.failed(err, asked)
		w.book.Touch(ctx, key, life)
		return false, err
	}
	return there, nil
}

// repay tells the store what was counted without it. What it may have heard already,
// but has not confirmed, is told again: counted twice rather than not at all.
func (w witness) repay(ctx context.Context) error {
	if err := probe(ctx, w.store); err != nil {
		return err
	}
	for _, d := range w.book.unpaid() {
		sum, left, err := w.store.Add(ctx, d.key, d.n, d.life)
		if err == nil && sum > 0 && left < d.life {
			_, err = w.store.Touch(ctx, d.key, d.life)
		}
		if err != nil {
			return err
		}
		w.book.pay(d)
	}
	return nil
}
