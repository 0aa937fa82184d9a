package pavise

import (
	"net/http"
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
