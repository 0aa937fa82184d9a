package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/catalog"
	"pavise/cmd/pavise/internal/cli"
	"pavise/dashboard"
	"pavise/internal/authority"
	"pavise/proxy"
	"pavise/site"
)

// running is a proxy with a site and the dashboard at one of its own, whose owner's
// socket is in the state directory.
func running(t *testing.T) (state string, server *proxy.Server, local *authority.Authority, w *witness) {
	t.Helper()
	state = t.TempDir()
	app := httptest.NewServer(nil)
	t.Cleanup(app.Close)
	up, err := proxy.ParseUpstream(app.URL)
	if err != nil {
		t.Fatal(err)
	}
	if local, err = authority.Open(state); err != nil {
		t.Fatal(err)
	}
	p := &plan{file: &site.File{State: state, Dashboard: site.Dashboard{Expose: true, Host: "dash.localhost", Listen: "127.0.0.1:0"}}}
	g, _ := remembering(t, p)
	t.Cleanup(func() { g.kept.Close() })
	shop := []string{"shop.localhost"}
	p.cfg.Sites = []proxy.Site{{Hosts: shop, Upstream: up, Certificate: local.Leaf(shop), Policy: pavise.Recommend(catalog.Controls())}}
	p.exposeDashboard()
	p.cfg.Sites[1].Certificate = local.Leaf([]string{"dash.localhost"})
	g.showDashboard(p, p.cfg.Sites)
	cfg := p.cfg
	cfg.HTTPS, cfg.HTTP, cfg.Journal, cfg.Store, cfg.Secret, cfg.TCPAlone = "127.0.0.1:0", "127.0.0.1:0", g.journal, g.kept.Store, g.secret, true
	if server, err = proxy.Start(cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Stop(t.Context()) })
	w = &witness{ground: g, started: time.Now()}
	w.sites.Store(&cfg.Sites)
	w.server.Store(server)
	t.Cleanup(w.openDesk(cli.SayTo(io.Discard), p, ""))
	closed := answerOwner(cli.SayTo(io.Discard), state, w)
	t.Cleanup(func() { closed() })
	return state, server, local, w
}

// TestDashboardByToken: the owner's socket lets one browser in, once, under the names of
// this machine alone and from no other site.
func TestDashboardByToken(t *testing.T) {
	state, _, _, w := running(t)
	w.journal.Decide(pavise.Decision{Time: time.Now(), ID: "5f0c3b1e9a7d2468", Action: pavise.Refused, Control: "requests.origin", Rule: "requests.origin.form",
		Method: "POST", Host: "shop.localhost", Path: "/pay", Reason: "from elsewhere", Except: "- {…}"})
	var out, said strings.Builder
	if code := run([]string{"dashboard", "--state", state}, &out, &said); code != cli.ExitClean {
		t.Fatal(code, said.String())
	}
	address := strings.TrimSpace(out.String())
	jar, _ := cookiejar.New(nil)
	client := &http.Client{Jar: jar}
	ask := func(method, url string, change func(*http.Request)) (int, string) {
		t.Helper()
		r, err := http.NewRequest(method, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if change != nil {
			change(r)
		}
		res, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		return res.StatusCode, string(body)
	}
	status, body := ask("GET", address, nil)
	for _, want := range []string{"All is well", "shop.localhost", "the file " + state, "/pay", "from elsewhere"} {
		if status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%d, without %q:\n%s", status, want, body)
		}
	}
	base, _, _ := strings.Cut(address, "/enter")
	if status, body := ask("GET", base+"/request?id=5f0c3b1e9a7d2468", nil); status != http.StatusOK || !strings.Contains(body, "Cross-origin requests") || !strings.Contains(body, "Exempt requests like this") {
		t.Error(status, body)
	}
	if status, _ := ask("GET", base+"/", func(r *http.Request) { r.Host = "evil.example" }); status != http.StatusMisdirectedRequest {
		t.Error("another name:", status)
	}
	if status, _ := ask("POST", base+"/logout", func(r *http.Request) { r.Header.Set("Origin", "http://127.0.0.1:1") }); status != http.StatusForbidden {
		t.Error("another origin:", status)
	}
	client.Jar = nil
	if status, _ := ask("GET", address, nil); status != http.StatusUnprocessableEntity {
		t.Error("a token opens twice:", status)
	}
	for _, e := range w.journal.Latest(100, pavise.Refused, pavise.Noted, pavise.Replaced) {
		if strings.Contains(fmt.Sprint(e), "token=") {
			t.Errorf("a token in the journal: %+v", e)
		}
	}
}

// TestDashboardHolds: exposed to the world, nothing fails in a scan but what is the
// owner's to say, and the scan is shown at once.
func TestDashboardHolds(t *testing.T) {
	state, server, local, w := running(t)
	url := pavise.Origin("https", "dash.localhost", server.HTTPS().Port)
	var out, said strings.Builder
	report := filepath.Join(t.TempDir(), "report.txt")
	code := run([]string{"scan", url, "--ca", local.CertificateFile(), "--save", "--state", state, "-o", report}, &out, &said)
	text, _ := os.ReadFile(report)
	if code != cli.ExitClean || !strings.Contains(string(text), "grade A") {
		t.Errorf("exit %d: %s%s%s", code, out.String(), said.String(), text)
	}
	source := &deskSource{witness: w, state: state}
	kept, err := source.Scan("dash.localhost")
	if err != nil || kept == nil || kept.Verdict.Outcome != pavise.Pass || time.Since(kept.Verdict.At) > time.Minute {
		t.Fatalf("%+v %v", kept, err)
	}
	for _, f := range kept.Findings {
		if f.Outcome == pavise.Fail && f.Rule != "leaks.contact.present" { // whom to tell of flaws only the owner knows
			t.Errorf("%+v", f)
		}
	}
	for _, none := range []string{"shop.localhost", "../../etc/passwd", ".."} {
		if r, err := source.Scan(none); r != nil || err != nil {
			t.Errorf("%s: %+v %v", none, r, err)
		}
	}
	if o := source.Overview(t.Context()); o.Sites[1].Scan == nil || o.Sites[1].Scan.Outcome != pavise.Pass {
		t.Errorf("%+v", o.Sites[1])
	}
}

// TestDashboardUsers are added, listed and removed.
func TestDashboardUsers(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	try := func(want int, typed string, args ...string) string {
		t.Helper()
		root := rootCommand()
		var out strings.Builder
		root.SetArgs(append(append([]string{"dashboard", "user"}, args...), "--state", state))
		root.SetIn(strings.NewReader(typed))
		root.SetOut(&out)
		root.SetErr(&out)
		if code := cli.Explain(&out, root.Execute()); code != want {
			t.Errorf("%v: exit %d, want %d: %s", args, code, want, out.String())
		}
		return out.String()
	}
	if said := try(cli.ExitClean, "correct horse battery\n", "add", "ada"); !strings.Contains(said, "otpauth://totp/") || strings.Contains(said, "horse") {
		t.Error(said)
	}
	try(cli.ExitUsage, "short\n", "add", "eve")
	try(cli.ExitUsage, "", "add")
	if said := try(cli.ExitClean, "", "list"); !strings.Contains(said, "  ada\n") || strings.Contains(said, "eve") {
		t.Error(said)
	}
	if said := try(cli.ExitUsage, "", "remove", "adda"); !strings.Contains(said, "did you mean ada?") {
		t.Error(said)
	}
	try(cli.ExitClean, "", "remove", "ada")
	if said := try(cli.ExitClean, "", "list"); said != "" {
		t.Error(said)
	}
}

// TestDashboardWrites: an exemption is written where it was previewed, comments and all,
// and is in force at once; bans and windows hold for every site.
func TestDashboardWrites(t *testing.T) {
	app := httptest.NewServer(nil)
	t.Cleanup(app.Close)
	dir := t.TempDir()
	file := filepath.Join(dir, "pavise.yaml")
	text := "# ours\nsites:\n  - hosts: [shop.localhost] # the shop\n    to: \"" + strings.TrimPrefix(app.URL, "http://") + "\"\n    controls: {requests.client: {trust: [cdn.txt]}}\n"
	for name, text := range map[string]string{"pavise.yaml": text, "cdn.txt": "192.0.2.0/24\n"} {
		write(t, filepath.Join(dir, name), text)
	}
	f := serveFlags{config: file, https: "127.0.0.1:0", http: "off", http3: "off", state: filepath.Join(dir, "state")}
	w := &witness{started: time.Now()}
	w.reloader = newReloader(f, cli.SayTo(io.Discard), w)
	p, err := w.reloader.first()
	if err != nil {
		t.Fatal(err)
	}
	g, cfg, server := serving(t, p)
	w.ground = g
	w.sites.Store(&cfg.Sites)
	w.server.Store(server)
	editor, x := &deskEditor{w, file}, dashboard.Exemption{Site: "shop.localhost", Control: "requests.origin", Mode: "off", Path: "POST /pay", Reason: "signed", Until: time.Now().AddDate(0, 1, 0).Truncate(24 * time.Hour), By: "ada"}

	change, err := editor.Preview(t.Context(), x)
	if err != nil || !strings.Contains(change.Diff, "+") || !strings.Contains(change.Diff, "POST /pay") || strings.Contains(change.Diff, "-  - hosts") {
		t.Fatalf("%+v %v", change, err)
	}
	if now, _ := os.ReadFile(file); string(now) != text {
		t.Error("a preview writes")
	}
	if err := editor.Write(t.Context(), x, "of another time"); !errors.Is(err, dashboard.ErrChanged) {
		t.Error(err)
	}
	if err := editor.Write(t.Context(), x, change.Version); err != nil {
		t.Fatal(err)
	}
	now, _ := os.ReadFile(file)
	if !strings.HasPrefix(string(now), "# ours\n") || !strings.Contains(string(now), "# the shop") || !strings.Contains(string(now), "reason: signed") {
		t.Errorf("%s", now)
	}
	source := &deskSource{witness: w, state: f.state}
	if o := source.Overview(t.Context()); len(o.Sites[0].Exceptions) != 1 || !strings.Contains(o.Sites[0].Exceptions[0], "POST /pay") || o.Reload == nil || o.Reload.Error != "" {
		t.Errorf("%+v", o)
	}
	if o := source.Overview(t.Context()); len(o.Sites[0].Apps) != 1 || "http://"+o.Sites[0].Apps[0].At != app.URL || !strings.HasPrefix(o.Sites[0].Apps[0].Note, "well, 0 running") {
		t.Errorf("%+v", o.Sites[0].Apps)
	}
	if err := os.WriteFile(file, []byte(text+"    except:\n    "+exceptionLine(x)+"\n"), 0o600); err != nil { // where Pavise may not write
		t.Fatal(err)
	}
	if _, err := planFrom(f); err != nil {
		t.Error("what is to be pasted is not taken:", err)
	}
	x.Site = "nowhere"
	var unable *dashboard.UnableError
	if _, err := editor.Preview(t.Context(), x); !errors.As(err, &unable) {
		t.Error(err)
	}

	guard := &deskGuard{w}
	at := time.Now()
	if err := guard.Ban(t.Context(), dashboard.Ban{Network: "192.0.2.7", Reason: "guesses", By: "ada", Since: at, Until: at.Add(time.Hour)}); err != nil {
		t.Error(err)
	}
	w.sentry.Watch.Ban(netip.MustParseAddr("192.0.2.1"), time.Minute, time.Minute, "probing")
	if list, _ := guard.Bans(t.Context()); len(list) != 2 || list[0].Network != "192.0.2.7" || list[0].By != "the owner" {
		t.Errorf("%+v", list)
	}
	if err := guard.Ban(t.Context(), dashboard.Ban{Network: "127.0.0.1", By: "ada", Since: at, Until: at.Add(time.Hour)}); !errors.As(err, &unable) {
		t.Error("this machine:", err)
	}
	guard.Unban(t.Context(), "192.0.2.1", "ada")
	if err := guard.Unban(t.Context(), "192.0.2.7", "ada"); err != nil {
		t.Error(err)
	}
	if err := guard.OpenWindow(t.Context(), dashboard.Window{Networks: "192.0.2.0/24, 2001:db8::1", Reason: "scan", By: "ada", Since: at, Until: at.Add(time.Hour)}); err != nil {
		t.Error(err)
	}
	list, _ := guard.Windows(t.Context())
	if bans, _ := guard.Bans(t.Context()); len(bans) != 0 || len(list) != 1 || list[0].Networks != "192.0.2.0/24, 2001:db8::1" || list[0].By != "ada" {
		t.Fatalf("%+v %+v", bans, list)
	}
	for range 2 {
		if err := guard.CloseWindow(t.Context(), list[0].ID, "ada"); err != nil {
			t.Error(err)
		}
	}
	if list, _ := guard.Windows(t.Context()); len(list) != 0 {
		t.Errorf("%+v", list)
	}
}

// TestSiteOfTheDashboard: each backend stands by itself, one that is down among them, and
// what is closed for maintenance is told.
func TestSiteOfTheDashboard(t *testing.T) {
	apps := appsOf(siteStatus{Answers: true, Backends: []backendStatus{{Name: "http://127.0.0.1:3000", Answers: true, State: "well"}, {Name: "b", State: "resting"},
		{Name: "c", Answers: true, State: "failing", Path: "/api"}}})
	if len(apps) != 3 || !apps[0].Answers || apps[0].At != "127.0.0.1:3000" || apps[1].Answers || apps[2].Answers || !strings.HasPrefix(apps[2].Note, "for /api; failing") {
		t.Errorf("%+v", apps)
	}
	if one := appsOf(siteStatus{Upstream: "the files in public", Answers: true}); len(one) != 1 || one[0].At != "the files in public" || !one[0].Answers || !one[0].Here {
		t.Errorf("%+v", one)
	}
	closed := proxy.App{Maintenance: new(proxy.Maintenance)}
	for want, s := range map[string]proxy.Site{
		"":                            {Paths: []proxy.Path{{Path: "/api"}}},
		"closed for maintenance":      {App: closed},
		"/api closed for maintenance": {Paths: []proxy.Path{{Path: "/"}, {Path: "/api", App: closed}}},
	} {
		if got := closedParts(s); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// serving starts what a plan comes to, until the test ends.
func serving(t *testing.T, p *plan) (*ground, proxy.Config, *proxy.Server) {
	t.Helper()
	g, _ := remembering(t, p)
	t.Cleanup(g.close)
	cfg, err := g.config(p)
	if err != nil {
		t.Fatal(err)
	}
	server, err := proxy.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Stop(t.Context()) })
	return g, cfg, server
}

// TestDashboardBehindBalancer: by its settings the exposed dashboard knows clients from the
// balancer that sends them, so that a stranger's misdeeds are the stranger's; a reload
// changes them.
func TestDashboardBehindBalancer(t *testing.T) {
	t.Parallel()
	section := func(controls string) string {
		return "dashboard: {expose: true, host: dash.localhost" + controls + "}\n"
	}
	s := serveFile(t, plainly, section(""))
	strays := func() string {
		t.Helper()
		r, err := http.NewRequest("GET", s.base+"/.env", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = "dash.localhost"
		r.Header.Set("X-Forwarded-For", "192.0.2.7")
		res, err := s.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		for _, e := range s.witness.journal.Latest(1, pavise.Refused) {
			return e.Control + " " + e.Client
		}
		return ""
	}
	if who := strays(); who != "leaks.files 127.0.0.1" {
		t.Error(who)
	}
	if done := s.now(section(", controls: {requests.client: {trust: [127.0.0.1]}}")); !done.OK {
		t.Fatal(done.Refused)
	}
	if who := strays(); who != "leaks.files 192.0.2.7" {
		t.Error(who)
	}
}

// TestOverviewInReload: sites that come and go while their apps are asked are not mixed up.
func TestOverviewInReload(t *testing.T) {
	t.Parallel()
	s := serveFile(t, plainly, "")
	two := *s.witness.sites.Load()
	two = append(slices.Clone(two), two[0])
	two[0].Hosts, two[0].Name = []string{"other.localhost"}, "other.localhost"
	one := two[1:]
	source := &deskSource{witness: s.witness, state: s.state}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() {
		for ctx.Err() == nil {
			s.witness.sites.Store(&one)
			time.Sleep(50 * time.Microsecond)
			s.witness.sites.Store(&two)
			time.Sleep(50 * time.Microsecond)
		}
	}()
	for range 20 {
		for _, site := range source.Overview(ctx).Sites {
			if len(site.Apps) != 1 {
				t.Errorf("%+v", site)
			}
		}
	}
}
