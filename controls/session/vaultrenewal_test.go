package session

import (
	"net/http"
	"testing"
	"time"
)

const (
	renewed = "connect.sid=s%3Arenewed.r; Path=/; HttpOnly"
	again   = "connect.sid=s%3Aagain.a; Path=/; HttpOnly"
)

// TestWaning: a handle that a page's new id has replaced reads for a moment what there
// was before, and sets nothing. One that a login or a form has replaced reads nothing.
func TestWaning(t *testing.T) {
	page := []string{"Sec-Fetch-Mode", "navigate"}
	for name, tt := range map[string]struct {
		request string
		later   time.Duration
		reads   bool
	}{
		"a page":              {"GET /page", 0, true},
		"a page, long ago":    {"GET /page", crossing, false},
		"a form":              {"POST /form", 0, false},
		"a login":             {"POST /login", 0, false},
		"back from a login":   {"GET /back?code=1&state=2", 0, false},
		"a page, and two too": {"GET /page/page/page", 0, true},
	} {
		d := newDesk(t, Vault{})
		d.app = sets(sid)
		b := d.tab()
		b.ask("/")
		b.ask("/")
		old := b.line()
		d.app = sets(renewed)
		b.ask(tt.request, page...)
		if name == "a page, and two too" {
			d.app = sets(again)
			b.ask(tt.request, page...)
		}
		if b.line() == old {
			t.Errorf("%s: the handle is the same", name)
		}
		d.now = d.now.Add(tt.later)
		d.app = sets("connect.sid=s%3Alate.l; Path=/; HttpOnly")
		res := d.send("/img", old)
		if got := d.heard == "connect.sid=s%3Aabc.def"; got != tt.reads {
			t.Errorf("%s: the app hears %q", name, d.heard)
		}
		if late := len(res.Header["Set-Cookie"]) > 0; late != (tt.later > 0) {
			t.Errorf("%s: the browser is told %q", name, res.Header["Set-Cookie"])
		}
	}
}

// TestWaningEnds: with the session the handles of before end, too.
func TestWaningEnds(t *testing.T) {
	d := newDesk(t, Vault{})
	d.app = sets(sid)
	b := d.tab()
	b.ask("/")
	b.ask("/")
	old := b.line()
	d.app = sets(renewed)
	b.ask("/page", "Sec-Fetch-Mode", "navigate")
	d.app = nil
	b.ask("POST /logout")
	if d.send("/img", old); d.heard != "" {
		t.Errorf("behind the logout the app hears %q", d.heard)
	}
}

// TestNamesOutliveAStart: a name that the app has chosen itself is guarded behind a new
// start, too; and no more once the app lets scripts read the cookie.
func TestNamesOutliveAStart(t *testing.T) {
	d := newDesk(t, Vault{})
	hears := func(want string) {
		t.Helper()
		if d.send("/", "shop.sid=raw"); d.heard != want {
			t.Errorf("the app hears %q, want %q", d.heard, want)
		}
	}
	d.app = sets("shop.sid=1; Path=/; HttpOnly")
	hears("shop.sid=raw") // nobody has seen the app set it
	d.app = nil
	d.open(Vault{})
	hears("")
	d.app = sets("shop.sid=1; Path=/")
	d.send("/", "")
	d.app = func(http.ResponseWriter, *http.Request) {}
	hears("shop.sid=raw")
	d.open(Vault{})
	hears("shop.sid=raw")
}
