package session

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// A form that is sent twice logs in twice, and neither answer is an error.
func TestLoginTwiceAtOnce(t *testing.T) {
	a, _, _ := keptShop(t)
	b := a.browser(t)
	b.get("/put?apple")
	first := a.browser(t)
	first.cookie = b.cookie
	a.at = func(s *Session, _ http.ResponseWriter, _ *http.Request) {
		says(t, first, "/login?ada", 200, "")
		s.LogIn("ada")
	}
	says(t, b, "/at", 200, "")
	says(t, b, "/", 200, "ada:")
	says(t, first, "/", 200, "ada:apple")
}

// Another user who logs in does not have the values of the one who has logged out, and
// the token of before shows them to nobody.
func TestLogOutAndIn(t *testing.T) {
	shops(t, func(t *testing.T, a *till, _ *stage, _ *clock) {
		b := a.browser(t)
		b.get("/login?ada")
		b.get("/put?apple")
		token := b.cookie
		a.at = func(s *Session, _ http.ResponseWriter, _ *http.Request) {
			s.LogOut()
			mustBe(t, "set", cart.Set(s, "x"), ErrEnded)
			mustBe(t, "renew", s.Renew(), ErrEnded)
			if v, ok := cart.Get(s); ok || s.User() != "" {
				t.Errorf("still has %q of %q", v, s.User())
			}
			s.LogIn("bob")
		}
		says(t, b, "/at", 200, "")
		if _, body := b.get("/"); body != "bob:" {
			t.Errorf("shows %q", body)
		}
		if _, sealed := a.kind.(borne); sealed {
			return // a cookie that somebody has copied opens until its end
		}
		b.cookie = token
		if _, body := b.get("/"); body != ":" {
			t.Errorf("the token of before shows %q", body)
		}
	})
}

func TestLogOutEverywhere(t *testing.T) {
	shops(t, func(t *testing.T, a *till, _ *stage, _ *clock) {
		phone, desk, bob := a.browser(t), a.browser(t), a.browser(t)
		phone.get("/login?ada")
		desk.get("/login?ada")
		bob.get("/login?bob")
		says(t, desk, "/others", 200, "")
		if _, body := phone.get("/"); body != ":" {
			t.Errorf("the phone shows %q", body)
		}
		says(t, desk, "/", 200, "ada:")
		phone.get("/login?ada")
		token := desk.cookie
		says(t, desk, "/everywhere", 200, "")
		desk.cookie = token
		for name, b := range map[string]*browser{"phone": phone, "desk": desk} {
			if _, body := b.get("/"); body != ":" {
				t.Errorf("the %s shows %q", name, body)
			}
		}
		says(t, bob, "/", 200, "bob:")
	})
}

func TestListOfOwnSessions(t *testing.T) {
	a, _, c := keptShop(t)
	phone, desk := a.browser(t), a.browser(t)
	phone.get("/login?ada")
	c.pass(time.Minute)
	desk.get("/login?ada")
	a.at = func(s *Session, _ http.ResponseWriter, r *http.Request) {
		list, err := s.List(r.Context())
		if err != nil || len(list) != 2 || list[0].ID != s.About().ID || list[0].Label != "a browser" || !s.Since().Equal(c.now()) {
			t.Errorf("listed %+v, %v", list, err)
			return
		}
		if ok, err := a.End(r.Context(), "ada", list[1].ID); !ok || err != nil {
			t.Errorf("ended %v, %v", ok, err)
		}
	}
	desk.get("/at")
	if _, body := phone.get("/"); body != ":" {
		t.Errorf("the phone shows %q", body)
	}
}

// A request with the token of before neither gets the new one nor takes it away.
func TestGraceLeavesTheCookie(t *testing.T) {
	a, _, _ := keptShop(t)
	b := a.browser(t)
	b.get("/login?ada")
	b.get("/put?apple")
	slow := a.browser(t)
	slow.cookie = b.cookie
	b.get("/renew")
	for path, want := range map[string]int{"/": 200, "/put?x": 409, "/renew": 200} {
		w := slow.ask(path)
		if w.Code != want || w.Header().Get("Set-Cookie") != "" {
			t.Errorf("%s: %d %v", path, w.Code, w.Header())
		}
	}
	says(t, slow, "/", 200, "ada:apple")
	says(t, b, "/", 200, "ada:apple")
}

// Visitors in a sealed cookie and users in the store are two sessions of a request,
// and neither is in the way of the other.
func TestTwoKindsTogether(t *testing.T) {
	visitors, err := New(Config{Sealed: true, Cookie: Cookie{Name: "visitor"}})
	if err != nil {
		t.Fatal(err)
	}
	a, _, _ := keptShop(t)
	a.at = func(s *Session, w http.ResponseWriter, r *http.Request) {
		if err := errors.Join(cart.Set(visitors.From(r), "apple"), s.LogIn("ada")); err != nil {
			t.Error(err)
		}
	}
	b := a.browser(t)
	b.h = visitors.Wrap(b.h)
	b.get("/at")
	lines := b.headers["Set-Cookie"]
	if len(lines) != 2 || !strings.HasPrefix(lines[0], "__Host-id=") || !strings.HasPrefix(lines[1], "__Host-visitor=") {
		t.Fatalf("sets %q", lines)
	}
	a.at = func(s *Session, w http.ResponseWriter, r *http.Request) {
		if v, _ := cart.Get(visitors.From(r)); v != "apple" || s.User() != "ada" {
			t.Errorf("%q has %q", s.User(), v)
		}
	}
	r := httptest.NewRequest("GET", "https://shop.example.com/at", nil)
	for _, line := range lines {
		c, _ := http.ParseSetCookie(line)
		r.AddCookie(c)
	}
	b.h.ServeHTTP(httptest.NewRecorder(), r)
}

// What a program asks for that cannot be is its own mistake.
func TestWhatSealedCookiesCannot(t *testing.T) {
	a := newShop(t, Config{Sealed: true, Settings: Settings{InsecureForever: true}})
	b := a.browser(t)
	b.get("/login?ada")
	a.at = func(s *Session, _ http.ResponseWriter, r *http.Request) {
		_, listing := s.List(r.Context())
		_, ending := a.End(r.Context(), "ada", "id")
		mustBe(t, "list", listing, ErrUnlisted)
		mustBe(t, "end", ending, ErrUnlisted)
		mustBe(t, "everywhere", s.LogOutEverywhere(r.Context()), ErrForever)
		mustBe(t, "end all", a.EndAll(r.Context(), "ada"), ErrForever)
	}
	b.get("/at")
	for _, err := range []error{ErrUnlisted, ErrForever, ErrLate, ErrTooLarge, ErrUnwrapped, &TooLongError{}} {
		if Status(err) != 500 {
			t.Errorf("%v is answered with %d", err, Status(err))
		}
	}
	a.at = func(s *Session, _ http.ResponseWriter, _ *http.Request) { mustBe(t, "nobody", s.LogIn(""), errValue) }
	says(t, b, "/at", 500, "")
}
