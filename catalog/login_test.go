package catalog_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pavise"
	"pavise/catalog"
	"pavise/internal/authority"
	"pavise/internal/weakshop"
)

// A front is the whole recommended policy before an app, over real TLS.
type front struct {
	t    *testing.T
	base string
	http http.Client
}

func shield(t *testing.T, up string) *front {
	local, err := authority.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	server := inFront(t, up, local, catalog.Controls()...)
	f := &front{t: t, base: pavise.Origin("https", weakshop.Host, server.HTTPS().Port)}
	f.http = http.Client{
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: local.Pool()}, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 50,
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, server.HTTPS().String())
			}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	t.Cleanup(f.http.CloseIdleConnections)
	return f
}

// login sends the form as the site's own page does.
func (f *front) login(name, password string, header http.Header) *http.Response {
	form := url.Values{"username": {name}, "password": {password}}.Encode()
	r, _ := http.NewRequest("POST", f.base+"/login", strings.NewReader(form))
	r.Header = header.Clone()
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", f.base)
	res, err := f.http.Do(r)
	if err != nil {
		f.t.Error(err)
		return &http.Response{Body: http.NoBody}
	}
	io.Copy(io.Discard, res.Body)
	res.Body.Close()
	return res
}

// TestLoginBehindEverything: with all controls on the customer gets in, and is known
// again by a cookie that no other control has touched, while a stranger at the same
// address is refused, whatever he says of his own.
func TestLoginBehindEverything(t *testing.T) {
	shop, err := weakshop.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shop.Close() })
	f := shield(t, shop.Address())
	res := f.login(weakshop.Customer, weakshop.Password, nil)
	var device, session *http.Cookie
	for _, c := range res.Cookies() {
		if c.Name == pavise.DeviceCookie {
			device = c
		} else {
			session = c
		}
	}
	if res.StatusCode != 302 || session == nil || device == nil || !device.Secure || !device.HttpOnly || device.SameSite != http.SameSiteLaxMode {
		t.Fatalf("%d %v", res.StatusCode, res.Header["Set-Cookie"])
	}
	for n := 1; n <= 15; n++ {
		res := f.login(weakshop.Customer, "guess", http.Header{"X-Forwarded-For": {fmt.Sprint("203.0.113.", n)}})
		if want := map[bool]int{true: 302, false: 429}[n <= 10]; res.StatusCode != want {
			t.Errorf("guess %d: %d, want %d", n, res.StatusCode, want)
		}
	}
	known := http.Header{"Cookie": {device.Name + "=" + device.Value}}
	if res := f.login(weakshop.Customer, weakshop.Password, known); res.StatusCode != 302 || res.Header.Get("Location") != "/account" {
		t.Errorf("the customer: %d %s", res.StatusCode, res.Header.Get("Location"))
	}
	if res := f.login(weakshop.Customer, weakshop.Password, nil); res.StatusCode != 429 || res.Header.Get("Retry-After") == "" {
		t.Errorf("an unknown browser: %d", res.StatusCode)
	}
}

// TestParallelGuessesThroughProxy: 5,000 guesses on many connections, of which the
// app hears ten. What it hears of is what was sent.
func TestParallelGuessesThroughProxy(t *testing.T) {
	var asked, refused atomic.Int64
	app := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if body, _ := io.ReadAll(r.Body); string(body) != "password=guess&username=alice" {
			t.Errorf("the app read %q", body)
		}
		w.WriteHeader(http.StatusUnauthorized)
	}), ReadHeaderTimeout: 10 * time.Second}
	l := listen(t)
	go app.Serve(l)
	t.Cleanup(func() { app.Close() })
	f := shield(t, l.Addr().String())
	var wait sync.WaitGroup
	for range 50 {
		wait.Go(func() {
			for range 20 {
				if f.login("alice", "guess", nil).StatusCode == http.StatusTooManyRequests {
					refused.Add(1)
				}
			}
		})
	}
	wait.Wait()
	if n := asked.Load(); n < 1 || n > 10 || refused.Load() != 1000-n {
		t.Errorf("%d guesses reached the app, %d were refused", n, refused.Load())
	}
}

// TestLoginsAreReplayed: the app reads a login byte for byte as it was sent, whole or
// in chunks, in HTTP/2.
func TestLoginsAreReplayed(t *testing.T) {
	var read atomic.Value
	app := &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		read.Store(fmt.Sprintf("%d %s %s", r.ContentLength, r.Header.Get("Content-Type"), body))
	}), ReadHeaderTimeout: 10 * time.Second}
	l := listen(t)
	go app.Serve(l)
	t.Cleanup(func() { app.Close() })
	f := shield(t, l.Addr().String())
	for kind, body := range map[string]string{
		"application/x-www-form-urlencoded":   "a=1&&username=a+b%20c&password=%c3%28&=&x",
		"application/json; charset=UTF-8":     " {\"username\" : \"\u0061\",\r\n\"password\":\"x\", \"n\":1e400}\n",
		"multipart/form-data; boundary=\"b\"": "--b\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\na\r\n--b--\r\ntail",
		"text/plain":                          "\x00\xff password=" + strings.Repeat("x", 60000),
	} {
		for _, length := range []int64{int64(len(body)), -1} {
			r, _ := http.NewRequest("POST", f.base+"/login", strings.NewReader(body))
			r.ContentLength = length
			r.Header.Set("Content-Type", kind)
			res, err := f.http.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if want := fmt.Sprintf("%d %s %s", length, kind, body); res.StatusCode != 200 || read.Load() != want {
				t.Errorf("%s: %d, the app read %.80q", kind, res.StatusCode, read.Load())
			}
		}
	}
}
