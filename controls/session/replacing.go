package session

import (
	"context"
	"errors"
	"time"
)

// LogIn gives a session a new token, writes its data, and makes it the user's from
// now on, with an id and an absolute end of its own: a login that has just succeeded.
// There is no other way to change whose a session is. Where it was a user's before,
// that session ends at once, and has no grace (ASVS 5.0 7.2.4).
func (k *Keeper) LogIn(ctx context.Context, rec *Record, user string) (string, error) {
	return k.rotate(ctx, rec, user, true)
}

// Rotate gives a session a new token and writes its data. Where the user is another
// than before it is LogIn, else id and absolute end stay.
//
// The token of before reads what was there before for the time of the grace, and
// nothing else. Of two rotations at the same time one is refused, and one that meets
// the end of the session never outlives it.
func (k *Keeper) Rotate(ctx context.Context, rec *Record, user string) (string, error) {
	return k.rotate(ctx, rec, user, user != rec.user)
}

func (k *Keeper) rotate(ctx context.Context, rec *Record, user string, anew bool) (string, error) {
	if rec.Former {
		return "", ErrFormer
	}
	t := newToken()
	next, list := k.begin(t, user, rec.Label, rec.Data), k.enter
	if !anew {
		next.ID, next.Created, next.Ends, list = rec.ID, rec.Created, rec.Ends, k.succeed
	}
	next.changes, next.other = rec.changes+1, rec.key
	if err := list(ctx, next, rec.key); err != nil {
		return "", err
	}
	err := k.first(ctx, next)
	if err == nil {
		err = k.retire(ctx, rec, next.key, anew && rec.user != "")
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
// From here on the token of before opens nothing; with over it does not read either.
func (k *Keeper) retire(ctx context.Context, rec *Record, to string, over bool) error {
	return k.replace(ctx, rec, func(version uint64) (bool, error) {
		was, err := k.read(ctx, rec.key) // the data of before, not what is written now
		if errors.Is(err, ErrNone) {
			return false, ErrEnded
		}
		if err != nil || was.version != version {
			return false, err
		}
		if over {
			return k.write(ctx, &Record{About: About{Ends: was.Ends}, state: ended, key: rec.key}, version, time.Second)
		}
		was.state, was.other = former, to
		return k.write(ctx, was, version, min(k.set.Grace, k.life(was)))
	})
}
