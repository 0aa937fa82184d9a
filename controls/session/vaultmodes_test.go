package session

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pavise"
)

func handleOf(b *tab) string { return b.cookies["__Host-visit"] }

func TestSealedMode(t *testing.T) {
	d := newDesk(t, Vault{Mode: "sealed"})
	d.app = sets(sid)
	b := d.tab()
	b.ask("/")
	first := handleOf(b)
	if _, isToken := parseToken(first); first == "" || isToken || strings.Contains(first, "abc") {
		t.Fatalf("handle %q", first)
	}
	d.app = nil
	if b.ask("/"); d.heard != "connect.sid=s%3Aabc.def" {
		t.Fatalf("the app heard %q", d.heard)
	}
	raw, _ := base64.RawURLEncoding.DecodeString(first)
	raw[len(raw)-1] ^= 1
	for name, forged := range map[string]string{"changed": base64.RawURLEncoding.EncodeToString(raw), "cut": first[:40], "": "x"} {
		if d.send("/", "__Host-visit="+forged); d.heard != "" {
			t.Errorf("%s: the app heard %q", name, d.heard)
		}
	}
	d.app = sets(sid)
	b.ask("POST /login")
	if handleOf(b) == first {
		t.Error("the handle of before the login stays")
	}
	d.app = nil
	member := b.line()
	d.now = d.now.Add(14 * time.Minute)
	if b.ask("/"); d.heard == "" || b.line() == member {
		t.Errorf("in use: the app heard %q, the handle is another: %v", d.heard, b.line() != member)
	}
	d.now = d.now.Add(2 * time.Minute)
	if d.send("/", member); d.heard != "" {
		t.Errorf("after 16 minutes of rest the app heard %q", d.heard)
	}
	if b.ask("/"); d.heard == "" {
		t.Error("a session in use has ended")
	}
	if b.ask("POST /logout"); handleOf(b) != "" {
		t.Error("the logout leaves the handle")
	}
}

// TestSealedElsewhere: what is sealed for one host, or under one name, opens nothing
// for another; and a former secret opens what a new one seals again.
func TestSealedElsewhere(t *testing.T) {
	d := newDesk(t, Vault{Mode: "sealed"})
	d.app = sets(sid)
	b := d.tab()
	b.ask("/")
	old := handleOf(b)
	d.open(Vault{Mode: "sealed", Handle: "other"})
	if d.send("/", "__Host-other="+old); d.heard != "" {
		t.Errorf("under another name: %q", d.heard)
	}
	d.env.Former, d.env.Secret = [][]byte{d.env.Secret}, []byte(strings.Repeat("n", 32))
	d.open(Vault{Mode: "sealed"})
	d.app = nil
	if b.ask("/"); d.heard == "" || handleOf(b) == old {
		t.Errorf("after a new secret the app heard %q, sealed again: %v", d.heard, handleOf(b) != old)
	}
}

func TestTooBigIsLoud(t *testing.T) {
	d := newDesk(t, Vault{Mode: "sealed"})
	big := "connect.sid=" + strings.Repeat("x", 3500)
	d.app = sets(big+"; Path=/; HttpOnly", "auth_token=0123; Path=/; HttpOnly")
	b := d.tab()
	b.ask("/")
	if b.cookies["connect.sid"] == "" || b.cookies["auth_token"] != "" || !d.noted("too big") {
		t.Fatalf("%v %q", b.lines, d.notes)
	}
	d.app = nil
	if b.ask("/"); !strings.Contains(d.heard, big) || !strings.Contains(d.heard, "auth_token=0123") {
		t.Errorf("the app heard %.80q", d.heard)
	}
	if d.send("/", "__Host-visit="+handleOf(b)+"; connect.sid=planted"); d.heard != "auth_token=0123" {
		t.Errorf("another value comes in: %q", d.heard)
	}
	for _, line := range b.lines {
		if c := pavise.ParseSetCookie(line); c.Size() > pavise.MaxCookie {
			t.Errorf("%s has %d bytes", c.Name, c.Size())
		}
	}

	d = newDesk(t, Vault{})
	var many []string
	for n := range 30 {
		many = append(many, fmt.Sprintf("sess%d=%s; Path=/; HttpOnly", n, strings.Repeat("y", 600)))
	}
	d.app = sets(many...)
	b = d.tab()
	b.ask("/")
	d.app = nil
	b.ask("/")
	if n := strings.Count(d.heard, "sess"); n != 30 {
		t.Errorf("of 30 cookies the app heard %d", n)
	}
}

// TestModesMigrate: from each mode to each other nobody is logged out.
func TestModesMigrate(t *testing.T) {
	for _, from := range []string{"vault", "sealed", "rename"} {
		for _, to := range []string{"vault", "sealed", "rename"} {
			adopt := Vault{Mode: to, InsecureAdoptUntil: time.Unix(1_800_000_000, 0).Add(24 * time.Hour)}
			d := newDesk(t, Vault{Mode: from})
			d.app = sets(sid)
			b := d.tab()
			b.ask("POST /login")
			d.open(adopt)
			d.app = nil
			for range 3 {
				if b.ask("/", "Sec-Fetch-Mode", "navigate"); d.heard != "connect.sid=s%3Aabc.def" {
					t.Errorf("from %s to %s: the app heard %q", from, to, d.heard)
				}
				d.now = d.now.Add(2 * time.Minute)
			}
			_, isToken := parseToken(handleOf(b))
			raw := b.cookies["connect.sid"] != ""
			if raw != (to == "rename") || isToken != (to == "vault") || (handleOf(b) == "") != (to == "rename") {
				t.Errorf("from %s to %s: %v", from, to, b.cookies)
			}
		}
	}
}

func TestAdoption(t *testing.T) {
	d := newDesk(t, Vault{InsecureAdoptUntil: time.Unix(1_800_000_000, 0).Add(time.Hour)})
	b := d.tab()
	b.cookies["PHPSESSID"] = "old"
	b.cookies["theme"] = "dark"
	b.ask("/")
	if !strings.Contains(d.heard, "PHPSESSID=old") || b.cookies["PHPSESSID"] != "" || handleOf(b) == "" {
		t.Fatalf("the app heard %q, the browser has %v", d.heard, b.cookies)
	}
	if b.ask("/"); !strings.Contains(d.heard, "PHPSESSID=old") || len(b.lines) != 0 {
		t.Errorf("the app heard %q, %q", d.heard, b.lines)
	}
	d.now = d.now.Add(2 * time.Hour)
	if d.send("/", "PHPSESSID=old"); d.heard != "" {
		t.Errorf("after the date the app heard %q", d.heard)
	}
}

// TestWhatStaysWithTheBrowser: cookies that others than the app need.
func TestWhatStaysWithTheBrowser(t *testing.T) {
	for line, kept := range map[string]bool{
		"connect.sid=a; Path=/":                            true,
		"my_session=a; Path=/; HttpOnly":                   true,
		"my_session=a; Path=/":                             false,
		"csrftoken=a; Path=/; HttpOnly":                    false,
		"PHPSESSID=a; Path=/; Domain=example.com":          false,
		"chosen=a; Path=/; Domain=example.com":             true,
		"exempt_session=a; Path=/; HttpOnly":               false,
		"remember_auth=a; Path=/; HttpOnly; Max-Age=99999": false,
		"theme=a; Path=/; HttpOnly":                        false,
		"__Host-device=a; Path=/; HttpOnly; Secure":        false,
		"=nameless; HttpOnly":                              false,
	} {
		d := newDesk(t, Vault{Names: []string{"chosen"}, Exempt: []string{"exempt_session"}})
		d.app = sets(line)
		b := d.tab()
		b.ask("/")
		if got := handleOf(b) != ""; got != kept {
			t.Errorf("%s: kept %v, %q", line, got, b.lines)
		}
		if !kept {
			d.app = nil
			if b.ask("/"); d.heard != b.line() {
				t.Errorf("%s: the app heard %q", line, d.heard)
			}
		}
	}
}

func TestAttributesOfTheHandle(t *testing.T) {
	for line, want := range map[string]string{
		"connect.sid=a":                                             "; Path=/; Secure; HttpOnly; SameSite=Lax",
		"connect.sid=a; SameSite=Strict":                            "; Path=/; Secure; HttpOnly; SameSite=Strict",
		"connect.sid=a; SameSite=None; Secure":                      "; Path=/; Secure; HttpOnly; SameSite=None",
		"connect.sid=a; Path=/app; Max-Age=3600":                    "; Path=/; Max-Age=3600; Secure; HttpOnly; SameSite=Lax",
		"connect.sid=a; Expires=" + "Fri, 15 Jan 2027 09:00:00 GMT": "; Path=/; Max-Age=3600; Secure; HttpOnly; SameSite=Lax",
		"connect.sid=a; Max-Age=31536000":                           "; Path=/; Max-Age=86400; Secure; HttpOnly; SameSite=Lax",
	} {
		d := newDesk(t, Vault{})
		d.app = sets(line)
		b := d.tab()
		b.ask("POST /login")
		if len(b.lines) != 1 || strings.TrimPrefix(b.lines[0], "__Host-visit="+handleOf(b)) != want {
			t.Errorf("%s: %q", line, b.lines)
		}
	}
}

// TestPaths: a cookie with a path goes there alone, and of two the longer path comes
// first.
func TestPaths(t *testing.T) {
	d := newDesk(t, Vault{})
	d.app = sets("connect.sid=root; Path=/", "connect.sid=admin; Path=/admin")
	b := d.tab()
	b.ask("/")
	d.app = nil
	for path, want := range map[string]string{
		"/": "connect.sid=root", "/admin": "connect.sid=admin; connect.sid=root", "/admin/x": "connect.sid=admin; connect.sid=root", "/administer": "connect.sid=root",
	} {
		if b.ask(path); d.heard != want {
			t.Errorf("%s: the app heard %q", path, d.heard)
		}
	}
}

// TestStrictStaysBehind: where one cookie comes along from other sites, a stricter one
// beside it does not.
func TestStrictStaysBehind(t *testing.T) {
	d := newDesk(t, Vault{})
	d.app = sets("connect.sid=a; SameSite=None", "auth_token=b; HttpOnly; SameSite=Strict", "my_session=c; HttpOnly")
	b := d.tab()
	b.ask("/")
	d.app = nil
	for name, tt := range map[string]struct {
		request, site, mode, want string
	}{
		"own":         {"/", "same-origin", "navigate", "connect.sid=a; auth_token=b; my_session=c"},
		"a link":      {"/", "cross-site", "navigate", "connect.sid=a; my_session=c"},
		"a frame":     {"/", "cross-site", "no-cors", "connect.sid=a"},
		"a form":      {"POST /", "cross-site", "navigate", "connect.sid=a"},
		"an old tool": {"/", "", "", "connect.sid=a; auth_token=b; my_session=c"},
	} {
		header := []string{"Sec-Fetch-Site", tt.site, "Sec-Fetch-Mode", tt.mode}
		if tt.site == "" {
			header = nil
		}
		if b.ask(tt.request, header...); d.heard != tt.want {
			t.Errorf("%s: the app heard %q, want %q", name, d.heard, tt.want)
		}
	}
}

// A moody store is full or away when it is told to be.
type moody struct {
	pavise.Store
	full, away atomic.Bool
	asked      atomic.Int64
}

func (m *moody) mood(writes bool) error {
	m.asked.Add(1)
	switch {
	case m.away.Load():
		return fmt.Errorf("moody: %w", pavise.ErrAway)
	case writes && m.full.Load():
		return fmt.Errorf("moody: %w", pavise.ErrFull)
	}
	return nil
}

func (m *moody) Add(ctx context.Context, key string, n int64, life time.Duration) (int64, time.Duration, error) {
	if err := m.mood(false); err != nil {
		return 0, 0, err
	}
	return m.Store.Add(ctx, key, n, life)
}

func (m *moody) Touch(ctx context.Context, key string, life time.Duration) (bool, error) {
	if err := m.mood(false); err != nil {
		return false, err
	}
	return m.Store.Touch(ctx, key, life)
}

func (m *moody) Get(ctx context.Context, key string) ([]byte, uint64, error) {
	if err := m.mood(false); err != nil {
		return nil, 0, err
	}
	return m.Store.Get(ctx, key)
}

func (m *moody) Swap(ctx context.Context, key string, value []byte, version uint64, life time.Duration) (bool, error) {
	if err := m.mood(version == 0); err != nil {
		return false, err
	}
	return m.Store.Swap(ctx, key, value, version, life)
}

func (m *moody) Delete(ctx context.Context, key string) error {
	if err := m.mood(false); err != nil {
		return err
	}
	return m.Store.Delete(ctx, key)
}

func moodyDesk(t *testing.T) (*desk, *moody) {
	m := new(moody)
	return newDesk(t, Vault{}, func(env *pavise.Env) { m.Store, env.Store = env.Store, m }), m
}

// TestFullStore: strangers who fill the store end no session, and begin theirs without
// it; once there is room, they are taken in.
func TestFullStore(t *testing.T) {
	d, store := moodyDesk(t)
	d.app = sets(sid)
	old := d.tab()
	old.ask("/")
	store.full.Store(true)
	b := d.tab()
	b.ask("/")
	if _, isToken := parseToken(handleOf(b)); handleOf(b) == "" || isToken || !d.noted("the store is full") {
		t.Fatalf("%q %q", b.lines, d.notes)
	}
	d.app = nil
	for _, each := range []*tab{old, b} {
		if each.ask("/"); d.heard != "connect.sid=s%3Aabc.def" {
			t.Errorf("the app heard %q", d.heard)
		}
	}
	sealed := b.line()
	d.app = sets(sid)
	b.ask("POST /login")
	d.app = nil
	if d.send("/", sealed); d.heard != "" {
		t.Errorf("the sealed handle of before the login opens %q", d.heard)
	}
	store.full.Store(false)
	d.now = d.now.Add(3 * time.Minute)
	if b.ask("/"); d.heard == "" {
		t.Error("the session is lost")
	}
	if _, isToken := parseToken(handleOf(b)); !isToken {
		t.Error("there is room, and the browser bears the session still")
	}
	last := b.line()
	b.ask("POST /logout")
	if d.send("/", last); d.heard != "" {
		t.Errorf("after the logout: %q", d.heard)
	}
}

// TestLogoutOfSealed: in a vault a logout ends what the browser bore, while the store
// takes a mark.
func TestLogoutOfSealed(t *testing.T) {
	d, store := moodyDesk(t)
	store.full.Store(true)
	d.app = sets(sid)
	b := d.tab()
	b.ask("/")
	copied := b.line()
	b.ask("POST /logout")
	d.app = nil
	if d.send("/", copied); d.heard != "" {
		t.Errorf("a copy of it opens %q", d.heard)
	}
}

func TestStoreAway(t *testing.T) {
	d, store := moodyDesk(t)
	d.app = sets(sid)
	known, leaving := d.tab(), d.tab()
	known.ask("POST /login")
	leaving.ask("POST /login")
	unknown := d.tab()
	unknown.ask("POST /login")
	d.open(Vault{}) // another node, that has seen only two of them
	d.app = nil
	known.ask("/")
	leaving.ask("/")
	store.away.Store(true)

	if known.ask("/"); d.heard != "connect.sid=s%3Aabc.def" || len(known.lines) != 0 {
		t.Errorf("known: the app heard %q, %q", d.heard, known.lines)
	}
	d.app = sets("connect.sid=s%3Aanother.a; Path=/; HttpOnly")
	if res := unknown.ask("/"); res.StatusCode != 200 || d.heard != "" || len(unknown.lines) != 0 {
		t.Errorf("unknown: %d, the app heard %q, %q", res.StatusCode, d.heard, unknown.lines)
	}
	if res := unknown.ask("POST /order"); res.StatusCode != 503 || res.Header.Get("Retry-After") == "" || len(unknown.lines) != 0 {
		t.Errorf("unknown: %d %q", res.StatusCode, unknown.lines)
	}
	stranger := d.tab()
	if res := stranger.ask("POST /login"); res.StatusCode != 200 || handleOf(stranger) == "" {
		t.Errorf("a stranger: %d %q", res.StatusCode, stranger.lines)
	}
	d.app = sets("connect.sid=s%3Achanged.c; Path=/; HttpOnly")
	known.ask("/", "Sec-Fetch-Mode", "cors")
	d.app = nil
	if known.ask("/"); d.heard != "connect.sid=s%3Achanged.c" {
		t.Errorf("known, changed: the app heard %q", d.heard)
	}
	old := leaving.line()
	if leaving.ask("POST /logout"); handleOf(leaving) != "" {
		t.Error("the logout leaves the handle")
	}
	if d.send("/", old); d.heard != "" {
		t.Errorf("after the logout, still away: %q", d.heard)
	}
	if !d.noted("the store is away") {
		t.Error(d.notes)
	}

	store.away.Store(false)
	d.now = d.now.Add(2 * time.Second)
	if known.ask("/"); d.heard != "connect.sid=s%3Achanged.c" {
		t.Errorf("back: the app heard %q", d.heard)
	}
	if unknown.ask("/"); d.heard != "connect.sid=s%3Aabc.def" {
		t.Errorf("back, unknown: the app heard %q", d.heard)
	}
	if !d.noted("the store is back") {
		t.Error(d.notes)
	}
	d.open(Vault{}) // a node that has nothing but the store
	if d.send("/", old); d.heard != "" {
		t.Errorf("elsewhere the ended session opens %q", d.heard)
	}
	if known.ask("/"); d.heard != "connect.sid=s%3Achanged.c" {
		t.Errorf("elsewhere: the app heard %q", d.heard)
	}
	if stranger.ask("/"); d.heard == "" {
		t.Error("the stranger's session is lost")
	}
}

// TestCopiesAreBounded: a stranger with many sessions takes no more than there is.
func TestCopiesAreBounded(t *testing.T) {
	c := newCopies()
	value := strings.Repeat("v", 8000)
	for n := range maxCopies + 10 {
		j := jar{ends: 1 << 40}
		if n%3 == 0 {
			j.cookies = []appCookie{{name: "a", value: value, path: "/"}}
		}
		c.keep(fmt.Sprint(n), j, time.Unix(int64(n), 0), false)
	}
	if len(c.byToken) > maxCopies || c.bytes > maxCopyBytes {
		t.Errorf("%d copies, %d bytes", len(c.byToken), c.bytes)
	}
	size := 0
	for token, copy := range c.byToken {
		size += copy.size(token)
	}
	if size != c.bytes {
		t.Errorf("%d bytes are counted as %d", size, c.bytes)
	}
	d, store := moodyDesk(t)
	v := &vault{env: d.env, copies: newCopies()}
	store.away.Store(true)
	x := &pavise.Exchange{Request: must(http.NewRequest("GET", "https://shop.example.com/", nil))}
	for n := range maxEndedLater + 5 {
		v.endLater(x, &passage{handle: fmt.Sprint(n)})
	}
	if len(v.copies.ended) != maxEndedLater || !d.noted("one more is not kept") {
		t.Errorf("%d ends wait", len(v.copies.ended))
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestInClear(t *testing.T) {
	d := newDesk(t, Vault{})
	d.app = sets(sid)
	r := must(http.NewRequest("GET", "http://shop.example.com/", nil))
	r.Header.Set("Cookie", "connect.sid=raw")
	w := &recorder{header: http.Header{}}
	d.chain.ServeHTTP(w, r)
	if d.heard != "connect.sid=raw" || w.header.Get("Set-Cookie") != sid {
		t.Errorf("the app heard %q, the browser %q", d.heard, w.header)
	}
}

type recorder struct{ header http.Header }

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) Write(b []byte) (int, error) { return len(b), nil }
func (r *recorder) WriteHeader(int)             {}

func TestVaultSettings(t *testing.T) {
	for _, c := range []Vault{{}, {Mode: "sealed"}, {Idle: time.Second}, {InsecureIdle: time.Hour}, {InsecureAbsolute: 72 * time.Hour}, {Handle: "s"}} {
		if err := c.Validate(); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
	bad := Vault{Mode: "no", Names: []string{"a b", "both"}, Exempt: []string{"both"}, Handle: "__Host-x", Logins: []string{"x"}, Logouts: []string{"/a/**/b"},
		Idle: time.Hour, Visitors: 9999 * time.Hour, Absolute: 25 * time.Hour, InsecureIdle: time.Minute, InsecureAbsolute: time.Hour}
	err := bad.Validate()
	if err == nil {
		t.Fatal("nothing is wrong")
	}
	for _, want := range []string{"mode", "names", "both", "handle", "logins", "logouts", "idle must", "visitors", "absolute must", "insecure-idle must", "insecure-absolute must", "not both"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not told in\n%v", want, err)
		}
	}
}

func FuzzJar(f *testing.F) {
	f.Add(jar{level: member, ends: 5, cookies: []appCookie{{name: "a", value: "b", path: "/", end: 7}}}.append(nil))
	f.Add([]byte{1, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, b []byte) {
		j, err := readJar(b)
		if err != nil {
			return
		}
		again, err := readJar(j.append(nil))
		if err != nil || fmt.Sprintf("%+v", again) != fmt.Sprintf("%+v", j) {
			t.Fatalf("%+v became %+v, %v", j, again, err)
		}
	})
}

// FuzzInward: whatever a browser sends, the app gets no session cookie of it.
func FuzzInward(f *testing.F) {
	for _, seed := range []string{"connect.sid=a", "__Host-visit=b; a=b", ";;;=;connect.sid", " PHPSESSID = 1", "a=b;connect.sid=1;c=d"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		d := newDesk(t, Vault{})
		r := must(http.NewRequest("GET", "https://shop.example.com/", nil))
		r.Header["Cookie"] = []string{line}
		x := &pavise.Exchange{Request: r, Secure: true}
		hooks, err := Vault{}.Enforce(d.env)
		if err != nil {
			t.Fatal(err)
		}
		if err := hooks.Admit(x); err != nil {
			t.Fatal(err)
		}
		hooks.Rewrite(x)
		for _, c := range x.Request.Cookies() {
			if pavise.DefaultSessionName(c.Name) != "" || c.Name == "__Host-visit" {
				t.Fatalf("of %q the app hears %q", line, x.Request.Header["Cookie"])
			}
		}
	})
}

// FuzzOutward: whatever the app sets, its session does not reach the browser.
func FuzzOutward(f *testing.F) {
	for _, seed := range []string{"connect.sid=a; Path=/", "connect.sid=; Max-Age=0", "PHPSESSID=x; domain=a", "my_session=1;httponly", "=;", "__Host-visit=planted; Path=/; Secure"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		d := newDesk(t, Vault{})
		hooks := must(Vault{}.Enforce(d.env))
		x := &pavise.Exchange{Request: must(http.NewRequest("GET", "https://shop.example.com/", nil)), Secure: true, Status: 200, Header: http.Header{"Set-Cookie": {line}}}
		hooks.Amend(x)
		for _, got := range x.Header["Set-Cookie"] {
			c := pavise.ParseSetCookie(got)
			if pavise.DefaultSessionName(c.Name) != "" && c.Domain == "" && !c.Deletes(d.now) && c.Size() < 4096 {
				t.Fatalf("%q leaves as %q", line, got)
			}
		}
	})
}

func TestShapes(t *testing.T) {
	for value, want := range map[string][2]string{
		"s%3Aabc.def": {"express-session", ""},
		"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln":                                  {"a JSON Web Token", "JSON in Base64"},
		"eyJ1c2VyIjoiYWxpY2UifQ==":                                                   {"", "JSON in Base64"},
		"eyJpdiI6IkFBQUEiLCJ2YWx1ZSI6IkIifQ%3D%3D":                                   {"Laravel", ""},
		"a%3A1%3A%7Bs%3A4%3A%22user%22%3Bi%3A1%3B%7D":                                {"", "PHP data"},
		"%7B%22user%22%3A1%7D":                                                       {"", "JSON"},
		"BAh7B0kiD3Nlc3Npb25faWQGOgZFVEki--0123456789abcdef0123456789abcdef01234567": {"Rails or Rack", "a Ruby object in Base64"},
		"CfDJ8KXAmplE_of_ASP_NET":                                                    {"ASP.NET Core", ""},
		strings.Repeat("A", 43):                                                      {"", ""},
		base64.RawURLEncoding.EncodeToString([]byte("\x01\x02random bytes that say nothing\xff")): {"", ""},
		"0123456789abcdef0123456789abcdef": {"", ""},
	} {
		if got := [2]string{shapeOf(value), readable(value)}; got != want {
			t.Errorf("%.40q: %q, want %q", value, got, want)
		}
	}
	for range 2000 { // nothing of ours looks like anybody's
		b := make([]byte, 200)
		rand.Read(b)
		for _, value := range []string{newToken().String(), base64.RawURLEncoding.EncodeToString(b)} {
			if shapeOf(value) != "" || readable(value) != "" {
				t.Errorf("%s: %s %s", value, shapeOf(value), readable(value))
			}
		}
	}
}
