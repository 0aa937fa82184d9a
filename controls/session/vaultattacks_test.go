package session

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"pavise"
)

// TestNamesAsLenientAppsReadThem: what an app may read as a name that the vault keeps
// comes in from outside no more than that name itself.
func TestNamesAsLenientAppsReadThem(t *testing.T) {
	for name, tt := range map[string]struct{ cookie, heard string }{
		"PHP, a dot":             {"shop.session=planted; a=1", "a=1"},
		"PHP, a blank":           {"shop session=planted", ""},
		"PHP, a bracket":         {"shop[session=planted", ""},
		"ASP.NET, another case":  {"Shop_Session=planted", ""},
		"percent-encoded":        {"shop%5Fsession=planted", ""},
		"bytes that are no text": {"\x0bshop_session\xa0=planted", ""},
		"by a comma":             {"a=1, shop_session=planted; b=2", "b=2"},
		"by a comma, a default":  {"a=1,connect.sid=planted", ""},
		"by a comma, the handle": {"a=1,__Host-visit=planted", "a=1,__Host-visit=planted"},
		"by settings":            {"My.Cart=planted", ""},
		"a value with commas":    {"a=1,2,x=3", "a=1,2,x=3"},
		"as many as are read":    {"a=1" + strings.Repeat(",x=3", maxPairs), "a=1" + strings.Repeat(",x=3", maxPairs)},
		"more than are read":     {"a=1" + strings.Repeat(",x=3", maxPairs+1), ""},
		"exempt, in that case":   {"Shop_session=own", "Shop_session=own"},
		"another":                {"shop_sessions=1; shop-session=2", "shop_sessions=1; shop-session=2"},
	} {
		d := newDesk(t, Vault{Names: []string{"my_cart"}, Exempt: []string{"Shop_session"}})
		d.app = sets("shop_session=real; Path=/; HttpOnly")
		d.tab().ask("/")
		d.app = nil
		d.send("/", tt.cookie)
		if d.heard != tt.heard {
			t.Errorf("%s: the app heard %q, want %q", name, d.heard, tt.heard)
		}
	}
}

// TestLongPath: what a stranger asks for does not change where the cookies of others
// are kept.
func TestLongPath(t *testing.T) {
	const line = "shop_session=real; HttpOnly" // its path is the directory that was asked for
	for _, mode := range []string{"vault", "sealed"} {
		d := newDesk(t, Vault{Mode: mode})
		d.app = sets(line)
		stranger := d.tab()
		stranger.ask("/")
		stranger.ask("/" + strings.Repeat("a", 14<<10) + "/")
		for n := range 2 * maxJar {
			stranger.ask(fmt.Sprintf("/%d/", n))
		}
		d.app = nil
		if d.send("/", "shop_session=planted"); d.heard != "" {
			t.Errorf("%s: a stranger has opened the vault: the app heard %q", mode, d.heard)
		}
	}
}

// TestRaceForTheHandle: the app keeps its id at the login, and while that is on its way
// an attacker, who has the handle of before, has it replaced by what may be a login.
func TestRaceForTheHandle(t *testing.T) {
	d := newDesk(t, Vault{})
	d.app = sets(sid)
	attacker := d.tab()
	attacker.ask("/")
	victim := d.tab()
	victim.cookies["__Host-visit"] = attacker.cookies["__Host-visit"]
	going, gone := make(chan bool), make(chan bool)
	d.app = func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery == "wrong" {
			w.Header().Set("Content-Type", "text/html")
			return // the form once more
		}
		going <- true
		<-gone
		w.Header().Set("Location", "/account")
		w.WriteHeader(http.StatusSeeOther)
	}
	var wait sync.WaitGroup
	var answer *http.Response
	wait.Go(func() { answer = d.send("POST /login", victim.line()) })
	<-going
	attacker.ask("POST /login?wrong")
	gone <- true
	wait.Wait()
	victim.take(answer)
	d.app = nil
	if attacker.ask("/account"); d.heard != "" {
		t.Errorf("the attacker is logged in: the app heard %q", d.heard)
	}
	if victim.ask("/account"); d.heard != "connect.sid=s%3Aabc.def" {
		t.Errorf("who has logged in is not: the app heard %q", d.heard)
	}
}

// TestTwoLoginsAtOnce: who presses twice is logged in, by whichever answer.
func TestTwoLoginsAtOnce(t *testing.T) {
	d := newDesk(t, Vault{})
	d.app = sets(sid)
	b := d.tab()
	b.ask("/")
	going, gone := make(chan bool), make(chan bool)
	d.app = func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery == "first" {
			going <- true
			<-gone
		}
	}
	var wait sync.WaitGroup
	var first *http.Response
	before := b.line()
	wait.Go(func() { first = d.send("POST /login?first", before) })
	<-going
	second := d.send("POST /login", before)
	gone <- true
	wait.Wait()
	b.take(second)
	b.take(first)
	d.app = nil
	if b.ask("/account"); d.heard != "connect.sid=s%3Aabc.def" {
		t.Errorf("the app heard %q", d.heard)
	}
}

// TestAbsoluteEndOfWhoGoesOnLoggingIn: what only looks like one more login makes no
// session longer.
func TestAbsoluteEndOfWhoGoesOnLoggingIn(t *testing.T) {
	for name, again := range map[string]string{
		"the app leads who is logged in home": "theme=dark; Path=/",
		"the same id":                         sid,
		"data that change all the time":       "session=eyJuIjoyfQ.%d; Path=/; HttpOnly",
		"a token that is changed often":       "auth_token=%d; Path=/; HttpOnly",
	} {
		d := newDesk(t, Vault{})
		d.app = sets(sid, "session=eyJuIjoyfQ.0; Path=/; HttpOnly", "auth_token=first; Path=/; HttpOnly")
		thief := d.tab()
		thief.ask("POST /login")
		for n := range 25 * 6 {
			d.now = d.now.Add(10 * time.Minute)
			d.app = func(w http.ResponseWriter, r *http.Request) {
				if r.Header["Cookie"] != nil {
					sets(strings.ReplaceAll(again, "%d", fmt.Sprint(n)))(w, r)
				}
				w.Header().Set("Location", "/")
				w.WriteHeader(http.StatusSeeOther)
			}
			thief.ask("POST /login")
		}
		d.app = nil
		if thief.ask("/"); strings.Contains(d.heard, "connect.sid=") {
			t.Errorf("%s: after 25 hours the app heard %q", name, d.heard)
		}
	}
}

// TestLaxStaysOutOfFrames: browsers take a Lax cookie to a page of its own alone.
func TestLaxStaysOutOfFrames(t *testing.T) {
	d := newDesk(t, Vault{})
	d.app = sets("connect.sid=a; SameSite=None", "my_session=c; HttpOnly; SameSite=Lax")
	b := d.tab()
	b.ask("/")
	d.app = nil
	for dest, want := range map[string]string{
		"document": "connect.sid=a; my_session=c",
		"iframe":   "connect.sid=a",
		"object":   "connect.sid=a",
	} {
		b.ask("/", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", dest)
		if d.heard != want {
			t.Errorf("%s: the app heard %q, want %q", dest, d.heard, want)
		}
	}
}

// TestWaysToDelete: whatever makes a browser drop the cookie ends the session.
func TestWaysToDelete(t *testing.T) {
	for _, line := range []string{
		"Expires=Thu, 01-Jan-70 00:00:01 GMT",
		"Expires=Thu, 1 Jan 1970 00:00:00 GMT",
		"Expires=Thu, 01 Jan 1970 00:00:00 -0000",
		"Expires=Thu, 01 Jan 1970 00:00:00 UTC",
		"Expires=Thu Jan 01 1970 00:00:00 GMT+0000 (UTC)",
		"Max-Age=-99999999999999999999",
	} {
		d := newDesk(t, Vault{})
		d.app = sets(sid)
		b := d.tab()
		b.ask("/")
		old := b.line()
		d.app = sets("connect.sid=; Path=/; " + line)
		b.ask("/bye", "Sec-Fetch-Mode", "cors")
		d.app = nil
		if d.send("/", old); d.heard != "" {
			t.Errorf("%s: the app heard %q", line, d.heard)
		}
	}
}

// TestSpoiltValue: what is in the store and does not open is no session, and no reason
// to take the store for away.
func TestSpoiltValue(t *testing.T) {
	for _, wrong := range []error{pavise.ErrSealed, pavise.ErrKind} {
		var spoilt *spoiltStore
		d := newDesk(t, Vault{}, func(env *pavise.Env) {
			spoilt = &spoiltStore{Store: env.Store}
			env.Store = spoilt
		})
		d.app = sets(sid)
		b := d.tab()
		b.ask("/")
		old := b.line()
		b.ask("/")
		spoilt.wrong = wrong
		d.app = nil
		if d.send("/", old); d.heard != "" {
			t.Errorf("%v: the app heard %q", wrong, d.heard)
		}
		if res := d.send("POST /", old); res.StatusCode != http.StatusOK {
			t.Errorf("%v: %d", wrong, res.StatusCode)
		}
	}
}

// A spoiltStore has values that were written by somebody else.
type spoiltStore struct {
	pavise.Store
	wrong error
}

func (s *spoiltStore) Get(ctx context.Context, key string) ([]byte, uint64, error) {
	if s.wrong != nil && strings.HasPrefix(key, keyPrefix) {
		return nil, 0, s.wrong
	}
	return s.Store.Get(ctx, key)
}

// TestNamesOfOtherNodes: what one node has learnt another that runs already guards soon.
func TestNamesOfOtherNodes(t *testing.T) {
	d := newDesk(t, Vault{}, func(env *pavise.Env) { env.Shared = true })
	one := d.chain
	d.open(Vault{})
	other := d.chain
	d.chain, d.app = one, sets("shop_session=real; Path=/; HttpOnly")
	d.tab().ask("/")
	d.chain, d.app = other, nil
	d.now = d.now.Add(recallEvery)
	if d.send("/", "shop_session=planted"); d.heard != "" {
		t.Errorf("the app heard %q", d.heard)
	}
}

// TestSealedEndsWhileAway: what was sealed while the store is away ends at this node at
// the logout and at the login, and at others when it is back.
func TestSealedEndsWhileAway(t *testing.T) {
	for _, request := range []string{"POST /logout", "POST /login"} {
		var store *moody
		d := newDesk(t, Vault{}, func(env *pavise.Env) {
			store = &moody{Store: env.Store}
			env.Store = store
		})
		store.away.Store(true)
		d.app = sets(sid)
		b := d.tab()
		b.ask("/")
		copied := b.line()
		d.app = nil
		b.ask(request)
		if d.send("/", copied); d.heard != "" {
			t.Errorf("%s: what was copied opens %q", request, d.heard)
		}
		store.away.Store(false)
		d.now = d.now.Add(2 * time.Second)
		d.send("/", copied) // and what waits is written
		d.open(Vault{})
		if d.send("/", copied); d.heard != "" {
			t.Errorf("%s: at another node what was copied opens %q", request, d.heard)
		}
	}
}

// TestSealedThatEndedBeforeTheOutage: what has ended does not come back because nobody
// can read the mark.
func TestSealedThatEndedBeforeTheOutage(t *testing.T) {
	d, store := moodyDesk(t)
	store.full.Store(true)
	d.app = sets(sid)
	b := d.tab()
	b.ask("/")
	copied := b.line()
	d.app = nil
	b.ask("POST /logout")
	store.away.Store(true)
	if d.send("/", copied); d.heard != "" {
		t.Errorf("what was logged out opens %q", d.heard)
	}
	c := newCopies()
	for n := range maxEndedLater + 5 {
		c.know(fmt.Sprint(n), d.now, d.now.Add(time.Hour))
	}
	if len(c.over) != maxEndedLater || !c.knows(fmt.Sprint(maxEndedLater+4)) {
		t.Errorf("%d are known to have ended", len(c.over))
	}
}

// TestLoginWithWhatStillReads: the app has renewed its id with a page, and somebody logs
// in with the handle of before. Nobody else who has that reads on.
func TestLoginWithWhatStillReads(t *testing.T) {
	for _, form := range []string{"", "text/html"} { // what only may be a login, too
		d := newDesk(t, Vault{})
		d.app = sets(sid)
		b := d.tab()
		b.ask("/")
		b.ask("/")
		before := b.line()
		d.app = sets("connect.sid=s%3Aother.o; Path=/; HttpOnly")
		b.ask("/page", "Sec-Fetch-Mode", "navigate")
		d.app = func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", form) }
		b.cookies = map[string]string{"__Host-visit": strings.TrimPrefix(before, "__Host-visit=")}
		b.ask("POST /login")
		if d.heard != "connect.sid=s%3Aabc.def" {
			t.Fatalf("on its way it reads %q", d.heard)
		}
		if d.send("/account", before); d.heard != "" {
			t.Errorf("%s: the handle of before opens %q", form, d.heard)
		}
		if b.ask("/account"); d.heard != "connect.sid=s%3Aabc.def" {
			t.Errorf("%s: who has logged in opens %q", form, d.heard)
		}
	}
}
