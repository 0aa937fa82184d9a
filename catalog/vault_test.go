package catalog_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/catalog"
	"pavise/controls/cookies"
	"pavise/controls/session"
	"pavise/internal/weakshop"
)

// A window is a browser before a policy, without a network between.
type window struct {
	t       *testing.T
	chain   http.Handler
	cookies map[string]string
	heard   []*http.Cookie // by the app
	app     http.HandlerFunc
}

func (w *window) behind(env pavise.Env, controls ...pavise.Control) *window {
	chain, err := pavise.Recommend(controls).Wrap(env, http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		w.heard = r.Cookies()
		w.app(out, r)
	}))
	if err != nil {
		w.t.Fatal(err)
	}
	w.chain = chain
	return w
}

func (w *window) ask(method, path, body string) *http.Response {
	r := httptest.NewRequest(method, "https://"+weakshop.Host+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", "https://"+weakshop.Host)
	}
	for name, value := range w.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	recorder := httptest.NewRecorder()
	w.chain.ServeHTTP(recorder, r)
	res := recorder.Result()
	for _, line := range res.Header["Set-Cookie"] {
		c := pavise.ParseSetCookie(line)
		if c.Deletes(time.Now()) {
			delete(w.cookies, c.Name)
		} else {
			w.cookies[c.Name] = c.Value
		}
	}
	return res
}

func (w *window) hears(name, value string) bool {
	for _, c := range w.heard {
		if c.Name == name {
			return c.Value == value
		}
	}
	return value == ""
}

func newWindow(t *testing.T, app http.HandlerFunc) *window {
	return &window{t: t, cookies: map[string]string{}, app: app}
}

var oneHost = pavise.Env{Site: pavise.Site{Hosts: []string{weakshop.Host}}}

// TestVaultBehindEverything: with all controls on nothing of the app's session reaches
// the browser, a login that the guard sees gives a new handle wherever it is, and a
// logout ends the session.
func TestVaultBehindEverything(t *testing.T) {
	id := "s%3Afirst.f"
	w := newWindow(t, func(out http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/konto/anmelden/login":
			id = "s%3Asecond.s"
			out.Header().Set("Location", "/account")
			out.Header().Set("Set-Cookie", "connect.sid="+id+"; Path=/; HttpOnly")
			out.WriteHeader(302)
		case "/logout":
			out.Header().Set("Set-Cookie", "connect.sid=; Path=/; Max-Age=0")
		default:
			out.Header().Set("Set-Cookie", "connect.sid="+id+"; Path=/; HttpOnly")
		}
	}).behind(oneHost, catalog.Controls()...)
	res := w.ask("GET", "/", "")
	before := w.cookies["__Host-visit"]
	if lines := res.Header["Set-Cookie"]; len(lines) != 1 || before == "" || res.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%q %v", lines, res.Header)
	}
	w.ask("POST", "/konto/anmelden/login", "username=alice&password=shield")
	member := w.cookies["__Host-visit"]
	if member == before || !w.hears("connect.sid", "s%3Afirst.f") || w.cookies[pavise.DeviceCookie] == "" {
		t.Fatalf("%v, the app heard %v", w.cookies, w.heard)
	}
	if w.ask("GET", "/account", ""); !w.hears("connect.sid", id) {
		t.Errorf("the app heard %v", w.heard)
	}
	if w.ask("POST", "/logout", "x=1"); w.cookies["__Host-visit"] != "" {
		t.Errorf("after the logout: %v", w.cookies)
	}
	w.cookies["__Host-visit"] = member
	if w.ask("GET", "/account", ""); !w.hears("connect.sid", "") {
		t.Errorf("after the logout the app heard %v", w.heard)
	}
}

// TestVaultAdoptsRenamedCookies: who had a session when there was but cookies.rename
// keeps it, if the owner wants so, and with it nothing that says what it was.
func TestVaultAdoptsRenamedCookies(t *testing.T) {
	for name, rename := range map[string]cookies.Rename{
		"made up": {}, "chosen": {Names: map[string]string{"connect.sid": "sid"}}, "raw": {InsecureAcceptRawUntil: time.Now().Add(time.Hour)},
	} {
		app := func(out http.ResponseWriter, r *http.Request) {
			if _, err := r.Cookie("connect.sid"); err != nil {
				out.Header().Set("Set-Cookie", "connect.sid=s%3Aold.o; Path=/; HttpOnly")
			}
		}
		w := newWindow(t, app).behind(oneHost, rename)
		if w.ask("GET", "/", ""); name == "raw" {
			w.cookies = map[string]string{"connect.sid": "s%3Aold.o"} // from before there was anything
		}
		w.behind(oneHost, rename, cookies.Flags{}, session.Vault{InsecureAdoptUntil: time.Now().Add(time.Hour)})
		for range 2 {
			if w.ask("GET", "/", ""); !w.hears("connect.sid", "s%3Aold.o") || len(w.cookies) != 1 || w.cookies["__Host-visit"] == "" {
				t.Errorf("%s: the app heard %v, the browser has %v", name, w.heard, w.cookies)
			}
		}
	}
}

// TestVaultLeavesSharedCookies: a session that other hosts share stays where it is,
// also on a node that has not seen it set.
func TestVaultLeavesSharedCookies(t *testing.T) {
	w := newWindow(t, func(out http.ResponseWriter, r *http.Request) {
		if len(r.Cookies()) == 0 {
			out.Header().Set("Set-Cookie", "PHPSESSID=shared; Path=/; Domain="+weakshop.Host)
		}
	})
	w.behind(oneHost, catalog.Controls()...).ask("GET", "/", "")
	if w.ask("GET", "/", ""); !w.hears("PHPSESSID", "shared") {
		t.Errorf("the app heard %v", w.heard)
	}
	w.behind(oneHost, catalog.Controls()...)
	if w.ask("GET", "/", ""); !w.hears("PHPSESSID", "shared") {
		t.Errorf("on another node the app heard %v", w.heard)
	}
	w.cookies = map[string]string{"PHPSESSID": "planted"}
	if w.ask("GET", "/", ""); !w.hears("PHPSESSID", "") {
		t.Errorf("under its own name the app heard %v", w.heard)
	}
}
