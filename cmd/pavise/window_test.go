package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"pavise"
	"pavise/cmd/pavise/internal/cli"
	"pavise/controls/clients"
	"pavise/dashboard"
	"pavise/internal/chainlog"
	"pavise/proxy"
	"pavise/site"
)

// watched is a ground with a sentry on it, and what answers its owner.
func watched(t *testing.T, state string) *ground {
	t.Helper()
	p := &plan{file: &site.File{State: state}}
	g, _ := remembering(t, p)
	w := &witness{ground: g, started: time.Now()}
	w.sites.Store(&[]proxy.Site{{Hosts: []string{"shop.example"}, Policy: pavise.Recommend([]pavise.Control{clients.Bans{Allow: pavise.Networks{"192.0.2.0/28"}}})}})
	closed := answerOwner(cli.SayTo(io.Discard), state, w)
	t.Cleanup(func() { closed(); g.close() })
	return g
}

// ordered runs a command of the owner's, and returns what it wrote.
func ordered(t *testing.T, state string, want int, args ...string) (out, said string) {
	t.Helper()
	var o, s strings.Builder
	if code := run(append(args, "--state", state), &o, &s); code != want {
		t.Errorf("%v: exit %d, want %d: %s%s", args, code, want, o.String(), s.String())
	}
	return o.String(), s.String()
}

func says(t *testing.T, text string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("without %q:\n%s", w, text)
		}
	}
}

func TestWindowByCommand(t *testing.T) {
	state := t.TempDir()
	g := watched(t, state)
	for _, wrong := range [][]string{{"--for", "4h", "--reason", "x"}, {"--from", "192.0.2.0/24", "--reason", "x"}, {"--from", "192.0.2.0/24", "--for", "4h"},
		{"--from", "0.0.0.0/0", "--for", "4h", "--reason", "x"}, {"--from", "192.0.2.0/24", "--for", "169h", "--reason", "x"},
		{"--anybody", "--for", "9h", "--reason", "x"}, {"--anybody", "--from", "192.0.2.0/24", "--for", "1h", "--reason", "x"}} {
		ordered(t, state, cli.ExitUsage, append([]string{"window", "open"}, wrong...)...)
	}
	id, said := ordered(t, state, cli.ExitClean, "window", "open", "--from", "192.0.2.0/24,2001:db8::/32", "--for", "4h", "--reason", "quarterly scan")
	id = strings.TrimSpace(id)
	says(t, said, id, "192.0.2.0/24, 2001:db8::/32", "(4h left)", "quarterly scan")
	if !g.sentry.Spared(netip.MustParseAddr("192.0.2.9")) {
		t.Error("it is not open")
	}
	out, _ := ordered(t, state, cli.ExitClean, "window", "list")
	says(t, out, id, "quarterly scan")
	out, _ = ordered(t, state, cli.ExitClean, "window", "list", "--json")
	var list []pavise.Window
	if err := json.Unmarshal([]byte(out), &list); err != nil || len(list) != 1 || list[0].ID != id || list[0].By == "" {
		t.Error(out, err)
	}
	out, _ = ordered(t, state, cli.ExitClean, "status")
	says(t, out, "window", id)
	ordered(t, state, cli.ExitFailed, "window", "close", "ffffffff")
	ordered(t, state, cli.ExitClean, "window", "close", id)
	if g.sentry.Spared(netip.MustParseAddr("192.0.2.9")) {
		t.Error("it is not closed")
	}
	out, said = ordered(t, state, cli.ExitClean, "window", "log", "--verify")
	says(t, out, "opened  "+id, "closed  "+id)
	says(t, said, "2 lines, each as it was written")
}

// TestWindowLogShowsChanges: a line cut out, and with a running Pavise also the last.
func TestWindowLogShowsChanges(t *testing.T) {
	state := t.TempDir()
	watched(t, state)
	for range 3 {
		ordered(t, state, cli.ExitClean, "window", "open", "--from", "192.0.2.0/24", "--for", "4h", "--reason", "scan")
	}
	path := filepath.Join(state, windowsLog)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(whole), "\n")
	for name, text := range map[string]string{"changed": strings.Replace(string(whole), "scan", "snac", 1), "cut out": lines[0] + lines[2], "cut off": lines[0] + lines[1]} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, said := ordered(t, state, cli.ExitFinding, "window", "log", "--verify"); !strings.Contains(said, "not as it was written") {
			t.Errorf("%s: %s", name, said)
		}
	}
}

// TestWindowOutlivesARestart: and one that ended meanwhile is ended in the log.
func TestWindowOutlivesARestart(t *testing.T) {
	state := t.TempDir()
	p := &plan{file: &site.File{State: state}}
	g, _ := remembering(t, p)
	open := func(id string, life time.Duration) {
		if err := g.sentry.OpenWindow(t.Context(), pavise.Window{ID: id, From: clients.Anybody(), Ends: time.Now().Add(life), Reason: "a test"}); err != nil {
			t.Fatal(err)
		}
	}
	open("long", time.Hour)
	open("short", 50*time.Millisecond)
	if err := g.sentry.AddBan(t.Context(), pavise.Ban{Network: netip.MustParsePrefix("198.51.100.0/24"), Ends: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	g.close()
	time.Sleep(60 * time.Millisecond)
	next := watched(t, state)
	if !next.sentry.Spared(netip.MustParseAddr("192.0.2.1")) || next.sentry.Banned(netip.MustParseAddr("198.51.100.7")) == nil {
		t.Error("a restart has forgotten")
	}
	if !strings.Contains(strings.Join(next.notes, "\n"), "protection window long lets anybody be until") {
		t.Error(next.notes)
	}
	out, _ := ordered(t, state, cli.ExitClean, "window", "log", "--verify")
	if strings.Count(out, "short") != 2 || strings.Count(out, "long") != 1 || !strings.Contains(out, "ended   short") {
		t.Error(out)
	}
}

// TestWindowBesideAnother: who starts while another has the store does not know which
// windows are open, and ends none in the log.
func TestWindowBesideAnother(t *testing.T) {
	state := t.TempDir()
	g := watched(t, state)
	if err := g.sentry.OpenWindow(t.Context(), pavise.Window{ID: "long", From: clients.Anybody(), Ends: time.Now().Add(time.Hour), Reason: "a test"}); err != nil {
		t.Fatal(err)
	}
	beside, _ := remembering(t, &plan{file: &site.File{State: state}})
	beside.close()
	if out, _ := ordered(t, state, cli.ExitClean, "window", "log", "--verify"); strings.Contains(out, "ended") {
		t.Error(out)
	}
}

// TestWindowLogHandedOver: of two processes that know of each window one alone writes: first
// the old one, then the new.
func TestWindowLogHandedOver(t *testing.T) {
	p, memory := &plan{file: &site.File{State: t.TempDir()}}, pavise.NewMemory(time.Now)
	on := func() *sentry {
		s := &sentry{journal: proxy.NewJournal(slog.New(slog.DiscardHandler), nil)}
		if err := s.openLog(p, make([]byte, 32), nil); err != nil {
			t.Fatal(err)
		}
		s.Watch = clients.NewWatch(clients.WatchOptions{Store: memory, Shared: true, Heard: s.heard})
		s.Sync(t.Context())
		return s
	}
	open := func(s *sentry, id string, life time.Duration) {
		t.Helper()
		if err := s.OpenWindow(t.Context(), pavise.Window{ID: id, From: clients.Anybody(), Ends: time.Now().Add(life), Reason: "a test"}); err != nil {
			t.Fatal(err)
		}
	}
	old := on()
	old.begin(true)
	open(old, "a", time.Hour)
	next := on() // it starts
	open(old, "b", time.Hour)
	open(old, "c", 20*time.Millisecond)
	next.Sync(t.Context())
	old.retire()
	time.Sleep(30 * time.Millisecond)
	old.Sync(t.Context())
	next.begin(true)
	next.Sync(t.Context())
	old.begin(true) // too late
	if err := next.CloseWindow(t.Context(), "a", "me"); err != nil {
		t.Fatal(err)
	}
	open(next, "d", time.Hour)
	old.Sync(t.Context())
	lines, err := next.log.Lines()
	var told []string
	for _, e := range windowEntries(lines) {
		told = append(told, e.What+" "+e.Window.ID)
	}
	if got := strings.Join(told, ", "); err != nil || got != "opened a, opened b, opened c, ended c, closed a, opened d" {
		t.Error(got, err)
	}
}

// TestBansArePlaced by what the databases that are named say, and by no more.
func TestBansArePlaced(t *testing.T) {
	now := time.Now()
	for want, at := range map[string]pavise.Location{"  yours  probing\n": {}, "  yours  DE  probing\n": {Country: "DE"},
		"  yours  AS64496 Example  probing\n": {AS: 64496, Name: "Example"}, "  yours  DE AS64496 Example  probing\n": {Country: "DE", AS: 64496, Name: "Example"}} {
		var out strings.Builder
		ban := pavise.Ban{Network: netip.MustParsePrefix("192.0.2.7/32"), Ends: now.Add(time.Hour), Reason: "probing"}
		if err := writeBans(&out, []banStatus{{Ban: ban, Location: at}}, now); err != nil || !strings.HasSuffix(out.String(), want) {
			t.Errorf("%q, want %q: %v", out.String(), want, err)
		}
	}
}

func TestBanByCommand(t *testing.T) {
	state := t.TempDir()
	g := watched(t, state)
	for _, wrong := range [][]string{{}, {"office"}, {"192.0.2.7/24"}, {"0.0.0.0/0"}, {"192.0.2.7", "192.0.2.8"}} {
		ordered(t, state, cli.ExitUsage, append([]string{"ban", "add"}, wrong...)...)
	}
	ordered(t, state, cli.ExitFailed, "ban", "add", "127.0.0.1")
	ordered(t, state, cli.ExitFailed, "ban", "add", "192.0.2.77", "--for", "9000h")
	_, said := ordered(t, state, cli.ExitClean, "ban", "add", "192.0.2.7", "--reason", "card testing")
	says(t, said, "192.0.2.7/32 is kept away until", "the allow list of shop.example has it, and wins")
	ordered(t, state, cli.ExitClean, "ban", "add", "2001:db8::5", "--for", "1h")
	if g.sentry.Banned(netip.MustParseAddr("2001:db8::6")) == nil {
		t.Error("an address of IPv6 is not its /64")
	}
	out, _ := ordered(t, state, cli.ExitClean, "ban", "list")
	says(t, out, "192.0.2.7/32", "24h left", "yours", "card testing", "let in at shop.example", "2001:db8::/64")
	out, _ = ordered(t, state, cli.ExitClean, "ban", "list", "--json")
	var list []banStatus
	if err := json.Unmarshal([]byte(out), &list); err != nil || len(list) != 2 || list[0].Reason != "card testing" || list[0].Allowed[0] != "shop.example" {
		t.Error(out, err)
	}
	out, _ = ordered(t, state, cli.ExitClean, "status")
	says(t, out, "2 running: pavise ban list")
	ordered(t, state, cli.ExitClean, "ban", "remove", "192.0.2.7")
	ordered(t, state, cli.ExitFailed, "ban", "remove", "192.0.2.7")
}

// TestOrdersAreRefusedInWords: what the store cannot keep is said, and nothing pretended.
func TestOrdersAreRefusedInWords(t *testing.T) {
	w := httptest.NewRecorder()
	done(func(context.Context, pavise.Ban) ([]bool, error) { return nil, pavise.ErrAway })(w, httptest.NewRequest("POST", "/bans", strings.NewReader("{}")))
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "the store is away") {
		t.Error(w.Code, w.Body)
	}
	w = httptest.NewRecorder()
	done(func(context.Context, pavise.Ban) ([]bool, error) { return []bool{true}, nil })(w, httptest.NewRequest("POST", "/bans", strings.NewReader("{")))
	if w.Code != http.StatusUnprocessableEntity {
		t.Error(w.Code)
	}
}

// TestDashboardGuards: what the dashboard does is what the commands do.
func TestDashboardGuards(t *testing.T) {
	state := t.TempDir()
	g := &deskGuard{&witness{ground: watched(t, state)}}
	now := time.Now()
	if err := g.Ban(t.Context(), dashboard.Ban{Network: "198.51.100.0/24", Reason: "card testing", Since: now, Until: now.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if err := g.OpenWindow(t.Context(), dashboard.Window{Networks: "192.0.2.0/24, 2001:db8::/32", Reason: "scan", By: "ann", Since: now, Until: now.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	windows, _ := g.Windows(t.Context())
	bans, _ := g.Bans(t.Context())
	if len(windows) != 1 || windows[0].Networks != "192.0.2.0/24, 2001:db8::/32" || windows[0].By != "ann" || len(bans) != 1 || bans[0].By != "the owner" {
		t.Fatal(windows, bans)
	}
	out, _ := ordered(t, state, cli.ExitClean, "window", "list")
	says(t, out, windows[0].ID, "by ann")
	var unable *dashboard.UnableError
	if err := g.OpenWindow(t.Context(), dashboard.Window{Networks: "192.0.2.0/24", Reason: "scan", Since: now, Until: now.Add(1000 * time.Hour)}); !errors.As(err, &unable) {
		t.Error(err)
	}
	if err := g.Ban(t.Context(), dashboard.Ban{Network: "office", Since: now}); !errors.As(err, &unable) {
		t.Error(err)
	}
	if err := errors.Join(g.CloseWindow(t.Context(), windows[0].ID, "ann"), g.Unban(t.Context(), "198.51.100.0/24", "ann")); err != nil || len(g.witness.sentry.Windows())+len(g.witness.sentry.Bans()) != 0 {
		t.Error(err)
	}
}

// TestUnreadableEntry: what the log has that cannot be read puts no time beside another entry.
func TestUnreadableEntry(t *testing.T) {
	var out strings.Builder
	c := new(cobra.Command)
	c.SetOut(&out)
	at := func(hour int) time.Time { return time.Date(2026, 11, 1, hour, 0, 0, 0, time.UTC) }
	writeWindowLog(c, []chainlog.Line{{Time: at(1), Entry: []byte(`{"what":"opened","window":{"id":"one"}}`)},
		{Time: at(2), Entry: []byte(`{"what":"closed","window":7}`)}, {Time: at(3), Entry: []byte(`{"what":"closed","window":{"id":"one"}}`)}})
	want := "2026-11-01 01:00:00  opened  one\n2026-11-01 02:00:00  ?       not as pavise writes it\n2026-11-01 03:00:00  closed  one\n"
	if out.String() != want {
		t.Errorf("%q", out.String())
	}
}
