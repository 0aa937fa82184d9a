package access

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"pavise"
)

const shop = "https://shop.example.com"

var (
	alice = pavise.Account{Name: "alice", Check: shop + "/me"}
	bob   = pavise.Account{Name: "bob", Check: shop + "/me"}
)

// A site answers an account, "" is nobody, at a path.
type site func(as, path string) *pavise.Response

func page(body string, links ...string) *pavise.Response {
	r := &pavise.Response{Status: 200, Header: http.Header{}, Body: []byte("Shop. " + body)}
	for _, l := range links {
		r.Links = append(r.Links, shop+l)
	}
	return r
}

func status(code int) *pavise.Response {
	return &pavise.Response{Status: code, Header: http.Header{}, Body: []byte("Shop. Not here.")}
}

func login() *pavise.Response {
	return &pavise.Response{Status: 303, Header: http.Header{"Location": {"/login"}}}
}

// right is a shop that looks whose order it is.
func right(as, path string) *pavise.Response {
	switch {
	case path == "/":
		return page("Welcome to all of our shields", "/me", "/static/a.css", "/logout")
	case path == "/pavise-no-such-page":
		return status(404)
	case as == "":
		return login()
	case path == "/me" && as == "alice":
		return page("Hello alice, your cart holds three bows", "/orders/7", "/help")
	case path == "/me":
		return page("Hello bob, your cart holds nothing", "/orders/8", "/help")
	case path == "/orders/7" && as == "alice":
		return page("Order 7: one pavise in red and gold for 340 crowns")
	case path == "/orders/8" && as == "bob":
		return page("Order 8: forty arrows with goose feathers")
	case path == "/help":
		return page("How to hold a shield")
	}
	return status(404)
}

// but is the right shop with another answer at a path.
func but(path string, answer func(as string) *pavise.Response) site {
	return func(as, at string) *pavise.Response {
		if at == path {
			return answer(as)
		}
		return right(as, at)
	}
}

func always(r *pavise.Response) func(string) *pavise.Response {
	return func(string) *pavise.Response { return r }
}

func looked(c pavise.Prober, s site, accounts ...pavise.Account) *pavise.Evidence {
	e := &pavise.Evidence{Target: pavise.Target{URL: shop, Start: "/", Agreed: "the owner"}, Accounts: accounts, Taken: time.Unix(1_800_000_000, 0)}
	for range 6 {
		var answers []pavise.Answer
		for _, p := range c.Probes(e) {
			if e.Answer(p) == nil {
				answers = append(answers, pavise.Answer{Probe: p, Response: s(p.Request.As, strings.TrimPrefix(p.Request.URL, shop))})
			}
		}
		for _, a := range answers {
			e.Add(a)
		}
	}
	return e
}

func outcomes(found []pavise.Finding) string {
	var list []string
	for _, f := range found {
		list = append(list, strings.TrimSpace(f.Outcome.String()+" "+strings.TrimPrefix(f.Where, shop)))
	}
	return strings.Join(list, ", ")
}

func TestObjects(t *testing.T) {
	mine := bob
	mine.Paths = []string{shop + "/inbox"}
	for name, tt := range map[string]struct {
		site     site
		accounts []pavise.Account
		want     string
	}{
		"right": {right, []pavise.Account{alice, bob}, "pass"},
		"anybody's order": {but("/orders/7", func(as string) *pavise.Response {
			return map[bool]*pavise.Response{true: login(), false: right("alice", "/orders/7")}[as == ""]
		}), []pavise.Account{alice, bob}, "fail /orders/7"},
		"everybody's order": {but("/orders/7", func(string) *pavise.Response { return right("alice", "/orders/7") }), []pavise.Account{alice, bob}, "pass"},
		"a page that says no": {but("/orders/7", func(as string) *pavise.Response {
			return map[bool]*pavise.Response{true: right("alice", "/orders/7"), false: page("Hello bob, order 7 is not yours")}[as == "alice"]
		}), []pavise.Account{alice, bob}, "pass"},
		"a crash": {but("/orders/7", func(as string) *pavise.Response {
			return map[bool]*pavise.Response{true: right("alice", "/orders/7"), false: status(500)}[as == "alice"]
		}), []pavise.Account{alice, bob}, "unknown"},
		"a shell for every path": {func(as, _ string) *pavise.Response { return page("loading") }, []pavise.Account{alice, bob}, "skip"},
		"nothing of one's own": {but("/me", func(as string) *pavise.Response {
			return map[bool]*pavise.Response{true: login(), false: page("Hello " + as)}[as == ""]
		}), []pavise.Account{alice, bob}, "skip"},
		"declared": {but("/inbox", func(as string) *pavise.Response {
			return map[bool]*pavise.Response{true: login(), false: page("Dear bob, your secret letter")}[as == ""]
		}), []pavise.Account{alice, mine}, "fail /inbox"},
		"one account is not let in": {but("/me", func(as string) *pavise.Response {
			return map[bool]*pavise.Response{true: right("alice", "/me"), false: login()}[as == "alice"]
		}), []pavise.Account{alice, bob}, "unknown"},
		"one account": {right, []pavise.Account{alice}, "skip"},
	} {
		got := outcomes(of(objectsID+".other", Objects{}.Check(looked(Objects{}, tt.site, tt.accounts...))))
		if got = strings.ReplaceAll(got, " "+shop, ""); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}

func of(rule string, found []pavise.Finding) (list []pavise.Finding) {
	for _, f := range found {
		if f.Rule == rule {
			list = append(list, f)
		}
	}
	return list
}

// TestUnlinked: of a page without an id, that only one account's pages link to, it is
// said that the other is shown it, and no more.
func TestUnlinked(t *testing.T) {
	ledger := func(open bool) site {
		return func(as, path string) *pavise.Response {
			switch {
			case path == "/me" && as == "alice":
				return page("Hello alice", "/admin/ledger", "/help")
			case path == "/admin/ledger" && (as == "alice" || as == "bob" && open):
				return page("The ledger: ninety crowns and a goat")
			}
			return right(as, path)
		}
	}
	for open, want := range map[bool]string{true: "fail /admin/ledger", false: "pass"} {
		found := Objects{}.Check(looked(Objects{}, ledger(open), alice, bob))
		if got := outcomes(of(objectsID+".unlinked", found)); got != want {
			t.Errorf("open %v: %s", open, got)
		}
		if f := of(objectsID+".other", found)[0]; f.Outcome != pavise.Pass { // bob's own order
			t.Errorf("%+v", f)
		}
	}
}

func TestPrivate(t *testing.T) {
	own := alice
	own.Paths = []string{shop + "/orders/7"}
	for name, tt := range map[string]struct {
		site site
		want string
	}{
		"right": {right, "pass"},
		"open":  {but("/orders/7", func(string) *pavise.Response { return right("alice", "/orders/7") }), "fail /orders/7"},
		"a page that asks": {but("/me", func(as string) *pavise.Response {
			return map[bool]*pavise.Response{true: page("Please tell us who you are"), false: right("alice", "/me")}[as == ""]
		}), "pass"},
		"a shell for all": {func(string, string) *pavise.Response { return page("loading") }, "unknown"},
		"not let in":      {but("/me", always(login())), "unknown"},
		"crash": {but("/me", func(as string) *pavise.Response {
			return map[bool]*pavise.Response{true: status(500), false: right("alice", "/me")}[as == ""]
		}), "unknown"},
	} {
		if got := outcomes(Private{}.Check(looked(Private{}, tt.site, own))); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}

func TestCache(t *testing.T) {
	asked := alice
	asked.Check += "?tab=1"
	me := func(as, path string) *pavise.Response {
		return right(as, strings.Split(strings.Split(path, "?")[0], "/pavise-1")[0])
	}
	for name, tt := range map[string]struct {
		caches func(path string) bool
		want   string
	}{
		"none":         {func(string) bool { return false }, "pass pass"},
		"everything":   {func(string) bool { return true }, "fail fail"},
		"style sheets": {func(path string) bool { return strings.Contains(path, ".css") }, "pass fail"},
	} {
		kept := map[string]*pavise.Response{}
		s := func(as, path string) *pavise.Response {
			if kept[path] != nil {
				return kept[path]
			}
			r := me(as, path)
			if tt.caches(path) && strings.Contains(path, "pavise-1") {
				kept[path] = r
			}
			return r
		}
		for _, a := range []pavise.Account{alice, asked} {
			clear(kept)
			found := Cache{}.Check(looked(Cache{}, s, a))
			if got := fmt.Sprint(found[0].Outcome, " ", found[1].Outcome); got != tt.want {
				t.Errorf("%s: %s, want %s: %+v", name, got, tt.want, found)
			}
		}
	}
	for _, f := range (Cache{}).Check(looked(Cache{}, func(as, path string) *pavise.Response { return page("the same for all") }, alice)) {
		if f.Outcome != pavise.Unknown {
			t.Errorf("%+v", f)
		}
	}
	found := Cache{}.Check(looked(Cache{}, func(as, path string) *pavise.Response {
		if strings.Contains(path, ".css") {
			return status(404)
		}
		return me(as, path)
	}, alice))
	if found[1].Outcome != pavise.Skip {
		t.Errorf("%+v", found[1])
	}
}

// TestCrawlIsBounded: however many pages an account has, few are asked for, and of
// every kind one; what is static or acts is not.
func TestCrawlIsBounded(t *testing.T) {
	many := but("/me", func(as string) *pavise.Response {
		links := []string{"/logout", "/a.css", "/orders/1/delete"}
		for i := range 100 {
			links = append(links, fmt.Sprintf("/orders/%d", i))
		}
		return page("Hello "+as, append(links, "/invoices/"+as+"0123456789abcdef")...)
	})
	e := looked(Objects{}, many, alice, bob)
	asked := map[string]int{}
	for _, a := range e.Answers {
		asked[a.Probe.Request.As]++
		if url := a.Probe.Request.URL; pavise.Acts(url) || strings.HasSuffix(url, ".css") {
			t.Errorf("asked for %s", url)
		}
	}
	if asked["alice"] > maxPages+maxObjects || asked["bob"] > maxPages+maxObjects || asked[""] > 2*maxObjects+1 {
		t.Errorf("asked %v", asked)
	}
	if e.Answer(as("alice", shop+"/invoices/alice0123456789abcdef")) == nil {
		t.Error("one kind of pages was left out")
	}
}

func TestKind(t *testing.T) {
	for link, want := range map[string]bool{
		"/orders/7": true, "/orders/": false, "/o?id=7": true, "/o?page=next": false, "/u/3f2504e0-4f89-11d3-9a0c-0305e82c3301": true,
		"/p/deadbeefdeadbeef": true, "/help/how-to-hold-a-shield": false, "/i/inv_2026aBcDeFgHiJkLmN": true, "%zz": false,
	} {
		if _, object := kind(link); object != want {
			t.Errorf("%s: %v", link, object)
		}
	}
}

func TestNothingIsAskedUnasked(t *testing.T) {
	for _, e := range []*pavise.Evidence{
		{Target: pavise.Target{URL: shop, Agreed: "me"}},
		{Target: pavise.Target{URL: shop}, Accounts: []pavise.Account{alice, bob}},
	} {
		for _, c := range []interface {
			pavise.Prober
			pavise.Checker
		}{Private{}, Objects{}, Cache{}} {
			if n := len(c.Probes(e)); n != 0 {
				t.Errorf("%T asks %d times", c, n)
			}
			for _, f := range c.Check(e) {
				if f.Outcome != pavise.Skip || !strings.Contains(f.Saw, "--active --agreed") {
					t.Errorf("%+v", f)
				}
			}
		}
	}
}
