package session

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestIdleAndAbsoluteEnd(t *testing.T) {
	for name, tt := range map[string]struct {
		path         string
		step         time.Duration
		steps        int
		alive, first bool
	}{
		"a visitor comes back":    {"/", 20 * time.Hour, 3, true, false},
		"a visitor stays away":    {"/", 25 * time.Hour, 1, false, false},
		"never comes back":        {"/", 61 * time.Minute, 1, false, true},
		"a member at work":        {"POST /login", 13 * time.Minute, 100, true, false},
		"a member rests":          {"POST /login", 15 * time.Minute, 1, false, false},
		"a form once more":        {"POST /login?again", time.Hour, 5, true, false},
		"a member works on":       {"POST /login", 13 * time.Minute, 120, false, false},
		"a visitor for too long":  {"/", 20 * time.Hour, 37, false, false},
		"a visitor for some time": {"/", 20 * time.Hour, 30, true, false},
	} {
		d := newDesk(t, Vault{})
		d.app = func(w http.ResponseWriter, r *http.Request) {
			if r.URL.RawQuery == "again" {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
			}
			sets(sid)(w, r)
		}
		b := d.tab()
		b.ask(tt.path)
		d.app = nil
		if !tt.first {
			b.ask("/")
		}
		for range tt.steps {
			d.now = d.now.Add(tt.step)
			b.ask("/")
		}
		if got := d.heard != ""; got != tt.alive {
			t.Errorf("%s: the app heard %q", name, d.heard)
		}
	}
}

func TestLogout(t *testing.T) {
	for name, tt := range map[string]struct {
		request string
		lines   []string
		status  int
		ended   bool
	}{
		"the app deletes its cookie":   {"/bye", []string{"connect.sid=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT"}, 200, true},
		"with a Domain":                {"/bye", []string{"connect.sid=; Path=/; Domain=shop.example.com; Max-Age=0"}, 200, true},
		"a POST to logout":             {"POST /log-out", nil, 302, true},
		"one that failed":              {"POST /logout", nil, 403, false},
		"a page that asks":             {"GET /logout", nil, 200, false},
		"by its configuration":         {"GET /leave/now", nil, 302, true},
		"deletes and begins another":   {"POST /logout", []string{"connect.sid=s%3Anext.n; Path=/; HttpOnly"}, 302, true},
		"deletes what it has not":      {"/bye", []string{"other_sid=; Path=/; Max-Age=0"}, 200, false},
		"another path than it has set": {"/bye", []string{"connect.sid=; Path=/x; Max-Age=0"}, 200, false},
	} {
		d := newDesk(t, Vault{Logouts: []string{"/leave/**"}})
		d.app = sets(sid)
		b := d.tab()
		b.ask("/")
		old := b.cookies["__Host-visit"]
		d.app = func(w http.ResponseWriter, r *http.Request) {
			sets(tt.lines...)(w, r)
			w.WriteHeader(tt.status)
		}
		b.ask(tt.request)
		d.app = nil
		d.send("/", "__Host-visit="+old)
		if ended := d.heard == ""; ended != tt.ended {
			t.Errorf("%s: the app heard %q", name, d.heard)
		}
		if now := b.cookies["__Host-visit"]; tt.ended && now == old {
			t.Errorf("%s: the browser keeps the handle", name)
		}
	}
}

// TestSlowAnswer: one that comes after the logout brings nothing back.
func TestSlowAnswer(t *testing.T) {
	for _, end := range []string{"POST /logout", "POST /login"} {
		d := newDesk(t, Vault{})
		d.app = sets(sid)
		b := d.tab()
		b.ask("/")
		old := b.line()
		going, gone := make(chan bool), make(chan bool)
		d.app = func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/slow" {
				going <- true
				<-gone
				sets("connect.sid=s%3Alate.l; Path=/; HttpOnly")(w, r)
			}
		}
		var slow *http.Response
		var wait sync.WaitGroup
		wait.Go(func() { slow = d.send("POST /slow", old) })
		<-going
		b.ask(end)
		gone <- true
		wait.Wait()
		if lines := slow.Header["Set-Cookie"]; len(lines) != 0 {
			t.Errorf("%s: %q", end, lines)
		}
		d.app = nil
		if d.send("/", old); d.heard != "" {
			t.Errorf("%s: the old handle opens %q", end, d.heard)
		}
		if d.send("/", b.line()); strings.Contains(d.heard, "late") {
			t.Errorf("%s: the new handle opens %q", end, d.heard)
		}
	}
}

// TestParallel: answers that each change the cookie get on with each other.
func TestParallel(t *testing.T) {
	d := newDesk(t, Vault{})
	d.app = sets("session=eyJuIjowfQ; Path=/; HttpOnly")
	b := d.tab()
	b.ask("/")
	d.app = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Set-Cookie", "session=eyJ"+r.URL.Query().Get("n")+"; Path=/; HttpOnly")
	}
	var wait sync.WaitGroup
	for n := range 50 {
		wait.Go(func() {
			if res := d.send(fmt.Sprint("/?n=", n), b.line(), "Sec-Fetch-Mode", "cors"); len(res.Header["Set-Cookie"]) != 0 {
				t.Error(res.Header["Set-Cookie"])
			}
		})
	}
	wait.Wait()
	d.app = nil
	if b.ask("/"); !strings.HasPrefix(d.heard, "session=eyJ") || d.heard == "session=eyJuIjowfQ" {
		t.Error(d.heard)
	}
}

func TestInterimAndUpgrade(t *testing.T) {
	d := newDesk(t, Vault{})
	d.app = sets(sid)
	b := d.tab()
	b.ask("/")
	for _, status := range []int{101, 304, 204} {
		d.app = func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Link", "</a.css>; rel=preload")
			sets("connect.sid=s%3Athen.t; Path=/; HttpOnly")(w, r)
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(status)
		}
		res := b.ask("/ws", "Upgrade", "websocket", "Connection", "Upgrade")
		if !strings.Contains(d.heard, "connect.sid=") || strings.Contains(strings.Join(res.Header["Set-Cookie"], ""), "connect.sid") {
			t.Errorf("%d: the app heard %q, the browser %q", status, d.heard, res.Header["Set-Cookie"])
		}
	}
}

// TestCrowd: many browsers at once, each with parallel answers that change the cookie,
// a login, a logout, and copies of every handle it ever had: none of these opens
// anything in the end, and nobody ever gets what is somebody else's.
func TestCrowd(t *testing.T) {
	for _, mode := range []string{"vault", "full"} {
		d, store := moodyDesk(t)
		store.full.Store(mode == "full")
		d.app = func(w http.ResponseWriter, r *http.Request) {
			who := r.URL.Query().Get("who")
			if c, err := r.Cookie("session"); err == nil && !strings.HasPrefix(c.Value, "eyJ"+who+"-") {
				t.Errorf("%s got %s", who, c.Value)
			}
			if c, err := r.Cookie("session"); err == nil && r.URL.Path == "/echo" {
				w.Header().Set("X-Opened", c.Value)
			}
			if r.URL.Path == "/logout" {
				w.Header().Set("Set-Cookie", "session=; Path=/; Max-Age=0")
				return
			}
			w.Header().Set("Set-Cookie", "session=eyJ"+who+"-"+rand.Text()+"; Path=/; HttpOnly")
		}
		var crowd sync.WaitGroup
		for n := range 20 {
			crowd.Go(func() {
				who := fmt.Sprint("?who=", n)
				b, old := d.tab(), []string{}
				for range 3 {
					b.ask("/" + who)
					old = append(old, b.line())
					b.ask("POST /login" + who)
					old = append(old, b.line())
					var wait sync.WaitGroup
					for range 5 {
						wait.Go(func() { d.send("/"+who, old[len(old)-1], "Sec-Fetch-Mode", "cors") })
					}
					b.ask("POST /logout" + who)
					wait.Wait()
					if handleOf(b) != "" {
						t.Error("the logout leaves the handle")
					}
				}
				for _, line := range old {
					res := d.send("/echo"+who, line, "Sec-Fetch-Mode", "cors")
					if res.Header.Get("X-Opened") != "" {
						t.Errorf("%s: an old handle opens %s", mode, res.Header.Get("X-Opened"))
					}
				}
			})
		}
		crowd.Wait()
	}
}
