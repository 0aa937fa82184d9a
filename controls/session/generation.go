package session

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
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
// may live. They are numbers by lot; who has none has 0.
type generations struct {
	env   pavise.Env
	names []*naming
	life  time.Duration
}

// Of implements [Generations].
func (g *generations) Of(ctx context.Context, user string) (uint64, error) {
	for _, n := range g.names {
		value, version, err := g.env.Store.Get(ctx, n.of(user))
		if err != nil {
			return 0, fmt.Errorf("session: the generation of a user: %w", err)
		}
		if version != 0 && len(value) == 8 {
			return binary.BigEndian.Uint64(value), nil
		}
	}
	return 0, nil
}

// Next implements [Generations].
func (g *generations) Next(ctx context.Context, user string) error {
	name := g.names[0].of(user)
	for range tries {
		_, version, err := g.env.Store.Get(ctx, name)
		if err != nil {
			return fmt.Errorf("session: the generation of a user: %w", err)
		}
		value := make([]byte, 8)
		rand.Read(value)
		done, err := g.env.Store.Swap(ctx, name, value, version, g.life)
		if err != nil {
			return fmt.Errorf("session: the generation of a user: %w", err)
		}
		if done {
			return nil
		}
	}
	return fmt.Errorf("session: the generation of a user: %w", ErrChanged)
}

// hold lets a generation live as long as what is being sealed with it.
func (g *generations) hold(ctx context.Context, user string) error {
	for _, n := range g.names {
		if _, err := g.env.Store.Touch(ctx, n.of(user), g.life); err != nil {
			return fmt.Errorf("session: the generation of a user: %w", err)
		}
	}
	return nil
}
