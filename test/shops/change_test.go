package shops

import (
	"crypto/rand"
	"net/http"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/controls/cookies"
	"pavise/controls/session"
	"pavise/proxy"
)

const shop = "shop.localhost"

// remembering is what Pavise keeps from one start to the next.
func remembering(store pavise.Store, secret []byte) func(*proxy.Config) {
	return func(c *proxy.Config) { c.Store, c.Secret = store, secret }
}

// alone is one shop behind Pavise, with these settings.
func alone(t *testing.T, port string, vault session.Vault, options ...func(*proxy.Config)) *Shield {
	t.Helper()
	return Front(t, []Behind{{Host: shop, Port: port, Settings: []pavise.Control{signs, vault}}}, options...)
}

func secret() []byte {
	key := make([]byte, 32)
	rand.Read(key)
	return key
}

// TestRestart: a start anew between two requests logs nobody out, as long as the store
// is the same one, or the browser bears the session sealed.
func TestRestart(t *testing.T) {
	t.Parallel()
	port := PHP(t)
	for mode, lasts := range map[string]bool{"vault": true, "sealed": false} {
		store, key := pavise.NewMemory(time.Now), secret()
		c := alone(t, port, session.Vault{Mode: mode}, remembering(store, key)).Visitor(t, shop)
		c.LogIn("ada")
		if !lasts {
			store = pavise.NewMemory(time.Now)
		}
		c = c.At(t, alone(t, port, session.Vault{Mode: mode}, remembering(store, key)))
		c.Is("ada", "behind a new start, "+mode)
		c.LogOut()
		c.Is("", "behind the logout, "+mode)
	}
}

// TestOwnName: that a cookie of a name of the shop's own is its session is known behind a
// new start as well, before the shop has set it again: from outside it opens nothing.
func TestOwnName(t *testing.T) {
	t.Parallel()
	port, remember := Express(t, "app.js", "NAME=shop.sid"), remembering(pavise.NewMemory(time.Now), secret())
	c := alone(t, port, session.Vault{}, remember).Visitor(t, shop)
	c.LogIn("ada")
	own := cookiesOf(c.Who().Cookie)
	c.Another(own...).Is("", "with the shop's own cookie")
	anew := alone(t, port, session.Vault{}, remember)
	anew.Visitor(t, shop).Another(own...).Is("", "behind a new start, with the shop's own cookie")
	c.At(t, anew).Is("ada", "behind a new start")
}

// TestChangeOfMode: nobody is logged out when the mode changes, back and forth, and in
// the end the browser has the shop's own cookie again, under another name.
func TestChangeOfMode(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"php", "cookie"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			port, remember := kinds[kind](t), remembering(pavise.NewMemory(time.Now), secret())
			s := alone(t, port, session.Vault{}, remember)
			c := s.Visitor(t, shop)
			c.LogIn("ada")
			for _, mode := range []string{"sealed", "vault", "sealed", "rename"} {
				c = c.At(t, alone(t, port, session.Vault{Mode: mode}, remember))
				c.Is("ada", "at the first request in the mode "+mode)
				c.Get("/account")
				c.Is("ada", "later in the mode "+mode)
			}
			for _, b := range c.Bears("/") {
				if b.Name == "__Host-visit" {
					t.Errorf("the browser still has %s", b.Name)
				}
			}
			c.LogOut()
			c.Is("", "behind the logout")
		})
	}
}

// TestMigration: who was logged in before the vault came stays so until the date, from
// cookies under the shop's own names and under those that Pavise gave them. Then the
// browser has a handle and none of these; and without a date none of them counts.
func TestMigration(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"php", "cookie", "express"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			port := kinds[kind](t)
			direct := Direct(t, port)
			direct.LogIn("ada")
			renamed := alone(t, port, session.Vault{Mode: "rename"}).Visitor(t, shop)
			renamed.LogIn("ada")
			until := time.Now().Add(time.Hour)
			adopts := Front(t, []Behind{{Host: shop, Port: port, Settings: []pavise.Control{signs,
				session.Vault{InsecureAdoptUntil: until}, cookies.Rename{InsecureAcceptRawUntil: until}}}})
			refuses := alone(t, port, session.Vault{})
			for from, bears := range map[string][]*http.Cookie{"raw": direct.Bears("/"), "renamed": renamed.Bears("/")} {
				var old []*http.Cookie
				for _, b := range bears {
					if b.Name != pavise.DeviceCookie {
						old = append(old, b)
					}
				}
				refuses.Visitor(t, shop).Another(old...).Is("", "with what is "+from+", without a date,")
				c := adopts.Visitor(t, shop).Another(old...)
				c.Is("ada", "with what is "+from)
				c.Get("/account")
				c.Is("ada", "later, with what was "+from)
				for _, o := range old {
					for _, b := range c.Bears("/") {
						if b.Name != "session.sig" && (b.Name == o.Name || strings.Contains(b.Value, o.Value)) { // a signature alone opens nothing
							t.Errorf("%s: the browser still has %s", from, b)
						}
					}
				}
				c.LogOut()
				c.Is("", "behind the logout")
			}
		})
	}
}

// TestCookieSettings: a session under a path goes there alone; one with a Domain stays
// with the browser unless it is asked for; both ways of deleting end it.
func TestCookieSettings(t *testing.T) {
	t.Parallel()
	t.Run("path", func(t *testing.T) {
		t.Parallel()
		port := PHP(t, "COOKIE_PATH=/shop")
		for name, c := range map[string]*Client{"direct": Direct(t, port), "shielded": alone(t, port, session.Vault{}).Visitor(t, shop)} {
			c.LogInAt("/shop", "ada")
			if got := c.seen("/shop/whoami").User; got != "ada" {
				t.Errorf("%s: under the path it is %q", name, got)
			}
			c.Is("", name+": beside the path")
		}
	})
	t.Run("domain", func(t *testing.T) {
		t.Parallel()
		port := PHP(t, "COOKIE_DOMAIN="+shop)
		c := alone(t, port, session.Vault{}).Visitor(t, shop)
		c.LogIn("ada")
		c.Is("ada", "with a Domain")
		c.LogOut()
		c.Is("", "behind the logout")
		kept := alone(t, port, session.Vault{Names: []string{"PHPSESSID"}}).Visitor(t, shop)
		kept.LogIn("ada")
		kept.Is("ada", "with a Domain, in the vault")
		value := ""
		for _, c := range cookiesOf(kept.Who().Cookie) {
			if c.Name == "PHPSESSID" {
				value = c.Value
			}
		}
		for _, line := range kept.Told() {
			if strings.Contains(line, value) || strings.Contains(line, "PHPSESSID") {
				t.Errorf("the browser is told %s", line)
			}
		}
		old := kept.Bears("/")
		kept.LogOut()
		kept.Another(old...).Is("", "with the handle of before")
	})
	for _, how := range []string{"date", "max-age"} {
		t.Run("deleted by "+how, func(t *testing.T) {
			t.Parallel()
			c := alone(t, PHP(t, "DELETE="+how), session.Vault{}).Visitor(t, shop)
			c.LogIn("ada")
			old := c.Bears("/")
			c.LogOut()
			c.Is("", "behind the logout")
			c.Another(old...).Is("", "with the handle of before")
			for _, line := range c.Told() {
				if strings.Contains(line, "PHPSESSID") {
					t.Errorf("the browser is told %s", line)
				}
			}
		})
	}
}

// TestExempt: what is exempt stays as it is without the vault, with every flag.
func TestExempt(t *testing.T) {
	t.Parallel()
	c := alone(t, PHP(t), session.Vault{Exempt: []string{"PHPSESSID"}}).Visitor(t, shop)
	c.LogIn("ada")
	c.Is("ada", "with an exempt cookie")
	for _, line := range c.Told() {
		if strings.HasPrefix(line, "__Host-visit=") || !strings.Contains(line, "; Secure") || !strings.Contains(line, "; HttpOnly") {
			t.Errorf("the browser is told %s", line)
		}
	}
	c.LogOut()
	c.Is("", "behind the logout")
}

// TestRenewal: a shop that gives every page a new id, and leaves the one of before to
// requests on their way, loses nobody's request behind Pavise.
func TestRenewal(t *testing.T) {
	t.Parallel()
	port := PHP(t, "RENEW=1")
	for name, c := range map[string]*Client{"direct": Direct(t, port), "shielded": alone(t, port, session.Vault{}).Visitor(t, shop)} {
		c.LogIn("ada")
		before := c.Another(c.Bears("/")...) // requests on their way bear what there was
		c.Get("/account", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Site", "same-origin")
		c.Is("ada", name+": behind a page")
		before.Is("ada", name+": a request that was on its way")
		if name == "shielded" && len(before.Told()) > 0 {
			t.Errorf("and is told %q", before.Told())
		}
		c.LogOut()
		if name == "shielded" {
			before.Is("", "behind the logout")
		}
	}
}
