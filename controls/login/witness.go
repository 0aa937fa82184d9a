package login

import (
	"context"
	"fmt"
	"time"

	"pavise"
)

// A witness asks the store for one login, in the time that this has for it, and takes
// down in the book what it says, and what it did not hear.
type witness struct {
	store pavise.Store
	book  *book
	reach *reach
	left  *time.Duration
}

// ask asks once. A client that goes away takes no time from the store.
func (w witness) ask(ctx context.Context, what func(context.Context) error) error {
	asked, began := w.reach.env.Now(), time.Now()
	err := fmt.Errorf("%w: too slow for a login", pavise.ErrAway)
	if *w.left > 0 {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), *w.left)
		defer cancel()
		err = what(ctx)
		*w.left -= time.Since(began)
	}
	if err != nil {
		w.reach.failed(err, asked)
	}
	return err
}

// Add counts in the store.
func (w witness) Add(ctx context.Context, key string, n int64, life time.Duration) (sum int64, left time.Duration, err error) {
	err = w.ask(ctx, func(ctx context.Context) (err error) {
		sum, left, err = w.store.Add(ctx, key, n, life)
		return err
	})
	if err == nil {
		w.book.see(key, sum, left)
	}
	return sum, left, err
}

// Touch lets a counter live anew in the store, or else here, until the store hears
// of it.
func (w witness) Touch(ctx context.Context, key string, life time.Duration) (there bool, err error) {
	err = w.ask(ctx, func(ctx context.Context) (err error) {
		there, err = w.store.Touch(ctx, key, life)
		return err
	})
	if err != nil {
		w.book.Touch(ctx, key, life)
	}
	return there, err
}

// repay tells the store what was counted without it. What it may have heard already,
// but has not confirmed, is told again: counted twice rather than not at all.
func (w witness) repay(ctx context.Context) error {
	if err := w.ask(ctx, func(ctx context.Context) error { return probe(ctx, w.store) }); err != nil {
		return err
	}
	for _, d := range w.book.unpaid() {
		if err := w.ask(ctx, func(ctx context.Context) error { return d.repay(ctx, w.store) }); err != nil {
			return err
		}
		w.book.pay(d)
	}
	return nil
}

func (d debt) repay(ctx context.Context, store pavise.Store) error {
	sum, left, err := store.Add(ctx, d.key, d.n, d.life)
	if err == nil && sum < d.least {
		sum, left, err = store.Add(ctx, d.key, d.least-sum, d.life)
	}
	if err == nil && sum > 0 && left < d.life {
		_, err = store.Touch(ctx, d.key, d.life)
	}
	return err
}
