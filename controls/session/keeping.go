package session

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Update writes the data and the label of a session, if nobody has changed either
// since it was loaded: else [ErrChanged]. A session that has ended is [ErrEnded].
func (k *Keeper) Update(ctx context.Context, rec *Record) error {
	if rec.Former {
		return ErrFormer
	}
	next := *rec
	next.User, next.Label = rec.user, cutLabel(rec.Label)
	next.changes, next.Seen = rec.changes+1, k.now()
	err := k.replace(ctx, rec, func(version uint64) (bool, error) {
		return k.write(ctx, &next, version, k.life(&next))
	})
	if err == nil {
		*rec = next
		rec.version, rec.stale = 0, false
	}
	return err
}

// replace writes over what stands under the key of a session, as long as that is
// still what was loaded: who has only touched it in the meantime has changed nothing.
func (k *Keeper) replace(ctx context.Context, rec *Record, write func(version uint64) (bool, error)) error {
	version := rec.version
	for range tries {
		if version == 0 {
			now, err := k.read(ctx, rec.key)
			switch {
			case errors.Is(err, ErrNone):
				return ErrEnded
			case err != nil:
				return err
			case now.Former:
				return ErrFormer
			case now.changes != rec.changes:
				return ErrChanged
			}
			version = now.version
		}
		if done, err := write(version); done || err != nil {
			return err
		}
		version = 0
	}
	return ErrChanged
}

// Touch says that a session is in use, if it is still there: it makes none. It
// writes only when a tenth of the idle time has passed, so a session that rests ends
// at most so much earlier than after the idle time, and never later.
func (k *Keeper) Touch(ctx context.Context, rec *Record) error {
	rested := k.env.Now().Sub(rec.Seen) // below 0: the clock of another node goes ahead
	if rec.Former || !rec.stale && rested >= 0 && rested < k.set.Idle/10 {
		return nil
	}
	next := *rec
	next.Seen = k.now()
	err := k.replace(ctx, rec, func(version uint64) (bool, error) {
		return k.write(ctx, &next, version, k.life(&next))
	})
	switch {
	case errors.Is(err, ErrChanged), errors.Is(err, ErrFormer):
		return nil // who did that was there just now
	case err == nil:
		rec.Seen, rec.version, rec.stale = next.Seen, 0, false
	}
	return err
}

// life is how long a session lives if nothing more is heard of it.
func (k *Keeper) life(rec *Record) time.Duration {
	return min(k.set.Idle, rec.Ends.Sub(k.env.Now()))
}

// write seals a session and writes it over a version, which is known.
func (k *Keeper) write(ctx context.Context, rec *Record, version uint64, life time.Duration) (bool, error) {
	switch {
	case len(rec.Data) > MaxData:
		return false, fmt.Errorf("%w: %d bytes of data, and %d is the most", ErrTooLarge, len(rec.Data), MaxData)
	case life <= 0:
		return false, ErrEnded
	}
	if rec.state == 0 {
		rec.state = alive
	}
	plain := appendRecord(make([]byte, 0, 256+len(rec.Data)), rec)
	done, err := k.env.Store.Swap(ctx, rec.key, k.ring.Seal(nil, plain, []byte(rec.key)), version, life)
	if err != nil {
		return false, fmt.Errorf("session: saving: %w", err)
	}
	return done, nil
}

// first writes a session where there is none yet.
func (k *Keeper) first(ctx context.Context, rec *Record) error {
	done, err := k.write(ctx, rec, 0, k.life(rec))
	if err == nil && !done {
		err = ErrChanged // two tokens of 256 bits are never the same
	}
	return err
}
