package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"pavise/cmd/pavise/internal/cli"
	"pavise/site"
	"pavise/test/pebble"
)

// A guarded site is a pavise of its own process, with an authority to ask.
type guarded struct {
	t         *testing.T
	authority *pebble.Authority
	binary    string
	args      []string
	serve     *exec.Cmd
	log       string
}

func guard(t *testing.T, a *pebble.Authority, args ...string) *guarded {
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "the app at "+r.URL.Path) }))
	t.Cleanup(app.Close)
	g := &guarded{t: t, authority: a, binary: binary(t), log: filepath.Join(t.TempDir(), "log"), args: append([]string{"serve", "--to", app.URL,
		"--listen", a.TLS, "--http", a.HTTP, "--acme-directory", a.Directory, "--acme-root", a.RootFile, "--state", t.TempDir()}, args...)}
	g.begin()
	t.Cleanup(g.kill)
	return g
}

func (g *guarded) begin() {
	g.t.Helper()
	log, err := os.OpenFile(g.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		g.t.Fatal(err)
	}
	defer log.Close()
	g.serve = exec.Command(g.binary, g.args...)
	g.serve.Stderr = log
	if err := g.serve.Start(); err != nil {
		g.t.Fatal(err)
	}
	g.eventually("nobody listens", func() bool { _, err := net.Dial("tcp", g.authority.TLS); return err == nil })
}

// kill ends the process as a power cut would.
func (g *guarded) kill() {
	g.serve.Process.Kill()
	g.serve.Wait()
}

func (g *guarded) eventually(what string, holds func() bool) {
	g.t.Helper()
	for end := time.Now().Add(40 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if holds() {
			return
		}
	}
	log, _ := os.ReadFile(g.log)
	g.t.Fatalf("%s\n%s", what, log)
}

// shown returns the certificate for the host, and whether the roots trust it.
func (g *guarded) shown(host string, roots *x509.CertPool) (*x509.Certificate, bool) {
	conn, err := tls.Dial("tcp", g.authority.TLS, &tls.Config{ServerName: host, InsecureSkipVerify: true})
	if err != nil {
		g.t.Fatal(err)
	}
	defer conn.Close()
	chain := conn.ConnectionState().PeerCertificates
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	_, err = chain[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, DNSName: host})
	return chain[0], err == nil
}

func (g *guarded) plain(host, path string) (int, string, http.Header) {
	g.t.Helper()
	r, _ := http.NewRequest(http.MethodGet, "http://"+g.authority.HTTP+path, nil)
	r.Host = host + g.authority.HTTP[strings.LastIndexByte(g.authority.HTTP, ':'):]
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		g.t.Fatal(err)
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(text), res.Header
}

// TestAuthorityAway: serving starts though the authority does not answer, port 80
// says why there is no certificate, and when it is back the certificates come
// without a restart, for every name.
func TestAuthorityAway(t *testing.T) {
	t.Parallel()
	a := pebble.Start(t, pebble.Options{})
	a.End()
	g := guard(t, a, "shop.test", "www.shop.test")
	g.eventually("port 80 does not explain", func() bool {
		code, text, header := g.plain("shop.test", "/cart")
		return code == http.StatusServiceUnavailable && header.Get("Retry-After") != "" &&
			strings.Contains(text, "failed: the certificate authority could not be reached.\nWhat helps: let this machine open https connections to it")
	})
	if log, _ := os.ReadFile(g.log); !strings.Contains(string(log), " leads to https once there is a certificate\n") {
		t.Errorf("port 80 leads nowhere yet, and this is said:\n%s", log)
	}
	if cert, _ := g.shown("shop.test", nil); cert.Issuer.CommonName != "Pavise local authority" {
		t.Errorf("meanwhile it shows one of %s", cert.Issuer)
	}
	if code, _, _ := g.plain("other.test", "/"); code == http.StatusServiceUnavailable {
		t.Errorf("it explains to a host that is not its own")
	}
	a.Begin()
	roots := a.Roots()
	for _, host := range []string{"shop.test", "www.shop.test"} {
		g.eventually("no certificate for "+host, func() bool { _, ok := g.shown(host, roots); return ok })
	}
	if code, _, header := g.plain("shop.test", "/cart"); code != http.StatusPermanentRedirect || !strings.HasPrefix(header.Get("Location"), "https://shop.test") {
		t.Errorf("port 80 then: %d %v", code, header)
	}
	if code, text, _ := g.plain("shop.test", "/.well-known/acme-challenge/x"); code == http.StatusOK {
		t.Errorf("a challenge that nobody opened: %q", text)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "shop.test"}}}
	r, _ := http.NewRequest(http.MethodGet, "https://"+a.TLS+"/cart", nil)
	r.Host = "shop.test"
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if text, _ := io.ReadAll(res.Body); string(text) != "the app at /cart" {
		t.Errorf("%s %s", res.Status, text)
	}
	g.serve.Process.Signal(syscall.SIGTERM)
	if err := g.serve.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
}

// TestKilled: a kill in the middle of an order leaves nothing that keeps the next
// start from a certificate, and a third start has it at once, with the authority
// away.
func TestKilled(t *testing.T) {
	t.Parallel()
	a := pebble.Start(t, pebble.Options{Sleep: 2})
	file := filepath.Join(t.TempDir(), "pavise.yaml")
	os.WriteFile(file, fmt.Appendf(nil, "acme: {challenges: [tls-alpn-01]}\nsites:\n  - {hosts: [kill.test], to: %q}\n", "127.0.0.1:1"), 0o600)
	g := guard(t, a, "--config", file)
	g.eventually("no order", func() bool { return a.Orders() > 0 })
	g.kill()
	g.begin()
	roots := a.Roots()
	g.eventually("no certificate after a kill", func() bool { _, ok := g.shown("kill.test", roots); return ok })
	g.kill()
	a.End()
	g.begin()
	if _, ok := g.shown("kill.test", roots); !ok {
		t.Errorf("it was not kept")
	}
}

// TestRenewedInService: a short life, by its profile, in a process that runs on.
func TestRenewedInService(t *testing.T) {
	t.Parallel()
	a := pebble.Start(t, pebble.Options{Life: map[string]time.Duration{"default": time.Hour, "shortlived": 20 * time.Second}})
	g := guard(t, a, "short.test", "--acme-profile", "shortlived")
	roots := a.Roots()
	var first *x509.Certificate
	g.eventually("no certificate", func() (ok bool) { first, ok = g.shown("short.test", roots); return ok })
	g.eventually("no renewal", func() bool {
		cert, ok := g.shown("short.test", roots)
		if !ok {
			t.Fatalf("at %s it shows one of %s until %s", time.Now(), cert.Issuer, cert.NotAfter)
		}
		return !cert.Equal(first)
	})
	if n := a.Orders(); n != 2 {
		t.Errorf("%d orders", n)
	}
}

// TestACMEMistakes are found before anything is served, each with what is right.
func TestACMEMistakes(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	os.WriteFile(empty, nil, 0o600)
	for flag, want := range map[string]string{
		"--acme=maybe":                    "--acme must be on or off, not \"maybe\"\npavise: hint: --acme off",
		"--acme-email=root":               "\"root\" is no mail address",
		"--acme-directory=http://ca.test": "is not the https address of a directory",
		"--acme-root=" + empty:            "--acme-root " + empty + ": there is no PEM certificate in it",
		"--acme-root=no.pem":              "--acme-root no.pem: no such file or directory\npavise: hint: --acme-root ca.pem, a PEM file of certificates",
	} {
		var said strings.Builder
		args := []string{"serve", "shop.test", "--to", "127.0.0.1:1", "--listen", "127.0.0.1:0", "--http", "off", "--state", t.TempDir(),
			"--acme-directory", "https://127.0.0.1:1/dir", flag}
		if code := run(args, io.Discard, &said); code != cli.ExitUsage || !strings.Contains(said.String(), want) {
			t.Errorf("%s: exit %d\n%s", flag, code, said.String())
		}
	}
	file := filepath.Join(t.TempDir(), "pavise.yaml")
	os.WriteFile(file, []byte("acme:\n  dns-hook: no-such-program\n  ca-root: no.pem\nsites:\n  - {hosts: [shop.test], to: 3000}\n"), 0o600)
	var said strings.Builder
	if code := run([]string{"check", file}, io.Discard, &said); code != cli.ExitUsage || !strings.Contains(said.String(), "no.pem: no such file or directory") ||
		!strings.Contains(said.String(), "acme: dns-hook: ") {
		t.Errorf("exit %d\n%s", code, said.String())
	}
}

// TestWhoIsAsked: nobody for names that no authority certifies, and never where the
// owner said so.
func TestWhoIsAsked(t *testing.T) {
	for _, c := range []struct {
		acme site.ACME
		host string
		want bool
	}{
		{site.ACME{}, "shop.de", true},
		{site.ACME{}, "shop.example.com", false},
		{site.ACME{}, "shop.test", false},
		{site.ACME{}, "localhost", false},
		{site.ACME{Off: true}, "shop.de", false},
		{site.ACME{Directory: "https://ca.test/dir"}, "shop.internal", true},
		{site.ACME{Directory: "https://ca.test/dir"}, "shop.localhost", false},
		{site.ACME{Directory: "https://ca.test/dir"}, "127.0.0.1", false},
		{site.ACME{Directory: "https://ca.test/dir", Off: true}, "shop.internal", false},
	} {
		if p := (&plan{file: &site.File{ACME: c.acme}}); p.asks(c.host) != c.want {
			t.Errorf("%s with %+v: %v", c.host, c.acme, !c.want)
		}
	}
}
