package session

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pavise"
)

// An order is a Store whose operations by two requests, a and b, are done one after
// the other as it says: so a test can go through all of them.
type order struct {
	pavise.Store
	asks, goes [2]chan bool
}

type whose struct{}

func (o *order) wait(ctx context.Context) {
	if of, ok := ctx.Value(whose{}).(int); ok {
		o.asks[of] <- true
		<-o.goes[of]
	}
}

func (o *order) Add(ctx context.Context, key string, n int64, life time.Duration) (int64, time.Duration, error) {
	o.wait(ctx)
	return o.Store.Add(ctx, key, n, life)
}

func (o *order) Get(ctx context.Context, key string) ([]byte, uint64, error) {
	o.wait(ctx)
	return o.Store.Get(ctx, key)
}

func (o *order) Swap(ctx context.Context, key string, value []byte, version uint64, life time.Duration) (bool, error) {
	o.wait(ctx)
	return o.Store.Swap(ctx, key, value, version, life)
}

func (o *order) Delete(ctx context.Context, key string) error {
	o.wait(ctx)
	return o.Store.Delete(ctx, key)
}

// run has two requests served, with their operations in the order of the letters, and
// then those of a before those of b.
func (o *order) run(letters string, serve [2]func(context.Context)) {
	var over [2]chan bool
	var parked [2]bool
	park := func(of int) {
		select {
		case <-o.asks[of]:
			parked[of] = true
		case <-over[of]:
			parked[of] = false
		}
	}
	for of := range serve {
		o.asks[of], o.goes[of], over[of] = make(chan bool), make(chan bool), make(chan bool)
	}
	for of := range serve {
		go func() {
			serve[of](context.WithValue(context.Background(), whose{}, of))
			close(over[of])
		}()
		park(of)
	}
	step := func(of int) {
		if parked[of] {
			o.goes[of] <- true
			park(of)
		}
	}
	for _, letter := range letters {
		step(int(letter - 'a'))
	}
	for of := range serve {
		for parked[of] {
			step(of)
		}
	}
}

// orders are those of the first operations of two requests.
func orders(yield func(string) bool) {
	const most = 7 // no request here has more, but for a few whose last only tidy up
	for n := range 1 << most {
		var letters [most]byte
		for bit := range letters {
			letters[bit] = 'a' + byte(n>>bit&1)
		}
		if !yield(string(letters[:])) {
			return
		}
	}
}

// both has two requests for pages with the same cookies served in an order.
func (o *order) both(d *desk, letters, cookies string, targets ...string) (answers [2]*httptest.ResponseRecorder) {
	var serve [2]func(context.Context)
	for of, target := range targets {
		method, path, found := strings.Cut(target, " ")
		if !found {
			method, path = "GET", target
		}
		answers[of] = httptest.NewRecorder()
		serve[of] = func(ctx context.Context) {
			r := httptest.NewRequestWithContext(ctx, method, "https://shop.example.com"+path, nil)
			r.Header.Set("Cookie", cookies)
			r.Header.Set("Sec-Fetch-Mode", "navigate")
			d.chain.ServeHTTP(answers[of], r)
		}
	}
	o.run(letters, serve)
	return answers
}

// TestLogoutInEveryOrder: whatever else the session is asked for at the same time, and
// however their operations in the store fall, a logout ends what came of it.
func TestLogoutInEveryOrder(t *testing.T) {
	const id = "connect.sid=s%3Aabc.def"
	for name, tt := range map[string]struct {
		begin   string // how the session begins
		full    bool   // while the store is
		request string
		lines   []string
	}{
		"a page":               {begin: "/", request: "/"},
		"a login":              {begin: "/", request: "POST /login"},
		"a second login":       {begin: "POST /login", request: "POST /login"},
		"another id":           {begin: "/", request: "POST /cart", lines: []string{"connect.sid=s%3Aother.o; Path=/; HttpOnly"}},
		"one more cookie":      {begin: "/", request: "POST /cart", lines: []string{"auth_token=1; Path=/; HttpOnly"}},
		"a page's new id":      {begin: "/", request: "/page", lines: []string{"connect.sid=s%3Aother.o; Path=/; HttpOnly"}},
		"the cookie for long":  {begin: "/", request: "/", lines: []string{id + "; Path=/; HttpOnly; Max-Age=9999"}},
		"another logout":       {begin: "/", request: "POST /signout"},
		"sealed, a page":       {begin: "/", full: true, request: "/"},
		"sealed, a login":      {begin: "/", full: true, request: "POST /login"},
		"sealed, another name": {begin: "/", full: true, request: "POST /cart", lines: []string{"auth_token=1; Path=/; HttpOnly"}},
	} {
		t.Run(name, func(t *testing.T) {
			for letters := range orders {
				var o *order
				d := newDesk(t, Vault{}, func(env *pavise.Env) {
					m := &moody{Store: env.Store}
					m.full.Store(tt.full)
					o = &order{Store: m}
					env.Store = o
				})
				d.app = sets(sid)
				b := d.tab()
				b.ask(tt.begin)
				d.app = nil
				if !tt.full {
					b.ask("/")
				}
				o.Store.(*moody).full.Store(false)
				d.now = d.now.Add(5 * time.Minute) // its use is written down
				before := b.line()
				d.app = func(w http.ResponseWriter, r *http.Request) {
					if !strings.HasSuffix(r.URL.Path, "out") && r.Header["Cookie"] != nil {
						sets(tt.lines...)(w, r)
					}
				}
				answers := o.both(d, letters, before, "POST /logout", tt.request)
				d.app = nil
				if tt.full { // nothing leads from what was sealed to what has come of it
					answers[1] = httptest.NewRecorder()
				}
				for what, line := range map[string]string{"the handle of before": before, "that of the logout": handleIn(answers[0]), "that of the other": handleIn(answers[1])} {
					if d.send("/", line); d.heard != "" {
						t.Fatalf("%s: %s opens %q", letters, what, d.heard)
					}
				}
			}
		})
	}
}

func handleIn(w *httptest.ResponseRecorder) string {
	for _, line := range w.Result().Header["Set-Cookie"] {
		if c := pavise.ParseSetCookie(line); c.Name == "__Host-visit" {
			return c.Name + "=" + c.Value
		}
	}
	return ""
}

// TestLoginInEveryOrder: while somebody logs in, another with his handle has a login
// fail. The app keeps its id: whose that is then, the other must not bear.
func TestLoginInEveryOrder(t *testing.T) {
	for letters := range orders {
		var o *order
		d := newDesk(t, Vault{}, func(env *pavise.Env) {
			o = &order{Store: &moody{Store: env.Store}}
			env.Store = o
		})
		d.app = sets(sid)
		b := d.tab()
		b.ask("/")
		b.ask("/")
		victim := "" // what the app heard of him
		d.app = func(w http.ResponseWriter, r *http.Request) {
			if r.URL.RawQuery == "wrong" {
				w.Header().Set("Content-Type", "text/html")
			} else {
				victim = r.Header.Get("Cookie")
			}
		}
		answers := o.both(d, letters, b.line(), "POST /login", "POST /login?wrong")
		d.app = nil
		if victim == "" {
			continue // his handle was replaced before he came: he logs in nowhere
		}
		if d.send("/", handleIn(answers[1])); d.heard != "" {
			t.Errorf("%s: the other opens %q", letters, d.heard)
		}
		if d.send("/", handleIn(answers[0])); d.heard != victim {
			t.Errorf("%s: he opens %q", letters, d.heard)
		}
	}
}
