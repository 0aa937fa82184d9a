package login_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"pavise"
	"pavise/controls/login"
)

var network6 = netip.MustParseAddr("2001:db8:1:2::3")

func ledger(t *testing.T, env pavise.Env) *login.Ledger {
	t.Helper()
	l, err := login.Guard{}.Ledger(env)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// guesses returns how many attempts on an account are let begin.
func guesses(t *testing.T, l *login.Ledger, times int, try login.Try) (begun int) {
	for range times {
		a, err := l.Begin(context.Background(), try)
		var refused *pavise.Refusal
		switch {
		case err == nil:
			begun++
			a.Settle(context.Background())
		case !errors.As(err, &refused) || refused.Status != 429 || refused.RetryAfter <= 0:
			t.Fatal(err)
		}
	}
	return begun
}

// TestAttempt: the first word counts, and saying nothing is a failure.
func TestAttempt(t *testing.T) {
	ctx := context.Background()
	try := login.Try{Accounts: []string{"alice"}, Client: network6}
	for what, tt := range map[string]struct {
		end  func(*login.Attempt)
		want int
	}{
		"fails":                {func(a *login.Attempt) { a.Fail(ctx) }, 10},
		"nothing":              {func(a *login.Attempt) { a.Settle(ctx) }, 10},
		"nobody settles":       {func(*login.Attempt) {}, 10},
		"in doubt":             {func(a *login.Attempt) { a.Doubt(ctx) }, 10},
		"succeeds":             {func(a *login.Attempt) { a.Succeed(ctx); a.Settle(ctx) }, 50},
		"cancelled":            {func(a *login.Attempt) { a.Cancel(ctx); a.Fail(ctx) }, 50},
		"fails, then succeeds": {func(a *login.Attempt) { a.Fail(ctx); a.Succeed(ctx); a.Cancel(ctx) }, 10},
		"succeeds twice":       {func(a *login.Attempt) { a.Succeed(ctx); a.Succeed(ctx) }, 50},
	} {
		l, begun := ledger(t, pavise.Env{}), 0
		for range 50 {
			if a, err := l.Begin(ctx, try); err == nil {
				begun++
				tt.end(a)
			}
		}
		if begun != tt.want {
			t.Errorf("%s: %d begun, want %d", what, begun, tt.want)
		}
	}
}

// TestInFlight: attempts that are not settled yet hold their place, and refused ones
// leave nothing behind.
func TestInFlight(t *testing.T) {
	ctx := context.Background()
	l := ledger(t, pavise.Env{})
	try := login.Try{Accounts: []string{"alice"}, Client: network6}
	var held []*login.Attempt
	for range 200 {
		if a, err := l.Begin(ctx, try); err == nil {
			held = append(held, a)
		}
	}
	if len(held) != 10 {
		t.Fatalf("%d at a time", len(held))
	}
	for _, a := range held {
		a.Cancel(ctx)
	}
	if got := guesses(t, l, 20, try); got != 10 {
		t.Errorf("%d afterwards", got)
	}
}

// TestSlowApp: a failure counts although its counter ended while the app was
// thinking.
func TestSlowApp(t *testing.T) {
	ctx, now := context.Background(), morning
	l := ledger(t, pavise.Env{Now: func() time.Time { return now }})
	try := login.Try{Accounts: []string{"alice"}, Client: network6}
	a, err := l.Begin(ctx, try)
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(31 * time.Minute)
	a.Fail(ctx)
	if got := guesses(t, l, 20, try); got != 9 {
		t.Errorf("%d afterwards", got)
	}
}

// TestWindow: no half an hour sees more than 20 guesses at an account, however they
// are spread.
func TestWindow(t *testing.T) {
	now := morning
	l := ledger(t, pavise.Env{Now: func() time.Time { return now }})
	var begun []time.Time
	for i := range 400 {
		if guesses(t, l, 1, login.Try{Accounts: []string{"alice"}, Client: netip.AddrFrom4([4]byte{203, 0, byte(i >> 8), byte(i)})}) == 1 {
			begun = append(begun, now)
		}
		now = now.Add(time.Duration(i*7919%173) * time.Second)
		if i%50 == 19 {
			now = now.Add(28 * time.Minute)
		}
	}
	for i := range begun {
		if i >= 20 && begun[i].Sub(begun[i-20]) < 30*time.Minute {
			t.Fatalf("21 guesses within %s", begun[i].Sub(begun[i-20]))
		}
	}
	if len(begun) < 40 {
		t.Errorf("only %d guesses: nothing was tested", len(begun))
	}
}

// TestSitesAreApart: what one site counts is nothing to another with the same store.
func TestSitesAreApart(t *testing.T) {
	env := pavise.Env{Store: pavise.NewMemory(nil), Secret: make([]byte, 32)}
	for _, host := range []string{"a.example.com", "b.example.com"} {
		env.Site.Hosts = []string{host}
		if got := guesses(t, ledger(t, env), 20, login.Try{Accounts: []string{"alice"}, Client: network6}); got != 10 {
			t.Errorf("%s: %d", host, got)
		}
	}
	if got := guesses(t, ledger(t, env), 20, login.Try{Accounts: []string{"alice"}, Client: network6}); got != 0 {
		t.Errorf("the same site again: %d", got)
	}
}

// TestMadeUpNames: more than the memory can hold neither make it grow nor free a
// blocked account. (With a million of them: TestMemoryIsBounded of package pavise.)
func TestMadeUpNames(t *testing.T) {
	ctx := context.Background()
	env := pavise.Env{}.Complete()
	l := ledger(t, env)
	victim := login.Try{Accounts: []string{"alice"}, Client: network6}
	guesses(t, l, 10, victim)
	strict, err := login.Guard{Failures: 3}.Ledger(env)
	if err != nil {
		t.Fatal(err)
	}
	carol := login.Try{Accounts: []string{"carol"}, Client: network6}
	guesses(t, strict, 3, carol)
	before := heap()
	for i := range 200_000 { // what others have left: the memory is about full
		env.Store.Add(ctx, fmt.Sprint("a counter of made-up names ", i), 1, time.Hour)
	}
	for i := range 20_000 { // of three counters each
		var address [16]byte
		binary.BigEndian.PutUint32(address[:], 0x20010db8)
		binary.BigEndian.PutUint32(address[4:], uint32(i/50))
		a, err := l.Begin(ctx, login.Try{Accounts: []string{fmt.Sprint("user", i)}, Client: netip.AddrFrom16(address)})
		if err != nil {
			t.Fatalf("name %d: %v", i, err)
		}
		a.Fail(ctx)
	}
	if grown := heap() - before; grown > 64<<20 {
		t.Errorf("the memory has grown by %d MiB", grown>>20)
	}
	if got := guesses(t, l, 5, victim) + guesses(t, strict, 5, carol); got != 0 {
		t.Errorf("%d more guesses at a blocked account", got)
	}
	if got := guesses(t, l, 1, login.Try{Accounts: []string{"bob"}, Client: network6}); got != 1 {
		t.Error("nobody else gets in any more")
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
