package login_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pavise"
	"pavise/controls/login"
)

// An app lets alice and bob in, counts how often it is asked, and gives everybody
// who is let in a new session.
type app struct {
	asked atomic.Int64
	down  atomic.Bool
}

func (a *app) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := a.asked.Add(1)
	name, password := r.PostFormValue("username"), r.PostFormValue("password")
	switch {
	case a.down.Load():
		w.WriteHeader(http.StatusBadGateway)
	case (name == "alice" || name == "bob") && password == "right":
		w.Header().Set("Set-Cookie", fmt.Sprintf("connect.sid=new-%d; Path=/", n))
		http.Redirect(w, r, "/account", http.StatusFound)
	default:
		http.Redirect(w, r, "/login", http.StatusFound)
	}
}

// A stand is an app behind a guard, with a clock of its own.
type stand struct {
	t *testing.T
	app
	handler http.Handler
	clock   atomic.Int64
	notes   []pavise.Decision
	env     pavise.Env
}

var morning = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)

func (s *stand) now() time.Time       { return time.Unix(0, s.clock.Load()) }
func (s *stand) pass(d time.Duration) { s.clock.Add(int64(d)) }

func guarded(t *testing.T, guard login.Guard, with ...func(*pavise.Env)) *stand {
	s := &stand{t: t}
	s.clock.Store(morning.UnixNano())
	s.env = pavise.Env{Site: pavise.Site{Hosts: []string{"shop.example.com"}}, Now: s.now, Secret: make([]byte, 32)}
	var mu sync.Mutex
	s.env.Decide = func(d pavise.Decision) {
		mu.Lock()
		defer mu.Unlock()
		if d.Action == pavise.Noted {
			s.notes = append(s.notes, d)
		}
	}
	for _, set := range with {
		set(&s.env)
	}
	s.handler = wrapped(t, guard, s.env, &s.app)
	return s
}

func wrapped(t *testing.T, control pavise.Control, env pavise.Env, app http.Handler) http.Handler {
	t.Helper()
	chain, err := pavise.Recommend([]pavise.Control{control}).Wrap(env, app)
	if err != nil {
		t.Fatal(err)
	}
	return chain
}

func post(path, from, kind, body string) *http.Request {
	r := httptest.NewRequest("POST", "https://shop.example.com"+path, strings.NewReader(body))
	r.RemoteAddr = from
	if strings.Count(from, ":") == 0 {
		r.RemoteAddr = from + ":4000"
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	return r
}

const formType = "application/x-www-form-urlencoded"

func (s *stand) send(r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w.Result()
}

// login returns the response to one login by the form.
func (s *stand) login(from, name, password string, cookies ...*http.Cookie) *http.Response {
	r := post("/login", from, formType, "username="+name+"&password="+password)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	return s.send(r)
}

// guess sends wrong passwords, and returns how many the app was asked about.
func (s *stand) guess(times int, from, name string, cookies ...*http.Cookie) int64 {
	before := s.asked.Load()
	for range times {
		s.login(from, name, "wrong", cookies...)
	}
	return s.asked.Load() - before
}

func (s *stand) want(what string, got, want int64) {
	s.t.Helper()
	if got != want {
		s.t.Errorf("%s: the app was asked %d times, want %d", what, got, want)
	}
}
