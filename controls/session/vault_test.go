package session

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"pavise"
)

// A desk is an app behind a vault, and what a browser does there.
type desk struct {
	t     *testing.T
	now   time.Time
	mu    sync.Mutex
	notes []string
	app   http.HandlerFunc
	heard string // the Cookie header that the app got last
	chain http.Handler
	env   pavise.Env
}

func newDesk(t *testing.T, c Vault, more ...func(*pavise.Env)) *desk {
	d := &desk{t: t, now: time.Unix(1_800_000_000, 0)}
	d.env = pavise.Env{Site: pavise.Site{Hosts: []string{"shop.example.com"}}, Secret: make([]byte, 32),
		Now: func() time.Time { return d.now },
		Decide: func(x pavise.Decision) {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.notes = append(d.notes, x.Reason)
		}}
	d.env.Store = pavise.NewMemory(d.env.Now)
	for _, f := range more {
		f(&d.env)
	}
	d.open(c)
	return d
}

// open puts another vault on the same store in front.
func (d *desk) open(c Vault) {
	chain, err := pavise.Recommend([]pavise.Control{c}).Wrap(d.env, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		d.heard = strings.Join(r.Header["Cookie"], "; ")
		d.mu.Unlock()
		if d.app != nil {
			d.app(w, r)
		}
	}))
	if err != nil {
		d.t.Fatal(err)
	}
	d.chain = chain
}

func (d *desk) noted(part string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, n := range d.notes {
		if strings.Contains(n, part) {
			return true
		}
	}
	return false
}

// A tab is a browser with cookies of its own.
type tab struct {
	d       *desk
	cookies map[string]string
	lines   []string // the Set-Cookie lines of the last answer
}

func (d *desk) tab() *tab { return &tab{d: d, cookies: map[string]string{}} }

// ask sends a request, and keeps what cookies come back. The header is in pairs.
func (b *tab) ask(target string, header ...string) *http.Response {
	res := b.d.send(target, b.line(), header...)
	b.take(res)
	return res
}

func (b *tab) line() string {
	var pairs []string
	for name, value := range b.cookies {
		pairs = append(pairs, name+"="+value)
	}
	return strings.Join(pairs, "; ")
}

func (b *tab) take(res *http.Response) {
	b.lines = res.Header["Set-Cookie"]
	for _, line := range b.lines {
		c := pavise.ParseSetCookie(line)
		if c.Deletes(b.d.now) {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
}

func (d *desk) send(target, cookies string, header ...string) *http.Response {
	method, path, found := strings.Cut(target, " ")
	if !found {
		method, path = "GET", target
	}
	r := httptest.NewRequest(method, "https://shop.example.com"+path, nil)
	if cookies != "" {
		r.Header.Set("Cookie", cookies)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	d.chain.ServeHTTP(w, r)
	return w.Result()
}

// sets is an app that sets cookies, whatever it is asked.
func sets(lines ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for _, line := range lines {
			w.Header().Add("Set-Cookie", line)
		}
	}
}

const sid = "connect.sid=s%3Aabc.def; Path=/; HttpOnly"

func TestVaultKeepsTheCookie(t *testing.T) {
	d := newDesk(t, Vault{})
	d.app = sets(sid, "theme=dark; Path=/", "XSRF-TOKEN=t; Path=/")
	b := d.tab()
	b.ask("/")
	if len(b.cookies) != 3 || b.cookies["theme"] != "dark" || b.cookies["XSRF-TOKEN"] != "t" {
		t.Fatal(b.cookies)
	}
	handle := b.cookies["__Host-visit"]
	if _, ok := parseToken(handle); !ok {
		t.Fatalf("handle %q", handle)
	}
	if got := b.lines[len(b.lines)-1]; got != "__Host-visit="+handle+"; Path=/; Secure; HttpOnly; SameSite=Lax" {
		t.Error(got)
	}
	d.app = nil
	res := b.ask("/cart")
	if !strings.Contains(d.heard, "connect.sid=s%3Aabc.def") || strings.Contains(d.heard, handle) || !strings.Contains(d.heard, "theme=dark") {
		t.Errorf("the app heard %q", d.heard)
	}
	if len(res.Header["Set-Cookie"]) != 0 {
		t.Error(res.Header)
	}
}

func TestWhatComesFromOutside(t *testing.T) {
	for name, tt := range map[string]struct{ cookie, heard string }{
		"a raw name":        {"connect.sid=planted; a=1", "a=1"},
		"in another case":   {"CONNECT.SID=planted", ""},
		"no handle of ours": {"__Host-visit=AAAA; b=2", "b=2"},
		"a made up token":   {"__Host-visit=" + strings.Repeat("A", 43), ""},
		"two handles":       {"__Host-visit=A; __Host-visit=B; c=3", "c=3"},
		"nothing of ours":   {"a=1; b", "a=1; b"},
	} {
		d := newDesk(t, Vault{})
		d.send("/", tt.cookie)
		if d.heard != tt.heard {
			t.Errorf("%s: the app heard %q, want %q", name, d.heard, tt.heard)
		}
	}
}

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

// TestFixation: the app keeps its own id at the login, and an attacker has given the
// visitor his own handle.
func TestHandleOfBeforeTheLogin(t *testing.T) {
	d := newDesk(t, Vault{})
	d.app = sets(sid)
	attacker := d.tab()
	attacker.ask("/")
	victim := d.tab()
	victim.cookies["__Host-visit"] = attacker.cookies["__Host-visit"]
	victim.ask("POST /login") // the same id again
	if victim.cookies["__Host-visit"] == attacker.cookies["__Host-visit"] {
		t.Fatal("the handle of before the login stays")
	}
	for _, wait := range []time.Duration{0, 5 * time.Second, time.Minute} {
		d.now = d.now.Add(wait)
		d.app = nil
		attacker.ask("/account")
		if d.heard != "" {
			t.Fatalf("after %s the old handle opens %q", wait, d.heard)
		}
		victim.ask("/account")
		if d.heard != "connect.sid=s%3Aabc.def" {
			t.Fatalf("after %s the new one opens %q", wait, d.heard)
		}
	}
	d.app = sets("connect.sid=s%3Aother.def; Path=/")
	d.send("/", "__Host-visit="+attacker.cookies["__Host-visit"])
	first := victim.cookies["__Host-visit"]
	d.app = sets(sid)
	victim.ask("POST /login")
	if second := victim.cookies["__Host-visit"]; second == first {
		t.Error("a second login keeps the handle")
	}
}

// TestGrace: what the app begins for the old handle does not take the place of the new.
func TestGrace(t *testing.T) {
	d := newDesk(t, Vault{})
	d.app = sets(sid)
	b := d.tab()
	b.ask("/")
	old := b.cookies["__Host-visit"]
	b.ask("POST /login")
	d.app = sets("connect.sid=s%3Anew.new; Path=/; HttpOnly")
	if res := d.send("/img", "__Host-visit="+old); len(res.Header["Set-Cookie"]) != 0 {
		t.Error(res.Header["Set-Cookie"])
	}
}

func TestRotation(t *testing.T) {
	for name, tt := range map[string]struct {
		request string
		header  []string
		lines   []string
		renewed bool
	}{
		"login, same id":               {"POST /login", nil, []string{sid}, true},
		"login, no cookie":             {"POST /user/sign-in", nil, nil, true},
		"login that leads back":        {"POST /login", nil, []string{"Location"}, false},
		"another id in a form":         {"POST /x", nil, []string{"connect.sid=s%3Aother.o; Path=/"}, true},
		"another id on a page":         {"GET /x", []string{"Sec-Fetch-Mode", "navigate"}, []string{"connect.sid=s%3Aother.o; Path=/"}, true},
		"another id with an image":     {"GET /x", []string{"Sec-Fetch-Mode", "no-cors"}, []string{"connect.sid=s%3Aother.o; Path=/"}, false},
		"data on a page":               {"GET /x", []string{"Sec-Fetch-Mode", "navigate"}, []string{"connect.sid=eyJhIjoxfQ; Path=/"}, false},
		"data by fetch":                {"POST /x", []string{"Sec-Fetch-Mode", "cors"}, []string{"connect.sid=eyJhIjoxfQ; Path=/"}, false},
		"data in answer to a form":     {"POST /x", []string{"Sec-Fetch-Mode", "navigate"}, []string{"connect.sid=eyJhIjoxfQ; Path=/"}, true},
		"a second cookie by POST":      {"POST /x", nil, []string{"auth_token=0123; Path=/; HttpOnly"}, true},
		"a second cookie on a page":    {"GET /x", []string{"Sec-Fetch-Mode", "navigate"}, []string{"auth_token=0123; Path=/; HttpOnly"}, false},
		"back from an OIDC provider":   {"GET /cb?code=1&state=2", nil, nil, true},
		"the same id again by POST":    {"POST /x", nil, []string{sid}, false},
		"a longer life":                {"POST /x", nil, []string{sid + "; Max-Age=86400"}, false},
		"a login by its configuration": {"GET /enter", nil, nil, true},
	} {
		d := newDesk(t, Vault{Logins: []string{"/enter"}})
		d.app = sets(sid)
		b := d.tab()
		b.ask("/")
		old := b.cookies["__Host-visit"]
		if len(tt.lines) == 1 && tt.lines[0] == "Location" {
			d.app = func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "/login?error")
				w.WriteHeader(302)
			}
		} else {
			d.app = sets(tt.lines...)
		}
		b.ask(tt.request, tt.header...)
		if renewed := b.cookies["__Host-visit"] != old; renewed != tt.renewed {
			t.Errorf("%s: renewed %v", name, renewed)
		}
		d.app = nil
		b.ask("/")
		want := "connect.sid=s%3Aabc.def"
		if len(tt.lines) > 0 && tt.lines[0] != "Location" && strings.HasPrefix(tt.lines[0], "connect.sid") {
			want, _, _ = strings.Cut(tt.lines[0], ";")
		}
		if !strings.Contains(d.heard, want) {
			t.Errorf("%s: the app heard %q, want %q", name, d.heard, want)
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
