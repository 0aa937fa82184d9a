package session

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"pavise"
)

func TestCookieSettings(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	ends := now.Add(12 * time.Hour)
	for want, c := range map[string]Cookie{
		"__Host-id=v; Path=/; Secure; HttpOnly; SameSite=Lax":                                        {},
		"__Host-cart=v; Path=/; Secure; HttpOnly; SameSite=Strict":                                   {Name: "cart", SameSite: http.SameSiteStrictMode},
		"__Host-id=v; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=3600":                          {MaxAge: time.Hour},
		"__Host-id=v; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=43200":                         {MaxAge: 24 * time.Hour},
		"__Host-id=v; Path=/; Secure; HttpOnly; SameSite=Lax; Expires=Fri, 02 Jan 2026 03:05:05 GMT": {Expires: now.Add(time.Minute)},
		"__Host-id=v; Path=/; Secure; HttpOnly; SameSite=Lax; Expires=Fri, 02 Jan 2026 15:04:05 GMT": {Expires: now.Add(99 * time.Hour)},
		"__Secure-id=v; Path=/app; Domain=example.com; Secure; HttpOnly; SameSite=Lax":               {InsecurePrefix: "__Secure-", Domain: "example.com", Path: "/app"},
		"sid=v; Path=/; SameSite=Lax":                                                                {Name: "sid", InsecurePrefix: "none", InsecurePlain: true, InsecureScript: true},
		"__Host-id=v; Path=/; Secure; HttpOnly; SameSite=None":                                       {InsecureCrossSite: true},
		"__Host-x=v; Path=/; Secure; HttpOnly; SameSite=None":                                        {Name: "x", InsecureCrossSite: true, SameSite: http.SameSiteNoneMode},
	} {
		if err := c.Validate(); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
		w := c.writer()
		if got := w.line("v", now, ends); got != want {
			t.Errorf("%+v: %q, want %q", c, got, want)
		}
		gone, err := http.ParseSetCookie(w.gone())
		if err != nil || gone.MaxAge != -1 || gone.Name != c.FullName() || gone.Path == "" || gone.Domain != c.Domain {
			t.Errorf("forgotten by %q", w.gone())
		}
	}
}

func TestCookieMistakes(t *testing.T) {
	for want, c := range map[string]Cookie{
		`the domain "example.com" contradicts __Host-, which binds`: {Domain: "example.com"},
		`the path "/app" contradicts __Host-, which wants /`:        {Path: "/app"},
		"set the insecure prefix \"none\"":                          {InsecurePlain: true},
		"without Secure no browser takes the prefix __Secure-":      {InsecurePlain: true, InsecurePrefix: "__Secure-"},
		`"__Secure-" or "none", not "__Host-"`:                      {InsecurePrefix: "__Host-"},
		"write the name \"__host-id\" without its prefix":           {Name: "__host-id"},
		`"my id" cannot be the name`:                                {Name: "my id"},
		"cannot be the name":                                        {Name: strings.Repeat("x", 65)},
		"must begin with /":                                         {InsecurePrefix: "none", Path: "app"},
		"have no semicolon":                                         {InsecurePrefix: "none", Path: "/;Domain=evil.example"},
		"without the dot in front":                                  {InsecurePrefix: "none", Domain: ".example.com"},
		"is an address":                                             {InsecurePrefix: "none", Domain: "127.0.0.1"},
		"is a public suffix":                                        {InsecurePrefix: "none", Domain: "co.uk"},
		"is no host name":                                           {InsecurePrefix: "none", Domain: "a;b"},
		"expires or max-age, not both":                              {MaxAge: time.Hour, Expires: time.Unix(1, 0)},
		"max-age must be a second at least":                         {MaxAge: -1},
		"InsecureCrossSite if that is meant":                        {SameSite: http.SameSiteNoneMode},
		"contradicts SameSite=Strict":                               {SameSite: http.SameSiteStrictMode, InsecureCrossSite: true},
		"SameSite=None needs Secure":                                {InsecureCrossSite: true, InsecurePlain: true, InsecurePrefix: "none"},
		"there is no SameSite 9":                                    {SameSite: 9},
	} {
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%+v: %v, want %q alone", c, err, want)
		}
	}
	_, err := New(Config{Cookie: Cookie{Domain: "example.com", Path: "/x"}, Settings: Settings{Idle: time.Hour}})
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("not every mistake at once: %v", err)
	}
	_, err = New(Config{Sealed: true, Settings: Settings{Idle: time.Hour}})
	if err == nil || !strings.Contains(err.Error(), "idle") {
		t.Errorf("sealed: %v", err)
	}
}

func TestConfigMistakes(t *testing.T) {
	store, _ := newStage()
	for want, c := range map[string]Config{
		"a secret must have 32 bytes at least, not 5": {Env: pavise.Env{Secret: []byte("short")}},
		"not 6":                  {Env: pavise.Env{Secret: secret, Former: [][]byte{[]byte("former")}}},
		"has passed: browsers":   {Cookie: Cookie{Expires: time.Now()}},
		"a store needs a secret": {Env: pavise.Env{Store: store}},
		"does not cover the host blog.example.org": {Env: pavise.Env{Site: pavise.Site{Hosts: []string{"shop.example.com", "blog.example.org"}}},
			Cookie: Cookie{Domain: "example.com", InsecurePrefix: "__Secure-"}},
	} {
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v, want %q alone", err, want)
		}
	}
}

// The cookie of hosts that share it is sealed for all of them.
func TestSealedIsShared(t *testing.T) {
	a := newShop(t, Config{Env: pavise.Env{}, Sealed: true, Cookie: Cookie{Domain: "Example.com", InsecurePrefix: "__Secure-"}})
	b := a.browser(t)
	b.get("/login?ada")
	r, _ := http.NewRequest("GET", "https://blog.example.com/", nil)
	if got := a.host(r); got != ".example.com" {
		t.Errorf("sealed for %q", got)
	}
	says(t, b, "/", 200, "ada:")
}
