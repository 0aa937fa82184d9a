package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"pavise"
)

// Delete ends a session, also where it is just being given a new token, and also by
// the token of before. No error is that it has ended, whoever did it.
func (k *Keeper) Delete(ctx context.Context, rec *Record) error {
	if _, err := k.end(ctx, rec.key); err != nil {
		return err
	}
	_, err := k.DeleteOne(ctx, rec.user, rec.ID) // the token may have been replaced long ago
	return err
}

// DeleteOne ends the session of a user that has the id, and reports whether there was
// one.
func (k *Keeper) DeleteOne(ctx context.Context, user, id string) (bool, error) {
	n, err := k.endSome(ctx, user, func(e registered) bool { return e.id == id })
	return n > 0, err
}

// DeleteAll ends every session of a user but those with the ids, and tells how many.
// One that is just beginning or being given a new token does not outlive it. After an
// error some may be left: they are listed still, and may be ended once more.
func (k *Keeper) DeleteAll(ctx context.Context, user string, but ...string) (int, error) {
	return k.endSome(ctx, user, func(e registered) bool { return !slices.Contains(but, e.id) })
}

// end ends what stands under a key, and what it has become by new tokens; it reports
// whether anything was. It writes over the version that it has read, so nothing can
// come of it in between unseen.
func (k *Keeper) end(ctx context.Context, key string) (bool, error) {
	for range tries {
		rec, err := k.read(ctx, key)
		switch {
		case errors.Is(err, pavise.ErrSealed), errors.Is(err, errForm):
			return false, k.forget(ctx, key)
		case errors.Is(err, ErrNone):
			return false, nil
		case err != nil:
			return false, err
		}
		mark := &Record{About: About{Ends: rec.Ends}, state: ended, key: key}
		done, err := k.write(ctx, mark, rec.version, time.Second)
		switch {
		case err != nil:
			return false, err
		case !done:
		case rec.Former:
			key = rec.other // the session goes on there
		case rec.other != "":
			return true, k.forget(ctx, rec.other)
		default:
			return true, nil
		}
	}
	return false, fmt.Errorf("session: ending: %w", ErrChanged)
}

// forget deletes what is of no use to anybody.
func (k *Keeper) forget(ctx context.Context, key string) error {
	if err := k.env.Store.Delete(ctx, key); err != nil {
		return fmt.Errorf("session: ending: %w", err)
	}
	return nil
}
