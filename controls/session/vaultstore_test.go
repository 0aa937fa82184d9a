package session

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pavise"
)

// A moody store is full or away when it is told to be.
type moody struct {
	pavise.Store
	full, away atomic.Bool
	asked      atomic.Int64
}

func (m *moody) mood(writes bool) error {
	m.asked.Add(1)
	switch {
	case m.away.Load():
		return fmt.Errorf("moody: %w", pavise.ErrAway)
	case writes && m.full.Load():
		return fmt.Errorf("moody: %w", pavise.ErrFull)
	}
	return nil
}

func (m *moody) Add(ctx context.Context, key string, n int64, life time.Duration) (int64, time.Duration, error) {
	if err := m.mood(false); err != nil {
		return 0, 0, err
	}
	return m.Store.Add(ctx, key, n, life)
}

func (m *moody) Touch(ctx context.Context, key string, life time.Duration) (bool, error) {
	if err := m.mood(false); err != nil {
		return false, err
	}
	return m.Store.Touch(ctx, key, life)
}

func (m *moody) Get(ctx context.Context, key string) ([]byte, uint64, error) {
	if err := m.mood(false); err != nil {
		return nil, 0, err
	}
	return m.Store.Get(ctx, key)
}

func (m *moody) Swap(ctx context.Context, key string, value []byte, version uint64, life time.Duration) (bool, error) {
	if err := m.mood(version == 0); err != nil {
		return false, err
	}
	return m.Store.Swap(ctx, key, value, version, life)
}

func (m *moody) Delete(ctx context.Context, key string) error {
	if err := m.mood(false); err != nil {
		return err
	}
	return m.Store.Delete(ctx, key)
}

func moodyDesk(t *testing.T) (*desk, *moody) {
	m := new(moody)
	return newDesk(t, Vault{}, func(env *pavise.Env) { m.Store, env.Store = env.Store, m }), m
}

// TestFullStore: strangers who fill the store end no session, and begin theirs without
// it; once there is room, they are taken in.
func TestFullStore(t *testing.T) {
	d, store := moodyDesk(t)
	d.app = sets(sid)
	old := d.tab()
	old.ask("/")
	store.full.Store(true)
	b := d.tab()
	b.ask("/")
	if _, isToken := parseToken(handleOf(b)); handleOf(b) == "" || isToken || !d.noted("the store is full") {
		t.Fatalf("%q %q", b.lines, d.notes)
	}
	d.app = nil
	for _, each := range []*tab{old, b} {
		if each.ask("/"); d.heard != "connect.sid=s%3Aabc.def" {
			t.Errorf("the app heard %q", d.heard)
		}
	}
	sealed := b.line()
	d.app = sets(sid)
	b.ask("POST /login")
	d.app = nil
	if d.send("/", sealed); d.heard != "" {
		t.Errorf("the sealed handle of before the login opens %q", d.heard)
	}
	store.full.Store(false)
	d.now = d.now.Add(3 * time.Minute)
	if b.ask("/"); d.heard == "" {
		t.Error("the session is lost")
	}
	if _, isToken := parseToken(handleOf(b)); !isToken {
		t.Error("there is room, and the browser bears the session still")
	}
	last := b.line()
	b.ask("POST /logout")
	if d.send("/", last); d.heard != "" {
		t.Errorf("after the logout: %q", d.heard)
	}
}

// TestLogoutOfSealed: in a vault a logout ends what the browser bore, while the store
// takes a mark.
func TestLogoutOfSealed(t *testing.T) {
	d, store := moodyDesk(t)
	store.full.Store(true)
	d.app = sets(sid)
	b := d.tab()
	b.ask("/")
	copied := b.line()
	b.ask("POST /logout")
	d.app = nil
	if d.send("/", copied); d.heard != "" {
		t.Errorf("a copy of it opens %q", d.heard)
	}
}

func TestStoreAway(t *testing.T) {
	d, store := moodyDesk(t)
	d.app = sets(sid)
	known, leaving := d.tab(), d.tab()
	known.ask("POST /login")
	leaving.ask("POST /login")
	unknown := d.tab()
	unknown.ask("POST /login")
	d.open(Vault{}) // another node, that has seen only two of them
	d.app = nil
	known.ask("/")
	leaving.ask("/")
	store.away.Store(true)

	if known.ask("/"); d.heard != "connect.sid=s%3Aabc.def" || len(known.lines) != 0 {
		t.Errorf("known: the app heard %q, %q", d.heard, known.lines)
	}
	d.app = sets("connect.sid=s%3Aanother.a; Path=/; HttpOnly")
	if res := unknown.ask("/"); res.StatusCode != 200 || d.heard != "" || len(unknown.lines) != 0 {
		t.Errorf("unknown: %d, the app heard %q, %q", res.StatusCode, d.heard, unknown.lines)
	}
	if res := unknown.ask("POST /order"); res.StatusCode != 503 || res.Header.Get("Retry-After") == "" || len(unknown.lines) != 0 || !d.noted("when the store is back") {
		t.Errorf("unknown: %d %q", res.StatusCode, unknown.lines)
	}
	stranger := d.tab()
	if res := stranger.ask("POST /login"); res.StatusCode != 200 || handleOf(stranger) == "" {
		t.Errorf("a stranger: %d %q", res.StatusCode, stranger.lines)
	}
	d.app = sets("connect.sid=s%3Achanged.c; Path=/; HttpOnly")
	known.ask("/", "Sec-Fetch-Mode", "cors")
	d.app = nil
	if known.ask("/"); d.heard != "connect.sid=s%3Achanged.c" {
		t.Errorf("known, changed: the app heard %q", d.heard)
	}
	old := leaving.line()
	if leaving.ask("POST /logout"); handleOf(leaving) != "" {
		t.Error("the logout leaves the handle")
	}
	if d.send("/", old); d.heard != "" {
		t.Errorf("after the logout, still away: %q", d.heard)
	}
	if !d.noted("the store is away") {
		t.Error(d.notes)
	}

	storeIsBack(t, d, store, known, unknown, stranger, old)
}

func storeIsBack(t *testing.T, d *desk, store *moody, known, unknown, stranger *tab, ended string) {
	store.away.Store(false)
	d.now = d.now.Add(2 * time.Second)
	if known.ask("/"); d.heard != "connect.sid=s%3Achanged.c" {
		t.Errorf("back: the app heard %q", d.heard)
	}
	if unknown.ask("/"); d.heard != "connect.sid=s%3Aabc.def" {
		t.Errorf("back, unknown: the app heard %q", d.heard)
	}
	if !d.noted("the store is back") {
		t.Error(d.notes)
	}
	d.open(Vault{}) // a node that has nothing but the store
	if d.send("/", ended); d.heard != "" {
		t.Errorf("elsewhere the ended session opens %q", d.heard)
	}
	if known.ask("/"); d.heard != "connect.sid=s%3Achanged.c" {
		t.Errorf("elsewhere: the app heard %q", d.heard)
	}
	if stranger.ask("/"); d.heard == "" {
		t.Error("the stranger's session is lost")
	}
}

// TestCopiesAreBounded: a stranger with many sessions takes no more than there is.
func TestCopiesAreBounded(t *testing.T) {
	c := newCopies()
	value := strings.Repeat("v", 8000)
	for n := range maxCopies + 10 {
		j := jar{ends: 1 << 40}
		if n%3 == 0 {
			j.cookies = []appCookie{{name: "a", value: value, path: "/"}}
		}
		c.keep(fmt.Sprint(n), j, time.Unix(int64(n), 0), false)
	}
	if len(c.byToken) > maxCopies || c.bytes > maxCopyBytes {
		t.Errorf("%d copies, %d bytes", len(c.byToken), c.bytes)
	}
	size := 0
	for token, copy := range c.byToken {
		size += copy.size(token)
	}
	if size != c.bytes {
		t.Errorf("%d bytes are counted as %d", size, c.bytes)
	}
	d, store := moodyDesk(t)
	v := &vault{env: d.env, vaultMemory: &vaultMemory{copies: newCopies()}}
	store.away.Store(true)
	x := &pavise.Exchange{Request: must(http.NewRequest("GET", "https://shop.example.com/", nil))}
	for n := range maxEndedLater {
		v.endLater(x, fmt.Sprint("visitor ", n), visitor, time.Hour)
	}
	if len(v.copies.ended) != maxEndedLater/2 {
		t.Errorf("%d ends of visitors wait", len(v.copies.ended))
	}
	for n := range maxEndedLater {
		v.endLater(x, fmt.Sprint(n), member, time.Hour)
	}
	if len(v.copies.ended) != maxEndedLater || !d.noted("one more is not kept") {
		t.Errorf("%d ends wait", len(v.copies.ended))
	}
}

// TestOtherNodeWasLater: what changed here while the store was away does not take the
// place of what another node has written since it is back.
func TestOtherNodeWasLater(t *testing.T) {
	d, store := moodyDesk(t)
	d.app = sets(sid)
	b := d.tab()
	b.ask("/")
	b.ask("/")
	here := d.chain
	sent := []string{"Sec-Fetch-Mode", "cors"}
	store.away.Store(true)
	d.app = sets("connect.sid=s%3Aearly.e; Path=/; HttpOnly")
	b.ask("/", sent...)
	store.away.Store(false)
	d.open(Vault{})
	d.app = sets("connect.sid=s%3Alater.l; Path=/; HttpOnly")
	b.ask("/", sent...)
	d.app, d.chain = nil, here
	for range 2 {
		if b.ask("/"); d.heard != "connect.sid=s%3Alater.l" {
			t.Errorf("the app heard %q", d.heard)
		}
	}
}
