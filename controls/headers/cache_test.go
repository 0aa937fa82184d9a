package headers

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"pavise"
)

func TestCache(t *testing.T) {
	const html = "Content-Type: text/html"
	const sid = "connect.sid=s%3Aabc"
	const sets = "Set-Cookie: connect.sid=s%3Aabc; Path=/; HttpOnly"
	const none = "Cache-Control: no-store"
	travel(t, Cache{}, []trip{
		{name: "no session", app: head(html, "Cache-Control: public"), want: head(html, "Cache-Control: public")},
		{name: "another cookie", cookie: "theme=dark; lang=en", app: head(html, "Set-Cookie: theme=dark"), want: head(html, "Set-Cookie: theme=dark")},
		{name: "sets", app: head(html, sets), want: head(html, sets, none)},
		{name: "sets by another name", app: head(html, "Set-Cookie: theme=dark", "Set-Cookie: __Host-sid=1"),
			want: head(html, "Set-Cookie: theme=dark", "Set-Cookie: __Host-sid=1", none)},
		{name: "sets on a picture", app: head("Content-Type: image/png", sets), want: head("Content-Type: image/png", sets, none)},
		{name: "sets on a redirect", status: 302, app: head(html, sets), want: head(html, sets, none)},
		{name: "sets, and is public", app: head(sets, "Cache-Control: Public, max-age=60"), want: head(sets, none), note: "Public, max-age=60 is replaced"},
		{name: "sets, with its own", app: head(sets, "Cache-Control: no-store, private"), want: head(sets, "Cache-Control: no-store, private")},
		{name: "sets, with its own that yields", app: head(sets, "Cache-Control: must-understand, no-store"), want: head(sets, none)},
		{name: "sets, and a CDN would store", app: head(sets, none, "CDN-Cache-Control: max-age=60"), want: head(sets, none)},
		{name: "follows", cookie: "theme=dark; " + sid, app: head(html), want: head(html, none)},
		{name: "follows in an error", cookie: sid, status: 500, app: head(html), want: head(html, none)},
		{name: "follows with data", cookie: sid, app: head("Content-Type: application/json", "Cache-Control: private, max-age=9"),
			want: head("Content-Type: application/json", none)},
		{name: "follows with a script", cookie: sid, app: head("Content-Type: Text/JavaScript; charset=utf-8", "Cache-Control: public"),
			want: head("Content-Type: Text/JavaScript; charset=utf-8", "Cache-Control: public")},
		{name: "follows with a picture", cookie: sid, app: head("Content-Type: image/webp"), want: head("Content-Type: image/webp")},
		{name: "follows, not modified", cookie: sid, status: 304, app: head(), want: head()},
		{name: "too many cookies to look at", cookie: strings.Repeat("a=1;", mostCookies+1), app: head(html), want: head(html, none)},
	})
}

// TestCacheBeforeRenaming holds that the name counts that the browser knows, when
// a control further in gives the cookie another one.
func TestCacheBeforeRenaming(t *testing.T) {
	h := wrap(t, nil, 0, head("Content-Type: text/html"), Cache{}, renaming{})
	r := trip{cookie: "__Host-sid=1"}.request()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if got := w.Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control %q", got)
	}
}

// renaming stands for a control that hides the name of the session.
type renaming struct{}

func (renaming) Doc() pavise.Doc { return pavise.Doc{ID: "test.renaming"} }
func (renaming) Validate() error { return nil }
func (renaming) Enforce(pavise.Env) (pavise.Hooks, error) {
	return pavise.Hooks{Rewrite: func(x *pavise.Exchange) { x.Request.Header.Set("Cookie", "inner=1") }}, nil
}

func TestCacheCheck(t *testing.T) {
	const origin, home = "https://shop.example.com", "https://shop.example.com/"
	const sets, none, html = "Set-Cookie: connect.sid=abc; Path=/", "Cache-Control: no-store", "Content-Type: text/html"
	cookie := http.Header{"Cookie": {"connect.sid=abc"}}
	first := answer(home, 200, nil, head(html, sets, none))
	known := page("Cache-Control: public")
	known.Target.Session = true
	judged(t, Cache{}, "headers.cache.session", []verdict{
		{"stored, with a cookie of the asker's", known, pavise.Fail, "follows the session of the asker, public"},
		{"no session", page("Cache-Control: public"), pavise.Skip, ""},
		{"set and stored", page(sets, "Cache-Control: public"), pavise.Fail, "sets connect.sid, public"},
		{"set and nothing said", page(sets), pavise.Fail, "no Cache-Control"},
		{"set, a CDN stores", page(sets, none, "Cdn-Cache-Control: max-age=60"), pavise.Fail, "for a CDN max-age=60"},
		{"set and not asked again", page(sets, none), pavise.Unknown, "was not asked"},
		{"both unstored", evidence(origin, first, answer(home, 200, cookie, head(html, none))), pavise.Pass, "follows connect.sid, no-store"},
		{"followed and stored", evidence(origin, first, answer(home, 200, cookie, head(html))), pavise.Fail, "follows connect.sid, no Cache-Control"},
		{"followed by a picture", evidence(origin, first, answer(home, 200, cookie, head("Content-Type: image/png"))), pavise.Pass, "sets"},
		{"no answer", evidence(origin, first, pavise.Answer{
			Probe: pavise.Ask(pavise.Request{URL: home, Header: cookie}), Error: "timed out"}), pavise.Unknown, "timed out"},
	})
}

// TestCacheProbes holds that the question stays the same when more is known.
func TestCacheProbes(t *testing.T) {
	const home = "https://shop.example.com/"
	e := page("Set-Cookie: theme=dark; Path=/", "Set-Cookie: connect.sid=s%3Aabc.d; Path=/; HttpOnly", "Set-Cookie: token=\"x\"")
	want := pavise.Ask(pavise.Request{URL: home, Header: http.Header{"Cookie": {`connect.sid=s%3Aabc.d; token="x"`}}})
	for range 2 {
		probes := Cache{}.Probes(e)
		if len(probes) != 1 || probes[0].Key() != want.Key() {
			t.Fatalf("asks %+v", probes)
		}
		e.Add(pavise.Answer{Probe: probes[0], Response: &pavise.Response{Status: 200, Header: head("Set-Cookie: connect.sid=other")}})
	}
	if probes := (Cache{}).Probes(page("Set-Cookie: theme=dark")); probes != nil {
		t.Errorf("without a session asks %+v", probes)
	}
}

func TestSessionCookies(t *testing.T) {
	for cookies, want := range map[string]string{
		"":                          "",
		"theme=sid":                 "",
		"theme=dark; PHPSESSID=1":   "PHPSESSID",
		"a=1;\t__Secure-session=1;": "__Secure-session",
		"sid":                       "sid",
	} {
		if got := followsSession(http.Header{"Cookie": {cookies}}); got != want {
			t.Errorf("%q: %q, want %q", cookies, got, want)
		}
	}
	if h := head("Set-Cookie: theme=1", "Set-Cookie: sid=1; Path=/"); setsSession(h) != "sid" || sessionOf(h) != "sid=1" {
		t.Errorf("sets %q, bears %q", setsSession(h), sessionOf(h))
	}
}
