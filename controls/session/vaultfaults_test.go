package session

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pavise"
)

// A stumbling store is away at one operation, or from that on, and has done it or has
// not.
type stumbling struct {
	pavise.Store
	at    int  // 0: never
	done  bool // what it does not answer
	stays bool
	n     int
}

func (s *stumbling) stumbles() bool {
	s.n++
	return s.at != 0 && (s.n == s.at || s.stays && s.n > s.at)
}

// stumble does an operation, or not, and answers or not.
func stumble(s *stumbling, do func() error) error {
	if !s.stumbles() {
		return do()
	}
	if s.done {
		do()
	}
	return fmt.Errorf("stumbling: %w", pavise.ErrAway)
}

func (s *stumbling) Add(ctx context.Context, key string, n int64, life time.Duration) (sum int64, left time.Duration, err error) {
	err = stumble(s, func() (err error) { sum, left, err = s.Store.Add(ctx, key, n, life); return err })
	return sum, left, err
}

func (s *stumbling) Touch(ctx context.Context, key string, life time.Duration) (there bool, err error) {
	err = stumble(s, func() (err error) { there, err = s.Store.Touch(ctx, key, life); return err })
	return there, err
}

func (s *stumbling) Get(ctx context.Context, key string) (value []byte, version uint64, err error) {
	err = stumble(s, func() (err error) { value, version, err = s.Store.Get(ctx, key); return err })
	if err != nil {
		return nil, 0, err
	}
	return value, version, nil
}

func (s *stumbling) Swap(ctx context.Context, key string, value []byte, version uint64, life time.Duration) (done bool, err error) {
	err = stumble(s, func() (err error) { done, err = s.Store.Swap(ctx, key, value, version, life); return err })
	return done && err == nil, err
}

func (s *stumbling) Delete(ctx context.Context, key string) error {
	return stumble(s, func() error { return s.Store.Delete(ctx, key) })
}

// TestStumblingStore: wherever the store goes away while somebody logs in or out, and
// whether it has done what it does not answer or not, the handle of before opens
// nothing from then on: at this node at once, and at others when it is back.
func TestStumblingStore(t *testing.T) {
	for _, request := range []string{"POST /login", "POST /logout"} {
		for at := 1; at <= 14; at++ {
			for _, how := range []struct{ done, stays bool }{{false, false}, {true, false}, {false, true}, {true, true}} {
				name := fmt.Sprintf("%s, operation %d, done %v, stays away %v", request, at, how.done, how.stays)
				var s *stumbling
				d := newDesk(t, Vault{}, func(env *pavise.Env) {
					s = &stumbling{Store: env.Store}
					env.Store = s
				})
				d.app = sets(sid)
				b := d.tab()
				b.ask("/")
				b.ask("/")
				before := b.line()
				d.app = nil
				d.now = d.now.Add(5 * time.Hour) // its use is written down
				s.n, s.at, s.done, s.stays = 0, at, how.done, how.stays
				b.ask(request)
				heard := d.heard
				if heard == "" {
					continue // it was refused, or answered without a session
				}
				if d.send("/", before); d.heard != "" {
					t.Errorf("%s: the handle of before opens %q", name, d.heard)
				}
				s.at = 0
				d.now = d.now.Add(2 * time.Second)
				if d.send("/", before); d.heard != "" {
					t.Errorf("%s: back again, the handle of before opens %q", name, d.heard)
				}
				b.ask("/") // and what waits is written
				d.now = d.now.Add(2 * time.Second)
				d.send("/", "__Host-visit=AAAA")
				here := d.chain
				d.open(Vault{})
				if d.send("/", before); d.heard != "" {
					t.Errorf("%s: at another node the handle of before opens %q", name, d.heard)
				}
				d.chain = here
				if b.ask("/"); request == "POST /login" && d.heard != heard {
					t.Errorf("%s: who has logged in is not: %q %v", name, d.heard, b.cookies)
				}
			}
		}
	}
}
