package login

import (
	"context"
	"errors"
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
	err := errLate
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

// Add counts in the store. What is owed counts with it until it is told.
func (w witness) Add(ctx context.Context, key string, n int64, life time.Duration) (count, error) {
	sum, owed, left, err := w.tell(ctx, key, n, life)
	return count{sum: sum + owed, left: left}, err
}

func (w witness) tell(ctx context.Context, key string, n int64, life time.Duration) (sum, owed int64, left time.Duration, err error) {
	asked := w.book.asking()
	err = w.ask(ctx, func(ctx context.Context) (err error) {
		sum, left, err = w.store.Add(ctx, key, n, life)
		return err
	})
	if err == nil {
		owed = w.book.see(key, asked, sum, left)
	}
	return sum, owed, left, err
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

// TakeOff takes off in the store. What that has surely not heard it is told later.
func (w witness) TakeOff(ctx context.Context, key string, n int64, again bool) {
	if n = w.book.spend(key, n); n == 0 {
		return
	}
	if w.reach.state.Load() == away {
		w.book.TakeOff(ctx, key, n, again)
		return
	}
	if _, _, _, err := w.tell(ctx, key, -n, 0); err != nil && (again || unheard(err)) {
		w.book.TakeOff(ctx, key, n, again)
	}
}

// errLate is that the store was not asked, for want of time.
var errLate = fmt.Errorf("%w: too slow for a login", pavise.ErrAway)

// unheard reports whether the store has surely not done what it was asked for.
func unheard(err error) bool { return errors.Is(err, pavise.ErrFull) || errors.Is(err, errLate) }

// repay tells the store what it has not heard. What it may have heard already, but has
// not confirmed, is told again: a failure is counted twice rather than not at all.
func (w witness) repay(ctx context.Context) error {
	if err := w.ask(ctx, func(ctx context.Context) error { return probe(ctx, w.store) }); err != nil {
		return err
	}
	for _, d := range w.book.unpaid() {
		if err := w.pay(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

func (w witness) pay(ctx context.Context, d debt) error {
	sum, _, left, err := w.tell(ctx, d.key, d.n, d.life)
	if err == nil || d.n < 0 && !d.again && !unheard(err) {
		w.book.pay(d.key, d.n)
	}
	if err == nil && d.due && sum < d.least {
		sum, _, left, err = w.tell(ctx, d.key, d.least-sum, d.life)
	}
	if err == nil && sum > 0 && left < d.life {
		err = w.ask(ctx, func(ctx context.Context) error {
			_, err := w.store.Touch(ctx, d.key, d.life)
			return err
		})
	}
	if err == nil {
		w.book.done(d.key)
	}
	return err
}
