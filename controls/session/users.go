package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

var errRoom = errors.New("session: the user has as many as there may be")

// enter lists a session that is about to be written. Where it takes the place of one of
// the same user, whose key is from, that one needs no room.
func (k *Keeper) enter(ctx context.Context, rec *Record, from string) error {
	if rec.User == "" {
		return nil
	}
	if len(rec.User) > maxUser {
		return fmt.Errorf("%w: the name of a user of %d bytes, and %d is the most", ErrTooLarge, len(rec.User), maxUser)
	}
	for range tries {
		err := k.edit(ctx, k.names[0], rec.User, func(list register) (register, error) {
			room := k.set.PerUser
			if list.at(from) >= 0 {
				room++
			}
			if len(list) >= room {
				return nil, errRoom
			}
			return list.with(rec)
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

// succeed lists a session that is the one under a key by another token, if nobody is
// ending that: in the same register, or a logout everywhere that goes from one register
// to the next could miss both.
func (k *Keeper) succeed(ctx context.Context, rec *Record, from string) error {
	if rec.User == "" {
		return nil
	}
	for _, n := range k.names {
		found := false
		err := k.edit(ctx, n, rec.User, func(list register) (register, error) {
			at := list.at(from)
			if found = at >= 0 && !list[at].ending; !found {
				return list, nil
			}
			return list.with(rec)
		})
		if found || err != nil {
			return err
		}
	}
	return ErrEnded
}

// listed is no error if a session of the user is listed and nobody is ending it, else
// [ErrEnded].
func (k *Keeper) listed(ctx context.Context, user, key string) error {
	for _, n := range k.names {
		list, _, err := k.look(ctx, n, user)
		if err != nil {
			return err
		}
		if at := list.at(key); at >= 0 && !list[at].ending {
			return nil
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
		errs = append(errs, k.edit(ctx, n, user, func(list register) (register, error) {
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
		err := k.edit(ctx, n, user, func(list register) (register, error) {
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
	list, _, err := k.look(ctx, k.names[0], user)
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
	k.env.Note(nil, "session", fmt.Sprintf("a user has more than %d sessions: the oldest has ended", k.set.PerUser))
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
		list, _, err := k.look(ctx, n, user)
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
