package acme

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"sync"
	"time"

	"pavise"
)

// A lock in the store ends by itself when the node that holds it has died.
const (
	lockLife  = 30 * time.Second
	lockRenew = lockLife / 3
	lockPoll  = time.Second
)

// errLost is that a lock has ended, or is another's, while we thought we held it.
var errLost = errors.New("the lock in the store was lost")

// A held lock is renewed until it is given back or lost.
type held struct {
	key, token string
	sure       time.Time // when it was last known to be ours
	stop       context.CancelFunc
	done       sync.WaitGroup
	lose       func(error) // ends the attempt that needs it

	mu   sync.Mutex
	lost bool
}

func lockKey(name string) string { return "acme/lock/" + digest(name) }

// Lock waits until the lock is ours. Work that has waited must be looked at anew.
func (s *shared) Lock(ctx context.Context, name string) error {
	for {
		if ours, err := s.TryLock(ctx, name); ours || err != nil {
			return err
		}
		spread, _ := rand.Int(rand.Reader, big.NewInt(int64(lockPoll/2)))
		if !pause(ctx, lockPoll/2+time.Duration(spread.Int64())) {
			return ctx.Err()
		}
	}
}

// TryLock takes the lock if nobody has it.
func (s *shared) TryLock(ctx context.Context, name string) (bool, error) {
	h := &held{key: lockKey(name), token: rand.Text(), lose: func(error) {}}
	if leave, ok := ctx.Value(attemptKey{}).(context.CancelCauseFunc); ok {
		h.lose = leave
	}
	h.sure = s.now() // it counts from before it was asked for
	err := patiently(ctx, func() error {
		owner, version, err := s.store.Get(ctx, h.key)
		switch {
		case err != nil:
			return err
		case string(owner) == h.token: // by a write of which we did not hear
			return nil
		case len(owner) > 0:
			return errTaken
		}
		done, err := s.store.Swap(ctx, h.key, []byte(h.token), version, lockLife)
		if err == nil && !done {
			err = errTaken
		}
		return err
	})
	switch {
	case errors.Is(err, errTaken):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("lock %s: %w", name, err)
	}
	renewing, stop := context.WithCancel(context.WithoutCancel(ctx))
	h.stop = stop
	s.mu.Lock()
	s.held[name] = h
	s.mu.Unlock()
	h.done.Go(func() { s.keep(renewing, name, h) })
	return true, nil
}

var errTaken = errors.New("another has the lock")

// keep renews the lock until it is stopped, or the lock is lost.
func (s *shared) keep(ctx context.Context, name string, h *held) {
	for pause(ctx, lockRenew) {
		if err := s.renew(ctx, h); errors.Is(err, errLost) {
			s.log(slog.LevelWarn, "a lock in the store was lost, and the attempt is ended", slog.String("lock", name))
			return
		}
	}
}

// renew lets the lock live on if it is still ours. Where the store is away nobody
// knows; it counts as lost when it would have ended.
func (s *shared) renew(ctx context.Context, h *held) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	asked := s.now()
	err := s.keepOwn(ctx, h, []byte(h.token))
	switch {
	case err == nil:
		h.sure = asked
	case errors.Is(err, errLost) || asked.Sub(h.sure) >= lockLife:
		h.lost = true
		h.lose(errLost)
		return errLost
	}
	return err
}

// keepOwn writes into the lock if it is still ours: the token, or nothing, by which
// it is free.
func (s *shared) keepOwn(ctx context.Context, h *held, value []byte) error {
	owner, version, err := s.store.Get(ctx, h.key)
	if err != nil {
		return err
	}
	if string(owner) != h.token {
		return errLost
	}
	done, err := s.store.Swap(ctx, h.key, value, version, lockLife)
	if err == nil && !done {
		err = errLost
	}
	return err
}

// Unlock gives the lock back, if it is still ours.
func (s *shared) Unlock(ctx context.Context, name string) error {
	s.mu.Lock()
	h := s.held[name]
	delete(s.held, name)
	s.mu.Unlock()
	if h == nil {
		return fmt.Errorf("unlock %s: it is not held", name)
	}
	h.stop()
	h.done.Wait()
	if h.lost {
		return fmt.Errorf("unlock %s: %w", name, errLost)
	}
	err := s.keepOwn(ctx, h, nil)
	if errors.Is(err, pavise.ErrAway) {
		return nil // it ends by itself, and nobody renews it
	}
	if err != nil {
		return fmt.Errorf("unlock %s: %w", name, err)
	}
	return nil
}
