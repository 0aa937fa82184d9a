package pavise

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestMissing: an answer that a site has for addresses that it does not have is known
// again, whatever its status, and what is there is not taken for it.
func TestMissing(t *testing.T) {
	type reply struct {
		status          int
		media, location string
		body            string
	}
	app := reply{200, "text/html", "", "<!doctype html><title>Shop</title><div id=app></div><script src=/app.js></script>"}
	for name, tt := range map[string]struct {
		nowhere func(path string) reply
		got     reply
		missing bool
	}{
		"404":               {func(string) reply { return app }, reply{status: 404, body: "DB=1"}, true},
		"one page for all":  {func(string) reply { return app }, app, true},
		"a file behind one": {func(string) reply { return app }, reply{200, "text/plain", "", "DB_PASSWORD=1"}, false},
		"another page":      {func(string) reply { return app }, reply{200, "text/html", "", "<title>Index of /</title><a href=x>x</a>"}, false},
		"names what is asked": {func(p string) reply {
			return reply{200, "text/html", "", "<h1>There is nothing at " + p + " in this shop of ours, sorry</h1>"}
		}, reply{200, "text/html", "", "<h1>There is nothing at /.env in this shop of ours, sorry</h1>"}, true},
		"leads to a login": {func(p string) reply { return reply{302, "", "/login?next=" + p, ""} }, reply{302, "", "/login?next=/.env", ""}, true},
		"leads elsewhere":  {func(p string) reply { return reply{302, "", "/login?next=" + p, ""} }, reply{302, "", "/files/", ""}, false},
		"by ending": {func(p string) reply {
			if strings.HasSuffix(p, ".php") {
				return reply{200, "text/html", "", "No input file specified."}
			}
			return reply{status: 404}
		}, reply{200, "text/html", "", "No input file specified."}, true},
		"forbidden to all": {func(string) reply { return reply{status: 403} }, reply{status: 403}, true},
	} {
		e := &Evidence{Target: Target{URL: "https://a.test"}, Taken: time.Unix(1e9, 0)}
		answer := func(p Probe, r reply) Answer {
			h := http.Header{"Content-Type": {r.media}}
			if r.location != "" {
				h.Set("Location", r.location)
			}
			return Answer{Probe: p, Response: &Response{Status: r.status, Header: h, Body: []byte(r.body)}}
		}
		if e.Calibrated() == "" {
			t.Errorf("%s: nothing was asked, and yet it can be told", name)
		}
		for _, p := range e.Nowhere() {
			e.Add(answer(p, tt.nowhere(strings.TrimPrefix(p.Request.URL, e.Target.URL))))
		}
		if why := e.Calibrated(); why != "" {
			t.Errorf("%s: %s", name, why)
		}
		if got := e.Missing(answer(Ask(Request{URL: "https://a.test/.env"}), tt.got)); got != tt.missing {
			t.Errorf("%s: %v", name, got)
		}
	}
	key := func(at int64) string { return (&Evidence{Taken: time.Unix(at, 0)}).Nowhere()[0].Key() }
	if key(1) == key(2) {
		t.Error("the names are not new in each scan")
	}
}

// TestBarred: a site that refuses the asker from some request on, be it the first, shows
// nothing of what is there; one that refuses an address now and then does.
func TestBarred(t *testing.T) {
	const site, hint = "https://a.test", "; open a window for the address that you scan from, if Pavise guards it: pavise window open"
	for _, tt := range []struct {
		name     string
		statuses []int
		want     string
	}{
		{"never", slices.Repeat([]int{200, 403}, 20), ""},
		{"at last", append([]int{200, 200}, slices.Repeat([]int{403}, 12)...), "from " + site + "/2 on the site answers 403 to whatever is asked for" + hint},
		{"from the first", slices.Repeat([]int{403}, 12), "from " + site + "/0 on the site answers 403 to whatever is asked for" + hint},
		{"too few to tell", slices.Repeat([]int{403}, 9), ""},
	} {
		e := &Evidence{Target: Target{URL: site}}
		for i, status := range tt.statuses {
			e.Add(Answer{Probe: Ask(Request{URL: fmt.Sprintf("%s/%d", site, i)}), Response: &Response{Status: status}})
		}
		if got := e.Barred(); got != tt.want {
			t.Errorf("%s: %q, not %q", tt.name, got, tt.want)
		}
	}
}
