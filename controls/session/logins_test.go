package session

import (
	"net/http"
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
