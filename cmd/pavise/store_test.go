package main

import (
	"context"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"pavise/cmd/pavise/internal/cli"
	"pavise/proxy"
	"pavise/site"
	"pavise/store"
	"pavise/test/redisserver"
	"pavise/test/servers"
)

// TestMasked: a password is shown nowhere.
func TestMasked(t *testing.T) {
	for text, want := range map[string]string{
		"redis://10.0.0.7:6379/1":            "redis://10.0.0.7:6379/1",
		"redis://user@10.0.0.7":              "redis://user@10.0.0.7",
		"redis://user:hunter2@10.0.0.7/1":    "redis://user:…@10.0.0.7/1",
		"rediss://:hun/ter@2@10.0.0.7":       "rediss://:…@10.0.0.7",
		"memory":                             "memory",
		"redis://u:hunter2@a,b?cluster=true": "redis://u:…@a,b?cluster=true",
	} {
		if got := masked(text); got != want {
			t.Errorf("%s: %s", text, got)
		}
	}
}

// TestStoreMistakes: check and serve say where and what, and no password.
func TestStoreMistakes(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, tt := range []struct{ text, want string }{
		{"store: rdis://10.0.0.7", `pavise.yaml:2: store: there is no kind "rdis": is it redis://host:port?`},
		{"store: file://store", `pavise.yaml:2: store: the path of a file must be absolute: file:/var/lib/pavise/store, not "store"`},
		{"store: {url: memory, prefix: x}", "pavise.yaml:2: store: a password file, certificates and a prefix are for Redis, not for memory"},
		{"store: {url: 'redis://10.0.0.7', password-file: none}", "pavise.yaml:2: redis: password: open none: no such file or directory"},
		{"store: 'redis://:hunter2@10.0.0.7?clustr=true'", `pavise.yaml:2: store: redis: there is no option "clustr"; is it cluster?`},
		{"secret-file: none", "pavise.yaml:2: secret-file: there is no secret at none"},
	} {
		write(t, "pavise.yaml", "sites: [{hosts: [shop.test], to: 3000}]\n"+tt.text+"\n")
		var said strings.Builder
		code := run([]string{"check"}, io.Discard, &said)
		if code != cli.ExitUsage || said.String() != tt.want+"\npavise: pavise.yaml has 1 mistake\n" {
			t.Errorf("%s: exit %d\n%s", tt.text, code, said.String())
		}
		if strings.HasPrefix(tt.text, "store") {
			said.Reset()
			if code := run([]string{"serve", "--config", "pavise.yaml", "--state", "s"}, io.Discard, &said); code != cli.ExitUsage || strings.Contains(said.String(), "hunter2") {
				t.Errorf("%s: exit %d\n%s", tt.text, code, said.String())
			}
		}
	}
}

// remembering is the ground of a plan, with its store.
func remembering(t *testing.T, p *plan) (*ground, *servers.Record) {
	t.Helper()
	r := new(servers.Record)
	g, err := openGround(t.Context(), p, proxy.NewJournal(slog.New(slog.NewTextHandler(r, nil)), nil))
	if err != nil {
		t.Fatal(err)
	}
	return g, r
}

// TestRememberedInAFile: over a restart; what is in use or was sealed with another
// secret is left alone, with a warning, and nothing ends.
func TestRememberedInAFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, _ := remembering(t, &plan{file: &site.File{State: dir}})
	if _, _, err := first.kept.Store.Add(t.Context(), "blocked", 7, time.Hour); err != nil || first.notes != nil || first.kept.Shared() {
		t.Fatal(err, first.notes)
	}
	second, _ := remembering(t, &plan{file: &site.File{State: dir}})
	if len(second.notes) != 1 || !strings.HasPrefix(second.notes[0], "warning: blocks and sessions are remembered in memory") || second.kept.Kind() != store.InMemory {
		t.Errorf("while it is in use: %q", second.notes)
	}
	port := &proxy.PortError{Address: ":443", Err: syscall.EADDRINUSE}
	if err := second.taken(port); !strings.Contains(cli.HintOf(err), "pavise reload") || first.taken(port) != error(port) {
		t.Errorf("beside another: %v", err)
	}
	if s := statusOf(second.kept, second.lost, time.Time{}); s.OK || !strings.Contains(s.Away, "another process has it open") {
		t.Errorf("nobody would look: %+v", s)
	}
	if err := first.kept.Close(); err != nil {
		t.Fatal(err)
	}
	third, _ := remembering(t, &plan{file: &site.File{State: dir}})
	if sum, _, err := third.kept.Store.Add(t.Context(), "blocked", 1, time.Hour); err != nil || sum != 8 {
		t.Errorf("after a restart: %d %v", sum, err)
	}
	third.kept.Close()
	other := filepath.Join(t.TempDir(), "secret")
	run([]string{"secret", "add", "--secret-file", other}, io.Discard, io.Discard)
	fourth, _ := remembering(t, &plan{file: &site.File{State: dir, SecretFile: other}})
	if len(fourth.notes) != 2 || !strings.Contains(fourth.notes[1], "rm "+filepath.Join(dir, "store")) {
		t.Errorf("with another secret: %q", fourth.notes)
	}
	if fourth.kept.Kind() != store.InMemory {
		t.Error(fourth.kept)
	}
}

// TestRememberedByNodes: what one node knows the others know; one with another secret
// does not start; that the store goes away and comes back is told once.
func TestRememberedByNodes(t *testing.T) {
	t.Parallel()
	server := redisserver.Start(t, redisserver.Options{})
	secret := filepath.Join(t.TempDir(), "secret")
	run([]string{"secret", "add", "--secret-file", secret}, io.Discard, io.Discard)
	url := "redis://" + server.Address
	node := func() (*ground, *servers.Record) {
		g, r := remembering(t, &plan{file: &site.File{State: t.TempDir(), SecretFile: secret, Store: site.Store{URL: url}}})
		t.Cleanup(func() { g.kept.Close() })
		return g, r
	}
	a, log := node()
	b, _ := node()
	a.kept.Store.Add(t.Context(), "guesses", 3, time.Hour)
	if sum, _, err := b.kept.Store.Add(t.Context(), "guesses", 1, time.Hour); sum != 4 || err != nil || !b.kept.Shared() {
		t.Errorf("%d %v", sum, err)
	}
	stranger := &plan{file: &site.File{State: t.TempDir(), Store: site.Store{URL: url}}}
	_, err := openGround(t.Context(), stranger, proxy.NewJournal(slog.New(slog.DiscardHandler), nil))
	var said strings.Builder
	if code := cli.Explain(&said, err); code != cli.ExitUsage || !strings.Contains(said.String(), "in use with another secret") ||
		!strings.Contains(said.String(), "scp -p NODE:"+filepath.Join(stranger.file.State, "secret")) {
		t.Errorf("a stranger: exit %d\n%s", code, said.String())
	}
	server.Kill()
	away := func(p *ground) func() bool {
		return func() bool {
			p.kept.Store.Get(t.Context(), "anything") // else it is found out some seconds later
			return !statusOf(p.kept, p.lost, time.Time{}).OK
		}
	}
	happens(t, away(a))
	late, _ := node() // starts while it is away
	if len(late.notes) == 0 || !strings.Contains(late.notes[len(late.notes)-1], "is away, and is used from when it comes") {
		t.Errorf("started without: %q", late.notes)
	}
	if s := statusOf(late.kept, late.lost, time.Time{}); s.OK || s.Outages != 1 {
		t.Errorf("in reach before anybody has asked: %+v", s)
	}
	server.Begin() // and has forgotten all
	for _, p := range []*ground{a, late} {
		happens(t, func() bool { return p.kept.Counts().Away == nil && p.kept.Counts().Outages > 0 })
	}
	happens(t, func() bool { // though one of them knew no name of anything before
		late.kept.Store.Add(t.Context(), "after", 1, time.Hour)
		sum, _, err := a.kept.Store.Add(t.Context(), "after", 1, time.Hour)
		return err == nil && sum > 1
	})
	for _, once := range []string{`msg="the store is away`, `msg="the store is back`} {
		if n := strings.Count(log.String(), once); n != 1 {
			t.Errorf("%s: %d times\n%s", once, n, log)
		}
	}
}

// happens waits for what is bound to happen.
func happens(t *testing.T, what func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for !what() {
		if ctx.Err() != nil {
			t.Fatal("it did not happen")
		}
		time.Sleep(20 * time.Millisecond)
	}
}
