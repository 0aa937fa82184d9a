package login_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"pavise"
	"pavise/controls/login"
)

// silent is an app whose answers tell nobody whether the password was right.
func silent(t *testing.T) *stand {
	guard := login.Guard{Routes: []login.Route{{Path: "/enter/**"}}}
	s := guarded(t, guard)
	s.handler = wrapped(t, guard, s.env, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked.Add(1)
		w.WriteHeader(http.StatusNoContent)
	}))
	return s
}

// TestSameAgain: whoever logs in with the same again guesses nothing, so where nobody can
// tell it counts once in half an hour; and other guesses are as many as ever.
func TestSameAgain(t *testing.T) {
	s := silent(t)
	again := func(times int) int64 {
		before := s.asked.Load()
		for i := range times {
			s.send(post("/login", "203.0.113.9", formType, fmt.Sprintf("username=alice&password=right&csrf_token=%d", i)))
		}
		return s.asked.Load() - before
	}
	s.want("the same", again(100), 100)
	guess := func(i int) { s.login("203.0.113.9", "alice", fmt.Sprint("guess", i)) }
	before := s.asked.Load()
	for i := range 30 {
		guess(i)
	}
	s.want("other guesses", s.asked.Load()-before, 9)
	s.want("the same, when the account is blocked", again(5), 0)
	s.pass(31 * time.Minute)
	s.want("the same, half an hour later", again(20), 20)
	before = s.asked.Load()
	for i := range 30 {
		guess(i)
	}
	s.want("other guesses, half an hour later", s.asked.Load()-before, 9)
}

// TestOtherGuesses: wherever an app may look for the password, another one is a new
// guess, and so is the same for another account.
func TestOtherGuesses(t *testing.T) {
	for what, request := range map[string]func(i int) *http.Request{
		"under another name": func(i int) *http.Request {
			return post("/login", "203.0.113.9", formType, fmt.Sprintf("username=alice&password=x&pin=%d", i))
		},
		"in the query": func(i int) *http.Request {
			return post(fmt.Sprintf("/login?p=%d", i), "203.0.113.9", formType, "username=alice&password=x")
		},
		"in the path": func(i int) *http.Request {
			return post(fmt.Sprintf("/enter/%d", i), "203.0.113.9", formType, "username=alice&password=x")
		},
		"in JSON": func(i int) *http.Request {
			return post("/login", "203.0.113.9", "application/json", fmt.Sprintf(`{"username":"alice","password":"x","more":{"pin":%d}}`, i))
		},
		"in Basic": func(i int) *http.Request {
			r := post("/login", "203.0.113.9", formType, "username=alice&password=x")
			r.SetBasicAuth("alice", fmt.Sprint(i))
			return r
		},
		"in a header": func(i int) *http.Request {
			r := post("/login", "203.0.113.9", formType, "username=alice&password=x")
			r.Header.Set("X-Password", fmt.Sprint(i))
			return r
		},
		"under the name of a token, below another": func(i int) *http.Request {
			return post("/login", "203.0.113.9", formType, fmt.Sprintf("username=alice&password=x&user[_token]=%d", i))
		},
		"where none is to be seen": func(int) *http.Request {
			return post("/enter/now", "203.0.113.9", formType, "username=alice&pin=1")
		},
	} {
		s := silent(t)
		for i := range 40 {
			s.send(request(i))
		}
		s.want(what, s.asked.Load(), 10)
	}
	s := silent(t)
	for i := range 140 {
		s.login("203.0.113.9", fmt.Sprint("user", i/2), "x")
	}
	if n := s.asked.Load(); n != 140 { // a tenth counts for the address
		t.Errorf("one password for many accounts: %d", n)
	}
}

// TestSameWrong: a password that is known to be wrong counts every time.
func TestSameWrong(t *testing.T) {
	s := guarded(t, login.Guard{})
	s.want("the same wrong password", s.guess(30, "203.0.113.9", "alice"), 10)
}

// TestSameRight: an app that lets one wrong password in, and no other, lends nobody more
// guesses for it: neither the browser that is known by it, nor others.
func TestSameRight(t *testing.T) {
	for _, known := range []bool{true, false} {
		s := guarded(t, login.Guard{})
		var device []*http.Cookie
		guessed := 0
		for i := range 500 {
			res := s.login("203.0.113.9", "alice", "right")
			if c := cookieOf(res); c != nil && known {
				device = []*http.Cookie{c}
			}
			if s.login("203.0.113.9", "alice", fmt.Sprint("guess", i), device...).StatusCode != http.StatusTooManyRequests {
				guessed++
			}
			s.login("203.0.113.9", "alice", "right", device...)
		}
		if guessed < 10 || guessed > 71 {
			t.Errorf("known browser: %v: %d guesses", known, guessed)
		}
	}
}

// TestTriedIsBounded: guesses without end fill no memory.
func TestTriedIsBounded(t *testing.T) {
	before := heap()
	l, err := login.Guard{}.Ledger(pavise.Env{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 17_000 {
		a, err := l.Begin(t.Context(), login.Try{Accounts: []string{fmt.Sprint("user", i)}, Secret: "x"})
		if err != nil {
			t.Fatal(err)
		}
		a.Doubt(t.Context())
	}
	if grown := heap() - before; grown > 16<<20 {
		t.Errorf("the memory has grown by %d MiB", grown>>20)
	}
}
