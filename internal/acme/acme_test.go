package acme

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	acmeproto "github.com/mholt/acmez/v3/acme"

	"pavise/internal/authority"
)

// stub is an issuer that does as it is told.
type stub struct {
	now    func() time.Time
	err    error
	window window
	life   time.Duration
	asked  int
	cert   *tls.Certificate
}

func (s *stub) listensAt(_, _ *net.TCPAddr) {}
func (s *stub) close()                      {}
func (s *stub) forget(string)               { s.cert = nil }

func (s *stub) issue(_ context.Context, host string, _ *x509.Certificate) (bool, error) {
	s.asked++
	if s.err == nil {
		s.cert = certificate(host, s.now(), s.life)
	}
	return true, s.err
}

func (s *stub) kept(string) (*tls.Certificate, error) {
	if s.cert == nil {
		return nil, fs.ErrNotExist
	}
	return s.cert, nil
}

func (s *stub) renewalInfo(context.Context, *x509.Certificate) (window, time.Time, error) {
	return s.window, time.Time{}, nil
}

func (s *stub) opened(context.Context, string) (acmeproto.Challenge, bool) {
	return acmeproto.Challenge{}, false
}

func certificate(host string, from time.Time, life time.Duration) *tls.Certificate {
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	serial, _ := rand.Int(rand.Reader, big.NewInt(1<<62))
	template := &x509.Certificate{SerialNumber: serial, NotBefore: from, NotAfter: from.Add(life), DNSNames: []string{host}}
	der, _ := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	leaf, _ := x509.ParseCertificate(der)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// stubbed is a manager of one host by a clock of its own.
func stubbed(t *testing.T, s *stub) (m *Manager, h *Host, now *time.Time) {
	local, err := authority.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now().Truncate(time.Second)
	s.now = func() time.Time { return at }
	m = &Manager{issuer: s, hosts: map[string]*Host{}, cfg: Config{
		Now: s.now, Log: func(slog.Level, string, ...slog.Attr) {}, Warned: func() {}}}
	return m, m.Host("shop.test", local.Leaf([]string{"shop.test"})), &at
}

// TestNoLoop: over a certificate's life there is one renewal, whatever it lasts and
// whatever window the authority suggests.
func TestNoLoop(t *testing.T) {
	for _, life := range []time.Duration{10 * time.Minute, 160 * time.Hour, 45 * 24 * time.Hour, 90 * 24 * time.Hour} {
		for name, w := range map[string]func(at time.Time) window{
			"none":     func(time.Time) window { return window{} },
			"wide":     func(at time.Time) window { return window{at.Add(-24 * time.Hour), at.Add(life)} },
			"backward": func(at time.Time) window { return window{at.Add(life), at.Add(life / 2)} },
			"late":     func(at time.Time) window { return window{at.Add(2 * life), at.Add(3 * life)} },
		} {
			s := &stub{life: life}
			_, h, now := stubbed(t, s)
			s.window = w(*now)
			begin := *now
			for now.Before(begin.Add(life)) && s.asked < 10 {
				wait := h.step(t.Context())
				*now = now.Add(max(wait, time.Second))
				if s.asked == 2 {
					break
				}
			}
			if at := now.Sub(begin); s.asked != 2 || at < life/2 || at > life*95/100 {
				t.Errorf("life %s, window %s: asked %d times, again after %s", life, name, s.asked, at)
			}
		}
	}
}

// TestAlwaysOver: an authority that wants every certificate replaced gets one order
// an hour.
func TestAlwaysOver(t *testing.T) {
	s := &stub{life: 90 * 24 * time.Hour}
	_, h, now := stubbed(t, s)
	s.window = window{now.Add(-2 * time.Hour), now.Add(-time.Hour)}
	for end := now.Add(10 * time.Hour); now.Before(end); {
		*now = now.Add(h.step(t.Context()))
	}
	if s.asked < 9 || s.asked > 12 {
		t.Errorf("asked %d times in ten hours", s.asked)
	}
}

// TestWarnings lets a life go by without a renewal: nothing is said in the first half
// of the rest, then more and more often, but never without bound.
func TestWarnings(t *testing.T) {
	for _, life := range []time.Duration{6 * 24 * time.Hour, 90 * 24 * time.Hour} {
		s := &stub{life: life}
		m, h, now := stubbed(t, s)
		told := filepath.Join(t.TempDir(), "told")
		m.cfg.WarnHook = warnProgram(t, told)
		var at []time.Duration
		h.step(t.Context())
		end := now.Add(life)
		m.cfg.Warned = func() { at = append(at, end.Sub(*now)) }
		s.err = &url.Error{Op: "Get", Err: errors.New("away")}
		for now.Before(end) {
			*now = now.Add(h.step(t.Context()))
		}
		if len(at) < 4 || len(at) > 14 || at[0] > life/6 || at[0] < life/7 {
			t.Errorf("life %s: warned %v before the end", life, at)
		}
		before := len(at)
		for range 30 * 24 {
			*now = now.Add(time.Hour)
			h.step(t.Context())
		}
		if n := len(at) - before; n < 28 || n > 31 {
			t.Errorf("%d warnings in 30 days after the end", n)
		}
		if s.asked > 10000 {
			t.Errorf("asked %d times", s.asked)
		}
		text, _ := os.ReadFile(told)
		if want := "shop.test|the certificate authority could not be reached|" + end.UTC().Format(time.RFC3339) + "\n"; strings.Count(string(text), want) != len(at) {
			t.Errorf("the hook heard %.200q", text)
		}
	}
}

func warnProgram(t *testing.T, to string) string {
	file := filepath.Join(t.TempDir(), "warn")
	if err := os.WriteFile(file, []byte("#!/bin/sh\necho \"$1|$2|$3\" >>"+to+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestExplained: every kind of refusal has a sentence and a next step, and repeats
// nothing that the authority said.
func TestExplained(t *testing.T) {
	for kind, want := range map[string]string{
		"dns": "A or AAAA record", "connection": "could not connect", "unauthorized": "another server", "tls": "another server",
		"caa": "CAA record", "rateLimited": "too many requests", "rejectedIdentifier": "gives no certificates", "invalidContact": "mail address",
		"externalAccountRequired": "only serves accounts", "userActionRequired": "terms", "serverInternal": "fault of its own",
		"invalidProfile": "this profile", "malformed": "refused (malformed)",
	} {
		err := acmeproto.Problem{Type: acmeproto.ProblemTypeNamespace + kind, Detail: "token=secret"}
		why := explain("shop.test", errors.Join(errors.New("solving challenge"), err))
		if !strings.Contains(why.what, want) || why.todo == "" || strings.Contains(why.what+why.todo, "secret") {
			t.Errorf("%s: %+v", kind, why)
		}
	}
	nx := acmeproto.Problem{Type: acmeproto.ProblemTypeNamespace + "unauthorized", Detail: "DNS problem: NXDOMAIN looking up TXT for _acme-challenge.shop.test"}
	if why := explain("shop.test", nx); !strings.Contains(why.what, "TXT record _acme-challenge.shop.test") {
		t.Errorf("%+v", why)
	}
	away := &url.Error{Op: "Get", URL: "https://ca.test/dir", Err: errors.New("connection refused")}
	if got := said(fmt.Errorf("registering account [] with server: provisioning client: performing request: %w", away)); got != away.Error() {
		t.Errorf("said %q", got)
	}
	if why := explain("shop.test", errors.New("something")); why.todo == "" {
		t.Errorf("%+v", why)
	}
}

// TestPort80 explains itself for the host that waits, and for no other; a question of
// an authority that is not open goes to the site as any request does.
func TestPort80(t *testing.T) {
	s := &stub{life: time.Hour, err: acmeproto.Problem{Type: acmeproto.ProblemTypeNamespace + "caa"}}
	m, h, _ := stubbed(t, s)
	ask := func(host, path string) *httptest.ResponseRecorder {
		r, w := httptest.NewRequest(http.MethodGet, "http://"+host+path, nil), httptest.NewRecorder()
		if !m.ServeClear(w, r) {
			return nil
		}
		return w
	}
	if w := ask("shop.test", "/"); w == nil || !strings.Contains(w.Body.String(), "This takes some seconds") {
		t.Errorf("before the first try: %v", w)
	}
	h.step(t.Context())
	w := ask("SHOP.test:80", "/.well-known/acme-challenge/x")
	if w == nil || w.Code != 503 || w.Header().Get("Retry-After") != "60" || !strings.Contains(w.Body.String(), "CAA record") {
		t.Errorf("after it: %+v", w)
	}
	if ask("other.test", "/") != nil {
		t.Error("answered for a host that is not its own")
	}
	s.err, h.next = nil, time.Time{}
	h.step(t.Context())
	if ask("shop.test", "/") != nil || ask("shop.test", "/.well-known/acme-challenge/x") != nil {
		t.Error("answered though there is a certificate")
	}
}

// TestShown: what the policy refuses or has ended is not shown.
func TestShown(t *testing.T) {
	s := &stub{life: time.Hour}
	_, h, now := stubbed(t, s)
	valid := func(leaf *x509.Certificate, at time.Time) error {
		if at.After(leaf.NotAfter) {
			return errors.New("ended")
		}
		return nil
	}
	issuer := func() string {
		cert, err := h.Certificate(*now, valid)
		if err != nil {
			t.Fatal(err)
		}
		return cert.Leaf.Issuer.CommonName
	}
	if issuer() == "" {
		t.Error("none of the local authority at first")
	}
	h.step(t.Context())
	if got := issuer(); got != "" {
		t.Errorf("%s's though there is a better one", got)
	}
	*now = now.Add(2 * time.Hour)
	if issuer() == "" || h.serving() {
		t.Error("one that has ended is shown")
	}
}

// TestTornFiles: what a kill left half written stands in nobody's way.
func TestTornFiles(t *testing.T) {
	a := newAuthority(Config{Directory: "https://ca.test/dir", Dir: t.TempDir(), Log: func(slog.Level, string, ...slog.Attr) {}})
	dir := filepath.Join(a.cfg.Dir, "acme", "certificates", a.key(), "shop.test")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := a.kept("shop.test"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("none: %v", err)
	}
	for _, name := range []string{"shop.test.crt", "shop.test.key"} {
		os.WriteFile(filepath.Join(dir, name), []byte("half"), 0o600)
	}
	if _, err := a.kept("shop.test"); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("torn: %v", err)
	}
	m := &Manager{cfg: a.cfg, issuer: a, hosts: map[string]*Host{}}
	h := m.Host("shop.test", nil)
	if _, err := os.Stat(dir); err != nil || h.current.Load() != nil {
		t.Errorf("only who is about to write removes it: %v", err)
	}
	h.clear()
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("still there: %v", err)
	}
}

// TestHook: bounded in what it says and in time, and no shell looks at what it gets.
func TestHook(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hook")
	os.WriteFile(file, []byte("#!/bin/sh\necho \"$1\"\nhead -c 100000 /dev/zero | tr '\\0' x\nexit 3\n"), 0o700)
	said, err := runHook(t.Context(), file, "$(id); `id`")
	if !strings.HasPrefix(said, "$(id); `id`\nxxx") || len(said) > hookSays || err == nil || err.Error() != "exit status 3" {
		t.Errorf("%d bytes %.40q, %v", len(said), said, err)
	}
	os.WriteFile(file, []byte("#!/bin/sh\nsleep 60\n"), 0o700)
	ctx, leave := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer leave()
	begin := time.Now()
	if _, err := runHook(ctx, file); err == nil || time.Since(begin) > 30*time.Second {
		t.Errorf("%v", err)
	}
}

func TestPublic(t *testing.T) {
	for host, want := range map[string]bool{
		"shop.de": true, "www.shop.co.uk": true, "xn--bcher-kva.de": true, "testing.com": true, "myexample.com": true,
		"shop": false, "localhost": false, "shop.localhost": false, "shop.test": false, "nas.local": false, "app.internal": false,
		"shop.example.com": false, "example.org": false, "192.0.2.1": false, "2001:db8::1": false, "host.lan": false, "1.168.192.in-addr.arpa": false,
	} {
		if Public(host) != want {
			t.Errorf("%s: %v", host, !want)
		}
	}
}

// TestShownWhileTheClockIsBehind: whoever visits has the right time, and one of the local
// authority would turn him away.
func TestShownWhileTheClockIsBehind(t *testing.T) {
	s := &stub{life: 90 * 24 * time.Hour}
	_, h, now := stubbed(t, s)
	h.step(t.Context())
	issued := *now
	for _, behind := range []time.Duration{24 * time.Hour, 50 * 365 * 24 * time.Hour} {
		*now = issued.Add(-behind)
		wait := h.step(t.Context())
		cert, err := h.Certificate(*now, func(leaf *x509.Certificate, at time.Time) error {
			if at.Before(leaf.NotBefore) {
				return errors.New("not valid yet")
			}
			return nil
		})
		if err != nil || cert.Leaf.Issuer.CommonName != "" || !h.serving() || s.asked != 1 || wait <= 0 {
			t.Errorf("%s behind: %v, %v, asked %d times, next in %s", behind, cert.Leaf.Issuer, err, s.asked, wait)
		}
	}
}
