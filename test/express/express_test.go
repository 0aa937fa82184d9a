// Package express_test sends a real browser through a real Express 5 app, once
// directly and once through pavise serve: the same journey must pass.
package express_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"pavise/test/browser"
)

// The direct run shows that the journey finds nothing to complain of in the
// app itself, and that the app has the faults which Pavise must mend.
func TestJourneyDirect(t *testing.T) {
	browser.Need(t, "nodejs", "chromium")
	j := travel(t, "http://127.0.0.1:"+startApp(t), t.TempDir())

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

func TestJourneyThroughPavise(t *testing.T) {
	browser.Need(t, "nodejs", "chromium", "libnss3-tools")
	state, home := t.TempDir(), t.TempDir()
	base := browser.Serve(t, browser.Build(t), state, "--to", "127.0.0.1:"+startApp(t))
	browser.Trust(t, home, filepath.Join(state, "authority.crt"))
	j := travel(t, base, home)

	if len(j.Cookies) == 0 {
		t.Error("there is no cookie")
	}
	for _, c := range j.Cookies {
		if want := (browser.Cookie{Name: c.Name, Secure: true, HTTPOnly: true, SameSite: "Lax"}); c != want || !strings.HasPrefix(c.Name, "__Host-") {
			t.Errorf("cookie is %+v, want __Host-, Secure, HttpOnly and SameSite=Lax", c)
		}
	}
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
}

// The whole journey over HTTP/3: pages, forms, uploads, downloads and streams come
// by QUIC, and the WebSocket still finds its way.
func TestJourneyOverHTTP3(t *testing.T) {
	browser.Need(t, "nodejs", "chromium", "libnss3-tools")
	state, home := t.TempDir(), t.TempDir()
	base := browser.Serve(t, browser.Build(t), state, "--to", "127.0.0.1:"+startApp(t))
	browser.Trust(t, home, filepath.Join(state, "authority.crt"))
	if j := travel(t, base, home, "--http3"); len(j.Protocols) != 1 || j.Protocols[0] != "h3" {
		t.Errorf("pages came by %q, want h3 alone", j.Protocols)
	}
}

// travel makes the journey; it must pass with nothing to complain of.
func travel(t *testing.T, base, home string, flags ...string) browser.Journey {
	t.Helper()
	j := browser.Travel(t, "journey.mjs", base, home, flags...)
	for _, e := range j.Errors {
		t.Error(e)
	}
	return j
}

// startApp starts the shop and returns its port.
func startApp(t *testing.T) string {
	t.Helper()
	cmd := exec.Command("node", "app/app.js")
	cmd.Env = append(os.Environ(), "PORT=0", "NODE_ENV=development", "TMPDIR="+t.TempDir())
	return browser.Start(t, cmd, regexp.MustCompile(`^listening (\d+)`))
}
