package proxy

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"pavise/internal/backends"
)

// absent is a backend that takes no connection.
func absent(t *testing.T) Backend {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().String()
	l.Close()
	return Backend{Upstream: Upstream{Network: "tcp", Address: at}}
}

// waitFor returns when something is so.
func waitFor(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("still not: %s", what)
		}
	}
}

func (w *world) states() (list []string) {
	for _, b := range w.server.Backends()[0].Backends {
		list = append(list, b.State.State)
	}
	return list
}

// TestAnotherIsAsked: where no connection could be opened nobody has seen the request, and
// its body is as it was.
func TestAnotherIsAsked(t *testing.T) {
	echo := backendOf(t, httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Write(body)
	})))
	gone, away := absent(t), Backend{Upstream: Upstream{Network: "unix", Address: "/nowhere/app.sock"}}
	large := strings.Repeat("0123456789abcdef", 1<<14)
	for _, balance := range []Balance{LeastConnections, RoundRobin, ByAddress} {
		for _, body := range []string{"", "a short form", large} {
			w := routedBy(t, func(s *Site) { s.App = App{Backends: []Backend{gone, away, echo}, Balance: balance} })
			for range 4 {
				res, got := do(t, w, request("POST", w.base+"/", strings.NewReader(body)))
				if res.StatusCode != 200 || got != body {
					t.Errorf("balance %d: %d, %d bytes of %d", balance, res.StatusCode, len(got), len(body))
				}
			}
			if states := w.states(); states[2] != backends.Well || states[0] == backends.Failing {
				t.Errorf("%v", states)
			}
		}
	}
}

// TestSentOnce: what a backend may have seen no other gets, whatever became of it; only
// what is safe, and has no body, one other, once.
func TestSentOnce(t *testing.T) {
	var seen atomic.Int32
	drops := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen.Add(1)
		if r.URL.Path == "/hints" || r.URL.Path == "/two/hints" {
			w.WriteHeader(http.StatusEarlyHints)
		}
		panic(http.ErrAbortHandler)
	}))
	one, two, three := backendOf(t, drops), backendOf(t, drops), backendOf(t, drops)
	two.Prefix, three.Prefix = "/two", "/three"
	for _, c := range []struct {
		method, path, body string
		all                []Backend
		want               int32
	}{
		{"GET", "/", "", []Backend{one, two, three}, 2},
		{"HEAD", "/", "", []Backend{one, two, three}, 2},
		{"OPTIONS", "/", "", []Backend{one, two}, 2},
		{"GET", "/", "", []Backend{one}, 1},           // there is no other
		{"GET", "/hints", "", []Backend{one, two}, 1}, // its answer had begun
		{"GET", "/", "with a body", []Backend{one, two}, 1},
		{"POST", "/", "", []Backend{one, two, three}, 1},
		{"POST", "/", "a form", []Backend{one, two, three}, 1},
		{"PUT", "/", "", []Backend{one, two}, 1},
		{"DELETE", "/", "", []Backend{one, two}, 1},
	} {
		seen.Store(0)
		w := routedBy(t, func(s *Site) { s.App = App{Backends: c.all} })
		res, _ := do(t, w, request(c.method, w.base+c.path, strings.NewReader(c.body)))
		if res.StatusCode != 502 || seen.Load() != c.want {
			t.Errorf("%s %s %q: %d, seen %d times, want %d", c.method, c.path, c.body, res.StatusCode, seen.Load(), c.want)
		}
		var failed, running int64
		for _, b := range w.server.Backends()[0].Backends {
			failed, running = failed+b.Failed, running+b.Running
		}
		if failed != int64(c.want) || running != 0 {
			t.Errorf("%s %s: %d failed, %d running", c.method, c.path, failed, running)
		}
	}
}

// TestKeptConnectionEnds: a backend that is alone and has closed a connection just as a
// request came by it is asked again by a new one, if that may be asked twice.
func TestKeptConnectionEnds(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() { // each connection answers once, and ends at the second request
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				from := bufio.NewReader(conn)
				if r, err := http.ReadRequest(from); err == nil {
					io.Copy(io.Discard, r.Body)
					io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
					http.ReadRequest(from)
				}
			}()
		}
	}()
	for method, want := range map[string]int{"GET": 200, "POST": 502} {
		w := routedBy(t, func(s *Site) {
			s.App.Backends = []Backend{{Upstream: Upstream{Network: "tcp", Address: l.Addr().String()}}}
		})
		for i, want := range []int{200, want} {
			if res, _ := do(t, w, request(method, w.base+"/", nil)); res.StatusCode != want {
				t.Errorf("%s %d: %d, want %d", method, i, res.StatusCode, want)
			}
		}
	}
}

// TestKilledUnderLoad: one of two backends dies again and again without a word, with
// requests on their way: no GET fails.
func TestKilledUnderLoad(t *testing.T) {
	all := []*process{{at: "127.0.0.1:0", keeps: true}, {at: "127.0.0.1:0", keeps: true}}
	var app App
	for _, p := range all {
		p.start(t)
		app.Backends = append(app.Backends, Backend{Upstream: Upstream{Network: "tcp", Address: p.at}})
	}
	w := routedBy(t, func(s *Site) { s.App = app })
	ctx, cancel := context.WithCancel(context.Background())
	var load sync.WaitGroup
	var asked atomic.Int64
	for range 4 {
		load.Go(func() {
			for ctx.Err() == nil {
				if res, body := do(t, w, request("GET", w.base+"/", nil)); res.StatusCode != 200 {
					t.Errorf("%d %s", res.StatusCode, body)
				}
				asked.Add(1)
			}
		})
	}
	for i := range 6 {
		p := all[i%2]
		before := asked.Load()
		waitFor(t, "requests are under way", func() bool { return asked.Load() > before+50 })
		p.server.Close() // with all its connections
		before = asked.Load()
		waitFor(t, "the other goes on", func() bool { return asked.Load() > before+50 })
		p.start(t)
		answered := w.server.Backends()[0].Backends[i%2].Answered
		waitFor(t, "it is asked again", func() bool { return w.server.Backends()[0].Backends[i%2].Answered > answered })
	}
	cancel()
	load.Wait()
	var failed int64
	for i, p := range all {
		p.server.Close()
		failed += w.server.Backends()[0].Backends[i].Failed
	}
	if failed == 0 {
		t.Error("nobody has met a death")
	}
}

func TestAllAreDown(t *testing.T) {
	w := routedBy(t, func(s *Site) { s.App.Backends = []Backend{absent(t), absent(t)} })
	for range 3 {
		res, body := do(t, w, request("GET", w.base+"/", nil))
		if res.StatusCode != 503 || !strings.Contains(body, "The site is not available") || res.Header.Get("Mark") == "" {
			t.Errorf("%d %s", res.StatusCode, body)
		}
	}
	if !strings.Contains(w.log.String(), "none of 2 backends answers") {
		t.Errorf("%s", w.log)
	}
}

// A process is a backend that can be ended and started at its address.
type process struct {
	at     string
	sick   atomic.Bool
	server *http.Server
	keeps  bool
}

func (p *process) start(t *testing.T) {
	t.Helper()
	var l net.Listener
	waitFor(t, "the address is free", func() (free bool) {
		var err error
		l, err = net.Listen("tcp", p.at)
		return err == nil
	})
	p.at = l.Addr().String()
	p.server = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/health" && p.sick.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		fmt.Fprint(w, p.at)
	})}
	p.server.SetKeepAlivesEnabled(p.keeps)
	go p.server.Serve(l)
}

func (p *process) stop(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := p.server.Shutdown(ctx); err != nil {
		t.Error(err)
	}
}

// TestBackendsComeAndGo: processes die and return under load. With a word before, to who
// asks for their health, no request fails; without one only such as were with them, which
// they may have seen.
func TestBackendsComeAndGo(t *testing.T) {
	for _, told := range []bool{true, false} {
		all := []*process{{at: "127.0.0.1:0", keeps: told}, {at: "127.0.0.1:0", keeps: told}, {at: "127.0.0.1:0", keeps: told}}
		var app App
		if told {
			app.Health = Health{Path: "/health", Every: 20 * time.Millisecond, Timeout: 2 * time.Second, Fails: 1, Passes: 1}
		}
		for _, p := range all {
			p.start(t)
			app.Backends = append(app.Backends, Backend{Upstream: Upstream{Network: "tcp", Address: p.at}})
		}
		w := routedBy(t, func(s *Site) { s.App = app })
		ctx, cancel := context.WithCancel(context.Background())
		var load sync.WaitGroup
		var asked, failed atomic.Int64
		const workers = 4
		for range workers {
			load.Go(func() {
				for ctx.Err() == nil {
					res, body := do(t, w, request("GET", w.base+"/", nil))
					if asked.Add(1); res.StatusCode != 200 && (told || failed.Add(1) > 2*workers) {
						t.Errorf("told %v: %d %s", told, res.StatusCode, body)
					}
				}
			})
		}
		for i, p := range all[:2] {
			if p.sick.Store(true); told {
				waitFor(t, "it is known to fail", func() bool { return w.states()[i] == backends.Failing })
				waitFor(t, "nobody asks it", func() bool { return w.server.Backends()[0].Backends[i].Running == 0 })
			}
			p.stop(t)
			before := asked.Load()
			waitFor(t, "the others go on", func() bool { return asked.Load() > before+50 })
			p.sick.Store(false)
			p.start(t)
			answered := w.server.Backends()[0].Backends[i].Answered
			waitFor(t, "it is asked again", func() bool { return w.server.Backends()[0].Backends[i].Answered > answered })
		}
		cancel()
		load.Wait()
		for _, p := range all {
			p.server.Close()
		}
	}
}

// TestSticky: a browser stays with its backend by a cookie that no app sees, and that
// nobody but us can make.
func TestSticky(t *testing.T) {
	var seen sync.Map
	app := func(name string) Backend {
		return backendOf(t, httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen.Store(r.URL.Path, r.Header.Get("Cookie"))
			fmt.Fprint(w, name)
		})))
	}
	a, b := app("a"), app("b")
	var cfg Config
	w := start(t, Upstream{}, false, func(c *Config) {
		c.Sites = c.Sites[:1]
		c.Sites[0].App = App{Backends: []Backend{a, b}, Sticky: true, Balance: RoundRobin}
		cfg = *c
	})
	ask := func(path, cookie string) (string, *http.Response) {
		req := request("GET", w.base+path, nil)
		req.Header.Set("Cookie", cookie)
		res, body := do(t, w, req)
		return body, res
	}
	first, res := ask("/", "x=1")
	set := res.Header["Set-Cookie"]
	if len(set) != 1 || !strings.HasPrefix(set[0], "__Host-backend=") || !strings.HasSuffix(set[0], "; Path=/; Secure; HttpOnly; SameSite=Lax") {
		t.Fatalf("%q", set)
	}
	cookie, _, _ := strings.Cut(set[0], ";")
	if err := w.server.Reload(cfg); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if who, res := ask("/stay", "x=1; "+cookie+"; __Host-backend-theirs=2"); who != first || res.Header["Set-Cookie"] != nil {
			t.Errorf("%s, then %s, %v", first, who, res.Header)
		}
	}
	if got, _ := seen.Load("/stay"); got != "x=1; __Host-backend-theirs=2" {
		t.Errorf("the app sees %q", got)
	}
	for _, forged := range []string{cookie + "x", "__Host-backend=0", "__Host-backend=", "__Host-backend-0123abcd=x"} {
		_, res := ask("/forged", forged)
		if got, _ := seen.Load("/forged"); got != "" || len(res.Header["Set-Cookie"]) != 1 || res.StatusCode != 200 {
			t.Errorf("%s: %d %v, the app sees %q", forged, res.StatusCode, res.Header, got)
		}
	}
}

// TestReloadsKeepBackends: what is known of a backend outlives a reload, and nothing of
// those that are gone stays.
func TestReloadsKeepBackends(t *testing.T) {
	app := appAt(t, "app")
	health := Health{Path: "/", Every: 10 * time.Millisecond, Timeout: time.Second, Fails: 1, Passes: 1}
	gone := absent(t)
	var cfg Config
	w := start(t, Upstream{}, false, func(c *Config) {
		c.Sites = c.Sites[:1]
		c.Sites[0].App = App{Backends: []Backend{app, gone}, Health: health}
		cfg = *c
	})
	waitFor(t, "one fails", func() bool { return slices.Equal(w.states(), []string{backends.Well, backends.Failing}) })
	do(t, w, request("GET", w.base+"/", nil))
	before := runtime.NumGoroutine()
	for i := range 1000 {
		next := cfg
		next.Sites = slices.Clone(cfg.Sites)
		if i%2 == 0 {
			next.Sites[0].App.Backends = []Backend{app, gone, {Upstream: Upstream{Network: "unix", Address: fmt.Sprint("/nowhere/", i)}}}
		}
		if err := w.server.Reload(next); err != nil {
			t.Fatal(err)
		}
		if states := w.states(); states[1] != backends.Failing {
			t.Fatalf("after %d reloads: %v", i+1, states)
		}
	}
	if b := w.server.Backends()[0].Backends[0]; b.Answered != 1 || b.Latency == 0 {
		t.Errorf("%+v", b)
	}
	waitFor(t, "nothing stays of those that are gone", func() bool { return runtime.NumGoroutine() <= before+2 })
}

// TestShortageHereIsNoFaultOfTheirs: where this machine has no files left for connections,
// backends are not left out, and it is said what is short.
func TestShortageHereIsNoFaultOfTheirs(t *testing.T) {
	w := routedBy(t, func(s *Site) { s.App.Backends = []Backend{appAt(t, "one"), appAt(t, "two")} })
	short := new(atomic.Bool)
	for _, m := range w.server.now.Load().groups[0].group.Members() {
		dial := m.Client.Dial
		m.Client.Dial = func(ctx context.Context) (net.Conn, error) {
			if short.Load() {
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("socket", syscall.EMFILE)}
			}
			return dial(ctx)
		}
	}
	short.Store(true)
	if res, _ := do(t, w, request("POST", w.base+"/", strings.NewReader("x"))); res.StatusCode != 503 {
		t.Errorf("answered %d", res.StatusCode)
	}
	if states := w.states(); states[0] != backends.Well || states[1] != backends.Well {
		t.Errorf("%v", states)
	}
	if said := w.log.String(); !strings.Contains(said, "app cannot be asked") || !strings.Contains(said, "LimitNOFILE") {
		t.Errorf("it said %s", said)
	}
	short.Store(false)
	if res, _ := do(t, w, request("GET", w.base+"/", nil)); res.StatusCode != 200 {
		t.Errorf("afterwards %d", res.StatusCode)
	}
}
