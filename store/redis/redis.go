// Package redis keeps a [pavise.Store] in Redis or Valkey: one server, a group that
// Sentinels watch, or a Cluster. Any number of nodes use it at once.
//
// Every operation is one command or one script on one key, so it is atomic. Lives are
// measured by the server, so clocks of nodes may differ. What was sent once is never
// sent again: an operation that fails with [pavise.ErrAway] has been done once or not
// at all.
package redis

import (
	"context"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/valkey-io/valkey-go"

	"pavise"
)

// A Store is a [pavise.Store] in Redis or Valkey. It connects when it is first asked
// something, and again whenever that is needed.
type Store struct {
	options Options
	client  valkey.ClientOption
	asking  chan struct{} // a place for each question under way

	mu      sync.Mutex
	attempt *attempt
	closed  bool
}

// Open returns the store that the options describe. It asks nobody yet: a server that
// is away keeps nothing from starting. [Store.Check] tells how it is.
func Open(o Options) (*Store, error) {
	o = o.complete()
	client, err := o.client()
	if err != nil {
		return nil, err
	}
	return &Store{options: o, client: client, asking: make(chan struct{}, maxAsking)}, nil
}

// Add implements [pavise.Store].
func (s *Store) Add(ctx context.Context, key string, n int64, life time.Duration) (int64, time.Duration, error) {
	if len(key) > pavise.MaxKey {
		return 0, 0, pavise.ErrTooLarge
	}
	n = min(max(n, -pavise.MaxCount), pavise.MaxCount)
	keys := []string{s.options.Prefix + key}
	args := []string{strconv.FormatInt(n, 10), milliseconds(life), strconv.FormatInt(pavise.MaxCount, 10)}
	answer, err := s.ask(ctx, func(ctx context.Context, c valkey.Client) valkey.ValkeyResult {
		return add.Exec(ctx, c, keys, args)
	})
	if err != nil {
		return 0, 0, err
	}
	list, err := answer.AsIntSlice()
	switch {
	case err != nil || len(list) != 2:
		return 0, 0, away(errAnswer)
	case list[0] < 0:
		return 0, 0, pavise.ErrKind
	}
	return list[0], duration(list[1]), nil
}

// Touch implements [pavise.Store].
func (s *Store) Touch(ctx context.Context, key string, life time.Duration) (bool, error) {
	if len(key) > pavise.MaxKey {
		return false, pavise.ErrTooLarge
	}
	key = s.options.Prefix + key
	answer, err := s.ask(ctx, func(ctx context.Context, c valkey.Client) valkey.ValkeyResult {
		return c.Do(ctx, c.B().Arbitrary("PEXPIRE").Keys(key).Args(milliseconds(life)).Build())
	})
	if err != nil {
		return false, err
	}
	there, err := answer.AsInt64()
	if err != nil {
		return false, away(errAnswer)
	}
	return there == 1, nil
}

// Get implements [pavise.Store].
func (s *Store) Get(ctx context.Context, key string) ([]byte, uint64, error) {
	if len(key) > pavise.MaxKey {
		return nil, 0, pavise.ErrTooLarge
	}
	key = s.options.Prefix + key
	answer, err := s.ask(ctx, func(ctx context.Context, c valkey.Client) valkey.ValkeyResult {
		return c.Do(ctx, c.B().Get().Key(key).Build())
	})
	if err != nil || answer.IsNil() {
		return nil, 0, err
	}
	kept, err := answer.AsBytes()
	switch {
	case err != nil:
		return nil, 0, away(errAnswer)
	case len(kept) < headBytes || kept[0] != 'v':
		return nil, 0, pavise.ErrKind
	}
	return kept[headBytes:], binary.BigEndian.Uint64(kept[1:]), nil
}

// headBytes are the letter and the version before a value.
const headBytes = 9

// Swap implements [pavise.Store]. A version is 63 bits by lot, so that none comes
// again, whoever writes and whatever the server has forgotten.
func (s *Store) Swap(ctx context.Context, key string, value []byte, version uint64, life time.Duration) (bool, error) {
	if len(key) > pavise.MaxKey || len(value) > pavise.MaxSealed {
		return false, pavise.ErrTooLarge
	}
	keys := []string{s.options.Prefix + key}
	args := []string{head(version), head(1+uint64(rand.Int64N(math.MaxInt64))) + string(value), milliseconds(life)}
	answer, err := s.ask(ctx, func(ctx context.Context, c valkey.Client) valkey.ValkeyResult {
		return swap.Exec(ctx, c, keys, args)
	})
	if err != nil {
		return false, err
	}
	done, err := answer.AsInt64()
	switch {
	case err != nil:
		return false, away(errAnswer)
	case done < 0:
		return false, pavise.ErrKind
	}
	return done == 1, nil
}

// head is what stands before a value of a version; nothing does before none.
func head(version uint64) string {
	if version == 0 {
		return ""
	}
	return string(binary.BigEndian.AppendUint64([]byte("v"), version))
}

// Delete implements [pavise.Store].
func (s *Store) Delete(ctx context.Context, key string) error {
	if len(key) > pavise.MaxKey {
		return pavise.ErrTooLarge
	}
	key = s.options.Prefix + key
	_, err := s.ask(ctx, func(ctx context.Context, c valkey.Client) valkey.ValkeyResult {
		return c.Do(ctx, c.B().Del().Key(key).Build())
	})
	return err
}

// milliseconds writes a life as the server takes it: rounded up, so that the shortest
// is one, and 0 if there is none.
func milliseconds(life time.Duration) string {
	ms := max(0, life) / time.Millisecond
	if life > ms*time.Millisecond {
		ms++
	}
	return strconv.FormatInt(int64(ms), 10)
}

func duration(ms int64) time.Duration {
	return time.Duration(min(max(0, ms), math.MaxInt64/int64(time.Millisecond))) * time.Millisecond
}
