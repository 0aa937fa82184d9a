// Package pebble runs Pebble, the test authority of Let's Encrypt, and its DNS
// server for tests: on loopback, each with ports of its own.
package pebble

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"pavise/internal/authority"
	"pavise/test/tools"
)

// Options are what differs from test to test.
type Options struct {
	Life     map[string]time.Duration // of certificates, by profile; nil is 90 days for "default"
	Accounts map[string]string        // the only ones to serve: MAC keys by key id; nil serves all
	Sleep    int                      // seconds before each question; 0 is none
}

// An Authority is a Pebble and the DNS that it asks.
type Authority struct {
	Directory string
	RootFile  string // to trust the directory by
	DNS       string // address of the DNS server
	HTTP, TLS string // addresses at which it asks the hosts
	t         testing.TB
	dir       string
	programs  map[string]string
	env       []string
	pebble    *exec.Cmd
	manage    string // address of Pebble's management
	tell      string // address of the DNS server's
	client    *http.Client
}

// build returns the two programs, which stay in the cache of the go command.
var build = sync.OnceValues(func() (map[string]string, error) {
	_, file, _, _ := runtime.Caller(0)
	programs := map[string]string{}
	for _, name := range []string{"pebble", "pebble-challtestsrv"} {
		c := exec.Command("go", "tool", "-n", name)
		c.Dir = filepath.Join(filepath.Dir(file), "../acme")
		var stderr bytes.Buffer
		c.Stderr = &stderr
		path, err := c.Output()
		if err != nil {
			return nil, fmt.Errorf("%w: %s", err, &stderr)
		}
		programs[name] = strings.TrimSpace(string(path))
	}
	return programs, nil
})

// Start runs an authority until the test ends. Where Pebble cannot be built the
// test is skipped.
func Start(t testing.TB, o Options) *Authority {
	t.Helper()
	programs, err := build()
	if err != nil {
		tools.Lack(t, "Pebble cannot be built: %v", err)
	}
	at := Ports(t, 6)
	a := &Authority{t: t, dir: t.TempDir(), programs: programs, Directory: "https://" + at[0] + "/dir", manage: at[1], HTTP: at[2], TLS: at[3],
		DNS: at[4], tell: at[5], env: []string{"PEBBLE_WFE_NONCEREJECT=0", "PEBBLE_AUTHZREUSE=0", "PEBBLE_VA_NOSLEEP=1"}}
	if o.Sleep > 0 {
		a.env[2] = fmt.Sprintf("PEBBLE_VA_SLEEPTIME=%d", o.Sleep)
	}
	a.certify()
	a.configure(o, at[0])
	stop(t, a.run("pebble-challtestsrv", "-dnsserver", a.DNS, "-management", a.tell, "-defaultIPv6", "",
		"-http01", "", "-https01", "", "-tlsalpn01", "", "-doh", ""))
	await(t, a.tell)
	a.Begin()
	t.Cleanup(a.End)
	return a
}

// Ports returns addresses on loopback that were free just now.
func Ports(t testing.TB, n int) []string {
	list := make([]string, n)
	for i := range list {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		list[i] = l.Addr().String()
	}
	return list
}

// certify makes the certificate of the directory.
func (a *Authority) certify() {
	local, err := authority.Open(filepath.Join(a.dir, "authority"))
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := local.Leaf([]string{"127.0.0.1"}).Certificate(time.Now(), func(*x509.Certificate, time.Time) error { return nil })
	if err != nil {
		a.t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		a.t.Fatal(err)
	}
	a.write("key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
	a.write("cert.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}))
	a.RootFile = local.CertificateFile()
	a.client = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: local.Pool()}}}
}

func (a *Authority) configure(o Options, listen string) {
	life := o.Life
	if life == nil {
		life = map[string]time.Duration{"default": 90 * 24 * time.Hour}
	}
	profiles := map[string]any{}
	for name, d := range life {
		profiles[name] = map[string]any{"description": name, "validityPeriod": int(d.Seconds())}
	}
	data, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": listen, "managementListenAddress": a.manage, "certificate": a.path("cert.pem"), "privateKey": a.path("key.pem"),
		"httpPort": port(a.HTTP), "tlsPort": port(a.TLS), "keyAlgorithm": "ecdsa", "profiles": profiles,
		"externalAccountBindingRequired": o.Accounts != nil, "externalAccountMACKeys": o.Accounts,
		"retryAfter": map[string]int{"authz": 1, "order": 1}, "domainBlocklist": []string{"blocked.test"},
	}})
	if err != nil {
		a.t.Fatal(err)
	}
	a.write("pebble.json", data)
}

// Begin has the authority answer, anew if it has ended: it forgets all accounts
// then, and signs by another root.
func (a *Authority) Begin() {
	a.pebble = a.run("pebble", "-config", a.path("pebble.json"), "-dnsserver", a.DNS)
	await(a.t, strings.TrimSuffix(strings.TrimPrefix(a.Directory, "https://"), "/dir"))
	await(a.t, a.manage)
}

// End has it answer no more.
func (a *Authority) End() {
	if a.pebble != nil {
		a.pebble.Process.Kill()
		a.pebble.Wait()
		a.pebble = nil
	}
}

// Roots are what its certificates lead to.
func (a *Authority) Roots() *x509.CertPool {
	a.t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(a.ask(http.MethodGet, "https://"+a.manage+"/roots/0", nil)) {
		a.t.Fatal("no root")
	}
	return pool
}

// Suggest has the authority want a certificate renewed in this window.
func (a *Authority) Suggest(leaf *x509.Certificate, start, end time.Time) {
	a.t.Helper()
	window, _ := json.Marshal(map[string]any{"suggestedWindow": map[string]any{"start": start, "end": end}})
	a.ask(http.MethodPost, "https://"+a.manage+"/set-renewal-info/", map[string]any{
		"Certificate": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Raw})), "ARIResponse": string(window),
	})
}

// Tell changes what the DNS server answers, by its API: set-servfail, add-a, set-txt.
func (a *Authority) Tell(what string, body any) {
	a.t.Helper()
	a.ask(http.MethodPost, "http://"+a.tell+"/"+what, body)
}

// TellURL is where programs can do the same.
func (a *Authority) TellURL() string { return "http://" + a.tell }

func (a *Authority) ask(method, url string, body any) []byte {
	a.t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		a.t.Fatal(err)
	}
	r, err := http.NewRequest(method, url, bytes.NewReader(data))
	if err != nil {
		a.t.Fatal(err)
	}
	res, err := a.client.Do(r)
	if err != nil {
		a.t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil || res.StatusCode != http.StatusOK {
		a.t.Fatalf("%s: %s %s, %v", url, res.Status, answer, err)
	}
	return answer
}

func (a *Authority) run(name string, args ...string) *exec.Cmd {
	a.t.Helper()
	c := exec.Command(a.programs[name], args...)
	c.Env = append(os.Environ(), a.env...)
	log, err := os.OpenFile(a.path(name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		a.t.Fatal(err)
	}
	defer log.Close()
	c.Stdout, c.Stderr = log, log
	if err := c.Start(); err != nil {
		a.t.Fatal(err)
	}
	return c
}

func stop(t testing.TB, c *exec.Cmd) {
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
	})
}

// Orders counts the orders that it got, in all its lives.
func (a *Authority) Orders() int {
	data, _ := os.ReadFile(a.path("pebble.log"))
	return bytes.Count(data, []byte("Added order "))
}

func (a *Authority) path(name string) string { return filepath.Join(a.dir, name) }

func (a *Authority) write(name string, data []byte) {
	if err := os.WriteFile(a.path(name), data, 0o600); err != nil {
		a.t.Fatal(err)
	}
}

func port(address string) int {
	at, _ := net.ResolveTCPAddr("tcp", address)
	return at.Port
}

func await(t testing.TB, address string) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			return
		}
	}
	t.Fatalf("nobody answers at %s", address)
}
