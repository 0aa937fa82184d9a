package session

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"pavise"
)

// A browser keeps the cookie of one host.
type browser struct {
	t       testing.TB
	h       http.Handler
	s       *Sessions
	cookie  string
	headers http.Header // of the last answer
}

func (b *browser) get(path string) (int, string) {
	w := b.ask(path)
	b.take(w)
	return w.Code, w.Body.String()
}

// ask asks with the cookie of now, and leaves what the answer sets.
func (b *browser) ask(path string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", "https://shop.example.com"+path, nil)
	r.Header.Set("User-Agent", "a browser")
	if b.cookie != "" {
		r.AddCookie(&http.Cookie{Name: b.s.cookie.name, Value: b.cookie})
	}
	w := httptest.NewRecorder()
	b.h.ServeHTTP(w, r)
	return w
}

func (b *browser) take(w *httptest.ResponseRecorder) {
	b.headers = w.Result().Header
	for _, c := range w.Result().Cookies() {
		if c.Name == b.s.cookie.name {
			b.cookie = c.Value
		}
	}
}

var (
	cart  = String("cart")
	count = Int("count")
)

// A till is an app that does with its session what the path says. What a test puts in
// at "/at" runs in the middle of a request.
type till struct {
	*http.ServeMux
	*Sessions
	at func(*Session, http.ResponseWriter, *http.Request)
}

func newShop(t testing.TB, c Config) *till {
	t.Helper()
	if c.Env.Secret == nil {
		c.Env.Secret = secret
	}
	sessions, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	a := &till{ServeMux: http.NewServeMux(), Sessions: sessions}
	on := func(path string, do func(*Session, *http.Request) error) {
		a.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			if err := do(sessions.From(r), r); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		})
	}
	a.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s := sessions.From(r)
		in, _ := cart.Get(s)
		io.WriteString(w, s.User()+":"+in)
	})
	on("/put", func(s *Session, r *http.Request) error { return cart.Set(s, r.URL.RawQuery) })
	on("/count", func(s *Session, r *http.Request) error { return count.Change(s, func(n int64) int64 { return n + 1 }) })
	on("/login", func(s *Session, r *http.Request) error { return s.LogIn(r.URL.RawQuery) })
	on("/logout", func(s *Session, _ *http.Request) error { return s.LogOut() })
	on("/renew", func(s *Session, _ *http.Request) error { return s.Renew() })
	on("/everywhere", func(s *Session, r *http.Request) error { return s.LogOutEverywhere(r.Context()) })
	on("/others", func(s *Session, r *http.Request) error { return s.LogOutOthers(r.Context()) })
	a.HandleFunc("/at", func(w http.ResponseWriter, r *http.Request) { a.at(sessions.From(r), w, r) })
	return a
}

func (a *till) browser(t testing.TB) *browser { return &browser{t: t, h: a.Wrap(a), s: a.Sessions} }

// shops are the app with sessions in a store, and in sealed cookies.
func shops(t *testing.T, test func(*testing.T, *till, *stage, *clock)) {
	for _, name := range []string{"kept", "sealed"} {
		t.Run(name, func(t *testing.T) {
			s, c := newStage()
			test(t, newShop(t, Config{Env: pavise.Env{Store: s, Now: c.now}, Sealed: name == "sealed"}), s, c)
		})
	}
}

func keptShop(t *testing.T) (*till, *stage, *clock) {
	s, c := newStage()
	return newShop(t, Config{Env: pavise.Env{Store: s, Now: c.now}}), s, c
}

func says(t testing.TB, b *browser, path string, status int, want string) {
	t.Helper()
	if code, body := b.get(path); code != status || !strings.Contains(body, want) {
		t.Errorf("%s: %d %q, want %d %q", path, code, body, status, want)
	}
}

func TestVisit(t *testing.T) {
	shops(t, func(t *testing.T, a *till, s *stage, c *clock) {
		b := a.browser(t)
		says(t, b, "/", 200, ":")
		if b.cookie != "" {
			t.Error("a visitor who has nothing gets a cookie")
		}
		says(t, b, "/put?apple", 200, "")
		line, control := b.headers.Get("Set-Cookie"), b.headers.Get("Cache-Control")
		if line != "__Host-id="+b.cookie+"; Path=/; Secure; HttpOnly; SameSite=Lax" || control != "no-store" {
			t.Errorf("sets %q with %q", line, control)
		}
		planted := b.cookie
		says(t, b, "/login?ada", 200, "")
		if b.cookie == planted {
			t.Error("the login leaves the cookie as it was")
		}
		says(t, b, "/", 200, "ada:apple")
		c.pass(10 * time.Minute)
		says(t, b, "/", 200, "ada:apple")
		c.pass(10 * time.Minute)
		says(t, b, "/", 200, "ada:apple")
		says(t, b, "/logout", 200, "")
		if b.cookie != "" || !strings.Contains(b.headers.Get("Set-Cookie"), "Max-Age=0") {
			t.Errorf("the browser keeps %q", b.headers.Get("Set-Cookie"))
		}
		says(t, b, "/", 200, ":")
		says(t, b, "/login?ada", 200, "")
		c.pass(15 * time.Minute)
		if _, body := b.get("/"); body != ":" {
			t.Errorf("after 15 minutes of rest: %q", body)
		}
	})
}

func TestFixation(t *testing.T) {
	a, _, c := keptShop(t)
	eve, ada := a.browser(t), a.browser(t)
	eve.get("/put?trap")
	ada.cookie = eve.cookie
	says(t, ada, "/login?ada", 200, "")
	says(t, eve, "/", 200, ":trap")
	says(t, eve, "/put?more", 409, "changed")
	says(t, eve, "/renew", 200, "")
	says(t, eve, "/logout", 200, "") // whoever bears the token may end it, and nothing else
	c.pass(time.Minute)
	says(t, eve, "/", 200, ":")
}

// The request that is slow was begun before the logout, and ends behind it.
func TestSlowRequestDoesNotUndoLogout(t *testing.T) {
	for name, late := range map[string]func(*Session) error{
		"save":  func(s *Session) error { return cart.Set(s, "late") },
		"touch": func(*Session) error { return nil },
		"renew": func(s *Session) error { return s.Renew() },
	} {
		a, _, c := keptShop(t)
		b, other := a.browser(t), a.browser(t)
		b.get("/login?ada")
		token := b.cookie
		other.cookie = token
		c.pass(5 * time.Minute)
		a.at = func(s *Session, w http.ResponseWriter, r *http.Request) {
			says(t, other, "/logout", 200, "")
			if err := late(s); err != nil {
				t.Error(err)
			}
		}
		w := b.ask("/at")
		if want := map[bool]int{true: 200, false: 409}[name == "touch"]; w.Code != want || w.Header().Get("Set-Cookie") != "" {
			t.Errorf("%s: %d %v", name, w.Code, w.Header())
		}
		b.cookie = token
		if _, body := b.get("/"); body != ":" {
			t.Errorf("%s: the session is back: %q", name, body)
		}
	}
}

// Each request changes what it means to, and nothing that others have changed.
func TestChangesAreMerged(t *testing.T) {
	a, _, _ := keptShop(t)
	b := a.browser(t)
	b.get("/put?apple")
	a.at = func(s *Session, w http.ResponseWriter, r *http.Request) {
		says(t, b, "/count", 200, "")
		if err := cart.Set(s, "pear"); err != nil {
			t.Error(err)
		}
		count.Change(s, func(n int64) int64 { return n + 10 })
	}
	if w := b.ask("/at"); w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	a.at = func(s *Session, w http.ResponseWriter, r *http.Request) {
		in, _ := cart.Get(s)
		if n, _ := count.Get(s); in != "pear" || n != 11 {
			t.Errorf("has %q and %d", in, n)
		}
	}
	b.ask("/at")
}

func TestCountsCountEverybody(t *testing.T) {
	a, _, _ := keptShop(t)
	b := a.browser(t)
	b.get("/count")
	var wg sync.WaitGroup
	refused := make(chan bool, 100)
	for range 4 {
		wg.Go(func() {
			for range 10 {
				if b.ask("/count").Code != 200 {
					refused <- true
				}
			}
		})
	}
	wg.Wait()
	a.at = func(s *Session, _ http.ResponseWriter, _ *http.Request) {
		if n, _ := count.Get(s); n != int64(41-len(refused)) {
			t.Errorf("counted to %d, and %d of 41 were refused", n, len(refused))
		}
	}
	b.ask("/at")
}

// Lost update: what was changed in view of a value that is no longer so is refused.
func TestChangeOfWhatWasSeenIsRefused(t *testing.T) {
	a, _, _ := keptShop(t)
	b := a.browser(t)
	b.get("/put?apple")
	a.at = func(s *Session, w http.ResponseWriter, r *http.Request) {
		in, _ := cart.Get(s)
		says(t, b, "/put?pear", 200, "")
		if err := cart.Set(s, in+" and plum"); err != nil {
			t.Error(err)
		}
		io.WriteString(w, "it is in your cart")
	}
	if w := b.ask("/at"); w.Code != 409 || strings.Contains(w.Body.String(), "in your cart") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	says(t, b, "/", 200, ":pear")
}

func TestDeadStore(t *testing.T) {
	a, s, _ := keptShop(t)
	b := a.browser(t)
	b.get("/login?ada")
	token := b.cookie
	s.before = func(string, string) error { return pavise.ErrAway }
	w := b.ask("/")
	if w.Code != 503 || strings.Contains(w.Body.String(), ":") || w.Header().Get("Retry-After") == "" || w.Header().Get("Set-Cookie") != "" {
		t.Errorf("loading: %d %v %s", w.Code, w.Header(), w.Body)
	}
	for _, path := range []string{"/put?apple", "/login?bob", "/logout", "/renew"} {
		b.cookie, s.before = token, func(op, _ string) error {
			if op == "swap" {
				return pavise.ErrAway
			}
			return nil
		}
		if w := b.ask(path); w.Code != 503 {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	s.before = nil
	says(t, b, "/", 200, "ada:")
}

func TestWrappedTwice(t *testing.T) {
	a, s, _ := keptShop(t)
	b := a.browser(t)
	b.h = a.Wrap(b.h)
	b.get("/login?ada")
	loads := 0
	s.before = func(op, _ string) error {
		if op == "get" {
			loads++
		}
		return nil
	}
	if says(t, b, "/", 200, "ada:"); loads != 1 || len(b.headers["Set-Cookie"]) > 0 {
		t.Errorf("loaded %d times, sets %q", loads, b.headers["Set-Cookie"])
	}
}

func TestUnwrapped(t *testing.T) {
	a, _, _ := keptShop(t)
	s := a.From(httptest.NewRequest("GET", "/", nil))
	if v, ok := cart.Get(s); v != "" || ok || s.User() != "" || s.About().ID != "" || !s.Since().IsZero() {
		t.Errorf("has %q", v)
	}
	for what, err := range map[string]error{"set": cart.Set(s, "x"), "delete": cart.Delete(s), "clear": s.Clear(), "login": s.LogIn("ada"),
		"nobody": s.LogIn(""), "logout": s.LogOut(), "renew": s.Renew(), "everywhere": s.LogOutEverywhere(ctx), "others": s.LogOutOthers(ctx)} {
		mustBe(t, what, err, ErrUnwrapped)
	}
}

// Where a cookie came twice somebody may have planted one.
func TestCookieTwice(t *testing.T) {
	a, _, _ := keptShop(t)
	b := a.browser(t)
	b.get("/login?ada")
	for header, want := range map[string]string{
		"a=1;__Host-id=" + b.cookie + " ;b":                                                 "ada:",
		"__Host-id=" + b.cookie + "; __Host-id=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA": ":",
		"__Host-id=x; __Host-id=" + b.cookie:                                                ":",
		"__host-id=" + b.cookie:                                                             ":",
		"__Host-id":                                                                         ":",
		"=; ;;":                                                                             ":",
	} {
		r := httptest.NewRequest("GET", "https://shop.example.com/", nil)
		r.Header.Set("Cookie", header)
		w := httptest.NewRecorder()
		b.h.ServeHTTP(w, r)
		if w.Body.String() != want {
			t.Errorf("%q: %q", header, w.Body)
		}
	}
}

// TestOwnerHears: what is no visitor's fault the owner is told, and no visitor.
func TestOwnerHears(t *testing.T) {
	s, c := newStage()
	var heard []pavise.Decision
	a := newShop(t, Config{Env: pavise.Env{Store: s, Now: c.now, Decide: func(d pavise.Decision) { heard = append(heard, d) }}})
	a.at = func(own *Session, _ http.ResponseWriter, _ *http.Request) { cart.Set(own, strings.Repeat("x", 20_000)) }
	b := a.browser(t)
	b.get("/put?pear")
	w := b.ask("/at")
	if len(heard) != 1 || w.Code != 500 || strings.Contains(w.Body.String(), "12") {
		t.Fatalf("%d %q: %+v", w.Code, w.Body, heard)
	}
	if d := heard[0]; d.Action != pavise.Noted || d.Control != "session" || d.Status != 500 || d.Host != "shop.example.com" || d.Path != "/at" || !strings.Contains(d.Reason, "session") {
		t.Errorf("%+v", d)
	}
	s.before = func(string, string) error { return pavise.ErrAway }
	if b.ask("/"); len(heard) != 2 || heard[1].Status != 503 {
		t.Errorf("%+v", heard)
	}
}
