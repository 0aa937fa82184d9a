package shops

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pavise"
	"pavise/controls/login"
	"pavise/controls/session"
	"pavise/proxy"
)

// kinds are the shops that differ in how they keep their sessions.
var kinds = map[string]func(*testing.T) string{
	"express": func(t *testing.T) string { return Express(t, "app.js") },
	"cookie":  func(t *testing.T) string { return Express(t, "app.js", "SESSIONS=cookie") },
	"php":     func(t *testing.T) string { return PHP(t) },
	"careful": func(t *testing.T) string { return PHP(t, "CAREFUL=1") },
}

// signs tell the guard of logins when one has succeeded: careless shops keep the session
// of before, which is what shows it elsewhere.
var signs = login.Guard{Routes: []login.Route{{Path: "/login", Succeeded: login.Signs{Redirect: "/account"}}}}

// A clock is the machine's, set forward by a test.
type clock struct{ ahead atomic.Int64 }

func (c *clock) Now() time.Time          { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) forward(d time.Duration) { c.ahead.Add(int64(d)) }

// TestVault does to every kind of shop what must not work, and what must go on working.
func TestVault(t *testing.T) {
	t.Parallel()
	clock := new(clock)
	s, hosts := behind(t, slices.Sorted(maps.Keys(kinds)), session.Vault{}, clock)
	for _, kind := range hosts {
		t.Run(kind, func(t *testing.T) {
			t.Run("life", func(t *testing.T) { life(t, s, kind) })
			t.Run("planted", func(t *testing.T) { planted(t, s, kind) })
			t.Run("logged out", func(t *testing.T) { loggedOut(t, s, kind) })
			t.Run("raw", func(t *testing.T) { raw(t, s, kind) })
			t.Run("elsewhere", func(t *testing.T) { elsewhere(t, s, hosts, kind) })
			t.Run("strange handles", func(t *testing.T) { strange(t, s, kind) })
			t.Run("parallel login", func(t *testing.T) { parallelLogin(t, s, kind) })
			t.Run("slow request beside a logout", func(t *testing.T) { resurrected(t, s, kind) })
			t.Run("parallel logout", func(t *testing.T) { parallelLogout(t, s, kind) })
			t.Run("lost answer", func(t *testing.T) { lostAnswer(t, s, kind, clock) })
		})
	}
	t.Run("ends", func(t *testing.T) { ends(t, s, hosts, clock) }) // the clock goes forward for all
}

// TestSealed: where the browser bears the session itself, sealed, a copy of it lives until
// it rests or its time is over; all else is the same.
func TestSealed(t *testing.T) {
	t.Parallel()
	clock := new(clock)
	s, hosts := behind(t, []string{"cookie", "php"}, session.Vault{Mode: "sealed"}, clock)
	for _, kind := range hosts {
		t.Run(kind, func(t *testing.T) {
			t.Run("life", func(t *testing.T) { life(t, s, kind) })
			t.Run("raw", func(t *testing.T) { raw(t, s, kind) })
			t.Run("elsewhere", func(t *testing.T) { elsewhere(t, s, hosts, kind) })
			t.Run("strange handles", func(t *testing.T) { strange(t, s, kind) })
		})
	}
	t.Run("ends", func(t *testing.T) { ends(t, s, hosts, clock) })
}

// behind are shops of these kinds behind one Pavise.
func behind(t *testing.T, list []string, vault session.Vault, clock *clock) (*Shield, []string) {
	t.Helper()
	var shops []Behind
	for _, kind := range list {
		shops = append(shops, Behind{Host: host(kind), Port: kinds[kind](t), Settings: []pavise.Control{signs, vault}})
	}
	return Front(t, shops, func(c *proxy.Config) { c.Now = clock.Now }), list
}

func host(kind string) string { return kind + ".localhost" }

// life: a session goes on through a login and ends with the logout, and of all that the
// shop calls its own nothing gets out.
func life(t *testing.T, s *Shield, kind string) {
	c := s.Visitor(t, host(kind))
	c.Get("/")
	c.Is("", "before the login")
	c.LogIn("ada")
	c.Is("ada", "behind the login")
	seen := c.Who()
	for _, pair := range strings.Split(seen.Cookie, "; ") {
		name, value, _ := strings.Cut(pair, "=")
		if strings.HasPrefix(name, "__Host-") {
			if name != pavise.DeviceCookie {
				t.Errorf("the shop sees %s", name)
			}
			continue
		}
		for _, line := range c.Told() {
			if strings.HasPrefix(line, name+"=") || strings.Contains(line, value) {
				t.Errorf("the browser is told %s", line)
			}
		}
	}
	for _, line := range c.Told() {
		if !strings.HasPrefix(line, "__Host-") || !strings.Contains(line, "; Secure") || !strings.Contains(line, "; HttpOnly") || !strings.Contains(line, "; SameSite=Lax") {
			t.Errorf("the browser is told %s", line)
		}
	}
	c.LogOut()
	c.Is("", "behind the logout")
	c.Another(cookiesOf(seen.Cookie)...).Is("", "with the shop's own cookies from outside")
	c.LogIn("bob")
	c.Is("bob", "behind another login")
}

// loggedOut: the handle of before the logout is worth nothing behind it.
func loggedOut(t *testing.T, s *Shield, kind string) {
	c := s.Visitor(t, host(kind))
	c.LogIn("ada")
	old := c.Bears("/")
	c.LogOut()
	c.Another(old...).Is("", "with the handle of before the logout")
}

// cookiesOf are the cookies of a line that the shop saw.
func cookiesOf(line string) []*http.Cookie {
	list, _ := http.ParseCookie(line)
	return list
}

// planted: a handle that was planted before the login opens nothing behind it, neither
// does the one of the login before.
func planted(t *testing.T, s *Shield, kind string) {
	mallory := s.Visitor(t, host(kind))
	mallory.Get("/")
	mallory.Get("/") // the handle has come back
	victim := mallory.Another(mallory.Bears("/")...)
	victim.LogIn("ada")
	mallory.Is("", "behind the login of who had the planted handle")
	first := victim.Another(victim.Bears("/")...)
	victim.LogIn("ada")
	first.Is("", "behind the second login")
	victim.Is("ada", "behind the second login")
}

// raw: the shop's own cookie from outside, with the value that opens the session there,
// under every name that some reader takes for it.
func raw(t *testing.T, s *Shield, kind string) {
	c := s.Visitor(t, host(kind))
	c.LogIn("ada")
	own := slices.DeleteFunc(strings.Split(c.Who().Cookie, "; "), func(pair string) bool { return strings.HasPrefix(pair, "__Host-") })
	if len(own) == 0 {
		t.Fatal("the shop has no cookie")
	}
	handle := ""
	for _, b := range c.Bears("/") {
		if b.Name != pavise.DeviceCookie {
			handle = b.Name
		}
	}
	for _, change := range []func(pair string) string{
		func(p string) string { return p },
		func(p string) string { return " \t" + p },
		func(p string) string { return strings.Replace(p, "=", " =", 1) },
		func(p string) string { return strings.Replace(p, "=", "\t=", 1) },
		func(p string) string { return strings.Replace(p, "=", "= ", 1) },
		func(p string) string { return `$Version=1; ` + p },
		func(p string) string { return "=" + p },
		func(p string) string { return "a=b;" + p },
		func(p string) string { return "a=b;;" + p },
		func(p string) string { return "a=b," + p },
		func(p string) string { return `a="b; ` + p + `"` },
		func(p string) string { return p + "; " + p },
		func(p string) string { return strings.ToLower(p[:1]) + p[1:] },
		func(p string) string { return fmt.Sprintf("%%%02X", p[0]) + p[1:] },
		func(p string) string { n, v, _ := strings.Cut(p, "="); return n + "[]=" + v },
		func(p string) string { return "__Host-" + p },
		func(p string) string { return "__Secure-" + p },
		func(p string) string { n, v, _ := strings.Cut(p, "="); return n + "=x; " + handle + "=" + v },
		func(p string) string { _, v, _ := strings.Cut(p, "="); return handle + "=" + v },
	} {
		var line []string
		for _, pair := range own {
			line = append(line, change(pair))
		}
		status, text := c.Another().Do(http.MethodGet, "/whoami", "", "Cookie", strings.Join(line, "; "))
		if status == http.StatusOK && strings.Contains(text, `"ada"`) || status >= 500 {
			t.Errorf("%q: %d %s", strings.Join(line, "; "), status, text)
		}
	}
	c.Is("ada", "after all that")
}

// elsewhere: a handle opens nothing at another site of the same Pavise.
func elsewhere(t *testing.T, s *Shield, hosts []string, kind string) {
	c := s.Visitor(t, host(kind))
	c.LogIn("ada")
	for _, other := range hosts {
		if other == kind {
			continue
		}
		at := s.Visitor(t, host(other)).Another(c.Bears("/")...)
		if seen := at.Who(); seen.User != "" || strings.Contains(seen.Cookie, "sid=") {
			t.Errorf("at %s it opens %+v", other, seen)
		}
	}
	c.Is("ada", "after that")
}

// strange: handles that none can be are none; two of them are none; and the parts of a
// Cookie line may come in one field or several.
func strange(t *testing.T, s *Shield, kind string) {
	c := s.Visitor(t, host(kind))
	c.LogIn("ada")
	bears := c.Bears("/")
	handle := bears[slices.IndexFunc(bears, func(b *http.Cookie) bool { return b.Name != pavise.DeviceCookie })]
	other := s.Visitor(t, host(kind))
	other.LogIn("bob")
	bob := other.Bears("/")
	bobs := bob[slices.IndexFunc(bob, func(b *http.Cookie) bool { return b.Name == handle.Name })]
	for _, value := range []string{"", "x", strings.Repeat("A", 43), strings.Repeat("A", 3000), handle.Value[:len(handle.Value)-1], handle.Value + "A",
		strings.ToLower(handle.Value), `"` + handle.Value + `"x`, "%41" + handle.Value[1:], strings.Repeat("=", 40), "é", "a b"} {
		status, text := c.Another().Do(http.MethodGet, "/whoami", "", "Cookie", handle.Name+"="+value)
		if status >= 500 || strings.Contains(text, `"ada"`) {
			t.Errorf("%.60q: %d %s", value, status, text)
		}
	}
	for name, line := range map[string]string{
		"two handles":            handle.String() + "; " + bobs.String(),
		"a planted one in front": handle.Name + "=" + strings.Repeat("A", 43) + "; " + handle.String(),
		"a planted one behind":   handle.String() + "; " + handle.Name + "=" + strings.Repeat("A", 43),
	} {
		if status, text := c.Another().Do(http.MethodGet, "/whoami", "", "Cookie", line); status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, status, text)
		}
	}
	if got := c.Another().Who("Cookie", "a=b", "Cookie", handle.String(), "Cookie", "c=d; e=f").User; got != "ada" {
		t.Errorf("in several fields it is %q", got)
	}
	if got := c.Another().Who("Cookie", "a=b; "+handle.String()+"; c=d").User; got != "ada" {
		t.Errorf("in the middle of a line it is %q", got)
	}
}

// parallelLogin: requests that cross a login on their way do not log the browser out
// again, however they come in; and nobody is told what is not his.
func parallelLogin(t *testing.T, s *Shield, kind string) {
	for n := range 4 {
		c := s.Visitor(t, host(kind))
		c.Get("/")
		var wait sync.WaitGroup
		ask := func(path string) {
			wait.Go(func() {
				if status, text := c.Do(http.MethodGet, path, ""); status >= 500 {
					t.Errorf("%s: %d %.200s", path, status, text)
				}
			})
		}
		ask("/")
		ask("/whoami")
		ask("/slow?ms=20")
		wait.Go(func() { c.LogIn("ada") })
		for range 3 {
			ask("/cart")
			ask("/whoami")
			ask("/account")
			time.Sleep(2 * time.Millisecond)
		}
		wait.Wait()
		if got := c.Who().User; got != "ada" {
			t.Errorf("round %d: behind the login it is %q", n, got)
		}
	}
}

// lostAnswer: who never heard that he was logged in, and so still has the handle of
// before, can log in anew after a moment.
func lostAnswer(t *testing.T, s *Shield, kind string, clock *clock) {
	c := s.Visitor(t, host(kind))
	c.Get("/")
	c.Another(c.Bears("/")...).LogIn("ada")
	clock.forward(6 * time.Second)
	c.LogIn("ada")
	c.Is("ada", "behind the second try")
}

// resurrected: a request that was slow and writes its session after the logout makes
// nobody logged in again: neither the browser nor who has the handle of before.
func resurrected(t *testing.T, s *Shield, kind string) {
	c := s.Visitor(t, host(kind))
	c.LogIn("ada")
	old := c.Bears("/")
	var wait sync.WaitGroup
	wait.Go(func() { c.Do(http.MethodGet, "/slow?ms=150&write=1", "") })
	time.Sleep(50 * time.Millisecond)
	c.LogOut()
	wait.Wait()
	c.Is("", "behind the logout and the slow request")
	c.Another(old...).Is("", "with the handle of before")
}

// parallelLogout: of requests that cross a logout on their way none brings it back.
func parallelLogout(t *testing.T, s *Shield, kind string) {
	for n := range 3 {
		c := s.Visitor(t, host(kind))
		c.LogIn("ada")
		old := c.Bears("/")
		var wait sync.WaitGroup
		for _, path := range []string{"/slow?write=1&ms=1", "/slow?write=1&ms=10", "/cart", "/whoami", "/", "/slow?write=1&ms=30", "/login"} {
			wait.Go(func() { c.Do(http.MethodGet, path, "") })
			if path == "/cart" {
				wait.Go(c.LogOut)
			}
		}
		wait.Wait()
		c.Is("", fmt.Sprintf("round %d: behind the logout", n))
		c.Another(old...).Is("", "with the handle of before")
	}
}

// TestResurrectedDirect: the shops alone come back to life in that way, so the other
// test can fail.
func TestResurrectedDirect(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"express", "cookie"} {
		c := Direct(t, kinds[kind](t))
		c.LogIn("ada")
		old := c.Bears("/")
		var wait sync.WaitGroup
		wait.Go(func() { c.Do(http.MethodGet, "/slow?ms=150&write=1", "") })
		time.Sleep(50 * time.Millisecond)
		c.LogOut()
		wait.Wait()
		c.Another(old...).Is("ada", "with the cookie of before, directly at "+kind)
	}
}

// ends: a session ends when it rests for a quarter of an hour, and however busy it is
// after a day.
func ends(t *testing.T, s *Shield, hosts []string, clock *clock) {
	var rests, works []*Client
	for _, kind := range hosts {
		for _, list := range []*[]*Client{&rests, &works} {
			c := s.Visitor(t, host(kind))
			c.LogIn("ada")
			*list = append(*list, c)
		}
	}
	clock.forward(10 * time.Minute)
	for _, c := range works {
		c.Is("ada", "after 10 minutes")
	}
	clock.forward(6 * time.Minute)
	for i, c := range works {
		c.Is("ada", "after 16 minutes, of which it rested 6")
		rests[i].Is("", "after 16 minutes of rest")
	}
	for range 24 * 6 {
		clock.forward(10 * time.Minute)
		for _, c := range works[:1] {
			c.Who()
		}
	}
	works[0].Is("", "after a day")
}
