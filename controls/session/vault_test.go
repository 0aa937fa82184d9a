package session

import (
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
			d.notes = append(d.notes, x.Reason, x.Mend)
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
		"a token by fetch":             {"POST /x", []string{"Sec-Fetch-Mode", "cors"}, []string{"auth_token=eyJhIjoxfQ; Path=/; HttpOnly"}, true},
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
