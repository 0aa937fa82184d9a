package session

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"pavise"
)

// A logout that could not be is told so, and the browser keeps what it needs to log out
// once more.
func TestFailedLogoutMayBeRepeated(t *testing.T) {
	a, s, _ := keptShop(t)
	b := a.browser(t)
	b.get("/login?ada")
	token := b.cookie
	s.before = func(op, _ string) error {
		if op == "swap" {
			return pavise.ErrAway
		}
		return nil
	}
	a.at = func(s *Session, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Clear-Site-Data", `"cookies"`)
		if err := s.LogOut(); err != nil {
			t.Error(err)
		}
	}
	says(t, b, "/at", 503, "")
	if b.cookie != token || b.headers.Get("Clear-Site-Data") != "" {
		t.Error("the browser has forgotten a session that lives on")
	}
	s.before = nil
	says(t, b, "/logout", 200, "")
	b.cookie = token
	says(t, b, "/", 200, ":")
}

// Who logs in over the login of another gets nothing of it: neither what he kept, nor
// what he was allowed.
func TestLoginOverAnother(t *testing.T) {
	shops(t, func(t *testing.T, a *till, _ *stage, _ *clock) {
		b := a.browser(t)
		b.get("/login?ada")
		b.get("/put?secret")
		a.at = func(s *Session, _ http.ResponseWriter, _ *http.Request) {
			cart.Get(s)
			count.Set(s, 7)
			if err := s.LogIn("bob"); err != nil {
				t.Error(err)
			}
			if v, ok := cart.Get(s); ok {
				t.Errorf("bob is shown %q", v)
			}
		}
		says(t, b, "/at", 200, "")
		if _, body := b.get("/"); body != "bob:" {
			t.Errorf("bob has %q", body)
		}
		a.at = func(s *Session, _ http.ResponseWriter, _ *http.Request) {
			if n, _ := count.Get(s); n != 7 {
				t.Errorf("what was set with the login is %d", n)
			}
		}
		says(t, b, "/at", 200, "")
	})
}

// A renewal that was begun before a logout everywhere does not outlive it.
func TestRenewalDoesNotUndoLogOutEverywhere(t *testing.T) {
	shops(t, func(t *testing.T, a *till, _ *stage, _ *clock) {
		b := a.browser(t)
		b.get("/login?ada")
		a.at = func(s *Session, _ http.ResponseWriter, r *http.Request) {
			if err := errors.Join(a.EndAll(r.Context(), "ada"), s.Renew()); err != nil {
				t.Error(err)
			}
		}
		says(t, b, "/at", 409, "")
		says(t, b, "/", 200, ":")
	})
}

// Where the password changes, and somebody else has taken the session over by a renewal,
// that one ends, too.
func TestLogOutOthersMeetsATakeover(t *testing.T) {
	for _, when := range []string{"before", "meanwhile"} {
		a, _, _ := keptShop(t)
		ada, thief := a.browser(t), a.browser(t)
		ada.get("/login?ada")
		thief.cookie = ada.cookie
		a.at = func(s *Session, _ http.ResponseWriter, r *http.Request) {
			if when == "meanwhile" {
				says(t, thief, "/renew", 200, "")
			}
			if err := s.LogOutOthers(r.Context()); err != nil {
				t.Error(err)
			}
		}
		if when == "before" {
			says(t, thief, "/renew", 200, "")
		}
		says(t, ada, "/at", 409, "")
		if _, body := thief.get("/"); body != ":" {
			t.Errorf("%s: the thief is shown %q", when, body)
		}
	}
}

// While secrets are replaced, one node seals with the one and another with the other. A
// logout everywhere by either counts for both.
func TestRevokedWhileSecretsAreReplaced(t *testing.T) {
	store, c := newStage()
	older := []byte("the secret of 32 bytes of before")
	nodes := []*Sealer{
		sealer(t, pavise.Env{Store: store, Now: c.now, Secret: older, Former: [][]byte{secret}}, Settings{}),
		sealer(t, pavise.Env{Store: store, Now: c.now, Secret: secret, Former: [][]byte{older}}, Settings{}),
	}
	for round := range 4 {
		one, two := nodes[round%2], nodes[1-round%2]
		value := sealedFor(t, one, "ada", "")
		if _, err := two.Open(ctx, host, value); err != nil {
			t.Errorf("round %d: does not open at the other: %v", round, err)
		}
		mustBe(t, "end", nodes[round/2].EndAll(ctx, "ada"), nil)
		for i, node := range nodes {
			_, err := node.Open(ctx, host, value)
			mustBe(t, fmt.Sprintf("round %d, node %d", round, i), err, ErrNone)
		}
	}
	value := sealedFor(t, nodes[1], "ada", "")
	alone := sealer(t, pavise.Env{Store: store, Now: c.now, Secret: secret}, Settings{})
	if _, err := alone.Open(ctx, host, value); err != nil {
		t.Errorf("without the former secret: %v", err)
	}
}

// A handler whose answer was refused gets no connection either.
func TestNoHijackBehindAFailure(t *testing.T) {
	a, s, _ := keptShop(t)
	server := httptest.NewServer(a.Wrap(a))
	defer server.Close()
	a.at = func(s *Session, w http.ResponseWriter, r *http.Request) {
		cart.Set(s, "x")
		w.WriteHeader(http.StatusSwitchingProtocols)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			conn.Close()
			t.Error("hijacked")
		}
	}
	s.before = func(op, _ string) error {
		if op == "swap" {
			return pavise.ErrAway
		}
		return nil
	}
	resp, err := http.Get(server.URL + "/at")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 503 {
		t.Errorf("%s", resp.Status)
	}
}

// Where a store has forgotten who was logged out everywhere, nothing of before opens.
func TestForgottenGenerationsEndAll(t *testing.T) {
	store, c := newStage()
	s := sealer(t, pavise.Env{Store: store, Now: c.now}, Settings{})
	value := sealedFor(t, s, "ada", "")
	visitor := sealedFor(t, s, "", "cart")
	mustBe(t, "end", s.EndAll(ctx, "ada"), nil)
	store.Store = pavise.NewMemory(c.now)
	_, err := s.Open(ctx, host, value)
	mustBe(t, "a revoked cookie", err, ErrNone)
	_, err = s.Open(ctx, host, visitor)
	mustBe(t, "that of a visitor", err, nil)
	value = sealedFor(t, s, "ada", "")
	for range 3 {
		c.pass(14 * time.Minute)
		rec, err := s.Open(ctx, host, value)
		mustBe(t, "a new one", err, nil)
		if s.Due(rec) {
			value, _ = s.Seal(host, rec)
		}
	}
}

// A handler may use the session from many goroutines, also when its answer leaves.
func TestManyHandsOnOneSession(t *testing.T) {
	shops(t, func(t *testing.T, a *till, _ *stage, _ *clock) {
		b := a.browser(t)
		b.get("/login?ada")
		var late sync.WaitGroup
		a.at = func(s *Session, w http.ResponseWriter, r *http.Request) {
			for _, do := range []func(){
				func() { cart.Set(s, "x") }, func() { cart.Get(s) }, func() { count.Change(s, func(n int64) int64 { return n + 1 }) },
				func() { s.Renew() }, func() { s.LogOutOthers(ctx) }, func() { s.List(ctx) }, func() { s.User() }, func() { s.Since() },
				func() { s.Clear() }, func() { s.LogIn("ada") }, func() { s.LogIn("") },
			} {
				late.Go(func() {
					for range 5 {
						do()
					}
				})
			}
		}
		for range 20 {
			b.get("/at")
			late.Wait()
		}
	})
}

// What a handler has read of a form goes with the request.
func TestNoFileIsLeft(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	a, _, _ := keptShop(t)
	a.at = func(_ *Session, _ http.ResponseWriter, r *http.Request) {
		err := r.ParseMultipartForm(1)
		if files, _ := os.ReadDir(dir); len(files) != 1 || err != nil {
			t.Errorf("there are %v, %v", files, err)
		}
	}
	server := httptest.NewServer(a.Wrap(a))
	body := "--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n" + strings.Repeat("x", 1<<16) + "\r\n--x--\r\n"
	res, err := http.Post(server.URL+"/at", "multipart/form-data; boundary=x", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	server.Close()
	if files, _ := os.ReadDir(dir); len(files) > 0 {
		t.Errorf("%v are left", files)
	}
}

// What cannot be read whole is not there, and no part of it either.
func TestOtherTypeLeavesNothing(t *testing.T) {
	a, _, _ := keptShop(t)
	b := a.browser(t)
	type was struct{ Name, Age string }
	type is struct {
		Name string
		Age  int
	}
	a.at = func(s *Session, _ http.ResponseWriter, _ *http.Request) { JSON[was]("it").Set(s, was{"Ada", "36"}) }
	b.get("/at")
	a.at = func(s *Session, _ http.ResponseWriter, _ *http.Request) {
		if v, ok := JSON[is]("it").Get(s); ok || v != (is{}) {
			t.Errorf("has %+v", v)
		}
		JSON[is]("it").Change(s, func(v is) is {
			if v != (is{}) {
				t.Errorf("changes %+v", v)
			}
			return v
		})
	}
	b.get("/at")
}
