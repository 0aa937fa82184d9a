package login_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pavise"
	"pavise/controls/login"
)

// limited is a handler behind the limit, and its clock.
func limited(t testing.TB, rate login.Rate) (ask func(method, path, from string) *http.Response, pass func(time.Duration)) {
	s := &stand{}
	s.clock.Store(morning.UnixNano())
	chain, err := pavise.Recommend([]pavise.Control{rate}).Wrap(pavise.Env{Now: s.now}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	if err != nil {
		t.Fatal(err)
	}
	s.handler = chain
	return func(method, path, from string) *http.Response {
		r := post(path, from, "", "")
		r.Method = method
		return s.send(r)
	}, s.pass
}

// admitted counts how many of so many requests pass.
func admitted(ask func(method, path, from string) *http.Response, times int, method, path, from string) (passed int) {
	for range times {
		if ask(method, path, from).StatusCode == 200 {
			passed++
		}
	}
	return passed
}

func TestRate(t *testing.T) {
	ask, pass := limited(t, login.Rate{})
	if got := admitted(ask, 5100, "GET", "/", "203.0.113.9"); got != 5000 {
		t.Errorf("%d at once", got)
	}
	res := ask("GET", "/", "203.0.113.9")
	if res.StatusCode != 429 || res.Header.Get("Retry-After") != "1" {
		t.Errorf("%d, Retry-After %q", res.StatusCode, res.Header.Get("Retry-After"))
	}
	pass(time.Second)
	if got := admitted(ask, 600, "GET", "/", "203.0.113.9"); got != 500 {
		t.Errorf("%d after a second", got)
	}
	if got := admitted(ask, 10, "GET", "/", "203.0.113.10"); got != 10 {
		t.Errorf("%d of others", got)
	}
	pass(time.Hour)
	if got := admitted(ask, 5100, "GET", "/", "203.0.113.9"); got != 5000 {
		t.Errorf("%d after an hour", got)
	}
}

func TestRateLimits(t *testing.T) {
	rate := login.Rate{Limits: []login.Limit{{Path: "POST /search", Rate: 5, Per: time.Minute, Burst: 20}, {Path: "/api/**", Rate: 3}}}
	ask, pass := limited(t, rate)
	for i, path := range []string{"/search", "/search/", "//search", "/%73earch", "/Search", "/search;x"} {
		from := fmt.Sprint("203.0.113.", i)
		if got := admitted(ask, 25, "POST", path, from); got != 20 {
			t.Errorf("%s: %d at once", path, got)
		}
		if got := admitted(ask, 25, "GET", path, from); got != 25 {
			t.Errorf("GET %s: %d at once", path, got)
		}
	}
	if got := ask("POST", "/search", "203.0.113.0").Header.Get("Retry-After"); got != "12" {
		t.Errorf("Retry-After %s", got)
	}
	pass(12 * time.Second)
	if got := admitted(ask, 5, "POST", "/search", "203.0.113.0"); got != 1 {
		t.Errorf("%d after twelve seconds", got)
	}
	if got := admitted(ask, 9, "GET", "/api/a/b", "203.0.113.0"); got != 3 {
		t.Errorf("%d of the API", got)
	}
}

func TestRateNetworks(t *testing.T) {
	ask, _ := limited(t, login.Rate{Rate: 1, Burst: 10})
	got := 0
	for i := range 30 {
		got += admitted(ask, 1, "GET", "/", fmt.Sprintf("[2001:db8:1:2::%x]:4000", i+1))
	}
	if got != 10 {
		t.Errorf("%d of one /64", got)
	}
	if got := admitted(ask, 3, "GET", "/", "[2001:db8:1:3::1]:4000"); got != 3 {
		t.Errorf("%d of another", got)
	}
	if got := admitted(ask, 50, "GET", "/", "@:"); got != 50 {
		t.Errorf("%d of a client without address", got)
	}
}

// TestRateParallel: no burst is larger for coming from many goroutines.
func TestRateParallel(t *testing.T) {
	ask, _ := limited(t, login.Rate{Rate: 1, Burst: 100})
	var passed atomic.Int64
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() { passed.Add(int64(admitted(ask, 50, "GET", "/", "203.0.113.9"))) })
	}
	wait.Wait()
	if passed.Load() != 100 {
		t.Errorf("%d passed", passed.Load())
	}
}

// TestRateForgetsNobody: a crowd of addresses does not give one that has used up its
// burst a new one.
func TestRateForgetsNobody(t *testing.T) {
	hooks, err := login.Rate{Rate: 1, Burst: 5}.Enforce(pavise.Env{Now: func() time.Time { return morning }})
	if err != nil {
		t.Fatal(err)
	}
	x := &pavise.Exchange{Request: post("/", "203.0.113.9", "", "")}
	ask := func(times int, from netip.Addr) (passed int) {
		x.Client = from
		for range times {
			if hooks.Admit(x) == nil {
				passed++
			}
		}
		return passed
	}
	if got := ask(10, network6); got != 5 {
		t.Fatalf("%d at once", got)
	}
	for i := range 400_000 {
		ask(1, netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}))
	}
	if got := ask(5, network6); got != 0 {
		t.Errorf("%d more", got)
	}
}

func BenchmarkRate(b *testing.B) {
	at := morning
	hooks, err := login.Rate{}.Enforce(pavise.Env{Now: func() time.Time { at = at.Add(2 * time.Millisecond); return at }})
	if err != nil {
		b.Fatal(err)
	}
	x := &pavise.Exchange{Request: post("/static/app.js", "203.0.113.9", "", ""), Client: network6}
	b.ReportAllocs()
	for b.Loop() {
		if hooks.Admit(x) != nil {
			b.Fatal("refused")
		}
	}
}

func BenchmarkGuard(b *testing.B) {
	hooks, err := login.Guard{Routes: []login.Route{{Path: "/account/enter"}}}.Enforce(pavise.Env{})
	if err != nil {
		b.Fatal(err)
	}
	for _, method := range []string{"GET", "POST"} {
		b.Run(method+" of something else", func(b *testing.B) {
			x := &pavise.Exchange{Request: post("/api/v1/products", "203.0.113.9", jsonType, "{}"), Client: network6}
			x.Request.Method = method
			b.ReportAllocs()
			for b.Loop() {
				hooks.Admit(x)
				hooks.Rewrite(x)
				hooks.Amend(x)
				hooks.Settle(x)
			}
		})
	}
	b.Run("a login", func(b *testing.B) {
		s := &stand{}
		chain, _ := pavise.Recommend([]pavise.Control{login.Guard{InsecureAddressFailures: 1_000_000}}).Wrap(pavise.Env{}, &s.app)
		s.handler = chain
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			s.send(post("/login", "203.0.113.9", formType, "password=right&username="+strings.Repeat("a", i%1000)))
		}
	})
}
