package login_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pavise"
	"pavise/controls/login"
)

// TestParallelGuesses: 5,000 guesses at once let no more through than 10 one after
// the other.
func TestParallelGuesses(t *testing.T) {
	s := guarded(t, login.Guard{})
	var refused atomic.Int64
	var wait sync.WaitGroup
	begin := make(chan struct{})
	for range 5000 {
		wait.Go(func() {
			<-begin
			if res := s.login("203.0.113.9", "alice", "wrong"); res.StatusCode == http.StatusTooManyRequests {
				refused.Add(1)
			}
		})
	}
	close(begin)
	wait.Wait()
	if n := s.asked.Load(); n < 1 || n > 10 || refused.Load() != 5000-n {
		t.Errorf("%d guesses reached the app, %d were refused", n, refused.Load())
	}
}

func TestBlockEnds(t *testing.T) {
	s := guarded(t, login.Guard{})
	s.want("ten guesses", s.guess(15, "203.0.113.9", "alice"), 10)
	res := s.login("203.0.113.9", "alice", "right")
	if res.StatusCode != 429 || res.Header.Get("Retry-After") != "1800" {
		t.Errorf("%d, Retry-After %q", res.StatusCode, res.Header.Get("Retry-After"))
	}
	s.pass(29 * time.Minute) // asking meanwhile prolongs nothing
	if res := s.login("203.0.113.9", "alice", "right"); res.StatusCode != 429 || res.Header.Get("Retry-After") != "60" {
		t.Errorf("%d, Retry-After %q", res.StatusCode, res.Header.Get("Retry-After"))
	}
	s.pass(61 * time.Second)
	if res := s.login("203.0.113.9", "alice", "right"); res.StatusCode != 302 {
		t.Error(res.StatusCode)
	}
}

func TestSuccessForgets(t *testing.T) {
	s := guarded(t, login.Guard{})
	for range 5 {
		s.want("nine guesses", s.guess(9, "203.0.113.9", "bob"), 9)
		s.pass(31 * time.Minute) // for the counter over all addresses
		if res := s.login("203.0.113.9", "bob", "right"); res.Header.Get("Location") != "/account" {
			t.Fatal(res.StatusCode)
		}
	}
	s.guess(9, "203.0.113.9", "alice")
	s.login("203.0.113.9", "alice", "right")
	s.want("after a success ten are free again", s.guess(12, "203.0.113.9", "alice"), 10)
}

// TestStrangersCannotLockOut: 40 addresses together get no more than 20 guesses at
// an account, and its owner, in a browser known from before, enters all the same.
func TestStrangersCannotLockOut(t *testing.T) {
	s := guarded(t, login.Guard{})
	device := cookieOf(s.login("198.51.100.1", "alice", "right"))
	if device == nil || !device.Secure || !device.HttpOnly || device.Path != "/" || device.Domain != "" || device.SameSite != http.SameSiteLaxMode {
		t.Fatalf("%+v", device)
	}
	var got int64
	for i := range 40 {
		got += s.guess(3, fmt.Sprintf("203.0.113.%d", i), "alice")
	}
	s.want("40 addresses", got, 20)
	if res := s.login("192.0.2.7", "alice", "right"); res.StatusCode != 429 {
		t.Errorf("an unknown browser: %d", res.StatusCode)
	}
	if res := s.login("192.0.2.7", "alice", "right", device); res.Header.Get("Location") != "/account" || cookieOf(res) == nil {
		t.Errorf("the known browser: %d", res.StatusCode)
	}
	s.want("a stolen device cookie", s.guess(40, "192.0.2.66", "alice", device), 10)
	s.want("from elsewhere too", s.guess(40, "192.0.2.67", "alice", device), 0)
}

func cookieOf(res *http.Response) *http.Cookie {
	for _, c := range res.Cookies() {
		if c.Name == pavise.DeviceCookie {
			return c
		}
	}
	return nil
}

// TestDeviceCookie: it is worth something for its own account, unchanged, alone and
// for half a year.
func TestDeviceCookie(t *testing.T) {
	s := guarded(t, login.Guard{})
	device := cookieOf(s.login("198.51.100.1", "alice", "right"))
	both := cookieOf(s.login("198.51.100.1", "bob", "right", device))
	lockOut := func() {
		for i := range 20 {
			s.guess(1, fmt.Sprintf("203.0.113.%d", i), "alice")
			s.guess(1, fmt.Sprintf("203.0.113.%d", i), "bob")
		}
	}
	lockOut()
	with := func(name, value string) int {
		return s.login("192.0.2.1", name, "right", &http.Cookie{Name: pavise.DeviceCookie, Value: value}).StatusCode
	}
	forged := strings.Replace(device.Value, device.Value[3:4], string(device.Value[3]^1), 1)
	for what, tt := range map[string]struct {
		account, value string
		want           int
	}{
		"its account":                {"alice", device.Value, 302},
		"another account":            {"bob", device.Value, 429},
		"both, the first":            {"alice", both.Value, 302},
		"both, the second":           {"bob", both.Value, 302},
		"changed":                    {"alice", forged, 429},
		"cut":                        {"alice", device.Value[:20], 429},
		"empty":                      {"alice", "", 429},
		"very long":                  {"alice", strings.Repeat(device.Value+".", 1000), 429},
		"of nonsense":                {"alice", "....", 429},
		"behind more than it can be": {"alice", strings.Repeat("x.", 100) + device.Value, 429},
	} {
		if got := with(tt.account, tt.value); got != tt.want {
			t.Errorf("%s: %d, want %d", what, got, tt.want)
		}
	}
	twice := post("/login", "192.0.2.1", formType, "username=alice&password=right")
	twice.Header.Set("Cookie", pavise.DeviceCookie+"="+device.Value+"; "+pavise.DeviceCookie+"=planted")
	if res := s.send(twice); res.StatusCode != 429 {
		t.Errorf("beside a planted one: %d", res.StatusCode)
	}
	s.pass(181 * 24 * time.Hour)
	lockOut()
	if got := with("alice", device.Value); got != 429 {
		t.Errorf("after half a year: %d", got)
	}
	value := ""
	for i := range 50 {
		l, err := login.Guard{}.Ledger(s.env)
		if err != nil {
			t.Fatal(err)
		}
		value = l.Remember(value, fmt.Sprint("user", i)).Value
	}
	if len(value) > 256 {
		t.Errorf("%d bytes", len(value))
	}
}

// TestDeviceCookieInClear: a cookie that anybody on the line can read is not given.
func TestDeviceCookieInClear(t *testing.T) {
	s := guarded(t, login.Guard{})
	r := post("/login", "192.0.2.1", formType, "username=alice&password=right")
	r.TLS = nil
	if res := s.send(r); res.StatusCode != 302 || cookieOf(res) != nil {
		t.Error(res.StatusCode, res.Cookies())
	}
}

// TestSpraying: one password for many accounts is a hundred guesses a day.
func TestSpraying(t *testing.T) {
	s := guarded(t, login.Guard{})
	spray := func() (got int64) {
		for i := range 150 {
			got += s.guess(1, "203.0.113.9", fmt.Sprint("user", i))
		}
		return got
	}
	s.want("many accounts", spray(), 100)
	if res := s.login("203.0.113.10", "alice", "right"); res.StatusCode != 302 {
		t.Errorf("another address: %d", res.StatusCode)
	}
	s.pass(24 * time.Hour)
	s.want("the next day", spray(), 100)
}

// TestSpellings: what the app takes for one account is one.
func TestSpellings(t *testing.T) {
	s := guarded(t, login.Guard{})
	var got int64
	for _, name := range []string{"josé", "JOSÉ", "%20jose%CC%81%20", "ｊｏｓé", "jo%E2%80%8Bse", "jose"} {
		got += s.guess(4, "203.0.113.9", name)
	}
	s.want("six spellings", got, 10)
	s.want("another name", s.guess(4, "203.0.113.9", "josef"), 4)
}

// TestRefusalIsExplained: the log says which limit was met, and names nobody.
func TestRefusalIsExplained(t *testing.T) {
	var saw string
	s := guarded(t, login.Guard{}, func(e *pavise.Env) {
		e.Decide = func(d pavise.Decision) { saw = d.Saw }
	})
	for want, from := range map[string]string{"one account from one address": "203.0.113.%[2]d", "one account from all addresses": "203.0.113.%[1]d"} {
		for i := range 25 {
			s.guess(1, fmt.Sprintf(from, i, len(want)), "user"+fmt.Sprint(len(want)))
		}
		if !strings.Contains(saw, want) || strings.Contains(saw, "user") {
			t.Errorf("%q, want %q", saw, want)
		}
	}
}

func TestNetworks(t *testing.T) {
	s := guarded(t, login.Guard{})
	var got int64
	for i := range 30 {
		got += s.guess(1, fmt.Sprintf("[2001:db8:1:2::%x]:4000", i+1), "alice")
	}
	s.want("one /64", got, 10)
	s.want("another /64", s.guess(3, "[2001:db8:1:3::1]:4000", "alice"), 3)
	s.want("an IPv4 address", s.guess(8, "203.0.113.1", "bob"), 8)
	s.want("the same, mapped", s.guess(8, "[::ffff:203.0.113.1]:4000", "bob"), 2)
}

// TestForwarded: what a client says of its address is no address.
func TestForwarded(t *testing.T) {
	s := guarded(t, login.Guard{})
	for i := range 30 {
		r := post("/login", "203.0.113.9", formType, "username=alice&password=wrong")
		r.Header.Set("X-Forwarded-For", fmt.Sprint("192.0.2.", i))
		r.Header.Set("Forwarded", fmt.Sprint("for=192.0.2.", i))
		s.send(r)
	}
	s.want("forged addresses", s.asked.Load(), 10)
}

// TestAppFails: while the app is down nobody is blocked; but an app that fails at
// every wrong password is no way around the guard.
func TestAppFails(t *testing.T) {
	s := guarded(t, login.Guard{})
	s.down.Store(true)
	s.want("an app that is down", s.guess(50, "203.0.113.9", "alice"), 50)
	s.down.Store(false)
	if res := s.login("203.0.113.9", "alice", "right"); res.StatusCode != 302 {
		t.Error(res.StatusCode)
	}
	s.down.Store(true)
	if got := s.guess(5000, "203.0.113.9", "alice"); got > 30 {
		t.Errorf("%d more guesses", got)
	}
}

// TestCancelled: who goes away before the answer has guessed all the same.
func TestCancelled(t *testing.T) {
	s := guarded(t, login.Guard{})
	asked := 0
	gone := func() {}
	s.handler = wrapped(t, login.Guard{}, s.env, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		gone()
		w.WriteHeader(http.StatusBadGateway) // as a proxy does for a client that is gone
	}))
	for range 20 {
		r := post("/login", "203.0.113.9", formType, "username=alice&password=wrong")
		ctx, cancel := context.WithCancel(r.Context())
		gone = cancel
		s.send(r.WithContext(ctx))
	}
	if asked != 10 {
		t.Errorf("the app was asked %d times", asked)
	}
}

// TestPanics: an app that breaks off has not said that the password was right.
func TestPanics(t *testing.T) {
	s := guarded(t, login.Guard{})
	asked := 0
	s.handler = wrapped(t, login.Guard{}, s.env, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		asked++
		panic(http.ErrAbortHandler)
	}))
	for range 20 {
		func() {
			defer func() { recover() }()
			s.login("203.0.113.9", "alice", "x")
		}()
	}
	if asked != 10 {
		t.Errorf("the app was asked %d times", asked)
	}
}

// TestSameBytes: nothing in a refusal tells whether there is such an account.
func TestSameBytes(t *testing.T) {
	s := guarded(t, login.Guard{})
	answer := func(name string) string {
		s.guess(10, "203.0.113.9", name)
		res := s.login("203.0.113.9", name, "right")
		body, _ := io.ReadAll(res.Body)
		id := res.Header.Get("X-Request-Id")
		res.Header.Del("X-Request-Id")
		return fmt.Sprint(res.Status, res.Header, strings.ReplaceAll(string(body), id, "ID"))
	}
	known, unknown := answer("alice"), answer("nobody")
	if known != unknown || !strings.HasPrefix(known, "429") {
		t.Errorf("known:   %s\nunknown: %s", known, unknown)
	}
}

// TestObserved: what would be refused is told, and reaches the app.
func TestObserved(t *testing.T) {
	s := guarded(t, login.Guard{})
	observed := 0
	s.env.Decide = func(d pavise.Decision) {
		if d.Action == pavise.Observed {
			observed++
		}
	}
	policy := pavise.Recommend([]pavise.Control{login.Guard{}})
	policy = append(policy, pavise.Setting{Control: login.Guard{}, Mode: pavise.Observe, Reason: "first look"})
	chain, err := policy.Wrap(s.env, &s.app)
	if err != nil {
		t.Fatal(err)
	}
	s.handler = chain
	for range 30 {
		s.login("203.0.113.9", "bob", "right")
	}
	s.want("observed", s.guess(15, "203.0.113.9", "alice"), 15)
	if observed != 5 {
		t.Errorf("%d were observed", observed)
	}
}
