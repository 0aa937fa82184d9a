package session

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"pavise"
	"pavise/internal/poison"
)

// visits returns a visit of somebody who is logged in, through the middleware.
func visits(t testing.TB, sealed bool) func() {
	sessions, err := New(Config{Sealed: sealed})
	if err != nil {
		t.Fatal(err)
	}
	app := sessions.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := sessions.From(r)
		if s.User() != "ada" {
			if r.Method != "POST" {
				t.Error("nobody is logged in")
			}
			s.LogIn("ada")
			cart.Set(s, "apple")
			return
		}
		if v, _ := cart.Get(s); v != "apple" {
			t.Errorf("the cart has %q", v)
		}
	}))
	w := httptest.NewRecorder()
	app.ServeHTTP(w, httptest.NewRequest("POST", "https://shop.example.com/login", nil))
	r := httptest.NewRequest("GET", "https://shop.example.com/", nil)
	r.AddCookie(w.Result().Cookies()[0])
	return func() { app.ServeHTTP(w, r) }
}

// TestAllocations holds what a session costs.
func TestAllocations(t *testing.T) {
	if poison.On {
		t.Skip("the race detector allocates itself")
	}
	k, _, _ := keeper(t, Settings{})
	token, _ := create(t, k, "ada", "cart")
	for what, c := range map[string]struct {
		most float64
		run  func()
	}{
		"a load from memory":      {6, func() { k.Load(ctx, token) }},
		"a visit, kept in memory": {14, visits(t, false)},
		"a visit, in a cookie":    {15, visits(t, true)},
	} {
		if n := testing.AllocsPerRun(1000, c.run); n > c.most {
			t.Errorf("%s allocates %v times, and %v are enough", what, n, c.most)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	k := keep(b, pavise.Env{}, Settings{})
	token, _ := create(b, k, "ada", "what a cart may have in it")
	b.ReportAllocs()
	for b.Loop() {
		if rec, err := k.Load(ctx, token); err != nil || k.Touch(ctx, rec) != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUpdate(b *testing.B) {
	k := keep(b, pavise.Env{}, Settings{})
	token, _ := create(b, k, "ada", "what a cart may have in it")
	b.ReportAllocs()
	for b.Loop() {
		rec, err := k.Load(ctx, token)
		if err != nil || k.Update(ctx, rec) != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSealed opens a cookie and seals it again.
func BenchmarkSealed(b *testing.B) {
	s := sealer(b, pavise.Env{}, Settings{})
	value := sealedFor(b, s, "ada", "what a cart may have in it")
	b.ReportAllocs()
	for b.Loop() {
		rec, err := s.Open(ctx, host, value)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := s.Seal(host, rec); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVisit(b *testing.B) {
	for name, sealed := range map[string]bool{"kept": false, "sealed": true} {
		b.Run(name, func(b *testing.B) {
			visit := visits(b, sealed)
			b.ReportAllocs()
			for b.Loop() {
				visit()
			}
		})
	}
}
