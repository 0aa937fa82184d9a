//go:build linux

package faults

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/catalog"
	"pavise/controls/clients"
	"pavise/internal/authority"
	"pavise/proxy"
	"pavise/store/file"
	"pavise/test/servers"
	"pavise/test/setclock"
)

// A clockwork is a Pavise in this process, by a clock that is set, with a file to remember
// things in.
type clockwork struct {
	*testing.T
	setclock.Clock
	server *proxy.Server
	watch  *clients.Watch
	said   servers.Record
	path   string
	local  *authority.Authority
	up     proxy.Upstream
	stop   func()
}

// counting lets in who knows the password, knows him again, and echoes what a WebSocket
// says.
func counting(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/login":
		if r.FormValue("password") != "right" {
			http.Error(w, "wrong name or password", http.StatusUnauthorized)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "of " + r.FormValue("username"), Path: "/", HttpOnly: true})
		http.Redirect(w, r, "/", http.StatusSeeOther)
	case "/ws":
		conn, buffered, _ := http.NewResponseController(w).Hijack()
		defer conn.Close()
		io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
		io.Copy(conn, buffered)
	default:
		if c, err := r.Cookie("session"); err == nil {
			io.WriteString(w, c.Value)
		}
	}
}

func newClockwork(t *testing.T, by time.Duration) *clockwork {
	c := &clockwork{T: t, path: filepath.Join(t.TempDir(), "store")}
	c.Set(by)
	app := httptest.NewServer(http.HandlerFunc(counting))
	t.Cleanup(app.Close)
	var err error
	if c.up, err = proxy.ParseUpstream(app.URL); err != nil {
		t.Fatal(err)
	}
	if c.local, err = authority.Open(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	c.start()
	t.Cleanup(func() { c.stop() })
	return c
}

// start serves, with what the file knows.
func (c *clockwork) start() {
	c.Helper()
	store, err := file.Open(c.path, file.Options{Now: c.Now})
	if err != nil {
		c.Fatal(err)
	}
	c.watch = clients.NewWatch(clients.WatchOptions{Store: store, Now: c.Now})
	c.watch.Start(context.Background())
	c.server, err = proxy.Start(proxy.Config{HTTPS: "127.0.0.1:0", TCPAlone: true, Journal: proxy.NewJournal(slog.New(slog.NewTextHandler(&c.said, nil)), c.Now),
		Now: c.Now, Store: store, Secret: []byte("0123456789abcdef0123456789abcdef"), Watch: c.watch,
		Sites: []proxy.Site{{Hosts: []string{"localhost"}, Upstream: c.up, Certificate: c.local.Leaf([]string{"localhost"}), Policy: pavise.Recommend(catalog.Controls())}}})
	if err != nil {
		c.Fatal(err)
	}
	c.stop = func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		c.server.Stop(ctx)
		c.watch.Stop()
		store.Close()
	}
}

// visitor is a browser with cookies and connections of its own.
func (c *clockwork) visitor() *http.Client {
	jar, _ := cookiejar.New(nil)
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	c.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Jar: jar, Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func (c *clockwork) url(path string) string {
	return pavise.Origin("https", "localhost", c.server.HTTPS().Port) + path
}

// hears asks, and wants this answer.
func (c *clockwork) hears(by *http.Client, when, want string) {
	c.Helper()
	res, err := by.Get(c.url("/"))
	if err != nil {
		c.Errorf("%s: %v", when, err)
		return
	}
	defer res.Body.Close()
	if body, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusOK || string(body) != want {
		c.Errorf("%s: %d %.200q, want %q", when, res.StatusCode, body, want)
	}
}

// login tries a password, and returns the status and for how long it is blocked.
func (c *clockwork) login(by *http.Client, name, password string) (int, time.Duration) {
	c.Helper()
	r, _ := http.NewRequest("POST", c.url("/login"), strings.NewReader(url.Values{"username": {name}, "password": {password}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", c.url(""))
	res, err := by.Do(r)
	if err != nil {
		c.Error(err)
		return 0, 0
	}
	res.Body.Close()
	wait, _ := strconv.Atoi(res.Header.Get("Retry-After"))
	return res.StatusCode, time.Duration(wait) * time.Second
}

// talks opens a WebSocket, and returns what says something by it and hears it.
func (c *clockwork) talks() (echo func(when string)) {
	conn, err := tls.Dial("tcp", c.server.HTTPS().String(), &tls.Config{InsecureSkipVerify: true, ServerName: "localhost"})
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(time.Minute))
	fmt.Fprintf(conn, "GET /ws HTTP/1.1\r\nHost: localhost:%d\r\nOrigin: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", c.server.HTTPS().Port, c.url(""))
	from := bufio.NewReader(conn)
	if res, err := http.ReadResponse(from, nil); err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		c.Fatal(res, err)
	}
	return func(when string) {
		c.Helper()
		heard := make([]byte, 5)
		io.WriteString(conn, "hello")
		if _, err := io.ReadFull(from, heard); err != nil || string(heard) != "hello" {
			c.Errorf("%s the WebSocket says %q, %v", when, heard, err)
		}
	}
}

// TestClockIsSet: a day ahead and a day back, and as on a machine that takes the year for
// 1970 until it has asked somebody. Whoever is connected stays so, whoever comes is served,
// nobody is locked out for longer than was said, and a session goes on unless it has ended
// by the new time.
func TestClockIsSet(t *testing.T) {
	const day = 24 * time.Hour
	since1970 := time.Since(time.Unix(3600, 0)).Truncate(time.Second)
	for _, tt := range []struct {
		name      string
		from, to  time.Duration
		logsInNew bool // sessions of before have ended
	}{{"ahead", 0, day, true}, {"back", 0, -day, false}, {"from 1970", -since1970, 0, true}, {"back to 1970", 0, -since1970, false}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newClockwork(t, tt.from)
			ada, bob := c.visitor(), c.visitor()
			if status, _ := c.login(ada, "ada", "right"); status != http.StatusSeeOther {
				t.Fatalf("a login is answered %d", status)
			}
			c.hears(ada, "before", "of ada")
			echo := c.talks()
			echo("before")
			blocked := c.block(bob)
			banned := c.ban()
			c.Set(tt.to)
			echo("afterwards")
			c.wellAfter("afterwards", ada, blocked, banned, tt.logsInNew)
			c.stop()
			c.start()
			if tt.logsInNew { // what it has on disk of a ban is by the new time over
				banned = netip.Addr{}
			}
			c.wellAfter("after a restart", ada, blocked, banned, false)
		})
	}
}

// block guesses until that is refused, and returns for how long.
func (c *clockwork) block(by *http.Client) time.Duration {
	c.Helper()
	for i := range 200 {
		if status, wait := c.login(by, "bob", fmt.Sprint("wrong", i)); status == http.StatusTooManyRequests && wait > time.Minute {
			return wait
		}
	}
	c.Fatal("guesses are never refused")
	return 0
}

// ban bans somebody for half an hour.
func (c *clockwork) ban() netip.Addr {
	c.Helper()
	network, now := netip.MustParsePrefix("192.0.2.7/32"), c.Now().UTC().Round(0)
	if err := c.watch.AddBan(context.Background(), pavise.Ban{Network: network, Since: now, Ends: now.Add(30 * time.Minute)}); err != nil {
		c.Fatal(err)
	}
	return network.Addr()
}

// wellAfter is what holds after the clock was set.
func (c *clockwork) wellAfter(when string, ada *http.Client, blocked time.Duration, banned netip.Addr, again bool) {
	c.Helper()
	if again {
		if status, _ := c.login(ada, "ada", "right"); status != http.StatusSeeOther {
			c.Errorf("%s a login is answered %d", when, status)
		}
	}
	c.hears(ada, when, "of ada")
	stranger := c.visitor()
	c.hears(stranger, when+", who comes", "")
	if status, _ := c.login(stranger, "carol", "right"); status != http.StatusSeeOther {
		c.Errorf("%s the login of another is answered %d", when, status)
	}
	c.hears(stranger, when+", who logs in", "of carol")
	if status, wait := c.login(stranger, "bob", "another guess"); status != http.StatusTooManyRequests || wait > blocked || wait < blocked-time.Minute {
		c.Errorf("%s a guess is answered %d, and blocked for %s; it was %s", when, status, wait, blocked)
	}
	if ban := c.watch.Banned(banned); ban == nil && banned.IsValid() {
		c.Errorf("%s the ban is over", when)
	} else if ban == nil {
		return
	} else if left := ban.Ends.Sub(c.Now()); left > 30*time.Minute {
		c.Errorf("%s the ban lasts for %s", when, left)
	}
}
