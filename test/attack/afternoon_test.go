package attack_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// from is a client with the address, which for a browser has a jar of cookies.
func (s shielded) from(t *testing.T, address string, jar http.CookieJar) *http.Client {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}, Timeout: 10 * time.Second}
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 50, MaxConnsPerHost: 50,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, "tcp", "127.0.0.1:"+strconv.Itoa(s.port))
		}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Jar: jar, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// guess tries a password, as the shop's own page would, and returns the status.
func (s shielded) guess(t *testing.T, c *http.Client, name, password string, claims http.Header) int {
	t.Helper()
	form := url.Values{"username": {name}, "password": {password}}
	r, err := http.NewRequest(http.MethodPost, s.secure+"/login", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range claims {
		r.Header[name] = values
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", s.secure)
	res, err := c.Do(r)
	if err != nil {
		t.Error(err)
		return 0
	}
	defer res.Body.Close()
	io.Copy(io.Discard, res.Body)
	if res.StatusCode == http.StatusTooManyRequests && res.Header.Get("Retry-After") == "" {
		t.Error("429 without Retry-After")
	}
	return res.StatusCode
}

// TestGuessing: many guesses at once at one account, straight and with a forged
// address in each: at most ten come through.
func TestGuessing(t *testing.T) {
	for name, claim := range map[string]string{"straight": "", "X-Forwarded-For": "X-Forwarded-For", "Forwarded": "Forwarded",
		"X-Real-Ip": "X-Real-Ip", "True-Client-Ip": "True-Client-Ip", "Cf-Connecting-Ip": "Cf-Connecting-Ip"} {
		t.Run(name, func(t *testing.T) {
			victim := newShop(t)
			s := shield(t, victim)
			c := s.from(t, "127.0.0.1", nil)
			var wait sync.WaitGroup
			for n := range 200 {
				claims := http.Header{}
				if claim != "" {
					claims.Set(claim, fmt.Sprintf("203.0.113.%d", n))
				}
				wait.Go(func() { s.guess(t, c, "ada", "guess"+strconv.Itoa(n), claims) })
			}
			wait.Wait()
			if n := victim.guesses.Load(); n > 10 || n == 0 {
				t.Errorf("%d of 200 guesses came through", n)
			}
		})
	}
}

// TestGuessingFromManyAddresses: forty addresses share the guesses at one account;
// twenty come through, and whoever has logged in before still does.
func TestGuessingFromManyAddresses(t *testing.T) {
	victim := newShop(t)
	s := shield(t, victim)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	ada := s.from(t, "127.0.0.9", jar)
	if status := s.guess(t, ada, "ada", "correct horse", nil); status != http.StatusSeeOther {
		t.Fatalf("the honest user gets %d", status)
	}
	before := victim.guesses.Load()
	for n := range 40 {
		mallory := s.from(t, fmt.Sprintf("127.0.1.%d", n+1), nil)
		for range 3 {
			s.guess(t, mallory, "ada", "guess", nil)
		}
	}
	if n := victim.guesses.Load() - before; n > 20 || n == 0 {
		t.Errorf("%d of 120 guesses came through", n)
	}
	if status := s.guess(t, ada, "ada", "correct horse", nil); status != http.StatusSeeOther {
		t.Errorf("after the attack the honest user gets %d", status)
	}
	if status := s.guess(t, s.from(t, "127.0.2.1", nil), "ada", "correct horse", nil); status != http.StatusTooManyRequests {
		t.Errorf("a guess that is right, of a browser that nobody knows, gets %d", status)
	}
}

// dial opens a connection to the port of https, with HTTP/1.1 agreed on.
func (s shielded) dial(t *testing.T) *tls.Conn {
	t.Helper()
	conn, err := tls.Dial("tcp", "127.0.0.1:"+strconv.Itoa(s.port), &tls.Config{InsecureSkipVerify: true, ServerName: shopHost, NextProtos: []string{"http/1.1"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	return conn
}

// say sends bytes on a connection of their own and returns the answer.
func (s shielded) say(t *testing.T, raw string) (*http.Response, string) {
	t.Helper()
	conn := s.dial(t)
	io.WriteString(conn, strings.ReplaceAll(raw, "HOST", strings.TrimPrefix(s.secure, "https://")))
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%q: %v", raw, err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	return res, string(body)
}

func TestUnknownHost(t *testing.T) {
	res, body := shield(t, newShop(t)).say(t, "GET / HTTP/1.1\r\nHost: attacker.example\r\nConnection: close\r\n\r\n")
	if res.StatusCode != http.StatusMisdirectedRequest || strings.Contains(body, "attacker.example") {
		t.Errorf("%d %s", res.StatusCode, body)
	}
}

// TestOpenRedirect: the app is not held back, but the owner hears of it.
func TestOpenRedirect(t *testing.T) {
	s := shield(t, newShop(t))
	res, _ := s.say(t, "GET /go?to=https://attacker.example/ HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n")
	if res.StatusCode != http.StatusFound || !strings.Contains(s.said.String(), "control=requests.redirect") {
		t.Errorf("%d, and the log says %s", res.StatusCode, s.said)
	}
}

func TestStackTrace(t *testing.T) {
	res, body := shield(t, newShop(t)).say(t, "GET /crash HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n")
	if res.StatusCode != http.StatusInternalServerError || strings.Contains(body, "node_modules") || strings.Contains(body, "products.js") {
		t.Errorf("%d %s", res.StatusCode, body)
	}
}

// TestCookieInTheClear: over plain http neither does the shop hear a cookie nor the
// client get one.
func TestCookieInTheClear(t *testing.T) {
	victim := newShop(t)
	s := shield(t, victim)
	r, err := http.NewRequest(http.MethodGet, s.clear+"/login", nil)
	if err != nil {
		t.Fatal(err)
	}
	c := http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			_, port, _ := net.SplitHostPort(address)
			return new(net.Dialer).DialContext(ctx, network, "127.0.0.1:"+port)
		}}}
	res, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusPermanentRedirect || res.Header.Get("Set-Cookie") != "" || res.Header.Get("Location") != s.secure+"/login" {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
	res, _ = s.say(t, "GET /login HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n")
	if c := res.Header.Get("Set-Cookie"); !strings.HasPrefix(c, "__Host-") || !strings.Contains(c, "; Secure") {
		t.Errorf("over https: %s", c)
	}
}

// TestSmuggling: what could be read as two requests is none, and bears our headers.
func TestSmuggling(t *testing.T) {
	victim := newShop(t)
	s := shield(t, victim)
	const hidden = "POST /login HTTP/1.1\r\nHost: HOST\r\nContent-Length: 1\r\n\r\nx"
	for name, raw := range map[string]string{
		"CL.TE":        "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: " + strconv.Itoa(5+len(hidden)) + "\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
		"TE twice":     "POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + hidden,
		"TE in front":  "POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + hidden,
		"CL twice":     "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\nContent-Length: 50\r\n\r\n" + hidden,
		"bare LF":      "POST / HTTP/1.1\r\nHost: HOST\r\nX: y\nContent-Length: 0\r\n\r\n" + hidden,
		"obs-fold":     "POST / HTTP/1.1\r\nHost: HOST\r\nX: y\r\n Content-Length: 50\r\n\r\n" + hidden,
		"chunk size":   "POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n" + hidden,
		"two hosts":    "GET / HTTP/1.1\r\nHost: HOST\r\nHost: attacker.example\r\n\r\n" + hidden,
		"another host": "GET https://attacker.example/ HTTP/1.1\r\nHost: HOST\r\n\r\n" + hidden,
	} {
		res, _ := s.say(t, raw)
		if res.StatusCode < 400 || res.StatusCode >= 500 || res.Header.Get("Strict-Transport-Security") == "" || res.Header.Get("X-Content-Type-Options") == "" {
			t.Errorf("%s: %d %v", name, res.StatusCode, res.Header)
		}
	}
	if n := victim.guesses.Load(); n != 0 {
		t.Errorf("%d hidden requests came through", n)
	}
}

// TestSlow: of forty connections that trickle heads and bodies none is held after
// 25 seconds, while others are served; and nothing is left of them.
func TestSlow(t *testing.T) {
	t.Parallel()
	s := shield(t, newShop(t))
	heap := heapInUse()
	ends := make(chan time.Duration, 40)
	begun := time.Now()
	for n := range 40 {
		conn := s.dial(t)
		conn.SetDeadline(begun.Add(40 * time.Second))
		head := "GET / HTTP/1.1\r\nHost: " + strings.TrimPrefix(s.secure, "https://") + "\r\n"
		if n%2 == 0 {
			head = strings.Replace(head, "GET /", "POST /account", 1) + "Content-Length: 100000\r\n\r\n"
		}
		io.WriteString(conn, head)
		go func() {
			tick := time.NewTicker(2 * time.Second)
			defer tick.Stop()
			for range tick.C {
				if _, err := io.WriteString(conn, "x"); err != nil {
					return
				}
			}
		}()
		go func() {
			io.Copy(io.Discard, conn)
			ends <- time.Since(begun)
		}()
	}
	if res, _ := s.say(t, "GET / HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n"); res.StatusCode != http.StatusOK {
		t.Errorf("meanwhile others get %d", res.StatusCode)
	}
	held := 0
	for range 40 {
		if took := <-ends; took > 25*time.Second {
			held++
		}
	}
	if held > 0 {
		t.Errorf("%d of 40 connections were held for more than 25 s", held)
	}
	if grown := heapInUse() - heap; grown > 16<<20 {
		t.Errorf("%d KB more in use after it", grown>>10)
	}
}

func heapInUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse)
}
