package catalog_test

import (
	"context"
	"fmt"
	"io"
	"math/rand"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pavise"
	"pavise/internal/authority"
	"pavise/scan"
	"pavise/test/servers"
)

// judged looks at an app over TLS and returns what every rule comes to.
func judged(t *testing.T, app http.HandlerFunc) map[string]pavise.Finding {
	local, err := authority.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	e := scan.Collect(context.Background(), scan.Options{Target: serveBoth(t, local, app), Roots: local.Pool()}, controls())
	found := map[string]pavise.Finding{}
	for _, f := range pavise.Judge(controls(), e) {
		found[f.Rule] = f
	}
	return found
}

// TestSinglePageAppAlarmsNobody: an app that answers 200 with one page to every path
// has no file left behind, whatever was asked for.
func TestSinglePageAppAlarmsNobody(t *testing.T) {
	found := judged(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, `<!doctype html><title>Index of everything</title><div id="app"></div><script type="module" src="/assets/index-4f2a.js"></script>`)
	})
	for rule, f := range found {
		if strings.HasPrefix(rule, "leaks.") && !strings.HasPrefix(rule, "leaks.contact.") && f.Outcome == pavise.Fail {
			t.Errorf("%s: %s at %s", rule, f.Saw, f.Where)
		}
	}
}

// TestAPIIsAskedForNoDocument: what only a page needs no host is asked for that has
// none.
func TestAPIIsAskedForNoDocument(t *testing.T) {
	found := judged(t, func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
		h.Set("Cache-Control", "no-store")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if r.URL.Path != "/" {
			w.WriteHeader(http.StatusNotFound)
			io.WriteString(w, `{"error":"there is nothing here"}`)
			return
		}
		io.WriteString(w, `{"shields":["round","pavise"]}`)
	})
	for rule, f := range found {
		if strings.HasPrefix(rule, "headers.") && f.Outcome == pavise.Fail {
			t.Errorf("%s: %s at %s", rule, f.Saw, f.Where)
		}
		if strings.HasPrefix(rule, "headers.csp.") && f.Outcome != pavise.Skip {
			t.Errorf("%s: %s", rule, f.Outcome)
		}
	}
}

// TestNothingPassesWhereNobodyAnswers: neither a server that resets every connection
// nor a bound of the scan's own makes a rule pass.
func TestNothingPassesWhereNobodyAnswers(t *testing.T) {
	l := servers.Listen(t)
	servers.SpeakAt(l, func(conn net.Conn) { conn.(*net.TCPConn).SetLinger(0) })
	local, err := authority.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	still := serveBoth(t, local, http.HandlerFunc(good))
	for name, opt := range map[string]scan.Options{
		"resets":         {Target: targetAt(port(l), port(l))},
		"one connection": {Target: still, MaxConnections: 1, MaxRequests: 1},
	} {
		opt.Roots, opt.Target.Agreed, opt.Timeout = local.Pool(), "the fixture is ours", 20*time.Second
		e := scan.Collect(context.Background(), opt, controls())
		for _, f := range pavise.Judge(controls(), e) {
			if f.Outcome == pavise.Pass {
				t.Errorf("%s: %s: %s, saw %s", name, f.Rule, f.Outcome, f.Saw)
			}
		}
	}
}

// TestABanIsNoPass: who is turned away from some request on has not seen that there is
// nothing.
func TestABanIsNoPass(t *testing.T) {
	var asked atomic.Int32
	found := judged(t, func(w http.ResponseWriter, r *http.Request) {
		if w.Header().Set("Content-Type", "text/html"); asked.Add(1) > 30 {
			w.WriteHeader(http.StatusForbidden)
		}
		io.WriteString(w, "<title>Shop</title>hello")
	})
	for _, rule := range []string{"leaks.files.environment", "leaks.files.backup", "leaks.debug.status"} {
		if f := found[rule]; f.Outcome != pavise.Unknown {
			t.Errorf("%s: %s, %s", rule, f.Outcome, f.Saw)
		}
	}
}

// TestWhatStandsEverywhereIsNoSign: a site that echoes to every address what a file of
// settings could hold has none for that.
func TestWhatStandsEverywhereIsNoSign(t *testing.T) {
	found := judged(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprintf(w, "REQUEST_ID=%d\nPATH=%s\nTIME=%d\n", rand.Int(), r.URL.Path, time.Now().UnixNano())
	})
	if f := found["leaks.files.environment"]; f.Outcome != pavise.Pass {
		t.Errorf("%s, %s", f.Outcome, f.Saw)
	}
}

// TestAPageInAnyDress: a page is judged as one by whatever a browser knows it.
func TestAPageInAnyDress(t *testing.T) {
	for _, types := range [][]string{{"TEXT/HTML"}, nil, {"text/plain", "text/html"}} {
		found := judged(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Content-Type"] = types
			io.WriteString(w, `<!doctype html><title>Shop</title><script src="http://cdn.example/a.js"></script>`)
		})
		for _, rule := range []string{"scripts.mixed.active", "headers.csp.present", "headers.frame.present"} {
			if f := found[rule]; f.Outcome != pavise.Fail {
				t.Errorf("%q: %s: %s, %s", types, rule, f.Outcome, f.Saw)
			}
		}
	}
}
