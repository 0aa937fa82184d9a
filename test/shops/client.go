package shops

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// A Client is somebody's browser, as far as cookies go: what comes in is kept when it
// comes in. It shows no certificate error and follows no redirect.
type Client struct {
	t    testing.TB
	base *url.URL
	http *http.Client
	// Told are the Set-Cookie lines of all responses, as they came.
	told []string
	mu   sync.Mutex
}

// Visitor is somebody who has never been at the host.
func (s *Shield) Visitor(t testing.TB, host string) *Client {
	t.Helper()
	return newClient(t, s.URL(host), &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: s.Roots},
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", "127.0.0.1:"+strconv.Itoa(s.Port))
		}})
}

// Direct is somebody who comes to a shop past Pavise.
func Direct(t testing.TB, port string) *Client {
	t.Helper()
	return newClient(t, "http://127.0.0.1:"+port, &http.Transport{})
}

func newClient(t testing.TB, base string, tr *http.Transport) *Client {
	t.Helper()
	at, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tr.CloseIdleConnections)
	return &Client{t: t, base: at, http: &http.Client{Transport: tr, Jar: jar, Timeout: 20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// Another is a client with the same connections that begins with these cookies and no
// others: who has stolen or planted them.
func (c *Client) Another(cookies ...*http.Cookie) *Client {
	c.t.Helper()
	other := newClient(c.t, c.base.String(), c.http.Transport.(*http.Transport))
	other.http.Jar.SetCookies(c.base, cookies)
	return other
}

// At is the same browser at another shield, where the host is now.
func (c *Client) At(t testing.TB, s *Shield) *Client {
	t.Helper()
	other := s.Visitor(t, c.base.Hostname())
	other.http.Jar = c.http.Jar
	return other
}

// Bears are the cookies that the client sends to a path.
func (c *Client) Bears(path string) []*http.Cookie {
	return c.http.Jar.Cookies(c.base.ResolveReference(&url.URL{Path: path}))
}

// Told are the Set-Cookie lines of all responses so far, as they came.
func (c *Client) Told() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.told...)
}

// Do sends a request with fields beside those of a browser on a page of the site.
func (c *Client) Do(method, path, body string, fields ...string) (status int, text string) {
	c.t.Helper()
	r, err := http.NewRequest(method, c.base.String()+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", c.base.String())
	}
	for i := 0; i+1 < len(fields); i += 2 {
		r.Header.Add(fields[i], fields[i+1])
	}
	res, err := c.http.Do(r)
	if err != nil {
		c.t.Errorf("%s %s: %v", method, path, err)
		return 0, ""
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Errorf("%s %s: %v", method, path, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told = append(c.told, res.Header["Set-Cookie"]...)
	return res.StatusCode, string(answer)
}

// Get asks for a page that must be there.
func (c *Client) Get(path string, fields ...string) string {
	c.t.Helper()
	status, text := c.Do(http.MethodGet, path, "", fields...)
	if status != http.StatusOK {
		c.t.Errorf("GET %s: %d %.300s", path, status, text)
	}
	return text
}

var hidden = regexp.MustCompile(`type="hidden" name="(token|_csrf)" value="([^"]+)"`)

// Form sends the form of a page, with what is hidden in it, and returns the status.
func (c *Client) Form(page, to string, fields url.Values) int {
	c.t.Helper()
	if m := hidden.FindStringSubmatch(c.Get(page)); m != nil {
		fields.Set(m[1], m[2])
	}
	status, _ := c.Do(http.MethodPost, to, fields.Encode())
	return status
}

// LogIn logs in as one of the people, by the form.
func (c *Client) LogIn(name string) {
	c.t.Helper()
	c.LogInAt("", name)
}

// LogInAt does so at a shop below a path.
func (c *Client) LogInAt(root, name string) {
	c.t.Helper()
	if status := c.Form(root+"/login", root+"/login", url.Values{"name": {name}, "password": {Passwords[name]}}); status != http.StatusSeeOther {
		c.t.Errorf("login of %s: %d", name, status)
	}
}

// LogOut logs out by the form of the account page.
func (c *Client) LogOut() {
	c.t.Helper()
	if status := c.Form("/account", "/logout", url.Values{}); status != http.StatusSeeOther {
		c.t.Errorf("logout: %d", status)
	}
}

// A Seen is what a shop sees of a request: whose it is, and by which cookies.
type Seen struct{ User, Cookie string }

// Who asks the shop whom it takes the client for.
func (c *Client) Who(fields ...string) Seen {
	c.t.Helper()
	return c.seen("/whoami", fields...)
}

func (c *Client) seen(path string, fields ...string) (s Seen) {
	c.t.Helper()
	text := c.Get(path, fields...)
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		c.t.Errorf("%s: %v: %.300s", path, err, text)
	}
	return s
}

// Is fails the test unless the shop takes the client for somebody; "" is nobody.
func (c *Client) Is(name, when string) {
	c.t.Helper()
	if got := c.Who().User; got != name {
		c.t.Errorf("%s the client is %q, want %q", when, got, name)
	}
}
