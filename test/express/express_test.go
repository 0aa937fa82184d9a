// Package express_test sends a real browser through a real Express 5 app, once
// directly and once through pavise serve: the same journey must pass.
package express_test

import (
	"path/filepath"
	"strings"
	"testing"

	"pavise/test/browser"
	"pavise/test/shops"
)

// The direct run shows that the journey finds nothing to complain of in the
// app itself, and that the app has the faults which Pavise must mend.
func TestJourneyDirect(t *testing.T) {
	t.Parallel()
	j := travel(t, "journey.mjs", "http://127.0.0.1:"+startApp(t), t.TempDir())

	want := browser.Cookie{Name: "connect.sid", HTTPOnly: true}
	if len(j.Cookies) != 1 || j.Cookies[0] != want {
		t.Errorf("cookies are %+v, want %+v", j.Cookies, want)
	}
	if !strings.Contains(j.HTTP404Body, "Cannot GET") {
		t.Errorf("the 404 page is not Express's own:\n%s", j.HTTP404Body)
	}
	if !strings.Contains(j.HTTP500Body, "app.js:") {
		t.Errorf("the 500 page has no stack trace:\n%s", j.HTTP500Body)
	}
}

// TestThroughPavise makes the same journeys behind pavise serve.
func TestThroughPavise(t *testing.T) {
	t.Parallel()
	browser.Need(t, "libnss3-tools")
	binary := browser.Build(t)
	t.Run("pages", func(t *testing.T) {
		t.Parallel()
		base, home := shield(t, binary, startApp(t))
		j := travel(t, "journey.mjs", base, home)
		j.Shielded(t)
		for name, body := range map[string]string{"404": j.HTTP404Body, "500": j.HTTP500Body} {
			for _, trace := range []string{"Cannot GET", "shelf fell", "app.js", "node_modules"} {
				if strings.Contains(body, trace) {
					t.Errorf("the %s page tells %q:\n%s", name, trace, body)
				}
			}
			if body == "" {
				t.Errorf("the %s page is empty", name)
			}
		}
	})
	// Pages, forms, uploads, downloads and streams come by QUIC, and the WebSocket still
	// finds its way.
	t.Run("HTTP/3", func(t *testing.T) {
		t.Parallel()
		base, home := shield(t, binary, startApp(t))
		if j := travel(t, "journey.mjs", base, home, "--http3"); len(j.Protocols) != 1 || j.Protocols[0] != "h3" {
			t.Errorf("pages came by %q, want h3 alone", j.Protocols)
		}
	})
	t.Run("session in the cookie", func(t *testing.T) {
		t.Parallel()
		base, home := shield(t, binary, startApp(t, "SESSIONS=cookie"))
		travel(t, "cookiesession.mjs", base, home).Shielded(t)
	})
}

// The same shop with its session in the cookie: what is said there anyone can read, and
// every page writes it anew.
func TestCookieSessionDirect(t *testing.T) {
	t.Parallel()
	if j := travel(t, "cookiesession.mjs", "http://127.0.0.1:"+startApp(t, "SESSIONS=cookie"), t.TempDir()); len(j.Held) != 4 {
		t.Errorf("the browser holds %q, want two cookies", j.Held)
	}
}

// shield runs pavise serve in front of a port, and returns its origin, and a home whose
// browsers believe it.
func shield(t *testing.T, binary, port string) (base, home string) {
	t.Helper()
	state, home := t.TempDir(), t.TempDir()
	base = browser.Serve(t, binary, state, "--to", "127.0.0.1:"+port)
	browser.Trust(t, home, filepath.Join(state, "authority.crt"))
	return base, home
}

// travel makes the journey; it must pass with nothing to complain of.
func travel(t *testing.T, journey, base, home string, flags ...string) browser.Journey {
	t.Helper()
	j := browser.Travel(t, journey, base, home, flags...)
	for _, e := range j.Errors {
		t.Error(e)
	}
	return j
}

// startApp starts the shop and returns its port.
func startApp(t *testing.T, env ...string) string {
	t.Helper()
	browser.Need(t, "nodejs", "chromium")
	return shops.Express(t, "app.js", env...)
}
