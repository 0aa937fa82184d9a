package main

import (
	"encoding/json"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/cmd/pavise/internal/cli"
	"pavise/internal/authority"
	"pavise/proxy"
	"pavise/site"
	"pavise/store"
)

// TestStatus asks a running proxy over the owner's socket.
func TestStatus(t *testing.T) {
	state := t.TempDir()
	app := httptest.NewServer(nil)
	up, err := proxy.ParseUpstream(app.URL)
	if err != nil {
		t.Fatal(err)
	}
	local, err := authority.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	g, _ := remembering(t, &plan{file: &site.File{State: state}})
	t.Cleanup(func() { g.kept.Close() })
	hosts := []string{"shop.localhost"}
	cfg := proxy.Config{HTTPS: "127.0.0.1:0", Journal: g.journal, Store: g.kept.Store, TCPAlone: true,
		Sites: []proxy.Site{{Hosts: hosts, Upstream: up, Certificate: local.Leaf(hosts)}}}
	server, err := proxy.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Stop(t.Context()) })
	witness := &witness{ground: g, started: time.Now().Add(-time.Hour)}
	witness.sites.Store(&cfg.Sites)
	witness.server.Store(server)
	defer answerOwner(cli.SayTo(io.Discard), state, witness)()
	g.journal.Decide(pavise.Decision{Control: "login.guard", Action: pavise.Refused})

	ask := func(want int, args ...string) string {
		t.Helper()
		var out, said strings.Builder
		if code := run(append([]string{"status", "--state", state}, args...), &out, &said); code != want {
			t.Errorf("exit %d, want %d: %s%s", code, want, out.String(), said.String())
		}
		return out.String()
	}
	text := ask(cli.ExitClean)
	for _, want := range []string{"up 1h0m0s, 0 requests running", "shop.localhost in front of " + up.String() + ", which answers",
		"store        the file " + state, "in reach since", "shop.localhost: by Pavise", "login.guard: refused 1"} {
		if !strings.Contains(text, want) {
			t.Errorf("without %q:\n%s", want, text)
		}
	}
	var list []status
	if err := json.Unmarshal([]byte(ask(cli.ExitClean, "--json")), &list); err != nil || len(list) != 1 {
		t.Fatal(len(list), err)
	}
	if s := list[0]; s.Schema != statusSchema || s.UptimeS != 3600 || !s.Store.OK || s.Store.Kind != store.InFile || s.Store.Shared ||
		time.Until(s.Certificates[0].Ends) < 24*time.Hour || s.Decisions[0] != (decisionStatus{"login.guard", pavise.Refused, 1}) {
		t.Errorf("%+v", s)
	}
	app.Close()
	if text := ask(cli.ExitFailed); !strings.Contains(text, "where nothing answers") {
		t.Error(text)
	}
}

// TestNotWell: whatever somebody has to look at ends with another code.
func TestNotWell(t *testing.T) {
	now := time.Now()
	good := func() status {
		return status{Store: storeStatus{OK: true}, Sites: []siteStatus{{Answers: true}}, Certificates: []certificateStatus{{Ends: now.Add(time.Hour)}}}
	}
	for name, spoil := range map[string]func(*status){
		"nothing":     func(*status) {},
		"store":       func(s *status) { s.Store.OK = false },
		"app":         func(s *status) { s.Sites[0].Answers = false },
		"certificate": func(s *status) { s.Certificates[0] = certificateStatus{Problem: "none"} },
		"ended":       func(s *status) { s.Certificates[0].Ends = now.Add(-time.Hour) },
	} {
		s := good()
		if spoil(&s); s.well(now) != (name == "nothing") {
			t.Errorf("%s: %v", name, s.well(now))
		}
	}
}

// TestStatusBounds: text that came from elsewhere can break no line.
func TestStatusBounds(t *testing.T) {
	var out strings.Builder
	s := status{Store: storeStatus{Away: "no\nroute\x1b[2J", Since: time.Now()}}
	s.write(&out, time.Now())
	if strings.Contains(out.String(), "\x1b") || strings.Contains(out.String(), "\nroute") {
		t.Errorf("%q", out.String())
	}
}
