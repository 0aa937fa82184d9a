package session

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"pavise"
)

// Generations are how sealed cookies are revoked, which no store knows: each bears the
// generation of its user, and counts only as long as that is the user's generation.
// One may be a column in the program's own table of users.
type Generations interface {
	// Of returns the generation of a user.
	Of(ctx context.Context, user string) (uint64, error)
	// Next gives a user a generation that there has not been before.
	Next(ctx context.Context, user string) error
}

// generations are kept in a Store, for as long as something that was sealed with them
// may live. They begin by lot, and grow. Who has none has that of nobody (""), which is
// for ever: so where a store has forgotten who was logged out everywhere, nothing that
// was sealed before opens. While secrets are replaced there may be one under the name of
// each, and the greatest counts.
type generations struct {
	env   pavise.Env
	names []*naming
	life  time.Duration
}

// Of implements [Generations].
func (g *generations) Of(ctx context.Context, user string) (uint64, error) {
	if latest, _, err := g.greatest(ctx, user); latest != 0 || err != nil {
		return latest, err
	}
	latest, first, err := g.greatest(ctx, "")
	if err != nil || latest != 0 && latest == first {
		return latest, err
	}
	if latest == 0 {
		latest = later(0)
	}
	if err := g.raise(ctx, "", latest, math.MaxInt64); err != nil {
		return 0, err
	}
	latest, _, err = g.greatest(ctx, "")
	return latest, err
}

// greatest returns the latest generation under any name, and that under the first.
func (g *generations) greatest(ctx context.Context, user string) (latest, first uint64, err error) {
	for i, n := range g.names {
		one, _, err := g.under(ctx, n, user)
		if err != nil {
			return 0, 0, err
		}
		if latest = max(latest, one); i == 0 {
			first = one
		}
	}
	return latest, first, nil
}

// under returns the generation that a user has under one name, and its version.
func (g *generations) under(ctx context.Context, n *naming, user string) (one, version uint64, err error) {
	value, version, err := g.env.Store.Get(ctx, n.of(user))
	if err != nil {
		return 0, 0, fmt.Errorf("session: the generation of a user: %w", err)
	}
	if len(value) == 8 {
		one = binary.BigEndian.Uint64(value)
	}
	return one, version, nil
}

// Next implements [Generations].
func (g *generations) Next(ctx context.Context, user string) error {
	for range tries {
		latest, err := g.Of(ctx, user)
		if err != nil {
			return err
		}
		next := later(latest)
		if err := g.raise(ctx, user, next, g.life); err != nil {
			return err
		}
		if latest, err = g.Of(ctx, user); err != nil || latest == next {
			return err // else somebody else was faster, and has not ended what began since
		}
	}
	return fmt.Errorf("session: the generation of a user: %w", ErrChanged)
}

// later returns a generation behind another, which nobody can have had: not even where
// the store has forgotten all.
func later(than uint64) uint64 {
	var lot [8]byte
	rand.Read(lot[:])
	if than == 0 {
		return 1 + binary.BigEndian.Uint64(lot[:])>>2
	}
	return than + 1 + uint64(binary.BigEndian.Uint32(lot[:]))
}

// raise writes a generation under the name of now, unless there is as late a one, or
// somebody else writes at the same time.
func (g *generations) raise(ctx context.Context, user string, next uint64, life time.Duration) error {
	one, version, err := g.under(ctx, g.names[0], user)
	if err != nil || one >= next {
		return err
	}
	_, err = g.env.Store.Swap(ctx, g.names[0].of(user), binary.BigEndian.AppendUint64(nil, next), version, life)
	if err != nil {
		return fmt.Errorf("session: the generation of a user: %w", err)
	}
	return nil
}

// hold lets a generation live as long as what is being sealed with it, and under the
// name of now. One that is that of nobody needs no holding.
func (g *generations) hold(ctx context.Context, user string) error {
	latest, _, err := g.greatest(ctx, user)
	if err == nil && latest != 0 {
		err = g.raise(ctx, user, latest, g.life)
	}
	if err != nil {
		return err
	}
	for _, n := range g.names {
		if _, err := g.env.Store.Touch(ctx, n.of(user), g.life); err != nil {
			return fmt.Errorf("session: the generation of a user: %w", err)
		}
	}
	return nil
}
