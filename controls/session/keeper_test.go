package session

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"pavise"
)

var ctx = context.Background()

// A clock stands until it is set forward.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// A stage is a store in which a test may step in before an operation, or fail it.
type stage struct {
	pavise.Store
	before func(op, key string) error
}

func (s *stage) Get(ctx context.Context, key string) ([]byte, uint64, error) {
	if err := s.step("get", key); err != nil {
		return nil, 0, err
	}
	return s.Store.Get(ctx, key)
}

func (s *stage) Swap(ctx context.Context, key string, value []byte, version uint64, life time.Duration) (bool, error) {
	if err := s.step("swap", key); err != nil {
		return false, err
	}
	return s.Store.Swap(ctx, key, value, version, life)
}

func (s *stage) Delete(ctx context.Context, key string) error {
	if err := s.step("delete", key); err != nil {
		return err
	}
	return s.Store.Delete(ctx, key)
}

func (s *stage) step(op, key string) error {
	if s.before == nil {
		return nil
	}
	return s.before(op, key)
}

var secret = bytes.Repeat([]byte{7}, 32)

func newStage() (*stage, *clock) {
	c := &clock{at: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	return &stage{Store: pavise.NewMemory(c.now)}, c
}

func keep(t testing.TB, env pavise.Env, set Settings) *Keeper {
	t.Helper()
	if env.Secret == nil {
		env.Secret = secret
	}
	k, err := NewKeeper(env, set)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func keeper(t testing.TB, set Settings) (*Keeper, *stage, *clock) {
	s, c := newStage()
	return keep(t, pavise.Env{Store: s, Now: c.now}, set), s, c
}

func create(t testing.TB, k *Keeper, user, data string) (string, *Record) {
	t.Helper()
	token, rec, err := k.Create(ctx, user, "a browser", []byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return token, rec
}

func load(t testing.TB, k *Keeper, token string) *Record {
	t.Helper()
	rec, err := k.Load(ctx, token)
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

func mustBe(t testing.TB, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

func TestSessionIsKept(t *testing.T) {
	k, _, c := keeper(t, Settings{Purpose: "shop"})
	token, rec := create(t, k, "ada", "cart")
	if len(token) != 43 {
		t.Errorf("the token %q has not 256 bits", token)
	}
	got := load(t, k, token)
	if got.User != "ada" || string(got.Data) != "cart" || got.Label != "a browser" || got.ID != rec.ID || got.Former ||
		!got.Created.Equal(c.now()) || !got.Ends.Equal(c.now().Add(12*time.Hour)) {
		t.Errorf("loaded %+v", got)
	}
	got.Data = []byte("more")
	for range 3 { // again with what it then knows of the version
		if err := k.Update(ctx, got); err != nil {
			t.Fatal(err)
		}
	}
	if again := load(t, k, token); string(again.Data) != "more" || again.User != "ada" {
		t.Errorf("updated to %+v", again)
	}
	if err := k.Delete(ctx, got); err != nil {
		t.Fatal(err)
	}
	_, err := k.Load(ctx, token)
	mustBe(t, "load behind logout", err, ErrNone)
	mustBe(t, "ending twice", k.Delete(ctx, got), nil)
}

func TestTokensThatOpenNothing(t *testing.T) {
	k, s, c := keeper(t, Settings{Purpose: "shop"})
	token, _ := create(t, k, "", "")
	other := keep(t, pavise.Env{Store: s, Now: c.now}, Settings{Purpose: "blog"})
	if _, err := other.Load(ctx, token); !errors.Is(err, ErrNone) {
		t.Errorf("a token opens for another purpose: %v", err)
	}
	stranger := keep(t, pavise.Env{Store: s, Now: c.now, Secret: bytes.Repeat([]byte{8}, 32)}, Settings{Purpose: "shop"})
	if _, err := stranger.Load(ctx, token); !errors.Is(err, ErrNone) || !errors.Is(err, pavise.ErrSealed) {
		t.Errorf("opened with another secret: %v", err)
	}
	s.before = func(op, key string) error { t.Errorf("the store is asked for nonsense: %s %s", op, key); return nil }
	last := token[:42] + string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[1+strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", token[42])])
	for _, bad := range []string{"", "x", token + "A", token[1:], token[:42] + "=", token[:42] + "\n", last, strings.Repeat("A", 1<<20)} {
		_, err := k.Load(ctx, bad)
		mustBe(t, fmt.Sprintf("%.50q", bad), err, ErrNone)
	}
}

// What a thief of the store has opens no session, and names no user.
func TestStoreTellsNothing(t *testing.T) {
	k, s, _ := keeper(t, Settings{Purpose: "shop"})
	seen := map[string]bool{}
	var values bytes.Buffer
	s.before = func(_, key string) error { seen[key] = true; return nil }
	token, rec := create(t, k, "ada", "her cart")
	raw, _ := base64.RawURLEncoding.DecodeString(token)
	s.before = nil
	for key := range seen {
		value, _, err := s.Get(ctx, key)
		if err != nil {
			t.Fatal(err)
		}
		values.WriteString(key)
		values.Write(value)
	}
	for _, told := range []string{token, string(raw), "ada", "her cart", rec.ID, "a browser"} {
		if bytes.Contains(values.Bytes(), []byte(told)) {
			t.Errorf("the store tells %q", told)
		}
	}
	for key := range seen {
		if _, err := k.Load(ctx, strings.TrimPrefix(key, keyPrefix)); !errors.Is(err, ErrNone) {
			t.Errorf("a key of the store opens a session: %v", err)
		}
	}
}

// A value that was copied to another key of the store does not open there.
func TestRecordsStayAtTheirKey(t *testing.T) {
	k, s, _ := keeper(t, Settings{Purpose: "shop"})
	mine, rec := create(t, k, "eve", "")
	_, hers := create(t, k, "ada", "")
	value, _, _ := s.Get(ctx, hers.key)
	_, version, _ := s.Get(ctx, rec.key)
	if ok, err := s.Swap(ctx, rec.key, value, version, time.Hour); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if got, err := k.Load(ctx, mine); !errors.Is(err, ErrNone) {
		t.Errorf("loaded %+v, %v", got, err)
	}
	_, err := k.end(ctx, rec.key)
	mustBe(t, "ending it", err, nil)
	if _, version, _ := s.Get(ctx, rec.key); version != 0 {
		t.Error("what cannot be opened is not deleted")
	}
}

// A store that is dead is never taken for no session.
func TestDeadStoreIsNoEnd(t *testing.T) {
	k, s, c := keeper(t, Settings{Purpose: "shop"})
	token, rec := create(t, k, "ada", "")
	c.pass(5 * time.Minute)
	s.before = func(string, string) error { return pavise.ErrAway }
	_, loading := k.Load(ctx, token)
	_, _, creating := k.Create(ctx, "ada", "", nil)
	_, rotating := k.Rotate(ctx, rec, "ada")
	_, listing := k.List(ctx, "ada")
	_, all := k.DeleteAll(ctx, "ada")
	_, one := k.DeleteOne(ctx, "ada", rec.ID)
	for what, err := range map[string]error{"load": loading, "create": creating, "rotate": rotating, "list": listing, "all": all, "one": one,
		"update": k.Update(ctx, rec), "touch": k.Touch(ctx, rec), "delete": k.Delete(ctx, rec)} {
		mustBe(t, what, err, pavise.ErrAway)
		if errors.Is(err, ErrNone) || errors.Is(err, ErrEnded) || errors.Is(err, ErrChanged) {
			t.Errorf("%s: %v, as if it was known", what, err)
		}
	}
	s.before = nil
	load(t, k, token)
}

func TestBounds(t *testing.T) {
	k, _, _ := keeper(t, Settings{Purpose: "shop"})
	_, _, err := k.Create(ctx, "", "", make([]byte, MaxData+1))
	mustBe(t, "too much data", err, ErrTooLarge)
	_, _, err = k.Create(ctx, strings.Repeat("a", maxUser+1), "", nil)
	mustBe(t, "too long a user", err, ErrTooLarge)
	token, rec, err := k.Create(ctx, strings.Repeat("a", maxUser), strings.Repeat("ü", 1000), make([]byte, MaxData))
	if err != nil || len(rec.Label) > maxLabel {
		t.Errorf("the most: %v, a label of %d bytes", err, len(rec.Label))
	}
	rec = load(t, k, token)
	rec.Data = append(rec.Data, 1)
	mustBe(t, "one more", k.Update(ctx, rec), ErrTooLarge)
}

func TestSettings(t *testing.T) {
	for want, set := range map[string]Settings{
		"":                                 {InsecureIdle: time.Hour},
		"idle must be between a second":    {Idle: 16 * time.Minute},
		"absolute must be":                 {Absolute: 31 * 24 * time.Hour},
		"grace must be":                    {Grace: time.Hour},
		"not both":                         {Idle: time.Minute, InsecureIdle: time.Hour},
		"not be longer than absolute, 10m": {Idle: 11 * time.Minute, Absolute: 10 * time.Minute},
		"between 1 and 100":                {PerUser: 101},
	} {
		_, err := NewKeeper(pavise.Env{}, set)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%+v: %v, want %q", set, err, want)
		}
	}
	_, err := NewKeeper(pavise.Env{}, Settings{Idle: -1, Grace: -1, PerUser: -1})
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("not every mistake at once: %v", err)
	}
}

// Secrets are replaced without ending sessions, and what ends a user's ends those of
// before, too.
func TestSecretIsReplaced(t *testing.T) {
	s, c := newStage()
	set := Settings{Purpose: "shop"}
	was := keep(t, pavise.Env{Store: s, Now: c.now, Secret: secret}, set)
	env := pavise.Env{Store: s, Now: c.now, Secret: bytes.Repeat([]byte{9}, 32), Former: [][]byte{secret}}
	now := keep(t, env, set)
	env.Former = nil
	later := keep(t, env, set)

	token, _ := create(t, was, "ada", "")
	second, _ := create(t, was, "ada", "")
	mustBe(t, "touch", now.Touch(ctx, load(t, now, token)), nil)
	if _, err := later.Load(ctx, token); err != nil {
		t.Errorf("was not sealed again: %v", err)
	}
	third, _ := create(t, now, "ada", "")
	if list, err := now.List(ctx, "ada"); len(list) != 3 || err != nil {
		t.Errorf("listed %v, %v", list, err)
	}
	rotated, err := now.Rotate(ctx, load(t, now, second), "ada")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := now.DeleteAll(ctx, "ada"); n != 3 || err != nil {
		t.Errorf("ended %d, %v", n, err)
	}
	for _, token := range []string{token, second, rotated, third} {
		_, err := now.Load(ctx, token)
		mustBe(t, "load", err, ErrNone)
	}
}

// A clock that is a minute ahead on one of two nodes ends no session and keeps none.
func TestClocksDiffer(t *testing.T) {
	s, c := newStage()
	set := Settings{Purpose: "shop", Idle: time.Minute, Absolute: time.Hour}
	right := keep(t, pavise.Env{Store: s, Now: c.now}, set)
	ahead := keep(t, pavise.Env{Store: s, Now: func() time.Time { return c.now().Add(time.Minute) }}, set)
	token, _ := create(t, ahead, "ada", "")
	for i := range 200 {
		c.pass(15 * time.Second)
		k := right // for a while, and then the other
		if i%20 == 0 {
			k = ahead
		}
		rec, err := k.Load(ctx, token)
		if err != nil {
			t.Fatalf("ended in use after %d visits: %v", i, err)
		}
		mustBe(t, "touch", k.Touch(ctx, rec), nil)
	}
	c.pass(2 * time.Minute)
	_, err := right.Load(ctx, token)
	mustBe(t, "behind the idle time", err, ErrNone)
}

// Nodes and requests at the same time: whatever is done to a session, the count in it
// is exact, and behind the last logout there is nothing.
func TestManyAtOnce(t *testing.T) {
	s, c := newStage()
	nodes := []*Keeper{keep(t, pavise.Env{Store: s, Now: c.now}, Settings{}), keep(t, pavise.Env{Store: s, Now: c.now}, Settings{})}
	token, _ := create(t, nodes[0], "ada", "")
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for k := nodes[i%2]; ; {
				rec, err := k.Load(ctx, token)
				if err != nil {
					t.Error(err)
					return
				}
				rec.Data = append(rec.Data, 'x')
				if err := k.Update(ctx, rec); err == nil {
					return
				} else if !errors.Is(err, ErrChanged) {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := load(t, nodes[0], token); len(got.Data) != 16 {
		t.Errorf("%d of 16 changes are there", len(got.Data))
	}
}
