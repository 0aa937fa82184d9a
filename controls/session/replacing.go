package session

import (
	"context"
	"errors"
)

// Rotate gives a session a new token, writes its data, and makes it the user's from
// now on: there is no other way to change whose it is. If that is somebody else than
// before, a new login begins, with an id and an absolute end of its own.
//
// The token of before reads what was there before for the time of the grace, and
// nothing else. Of two rotations at the same time one is refused, and one that meets
// the end of the session never outlives it.
func (k *Keeper) Rotate(ctx context.Context, rec *Record, user string) (string, error) {
	if rec.Former {
		return "", ErrFormer
	}
	t := newToken()
	next, from := k.begin(t, user, rec.Label, rec.Data), ""
	if user == rec.user {
		next.ID, next.Created, next.Ends, from = rec.ID, rec.Created, rec.Ends, rec.key
	}
	next.changes, next.other = rec.changes+1, rec.key
	if err := k.enter(ctx, next, from); err != nil {
		return "", err
	}
	err := k.first(ctx, next)
	if err == nil {
		err = k.retire(ctx, rec, next.key)
	}
	if err != nil { // nobody has seen the new token
		return "", errors.Join(err, k.forget(ctx, next.key), k.leave(ctx, user, next.key))
	}
	if err := k.settle(ctx, next); err != nil {
		return "", err
	}
	if user != rec.user {
		k.leave(ctx, rec.user, rec.key) // see settle
	}
	*rec = *next
	return t.String(), nil
}

// retire leaves of a session what its token may still read, and where it has gone.
// From here on the token of before opens nothing.
func (k *Keeper) retire(ctx context.Context, rec *Record, to string) error {
	return k.replace(ctx, rec, func(version uint64) (bool, error) {
		was, err := k.read(ctx, rec.key) // the data of before, not what is written now
		if errors.Is(err, ErrNone) {
			return false, ErrEnded
		}
		if err != nil || was.version != version {
			return false, err
		}
		was.state, was.other = former, to
		return k.write(ctx, was, version, min(k.set.Grace, k.life(was)))
	})
}
