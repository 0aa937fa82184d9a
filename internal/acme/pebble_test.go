package acme

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	acmeproto "github.com/mholt/acmez/v3/acme"

	"pavise/internal/authority"
	"pavise/test/pebble"
)

// A front is a manager and the two ports behind which the authority finds it.
type front struct {
	*Manager
	t         *testing.T
	authority *pebble.Authority
	local     *authority.Authority
	now       time.Time
	mu        sync.Mutex
	lines     []string
}

func newFront(t *testing.T, a *pebble.Authority, change func(*Config)) *front {
	t.Helper()
	f := &front{t: t, authority: a, now: time.Now()}
	root, err := os.ReadFile(a.RootFile)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(root)
	dir := t.TempDir()
	if f.local, err = authority.Open(filepath.Join(dir, "local")); err != nil {
		t.Fatal(err)
	}
	cfg := Config{Directory: a.Directory, Roots: pool, Dir: dir, Log: f.log,
		Now: func() time.Time { f.mu.Lock(); defer f.mu.Unlock(); return f.now }}
	if change != nil {
		change(&cfg)
	}
	f.Manager = New(cfg)
	plain := f.listen(a.HTTP)
	secure := f.listen(a.TLS)
	go http.Serve(plain, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !f.ServeClear(w, r) {
			io.WriteString(w, "the app")
		}
	}))
	go http.Serve(tls.NewListener(secure, &tls.Config{GetCertificate: f.ChallengeCertificate, NextProtos: []string{"acme-tls/1"}}), nil)
	f.issuer.listensAt(secure.Addr().(*net.TCPAddr), plain.Addr().(*net.TCPAddr))
	t.Cleanup(f.issuer.close)
	return f
}

func (f *front) listen(at string) net.Listener {
	l, err := net.Listen("tcp", at)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { l.Close() })
	return l
}

func (f *front) log(level slog.Level, message string, attrs ...slog.Attr) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lines = append(f.lines, fmt.Sprint(level, " ", message, " ", attrs))
}

func (f *front) host(name string) *Host {
	return f.Host(name, f.local.Leaf([]string{name}))
}

// pass lets time go by.
func (f *front) pass(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}

// leaf returns what the host shows, which must lead to the authority.
func (f *front) leaf(h *Host) *x509.Certificate {
	f.t.Helper()
	cert, err := h.Certificate(f.cfg.Now(), func(leaf *x509.Certificate, _ time.Time) error { return leaf.VerifyHostname(h.name) })
	if err != nil {
		f.t.Fatal(err)
	}
	chain := x509.NewCertPool()
	for _, der := range cert.Certificate[1:] {
		c, _ := x509.ParseCertificate(der)
		chain.AddCert(c)
	}
	if _, err := cert.Leaf.Verify(x509.VerifyOptions{Roots: f.authority.Roots(), Intermediates: chain, DNSName: h.name}); err != nil {
		f.t.Fatalf("%v\n%s", err, strings.Join(f.lines, "\n"))
	}
	return cert.Leaf
}

// TestIssue gets certificates by each challenge, for several names at once.
func TestIssue(t *testing.T) {
	t.Parallel()
	a := pebble.Start(t, pebble.Options{})
	for _, challenge := range []string{HTTP01, TLSALPN01, DNS01} {
		t.Run(challenge, func(t *testing.T) {
			f := newFront(t, a, func(c *Config) {
				c.Challenges, c.Email = []string{challenge}, "owner@shop.test"
				if challenge == DNS01 {
					c.DNSHook, c.Resolvers = dnsProgram(t, a), []string{a.DNS}
				}
			})
			var wait sync.WaitGroup
			for _, sub := range []string{"www", "shop"} {
				h := f.host(sub + "." + challenge + ".test")
				wait.Go(func() { h.step(t.Context()) })
			}
			wait.Wait()
			for _, h := range f.hosts {
				if leaf := f.leaf(h); leaf.PublicKeyAlgorithm != x509.ECDSA {
					t.Errorf("%s key", leaf.PublicKeyAlgorithm)
				}
			}
			private(t, f.cfg.Dir)
		})
	}
}

// dnsProgram is a hook that tells the DNS server of the test.
func dnsProgram(t *testing.T, a *pebble.Authority) string {
	file := filepath.Join(t.TempDir(), "hook")
	script := `#!/bin/sh
set -e
echo "$1 for $2"
case $1 in
  present) curl -sf -d "{\"host\":\"$3.\",\"value\":\"$4\"}" ` + a.TellURL() + `/set-txt ;;
  cleanup) curl -sf -d "{\"host\":\"$3.\"}" ` + a.TellURL() + `/clear-txt ;;
esac
`
	if err := os.WriteFile(file, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return file
}

// private wants that nobody else can read what lies in the directory.
func private(t *testing.T, dir string) {
	t.Helper()
	keys := 0
	filepath.Walk(filepath.Join(dir, "acme"), func(path string, info os.FileInfo, err error) error {
		if err != nil || info.Mode().Perm()&0o077 != 0 && filepath.Ext(path) != ".lock" {
			t.Errorf("%s: mode %v, %v", path, info.Mode(), err)
		}
		if strings.HasSuffix(path, ".key") {
			keys++
		}
		return nil
	})
	if keys < 2 {
		t.Errorf("%d keys", keys)
	}
}

// TestRenewal: at its time, and under the profile that was asked for; not before,
// and not again and again.
func TestRenewal(t *testing.T) {
	t.Parallel()
	week := 6 * 24 * time.Hour
	a := pebble.Start(t, pebble.Options{Life: map[string]time.Duration{"default": 90 * 24 * time.Hour, "shortlived": week}})
	f := newFront(t, a, func(c *Config) { c.Profile = "shortlived" })
	h := f.host("shop.renewal.test")
	h.step(t.Context())
	first := f.leaf(h)
	for range 20 {
		if wait := h.step(t.Context()); wait < time.Minute {
			t.Fatalf("busy: again in %s", wait)
		}
	}
	if n := a.Orders(); n != 1 {
		t.Fatalf("%d orders for one certificate", n)
	}
	f.pass(week / 3)
	h.step(t.Context())
	if n := a.Orders(); n != 1 {
		t.Fatalf("renewed after a third: %d orders", n)
	}
	f.pass(week/3 + week/4)
	h.step(t.Context())
	second := f.leaf(h)
	if second.Equal(first) || life(second).Round(time.Hour) != week {
		t.Fatalf("not renewed under the profile: %s", life(second))
	}
	if n := a.Orders(); n != 2 {
		t.Errorf("%d orders", n)
	}
}

// TestAuthorityWantsRenewal: by a window that it moves, and for a revoked one.
func TestAuthorityWantsRenewal(t *testing.T) {
	t.Parallel()
	a := pebble.Start(t, pebble.Options{})
	for name, ask := range map[string]func(*front, *tls.Certificate){
		"window": func(f *front, cert *tls.Certificate) {
			a.Suggest(cert.Leaf, f.now, f.now.Add(2*time.Hour))
		},
		"revoked": func(f *front, cert *tls.Certificate) {
			client := acmeproto.Client{Directory: a.Directory, HTTPClient: f.issuer.(*authorityIssuer).client}
			if err := client.RevokeCertificate(t.Context(), acmeproto.Account{}, cert.Leaf, cert.PrivateKey.(crypto.Signer), 4); err != nil {
				f.t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFront(t, a, nil)
			h := f.host("shop." + name + ".test")
			h.step(t.Context())
			old := f.leaf(h)
			ask(f, h.current.Load())
			h.step(t.Context()) // the authority is not asked again at once
			h.step(t.Context())
			f.pass(25 * time.Hour)
			h.step(t.Context())
			if f.leaf(h).Equal(old) {
				t.Fatalf("not replaced; window %v", h.window)
			}
			if wait := h.step(t.Context()); wait < time.Minute {
				t.Errorf("busy: again in %s", wait)
			}
		})
	}
}

// TestRefused: what a person is told, in the log and at port 80, and that no try
// follows at once.
func TestRefused(t *testing.T) {
	t.Parallel()
	a := pebble.Start(t, pebble.Options{Life: map[string]time.Duration{"default": time.Hour, "shortlived": time.Minute}})
	a.Tell("set-servfail", map[string]string{"host": "nowhere.refused.test."})
	a.Tell("add-a", map[string]any{"host": "elsewhere.refused.test.", "addresses": []string{"127.0.0.99"}})
	for host, c := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"nowhere.refused.test":   {nil, "nowhere.refused.test has no A or AAAA record"},
		"elsewhere.refused.test": {nil, "could not connect to elsewhere.refused.test"},
		"blocked.test":           {nil, "gives no certificates for blocked.test"},
		"profile.refused.test":   {func(c *Config) { c.Profile = "tlsserver" }, "no profile tlsserver; it has default, shortlived"},
		"roots.refused.test":     {func(c *Config) { c.Roots = x509.NewCertPool() }, "own certificate is not trusted here"},
	} {
		t.Run(host, func(t *testing.T) {
			f := newFront(t, a, c.change)
			h := f.host(host)
			wait := h.step(t.Context())
			res, err := f.get(host, "/")
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(res, c.want) || !strings.Contains(res, "What helps: ") || !strings.Contains(res, "The next try is at ") {
				t.Errorf("%s\n%s", res, strings.Join(f.lines, "\n"))
			}
			if strings.Contains(res, a.Directory) || strings.Contains(res, "urn:") {
				t.Errorf("it shows what belongs in the log: %s", res)
			}
			if wait < 2*time.Second || h.step(t.Context()) < time.Second {
				t.Errorf("again in %s", wait)
			}
		})
	}
}

func (f *front) get(host, path string) (string, error) {
	r, _ := http.NewRequest(http.MethodGet, "http://"+f.authority.HTTP+path, nil)
	r.Host, r.Close = host, true // another front listened here before
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return string(text), err
}

// TestKnownAccounts: an authority that only serves accounts it knows.
func TestKnownAccounts(t *testing.T) {
	t.Parallel()
	const key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"
	a := pebble.Start(t, pebble.Options{Accounts: map[string]string{"kid-1": key}})
	t.Run("without", func(t *testing.T) {
		f := newFront(t, a, nil)
		h := f.host("shop.unknown.test")
		h.step(t.Context())
		if !strings.Contains(h.problem.todo, "eab-key-id") {
			t.Errorf("%+v\n%s", h.problem, strings.Join(f.lines, "\n"))
		}
	})
	f := newFront(t, a, func(c *Config) { c.KeyID, c.MACKey = "kid-1", key })
	h := f.host("shop.known.test")
	h.step(t.Context())
	f.leaf(h)
}

// TestAuthorityAway: the old certificate stays, and a new one comes when the
// authority is back, though it has forgotten our account.
func TestAuthorityAway(t *testing.T) {
	t.Parallel()
	a := pebble.Start(t, pebble.Options{})
	f := newFront(t, a, nil)
	h := f.host("shop.away.test")
	h.step(t.Context())
	old := f.leaf(h)
	a.End()
	f.pass(70 * 24 * time.Hour)
	h.polled = f.now.Add(time.Hour) // asking for a window is slow where nobody answers
	h.step(t.Context())
	if h.problem.what != "the certificate authority could not be reached" || !h.serving() {
		t.Errorf("%+v\n%s", h.problem, strings.Join(f.lines, "\n"))
	}
	a.Begin()
	for range 3 {
		f.pass(6 * time.Minute)
		h.step(t.Context())
	}
	if f.leaf(h).Equal(old) {
		t.Errorf("not renewed")
	}
}
