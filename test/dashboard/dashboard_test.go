// Package dashboard_test sends a real browser through the dashboard, behind the
// catalogue's policy: by mouse, by keyboard alone, and without scripts.
package dashboard_test

import (
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/catalog"
	"pavise/dashboard"
	"pavise/test/browser"
	"pavise/test/dashboard/shown"
)

func TestJourney(t *testing.T) {
	browser.Need(t, "chromium", "nodejs")
	desk := shown.Busy(time.Now())
	d, err := dashboard.New(dashboard.Options{Source: desk, Editor: desk, Guard: desk, Store: pavise.NewMemory(nil), Failed: func(err error) { t.Error(err) }})
	if err != nil {
		t.Fatal(err)
	}
	var policy pavise.Policy
	for _, s := range pavise.Recommend(catalog.Controls()) {
		if id := s.Control.Doc().ID; id != "transport.redirect" && id != "transport.hsts" {
			policy = append(policy, s)
		}
	}
	server := httptest.NewUnstartedServer(nil)
	refused := func(d pavise.Decision) {
		if d.Action == pavise.Refused || strings.Contains(d.Path+d.Saw, "token") {
			t.Errorf("%+v", d)
		}
	}
	server.Config.Handler, err = policy.Wrap(pavise.Env{Site: pavise.Site{Hosts: []string{"127.0.0.1"}, HTTP: portOf(server)}, Decide: refused}, d)
	if err != nil {
		t.Fatal(err)
	}
	server.Start()
	defer server.Close()
	token, err := d.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("TOKEN", token)
	j := browser.Travel(t, "journey.mjs", server.URL, t.TempDir())
	for _, complaint := range j.Errors {
		t.Error(complaint)
	}
	if len(j.Held) < 20 {
		t.Errorf("axe has looked at %q alone", j.Held)
	}
	if len(desk.Written) != 1 || desk.Written[0].Control != "requests.origin" || desk.Written[0].Reason != "signed by the payment provider" || desk.Written[0].By != "owner" {
		t.Errorf("written: %+v", desk.Written)
	}
	if n := len(desk.Banned); n != 3 || desk.Banned[2].Network != "198.51.100.77" || desk.Banned[2].Until.IsZero() {
		t.Errorf("banned: %+v", desk.Banned)
	}
	if n := len(desk.Opened); n != 2 || desk.Opened[1].Networks != "192.0.2.9" {
		t.Errorf("opened: %+v", desk.Opened)
	}
}

func portOf(s *httptest.Server) int { return s.Listener.Addr().(*net.TCPAddr).Port }
