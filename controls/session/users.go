package session

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"pavise"
)

var errRoom = errors.New("session: the user has as many as there may be")

// enter lists a session that is about to be written; from is the key of the same one
// that it replaces, if it does. One that is being ended is not replaced.
func (k *Keeper) enter(ctx context.Context, rec *Record, from string) error {
	if rec.User == "" {
		return nil
	}
	if len(rec.User) > maxUser {
		return fmt.Errorf("%w: the name of a user of %d bytes, and %d is the most", ErrTooLarge, len(rec.User), maxUser)
	}
	if from != "" {
		if err := k.listed(ctx, rec.User, from); err != nil {
			return err
		}
	}
	for range tries {
		err := k.edit(ctx, k.names[0].of(rec.User), func(list register) (register, error) {
			if from == "" && len(list) >= k.set.PerUser {
				return nil, errRoom
			}
			if len(list) > 2*mostPerUser {
				return nil, ErrChanged // so many replacements of one at once
			}
			return append(list, registered{id: rec.ID, key: rec.key, created: rec.Created, ends: rec.Ends}), nil
		})
		if err != errRoom {
			return err
		}
		if err := k.makeRoom(ctx, rec.User); err != nil {
			return err
		}
	}
	return ErrChanged
}

// listed is no error if a session of the user is listed and nobody is ending it, else
// [ErrEnded].
func (k *Keeper) listed(ctx context.Context, user, key string) error {
	for _, n := range k.names {
		list, _, err := k.look(ctx, n.of(user))
		if err != nil {
			return err
		}
		for _, e := range list {
			if e.key == key && !e.ending {
				return nil
			}
		}
	}
	return ErrEnded
}

// settle looks whether a session that was written may stay, or all of the user's were
// ended in the meantime. Then it takes what the session was before off the list.
func (k *Keeper) settle(ctx context.Context, rec *Record) error {
	if rec.User == "" {
		return nil
	}
	if err := k.listed(ctx, rec.User, rec.key); err != nil {
		_, ending := k.end(ctx, rec.key)
		return errors.Join(err, ending)
	}
	if rec.other != "" {
		k.leave(ctx, rec.User, rec.other) // what stays on the list is found ended when it is looked at
	}
	return nil
}

// leave takes a session off the list.
func (k *Keeper) leave(ctx context.Context, user, key string) error {
	return k.strike(ctx, user, func(e registered) bool { return e.key == key })
}

func (k *Keeper) strike(ctx context.Context, user string, which func(registered) bool) error {
	if user == "" {
		return nil
	}
	var errs []error
	for _, n := range k.names {
		errs = append(errs, k.edit(ctx, n.of(user), func(list register) (register, error) {
			return slices.DeleteFunc(list, which), nil
		}))
	}
	return errors.Join(errs...)
}

// endSome marks some sessions of a user, ends them, and takes them off the list, in
// this order. It tells how many had been alive.
func (k *Keeper) endSome(ctx context.Context, user string, which func(registered) bool) (int, error) {
	if user == "" {
		return 0, nil
	}
	marked := map[string]bool{} // by key
	for _, n := range k.names {
		err := k.edit(ctx, n.of(user), func(list register) (register, error) {
			for i, e := range list {
				if which(e) {
					list[i].ending, marked[e.key] = true, true
				}
			}
			return list, nil
		})
		if err != nil {
			return 0, err
		}
	}
	n := 0
	for key := range marked {
		alive, err := k.end(ctx, key)
		if err != nil {
			return n, err
		}
		if alive {
			n++
		}
	}
	return n, k.strike(ctx, user, func(e registered) bool { return marked[e.key] })
}

// makeRoom ends what nobody can use any more, or else the oldest session, and says so.
func (k *Keeper) makeRoom(ctx context.Context, user string) error {
	list, _, err := k.look(ctx, k.names[0].of(user))
	if err != nil {
		return err
	}
	oldest, gone := registered{}, map[string]bool{}
	for _, e := range list {
		_, err := k.read(ctx, e.key)
		if err != nil && !errors.Is(err, ErrNone) {
			return err
		}
		young := k.env.Now().Sub(e.created) < skew // it may be about to be written
		switch {
		case err != nil && !young:
			gone[e.key] = true
		case oldest.key == "" || e.created.Before(oldest.created):
			oldest = e
		}
	}
	if len(gone) > 0 {
		_, err := k.endSome(ctx, user, func(e registered) bool { return gone[e.key] })
		return err
	}
	if k.env.Decide != nil {
		k.env.Decide(pavise.Decision{Time: k.env.Now(), Action: pavise.Noted, Control: "session",
			Reason: fmt.Sprintf("a user has more than %d sessions: the oldest has ended", k.set.PerUser)})
	}
	_, err = k.endSome(ctx, user, func(e registered) bool { return e.id == oldest.id })
	return err
}

// List tells of a user's sessions, the one used last first.
func (k *Keeper) List(ctx context.Context, user string) ([]About, error) {
	if user == "" {
		return nil, nil
	}
	var all []About
	for _, n := range k.names {
		list, _, err := k.look(ctx, n.of(user))
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			rec, err := k.read(ctx, e.key)
			switch {
			case err == nil && !rec.Former:
				all = append(all, rec.About)
			case err != nil && !errors.Is(err, ErrNone):
				return nil, err
			}
		}
	}
	slices.SortFunc(all, func(a, b About) int { return b.Seen.Compare(a.Seen) })
	return all, nil
}
