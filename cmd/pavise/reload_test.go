package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"pavise/cmd/pavise/internal/cli"
	"pavise/internal/handover"
	"pavise/proxy"
	"pavise/test/tools"
)

var reloads = flag.Int("reloads", 60, "how many reloads TestReloadsLeaveNothing does")

// A served configuration is what serve makes of a file, in this process.
type servedFile struct {
	*reloader
	t      *testing.T
	app    string
	state  string
	client *http.Client
	base   string
}

// serveFile serves what rest says of a site, in front of the app.
func serveFile(t *testing.T, app http.HandlerFunc, rest string) *servedFile {
	t.Helper()
	backend := httptest.NewServer(app)
	t.Cleanup(backend.Close)
	dir := t.TempDir()
	s := &servedFile{t: t, app: backend.URL, state: filepath.Join(dir, "state")}
	f := serveFlags{config: filepath.Join(dir, "pavise.yaml"), https: "127.0.0.1:0", http: "off", http3: "off", state: s.state}
	s.write(f.config, rest)
	w := &witness{started: time.Now()}
	s.reloader = newReloader(f, cli.SayTo(io.Discard), w)
	plan, err := s.first()
	if err != nil {
		t.Fatal(err)
	}
	ground, err := openGround(t.Context(), plan, proxy.NewJournal(slog.New(slog.DiscardHandler), nil))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ground.close)
	w.ground, w.reloader = ground, s.reloader
	s.prove = func(context.Context, proxy.Config) ([]siteProof, error) { return []siteProof{}, nil } // has tests of its own
	cfg, err := ground.config(plan)
	if err != nil {
		t.Fatal(err)
	}
	w.sites.Store(&cfg.Sites)
	server, err := proxy.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	w.server.Store(server)
	t.Cleanup(func() { server.Stop(context.Background()) })
	jar, _ := cookiejar.New(nil)
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	t.Cleanup(transport.CloseIdleConnections)
	s.client, s.base = &http.Client{Transport: transport, Jar: jar}, fmt.Sprint("https://127.0.0.1:", server.HTTPS().Port)
	return s
}

// write writes the configuration with what rest says beside hosts and app.
func (s *servedFile) write(file, rest string) {
	s.t.Helper()
	text := "sites:\n  - hosts: [127.0.0.1]\n    to: " + s.app + "\n" + rest
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// now reloads with another configuration.
func (s *servedFile) now(rest string) *reloaded {
	s.t.Helper()
	s.write(s.flags.config, rest)
	return s.reload(s.t.Context(), "test")
}

func (s *servedFile) get(path string) (status int, body string, header http.Header) {
	s.t.Helper()
	res, err := s.client.Get(s.base + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, string(text), res.Header
}

func plainly(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "the app") }

// TestReload: what may change does, and is told; what may not is refused, with its reason,
// and what was before goes on.
func TestReload(t *testing.T) {
	t.Parallel()
	s := serveFile(t, plainly, "")
	framed := func() string { _, _, h := s.get("/"); return h.Get("X-Frame-Options") }
	if framed() != "SAMEORIGIN" {
		t.Fatal(framed())
	}
	good := "    controls: {headers.frame: {allow: none}}\n"
	if done := s.now(good); !done.OK || strings.Join(done.Changed, "; ") != "127.0.0.1: controls.headers.frame added" || framed() != "DENY" {
		t.Errorf("%+v, framed %s", done, framed())
	}
	if done := s.now(good); !done.OK || len(done.Changed) != 0 {
		t.Errorf("nothing has changed: %+v", done)
	}
	hollowed := func(ctx context.Context, cfg proxy.Config) ([]siteProof, error) {
		cfg.Sites[0].Policy = with(hollow{})
		return prove(ctx, cfg, time.Minute)
	}
	for name, tt := range map[string]struct {
		rest, says, hint string
		code             int
		prove            func(context.Context, proxy.Config) ([]siteProof, error)
	}{
		"unknown key":     {"    controls: {headers.frame: {alow: none}}\n", "pavise.yaml:4:32: headers.frame: unknown key \"alow\"", "pavise check", cli.ExitUsage, s.prove},
		"no certificate":  {"    certificate: {cert: none.pem, key: none.pem}\n", "none.pem", "openssl x509", cli.ExitUsage, s.prove},
		"another store":   {"store: memory\n", "only a new process takes up what has changed in store.url", "pavise upgrade", cli.ExitUsage, s.prove},
		"does not hold":   {"", "the self-proof has failed: 127.0.0.1: headers.nosniff.present fails: saw no X-Content-Type-Options", "--unproven", cli.ExitFinding, hollowed},
		"no sites at all": {"  []\n", "pavise.yaml:4", "pavise check", cli.ExitUsage, s.prove},
	} {
		s.prove = tt.prove
		done := s.now(tt.rest)
		if done.OK || !strings.Contains(done.Refused, tt.says) || !strings.Contains(done.Hint, tt.hint) || done.Code != tt.code {
			t.Errorf("%s: %+v", name, done)
		}
		if framed() != "DENY" {
			t.Errorf("%s: it has changed something all the same", name)
		}
		if last := s.witness.tell(time.Now(), nil); last.Reload != done || last.well(time.Now()) {
			t.Errorf("%s: the status says nothing of it", name)
		}
	}
}

// TestReloadCommand: it waits for the outcome, over the owner's socket, and prints it.
func TestReloadCommand(t *testing.T) {
	t.Parallel()
	s := serveFile(t, plainly, "")
	s.state = t.TempDir() // with a short name
	command := func(args ...string) (int, string) {
		var out strings.Builder
		code := run(append([]string{"reload", "--state", s.state}, args...), &out, &out)
		return code, out.String()
	}
	if code, said := command(); code != cli.ExitFailed || !strings.Contains(said, "no running Pavise") {
		t.Errorf("exit %d: %s", code, said)
	}
	defer answerOwner(cli.SayTo(io.Discard), s.state, s.witness)()
	s.write(s.flags.config, "    controls: {headers.frame: {allow: none}}\n")
	if code, said := command(); code != cli.ExitClean || !strings.Contains(said, "127.0.0.1: controls.headers.frame added\npavise: process ") {
		t.Errorf("exit %d: %s", code, said)
	}
	s.write(s.flags.config, "    control: {}\n")
	if code, said := command(); code != cli.ExitUsage || !strings.Contains(said, "goes on as before: ") || !strings.Contains(said, `unknown key "control"`) {
		t.Errorf("exit %d: %s", code, said)
	}
	if code, said := command("--json"); code != cli.ExitUsage || !strings.Contains(said, `"refused": `) {
		t.Errorf("exit %d: %s", code, said)
	}
}

// TestReloadKeepsState: who is refused stays so, and who is logged in, too.
func TestReloadKeepsState(t *testing.T) {
	t.Parallel()
	s := serveFile(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/enter" {
			http.SetCookie(w, &http.Cookie{Name: "connect.sid", Value: "abc", HttpOnly: true, Path: "/"})
		}
		if c, err := r.Cookie("connect.sid"); err == nil {
			io.WriteString(w, "session "+c.Value)
		}
	}, "    controls: {login.rate: {limits: [{path: /search, rate: 3, per: 1h}]}}\n")
	s.get("/enter")
	for range 3 {
		s.get("/search")
	}
	check := func(when string) {
		t.Helper()
		if status, _, _ := s.get("/search"); status != http.StatusTooManyRequests {
			t.Errorf("%s the limit is forgotten: %d", when, status)
		}
		if _, body, _ := s.get("/"); body != "session abc" {
			t.Errorf("%s the session is forgotten: %q", when, body)
		}
	}
	check("before")
	if u, _ := url.Parse(s.base); len(s.client.Jar.Cookies(u)) != 1 {
		t.Fatal(s.client.Jar.Cookies(u))
	}
	for when, limits := range map[string]string{"with the same settings": "{path: /search, rate: 3, per: 1h}",
		"with other settings": "{path: /other, rate: 1}, {path: /search, rate: 2, per: 1h}"} {
		if done := s.now("    controls: {login.rate: {limits: [" + limits + "]}}\n"); !done.OK {
			t.Fatal(done)
		}
		check(when)
	}
}

// TestReloadWhen: at SIGHUP, and when the file has changed.
func TestReloadWhen(t *testing.T) {
	heedsHangUp(t)
	s := serveFile(t, plainly, "")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	s.flags.onChange = true
	s.when(ctx, stop, hear(io.Discard))
	told := func(by string, ok bool) func() bool {
		return func() bool { d := s.last.Load(); return d != nil && d.By == by && d.OK == ok }
	}
	s.write(s.flags.config, "    controls: {headers.frame: {al")
	happens(t, told("a change of the files", false))
	s.write(s.flags.config, "    controls: {headers.frame: {allow: none}}\n")
	happens(t, told("a change of the files", true))
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	happens(t, told("SIGHUP", true))
}

// TestReloadSeesWhatIsNamed: a change is seen of a list of networks, and of a file that the
// configuration names before it is there.
func TestReloadSeesWhatIsNamed(t *testing.T) {
	for name, rest := range map[string]string{
		"cdn.txt": "    controls: {requests.client: {trust: [cdn.txt]}}\n",
		"m.html":  "    maintenance: {on: true, page: m.html}\n",
	} {
		s := serveFile(t, plainly, "")
		file := filepath.Join(filepath.Dir(s.flags.config), name)
		if done := s.now(rest); done.OK {
			t.Errorf("%s is not there: %+v", name, done)
		}
		seen := func() bool { now, read := s.look(); return !maps.Equal(now, read) }
		if seen() {
			t.Error("nothing has changed yet")
		}
		for _, text := range []string{"192.0.2.0/24\n", "192.0.2.7\n"} {
			write(t, file, text)
			if !seen() {
				t.Errorf("the change of %s is not seen", name)
			}
			if done := s.reload(t.Context(), "test"); !done.OK {
				t.Errorf("%s: %+v", name, done)
			}
		}
	}
}

// TestReloadOfWhatPassed: how long what runs may take, and where addresses are, change
// without another process.
func TestReloadOfWhatPassed(t *testing.T) {
	t.Parallel()
	s := serveFile(t, plainly, "")
	s.witness.passing = new(passing)
	if done := s.now("drain: 4h\n"); !done.OK || s.witness.passing.drains() != 4*time.Hour {
		t.Errorf("%+v, %s", done, s.witness.passing.drains())
	}
	if done := s.now("drain: 4h\ngeoip: {country: none.mmdb}\n"); done.OK || !strings.Contains(done.Refused, "geoip") || strings.Contains(done.Refused, "new process") {
		t.Errorf("%+v", done)
	}
}

// TestReloadRefusedAsksNobody: an authority that a refused file names is not asked, and the
// file, once mended, may name it still.
func TestReloadRefusedAsksNobody(t *testing.T) {
	t.Parallel()
	s := serveFile(t, plainly, "")
	another := "  - hosts: [shop.test]\n    to: 3000\n"
	holds := s.prove
	s.prove = func(context.Context, proxy.Config) ([]siteProof, error) { return nil, errors.New("it does not hold") }
	if done := s.now(another + "acme: {directory: 'https://127.0.0.1:1/dir'}\n"); done.OK || s.witness.manager.Load() != nil {
		t.Errorf("%+v", done)
	}
	s.prove = holds
	for _, acme := range []string{"", "acme: {directory: 'https://127.0.0.1:1/other'}\n"} {
		if done := s.now(another + acme); !done.OK || (s.witness.manager.Load() != nil) != (acme != "") {
			t.Errorf("%q: %+v", acme, done)
		}
	}
}

// TestReloadByTheRetired: who has handed over takes up nothing any more, and says who
// would.
func TestReloadByTheRetired(t *testing.T) {
	t.Parallel()
	s := serveFile(t, plainly, "")
	s.witness.passing = &passing{over: make(chan struct{}), next: &handover.Successor{PID: 4711}}
	close(s.witness.passing.over)
	before := s.stands
	done := s.now("    controls: {headers.frame: {allow: none}}\n")
	if done.OK || done.Code != cli.ExitFailed || done.Refused != "process 4711 serves now" || !strings.Contains(done.Hint, "pavise reload") || s.stands != before {
		t.Errorf("%+v", done)
	}
}

// TestReloadOfAChangeInTheStart: what changes while the configuration is proven for the
// first time is seen.
func TestReloadOfAChangeInTheStart(t *testing.T) {
	f := serveFlags{config: filepath.Join(t.TempDir(), "pavise.yaml"), onChange: true}
	write := func(text string) {
		if err := os.WriteFile(f.config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("sites: [{hosts: [localhost], to: 3000}]\n")
	r := newReloader(f, cli.SayTo(io.Discard), new(witness))
	if _, err := r.first(); err != nil {
		t.Fatal(err)
	}
	if now, read := r.look(); !maps.Equal(now, read) {
		t.Error("nothing has changed yet", now, read)
	}
	write("sites: [{hosts: [localhost], to: 13000}]\n")
	if now, read := r.look(); maps.Equal(now, read) {
		t.Error("the change is not seen")
	}
}

// heedsHangUp: who begins the tests by nohup has no signal to send.
func heedsHangUp(t *testing.T) {
	t.Helper()
	if signal.Ignored(syscall.SIGHUP) {
		tools.Lack(t, "SIGHUP is ignored here, as it is under nohup: begin the tests by setsid instead")
	}
}

// TestReloadsLeaveNothing: memory and goroutines are after many reloads what they were
// after some, within 5 %.
func TestReloadsLeaveNothing(t *testing.T) {
	s := serveFile(t, plainly, "")
	measure := func(n int) (heap uint64, goroutines int) {
		for i := range n {
			if done := s.now([]string{"", "    controls: {headers.frame: {allow: none}, login.rate: {rate: 400}}\n"}[i%2]); !done.OK {
				t.Fatal(done.Refused)
			}
			s.get("/")
		}
		for range 3 {
			runtime.GC()
		}
		debug.FreeOSMemory()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc, runtime.NumGoroutine()
	}
	heap, goroutines := measure(20)
	heapAfter, goroutinesAfter := measure(*reloads)
	t.Logf("heap %d kB and then %d kB, goroutines %d and then %d", heap>>10, heapAfter>>10, goroutines, goroutinesAfter)
	if float64(heapAfter) > 1.05*float64(heap) || goroutinesAfter > goroutines+1 {
		t.Errorf("after %d reloads there are %d bytes and %d goroutines, and were %d and %d", *reloads, heapAfter, goroutinesAfter, heap, goroutines)
	}
}
