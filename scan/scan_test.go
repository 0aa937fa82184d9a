package scan

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"pavise"
)

func TestParseTarget(t *testing.T) {
	tests := []struct{ in, url, start, clear, tls string }{
		{"shop.example.com", "https://shop.example.com", "/", "http://shop.example.com", "shop.example.com:443"},
		{"https://Shop.Example.com/app?x=1", "https://shop.example.com", "/app?x=1", "http://shop.example.com", "shop.example.com:443"},
		{"https://localhost:8443", "https://localhost:8443", "/", "http://localhost:8080", "localhost:8443"},
		{"https://localhost:9443/", "https://localhost:9443", "/", "http://localhost:9443", "localhost:9443"},
		{"http://127.0.0.1:3000", "http://127.0.0.1:3000", "/", "http://127.0.0.1:3000", "127.0.0.1:3000"},
		{"http://shop.test", "http://shop.test", "/", "http://shop.test", "shop.test:443"},
		{"https://[::1]:8443", "https://[::1]:8443", "/", "http://[::1]:8080", "[::1]:8443"},
		{"https://[::1]", "https://[::1]", "/", "http://[::1]", "[::1]:443"},
	}
	for _, tt := range tests {
		got, err := ParseTarget(tt.in)
		want := pavise.Target{URL: tt.url, Start: tt.start, Clear: tt.clear, TLS: tt.tls}
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v", tt.in, got, err)
		}
	}
	for _, in := range []string{"", "ftp://x", "https://", "https://user:secret@shop.test", "https://%zz", "://"} {
		if got, err := ParseTarget(in); err == nil {
			t.Errorf("%q was taken for %+v", in, got)
		} else if strings.Contains(err.Error(), "secret") && !strings.Contains(err.Error(), "must be a URL") {
			t.Error(err)
		}
	}
}

// asking is a control that only asks.
type asking struct {
	pavise.Control
	probes func(*pavise.Evidence) []pavise.Probe
}

func (a asking) Probes(e *pavise.Evidence) []pavise.Probe { return a.probes(e) }

func collect(t *testing.T, opt Options, probes func(*pavise.Evidence) []pavise.Probe) *pavise.Evidence {
	t.Helper()
	return Collect(context.Background(), opt, []pavise.Control{asking{probes: probes}})
}

func target(t *testing.T, url string) pavise.Target {
	t.Helper()
	target, err := ParseTarget(url)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

func nothing(*pavise.Evidence) []pavise.Probe { return nil }

func TestSurveyFindsEveryKindOfResponse(t *testing.T) {
	var acted atomic.Bool
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, `<a href="/moved">x</a><a href="/logout">x</a><a href="//elsewhere.test/">x</a>
				<script src="/app.js?v=1"></script><link href="/style.css" rel=stylesheet><img src="/a.png">
				<form action="/login#x" method="post"><input type="PASSWORD"></form><form><input></form>`)
		case "/moved":
			http.Redirect(w, r, "/moved/here", http.StatusFound)
		case "/moved/here", "/style.css", "/a.png":
		case "/app.js":
			w.Header().Set("Content-Type", "text/javascript")
			io.WriteString(w, "new WebSocket((location.protocol === 'https:' ? 'wss://' : 'ws://') + location.host + '/live')")
		case "/logout":
			acted.Store(true)
		case "/%ff", "/\xff":
			w.WriteHeader(http.StatusBadRequest)
		default:
			http.NotFound(w, r)
		}
	}))
	defer s.Close()
	e := collect(t, Options{Target: target(t, s.URL)}, nothing)
	got := map[string]int{}
	var sockets []string
	for _, a := range e.Site() {
		got[a.Probe.Request.Method+strings.TrimPrefix(a.Probe.Request.URL, s.URL)] = a.Response.Status
		sockets = append(sockets, a.Response.Sockets...)
	}
	for path, status := range map[string]int{"/": 200, "/moved": 302, "/moved/here": 200, "/app.js?v=1": 200, "/style.css": 200,
		"/a.png": 200, "/pavise-no-such-page": 404, "/%ff": 400, "POST/": 200} {
		if got[path] != status {
			t.Errorf("%s: %d, want %d", path, got[path], status)
		}
	}
	if acted.Load() {
		t.Error("the scan logged somebody out")
	}
	if len(sockets) != 1 || sockets[0] != s.URL+"/live" {
		t.Errorf("sockets %v", sockets)
	}
	home := e.Answer(pavise.Ask(pavise.Request{URL: s.URL + "/"})).Response
	want := []pavise.Form{{Action: s.URL + "/login", Method: "POST", Password: true}, {Action: s.URL + "/", Method: "GET"}}
	if !reflect.DeepEqual(home.Forms, want) {
		t.Errorf("forms %+v", home.Forms)
	}
}

func TestBodyThatBreaksOffIsNoAnswer(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		w.WriteHeader(http.StatusInternalServerError)
		io.WriteString(w, "half a page")
	}))
	defer s.Close()
	ask := pavise.Ask(pavise.Request{URL: s.URL + "/"})
	e := collect(t, Options{Target: target(t, s.URL)}, func(*pavise.Evidence) []pavise.Probe { return []pavise.Probe{ask} })
	if a, why := e.Heard(ask); a != nil || why == "" {
		t.Errorf("%+v, %q", a, why)
	}
}

func TestRoundsSeeEarlierAnswers(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Next", r.URL.Path+"x") }))
	defer s.Close()
	rounds := 0
	e := collect(t, Options{Target: target(t, s.URL)}, func(e *pavise.Evidence) []pavise.Probe {
		rounds++
		path := "/x"
		for {
			p := pavise.Ask(pavise.Request{URL: s.URL + path})
			a := e.Answer(p)
			if a == nil {
				return []pavise.Probe{p}
			}
			path = a.Response.Header.Get("Next") // for ever: the bound ends it
		}
	})
	if rounds != maxRounds || e.Answer(pavise.Ask(pavise.Request{URL: s.URL + "/" + strings.Repeat("x", maxRounds)})) == nil {
		t.Errorf("%d rounds", rounds)
	}
}

func TestWhatIsSent(t *testing.T) {
	var sent sync.Map // by path
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent.Store(r.URL.Path, fmt.Sprintf("%s|%s|%s|%s|%s", r.Host, r.Header.Get("Cookie"), r.Header.Get("Authorization"), r.UserAgent(), r.Header.Get("Accept")))
	}))
	defer s.Close()
	p := pavise.Ask(pavise.Request{URL: s.URL + "/p", Host: "other.test", Header: http.Header{"Cookie": {"of=probe"}}})
	q := pavise.Ask(pavise.Request{URL: s.URL + "/q", Header: http.Header{"Accept": {"text/css"}}})
	opt := Options{Target: target(t, s.URL), Cookie: "of=user; sid=secret", Header: http.Header{"Authorization": {"Basic x"}}, Agent: "tester"}
	e := collect(t, opt, func(*pavise.Evidence) []pavise.Probe { return []pavise.Probe{p, q} })
	if got, _ := sent.Load("/p"); !strings.HasPrefix(fmt.Sprint(got), "other.test|of=probe|Basic x|tester|text/html") {
		t.Error(got)
	}
	if got, _ := sent.Load("/q"); !strings.HasSuffix(fmt.Sprint(got), "|of=user; sid=secret|Basic x|tester|text/css") {
		t.Error(got)
	}
	for _, a := range e.Answers {
		if strings.Contains(a.Probe.Key(), "Basic x") || strings.Contains(a.Probe.Key(), "of=user") {
			t.Error("the evidence holds what the user is known by")
		}
	}
	if !e.Target.Session {
		t.Error("the evidence does not say that a session went along")
	}
}

func TestResolve(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Host) }))
	defer s.Close()
	u, _ := url.Parse(s.URL)
	for to, site := range map[string]string{"127.0.0.1": "http://shop.test:" + u.Port(), u.Host: "http://shop.test:1"} {
		port := site[strings.LastIndex(site, ":"):]
		e := collect(t, Options{Target: target(t, site), Resolve: map[string]string{"shop.test" + port: to}}, nothing)
		if home := e.Answer(pavise.Ask(pavise.Request{URL: site + "/"})); home.Response == nil || string(home.Response.Body) != "shop.test"+port {
			t.Errorf("%s: %+v", to, home)
		}
	}
}

func TestNobodyThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	hello := pavise.Probe{Handshake: &pavise.Handshake{Address: address}}
	e := collect(t, Options{Target: target(t, "http://"+address)}, func(*pavise.Evidence) []pavise.Probe { return []pavise.Probe{hello} })
	for _, a := range e.Answers {
		if a.Error == "" || !a.Closed || a.Response != nil || a.Session != nil {
			t.Errorf("%+v", a)
		}
	}
	if len(e.Site()) != 0 {
		t.Error("responses of nobody")
	}
}

func TestHandshakes(t *testing.T) {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.TLS = &tls.Config{MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12}
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s.StartTLS()
	defer s.Close()
	clear := httptest.NewServer(http.NotFoundHandler())
	defer clear.Close()
	address := strings.TrimPrefix(s.URL, "https://")
	probe := func(at string, version uint16, suites ...uint16) pavise.Probe {
		return pavise.Probe{Handshake: &pavise.Handshake{Address: at, Name: "example.com", Version: version, Suites: suites}}
	}
	tests := []struct {
		p       pavise.Probe
		refused bool
		version uint16
	}{
		{probe(address, 0), false, tls.VersionTLS12},
		{probe(address, tls.VersionTLS10), true, 0},
		{probe(address, tls.VersionTLS13), true, 0},
		{probe(address, tls.VersionTLS12, tls.TLS_RSA_WITH_RC4_128_SHA), true, 0},
		{probe(strings.TrimPrefix(clear.URL, "http://"), 0), true, 0},
	}
	c := newClient(Options{})
	defer c.close()
	for _, tt := range tests {
		a := c.answer(context.Background(), tt.p)
		if a.Error != "" || (a.Session.Refused != "") != tt.refused || a.Session.Version != tt.version {
			t.Errorf("%+v: %+v %+v", *tt.p.Handshake, a.Error, a.Session)
		}
	}
	a := c.answer(context.Background(), tests[0].p)
	if len(a.Session.Chain) == 0 || a.Session.Distrust == "" {
		t.Errorf("%+v", a.Session)
	}
	c.opt.Roots = s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	if a := c.answer(context.Background(), tests[0].p); a.Session.Distrust != "" {
		t.Error(a.Session.Distrust)
	}
}

// TestOldServers: what no browser would speak with any more is asked for its pages, too.
func TestOldServers(t *testing.T) {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10, CipherSuites: []uint16{tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA}}
	s.StartTLS()
	defer s.Close()
	p := pavise.Ask(pavise.Request{URL: s.URL + "/"})
	e := collect(t, Options{Target: target(t, s.URL)}, func(*pavise.Evidence) []pavise.Probe { return []pavise.Probe{p} })
	if a := e.Answer(p); a.Response == nil {
		t.Error(a.Error)
	}
}

// TestFields: the account is asked for just before the password.
func TestFields(t *testing.T) {
	at, _ := url.Parse("https://a.test/")
	long := strings.Repeat("n", 1000)
	for page, want := range map[string]pavise.Form{
		`<input name=user><input type=password name=pw>`: {Password: true, Account: "user", Secret: "pw"},
		`<input name=shop><input type=EMAIL name=mail><input type=checkbox name=x>` +
			`<input type=PASSWORD name=a><input type=password name=b><input name=after>`: {Password: true, Account: "mail", Secret: "a"},
		`<input type=password>`: {Password: true},
		`<input name=q>`:        {Account: "q"},
		`<input name=` + long + `><input type=password name=` + long + `>`: {Password: true, Account: long[:maxName], Secret: long[:maxName]},
	} {
		r := &pavise.Response{Header: http.Header{"Content-Type": {"text/html"}}, Body: []byte("<form method=post action=/in>" + page)}
		extract(r, at)
		want.Action, want.Method = "https://a.test/in", "POST"
		if len(r.Forms) == 1 {
			r.Forms[0].Fields = nil
		}
		if len(r.Forms) != 1 || !reflect.DeepEqual(r.Forms[0], want) {
			t.Errorf("%.60s: %+v", page, r.Forms)
		}
	}
}

// TestTimes: what is asked several times is asked one after the other, numbered, no
// more often than the bound, and not again once the site says that it was too often.
func TestTimes(t *testing.T) {
	var asked, running atomic.Int64
	var from []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/often" {
			return
		}
		if running.Add(1) > 1 {
			t.Error("two at once")
		}
		defer running.Add(-1)
		n := asked.Add(1)
		from = append(from, r.Header.Get("From")+r.Header.Get("Kept"))
		if body, _ := io.ReadAll(r.Body); "a"+string(body) != r.Header.Get("From") {
			t.Errorf("sent %q", body)
		}
		if r.URL.RawQuery == "enough" && n == 3 {
			w.WriteHeader(http.StatusTooManyRequests)
		}
	}))
	defer s.Close()
	for _, tt := range []struct {
		query string
		times int
		from  string
		last  int
	}{
		{"?some", 4, "a1 a2 a3 a4", 200},
		{"?enough", 9, "a1 a2 a3", 429},
		{"?without-end", 1e6, "a1 a2 a3 a4 a5 a6 a7 a8 a9 a10 a11 a12", 200},
		{"?once", 0, "a{n}", 200},
	} {
		asked.Store(0)
		from = nil
		p := pavise.Ask(pavise.Request{Method: "POST", URL: s.URL + "/often" + tt.query, Times: tt.times, Body: "{n}",
			Header: http.Header{"From": {"a{n}"}}})
		e := collect(t, Options{Target: target(t, s.URL)}, func(*pavise.Evidence) []pavise.Probe { return []pavise.Probe{p} })
		a := e.Answer(p)
		if got := strings.Join(from, " "); got != tt.from || a.Response.Status != tt.last || len(a.Response.Before) != len(from)-1 {
			t.Errorf("%s: %s; %+v", tt.query, got, a.Response)
		}
	}
}

func FuzzExtract(f *testing.F) {
	f.Add("text/html", `<form action="/x" method=post><input type=password></form><a href="//x">`)
	f.Add("text/javascript", `new WebSocket("wss://a.test/x")`)
	at, _ := url.Parse("https://a.test/dir/page")
	f.Fuzz(func(t *testing.T, kind, body string) {
		r := &pavise.Response{Header: http.Header{"Content-Type": {kind}}, Body: []byte(body)}
		extract(r, at)
		for _, link := range append(r.Links, r.Sockets...) {
			if !strings.HasPrefix(link, "https://a.test/") {
				t.Errorf("%q leads away", link)
			}
		}
	})
}
