package flaw_test

import (
	"context"
	"crypto/rsa"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pavise"
	"pavise/internal/flaw"
	"pavise/internal/weaktls"
	"pavise/test/servers"
)

var every = []string{pavise.Heartbleed, pavise.CCSInjection, pavise.ROBOT, pavise.Ticketbleed, pavise.ClientRenegotiation, pavise.PaddingOracle}

// weak starts a flawed server.
func weak(t *testing.T, c weaktls.Config) string {
	pair := servers.SelfSigned(t, servers.RSA)
	c.Certificate, c.Key = pair.Certificate[0], pair.PrivateKey.(*rsa.PrivateKey)
	if c.Versions == nil {
		c.Versions = []uint16{weaktls.TLS10, weaktls.TLS11, weaktls.TLS12}
	}
	if c.Suites == nil {
		c.Suites = weaktls.Suites()
	}
	return serve(t, func(l net.Listener) net.Listener { return weaktls.Listen(l, c) })
}

func serve(t *testing.T, secure func(net.Listener) net.Listener) string {
	inner := servers.Listen(t)
	page := func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "weak") }
	server := &http.Server{Handler: http.HandlerFunc(page), ReadTimeout: 20 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	go server.Serve(secure(inner))
	t.Cleanup(func() { server.Close() })
	return inner.Addr().String()
}

// try tries one flaw, and counts the connections.
func try(t *testing.T, address, which string) (pavise.Trait, int64) {
	t.Helper()
	var dials atomic.Int64
	s := flaw.Server{Name: "weak.localhost", Dial: func(ctx context.Context) (net.Conn, error) {
		dials.Add(1)
		return new(net.Dialer).DialContext(ctx, "tcp", address)
	}}
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	r, err := flaw.Try(ctx, s, which)
	if err != nil {
		t.Errorf("%s: %v", which, err)
	}
	if r.Saw == "" && r.Unknown == "" {
		t.Errorf("%s: nothing is said of what was seen", which)
	}
	for _, b := range [][]byte{r.Sent, r.Received} {
		if strings.Contains(string(b), "CANARY") {
			t.Errorf("%s: the memory of the server is kept: %q", which, b)
		}
	}
	t.Logf("%s: %v in %d connections: %s%s", which, r.Has, dials.Load(), r.Saw, r.Unknown)
	return r, dials.Load()
}

// flawed are servers with one flaw each, and what is seen of it.
var flawed = []struct {
	name, which, saw string
	config           weaktls.Config
}{
	{"sound", "", "", weaktls.Config{}},
	{"sound, with heartbeats and tickets", "", "", weaktls.Config{Heartbeat: true, Tickets: true, SessionIDs: true}},
	{"sound, without RFC 5746", "", "", weaktls.Config{Insecure: true}},
	{"Heartbleed", pavise.Heartbleed, "3 bytes", weaktls.Config{Heartbeat: true, Heartbleed: true}},
	{"CCS", pavise.CCSInjection, "was taken", weaktls.Config{CCS: true}},
	{"ROBOT", pavise.ROBOT, "no end of the padding: alert", weaktls.Config{ROBOT: true}},
	{"Ticketbleed", pavise.Ticketbleed, "16 bytes more", weaktls.Config{Tickets: true, Ticketbleed: true}},
	{"renegotiation", pavise.ClientRenegotiation, "ServerHello", weaktls.Config{ClientRenegotiation: true}},
	{"POODLE", pavise.PaddingOracle, "POODLE in TLS", weaktls.Config{Padding: weaktls.POODLE}},
	{"Zombie POODLE", pavise.PaddingOracle, "Zombie POODLE", weaktls.Config{Padding: weaktls.Zombie}},
	{"GOLDENDOODLE", pavise.PaddingOracle, "GOLDENDOODLE", weaktls.Config{Padding: weaktls.Golden}},
	{"Sleeping POODLE", pavise.PaddingOracle, "Sleeping POODLE", weaktls.Config{Padding: weaktls.Sleeping}},
	{"zero length", pavise.PaddingOracle, "CVE-2019-1559", weaktls.Config{Padding: weaktls.ZeroLength}},
	{"AES-NI", pavise.PaddingOracle, "CVE-2016-2107", weaktls.Config{Padding: weaktls.AESNI}},
}

// TestEachFlaw: a server with one flaw has that one, and no other.
func TestEachFlaw(t *testing.T) {
	for _, f := range flawed {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			address := weak(t, f.config)
			for _, which := range every {
				r, _ := try(t, address, which)
				if r.Unknown != "" || r.Has != (which == f.which) || r.Has && !strings.Contains(r.Saw, f.saw) {
					t.Errorf("%s: %+v", which, r)
				}
			}
		})
	}
}

// TestEachVersion: the flaws show in every version.
func TestEachVersion(t *testing.T) {
	for _, version := range []uint16{weaktls.TLS10, weaktls.TLS11, weaktls.TLS12} {
		all := weaktls.Config{Versions: []uint16{version}, Heartbeat: true, Heartbleed: true, CCS: true, ROBOT: true, Tickets: true,
			Ticketbleed: true, ClientRenegotiation: true, Padding: weaktls.Zombie}
		for _, which := range every {
			if r, _ := try(t, weak(t, all), which); !r.Has {
				t.Errorf("%x %s: %+v", version, which, r)
			}
		}
	}
}

// TestGoIsSound: crypto/tls has none of the flaws, whatever it is made to offer.
func TestGoIsSound(t *testing.T) {
	for _, max := range []uint16{tls.VersionTLS10, tls.VersionTLS12, tls.VersionTLS13} {
		cfg := &tls.Config{Certificates: []tls.Certificate{servers.SelfSigned(t, servers.RSA)}, MinVersion: tls.VersionTLS10, MaxVersion: max}
		for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
			cfg.CipherSuites = append(cfg.CipherSuites, s.ID)
		}
		address := serve(t, func(l net.Listener) net.Listener { return tls.NewListener(l, cfg) })
		for _, which := range every {
			if r, _ := try(t, address, which); r.Has || r.Unknown != "" {
				t.Errorf("%s %s: %+v", tls.VersionName(max), which, r)
			}
		}
	}
}

// TestNothingToTry: a server that has nothing to do with a flaw does not have it, and
// one that speaks no TLS says nothing.
func TestNothingToTry(t *testing.T) {
	modern := &tls.Config{Certificates: []tls.Certificate{servers.SelfSigned(t, servers.RSA)}, MinVersion: tls.VersionTLS13}
	address := serve(t, func(l net.Listener) net.Listener { return tls.NewListener(l, modern) })
	for _, which := range every {
		if r, dials := try(t, address, which); r.Has || r.Unknown != "" || dials != 1 {
			t.Errorf("%s: %+v in %d connections", which, r, dials)
		}
	}
	clear := serve(t, func(l net.Listener) net.Listener { return l })
	for _, which := range every {
		if r, _ := try(t, clear, which); r.Has || r.Unknown == "" {
			t.Errorf("%s: %+v", which, r)
		}
	}
	if _, err := flaw.Try(context.Background(), flaw.Server{}, "nothing"); err == nil {
		t.Error("a flaw of which nobody knows was tried")
	}
}
