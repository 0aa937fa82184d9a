// Package nodes_test has three nodes of Pavise in front of one app, with one store:
// what they must know together they do, and while they cannot, sites are served and
// guards are stricter.
package nodes_test

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pavise"
	"pavise/controls/login"
	"pavise/internal/authority"
	"pavise/proxy"
	"pavise/store"
	"pavise/store/redis"
	"pavise/test/servers"
)

const host = "shop.localhost"

// An app knows one password for everybody, and counts what it is asked.
type app struct {
	*httptest.Server
	mu      sync.Mutex
	guesses map[string]int // by account
}

func (a *app) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/login":
		a.login(w, r)
	case "/account":
		if c, err := r.Cookie("connect.sid"); err != nil || c.Value != "of-alice" {
			http.Error(w, "who are you?", http.StatusUnauthorized)
		}
	case "/logout": // and the app does not even delete its cookie
	default:
		io.WriteString(w, "a page")
	}
}

func (a *app) login(w http.ResponseWriter, r *http.Request) {
	name := r.PostFormValue("username")
	if r.PostFormValue("password") == "right" {
		http.SetCookie(w, &http.Cookie{Name: "connect.sid", Value: "of-" + name, Path: "/"})
		http.Redirect(w, r, "/account", http.StatusSeeOther)
		return
	}
	a.mu.Lock()
	a.guesses[name]++
	a.mu.Unlock()
	http.Error(w, "wrong name or password", http.StatusUnauthorized)
}

func (a *app) asked(name string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.guesses[name]
}

// A node is one Pavise.
type node struct {
	address string
	journal *proxy.Journal
	said    *servers.Record
}

// nodes are three of them, in front of one app.
type nodes struct {
	t     *testing.T
	app   *app
	nodes []*node
	mu    sync.Mutex
	from  map[string]*http.Client // by address of loopback
}

// start has each node use the store that it is given, by a clock that is a minute off
// the next one's.
func start(t *testing.T, open func(node int) pavise.Store, controls ...pavise.Control) *nodes {
	t.Helper()
	secret := sha256.Sum256([]byte(t.Name())) // so tests that share a store count apart
	n := &nodes{t: t, app: &app{guesses: map[string]int{}}, from: map[string]*http.Client{}}
	n.app.Server = httptest.NewServer(n.app)
	t.Cleanup(n.app.Close)
	up, err := proxy.ParseUpstream(n.app.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	local, err := authority.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		said := new(servers.Record)
		now := func() time.Time { return time.Now().Add(time.Duration(i-1) * time.Minute) }
		journal := proxy.NewJournal(slog.New(slog.NewTextHandler(said, nil)), now)
		server, err := proxy.Start(proxy.Config{HTTPS: "127.0.0.1:0", TCPAlone: true, Journal: journal, Now: now,
			Store: open(i), Shared: true, Secret: secret[:],
			Sites: []proxy.Site{{Hosts: []string{host}, Upstream: up, Certificate: local.Leaf([]string{host}),
				Policy: pavise.Recommend(controls)}}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			server.Stop(ctx)
		})
		n.nodes = append(n.nodes, &node{server.HTTPS().String(), journal, said})
	}
	return n
}

// client is one at an address of loopback: 127.0.0.x.
func (n *nodes) client(x int) *http.Client {
	n.mu.Lock()
	defer n.mu.Unlock()
	address := fmt.Sprint("127.0.0.", x)
	if n.from[address] == nil {
		dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
		transport := &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: 64, MaxConnsPerHost: 64,
			TLSClientConfig: &tls.Config{ServerName: host, InsecureSkipVerify: true}}
		n.t.Cleanup(transport.CloseIdleConnections)
		n.from[address] = &http.Client{Transport: transport, Timeout: 20 * time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	return n.from[address]
}

// do asks a node from an address, and returns the status.
func (n *nodes) do(node, from int, method, path, body string, cookies ...*http.Cookie) *http.Response {
	r, err := http.NewRequest(method, "https://"+n.nodes[node].address+path, strings.NewReader(body))
	if err != nil {
		n.t.Error(err)
		return &http.Response{}
	}
	r.Host = host
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, c := range cookies {
		r.AddCookie(c)
	}
	res, err := n.client(from).Do(r)
	if err != nil {
		n.t.Error(err)
		return &http.Response{}
	}
	defer res.Body.Close()
	io.Copy(io.Discard, res.Body)
	return res
}

// login is the status of one.
func (n *nodes) login(node, from int, name, password string) int {
	return n.do(node, from, "POST", "/login", url.Values{"username": {name}, "password": {password}}.Encode()).StatusCode
}

// together does something so many times, some dozens at a time, at each node in turn.
func (n *nodes) together(times int, what func(i, node int)) {
	var wait sync.WaitGroup
	var next atomic.Int64
	for range 48 {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < times; i = int(next.Add(1)) - 1 {
				what(i, i%3)
			}
		})
	}
	wait.Wait()
}

// says is how often the log has a line with all of the words.
func (n *node) says(words ...string) (times int) {
	for line := range strings.Lines(n.said.String()) {
		if !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(line, word) }) {
			times++
		}
	}
	return times
}

// noted is how often the guards have noted something, by the counters.
func (n *node) noted(control string) (times int) {
	for _, c := range n.journal.Counts() {
		if c.Control == control && c.Action == pavise.Noted {
			times += c.Times
		}
	}
	return times
}

// connect opens Redis as a node does.
func connect(t *testing.T, o redis.Options) pavise.Store {
	t.Helper()
	s, err := redis.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if _, _, err = s.Get(context.Background(), "is it there"); err == nil {
			break
		} else if time.Now().After(end) {
			t.Fatal(err)
		}
	}
	return store.NewBreaker(s, store.BreakerOptions{Pause: 200 * time.Millisecond})
}

// guard is what all tests but those of the rate limit have on.
var guard = []pavise.Control{login.Rate{}, login.Guard{}}
