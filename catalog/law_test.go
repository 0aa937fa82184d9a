package catalog_test

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/quic-go/quic-go/http3"

	"pavise"
	"pavise/catalog"
	"pavise/controls/session"
	"pavise/controls/transport"
	"pavise/internal/authority"
	"pavise/internal/weakshop"
	"pavise/proxy"
	"pavise/scan"
)

// The law of the house: a control that is both enforced and verified fails on
// the weak shop, and the same shop with only that control on passes all of its
// rules. It holds over real TLS, in HTTP/1.1, HTTP/2 and HTTP/3, behind the proxy and,
// unless it tunes the listener, in a Go program.
func TestLaw(t *testing.T) {
	shop, err := weakshop.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shop.Close() })
	local, err := authority.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	failed := failures(shop, local)
	for _, c := range controls() {
		if !pavise.Enforceable(c) {
			continue // what is only verified has fixtures of its own
		}
		t.Run(c.Doc().ID, func(t *testing.T) {
			for _, r := range c.Doc().Rules {
				if !failed[r.ID] {
					t.Errorf("%s does not fail on the weak shop", r.ID)
				}
			}
			for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0", "HTTP/3.0"} {
				t.Run("proxy "+protocol, func(t *testing.T) {
					shielded(t, c, behindProxy(t, c, shop, local), local, protocol)
				})
				_, enforces := c.(pavise.Enforcer)
				if _, tunes := c.(pavise.Tuner); tunes || !enforces {
					continue // the listener of a program is its own, and no handler can mend it
				}
				t.Run("library "+protocol, func(t *testing.T) {
					shielded(t, c, inProgram(t, c, shop, local), local, protocol)
				})
			}
		})
	}
}

// TestLawOfJourneys: what a control verifies with an account, and another enforces,
// fails on the weak shop and holds behind that other alone.
func TestLawOfJourneys(t *testing.T) {
	shop := startShop(t)
	local, err := authority.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var verified []pavise.Control
	for _, c := range controls() {
		by := c.Doc().By
		switch enforcer := catalog.Find(by); {
		case by == "":
		case enforcer == nil || !pavise.Enforceable(enforcer) || pavise.Enforceable(c):
			t.Errorf("%s is not enforced by %q", c.Doc().ID, by)
		default:
			verified = append(verified, c)
		}
	}
	outcomes := func(t *testing.T, target pavise.Target, protocol string, want pavise.Outcome) {
		t.Parallel()
		if protocol == "HTTP/1.1" { // to wait once is enough
			target.Idle = 2500 * time.Millisecond
		}
		customer := scan.Account{Account: weakshop.Account(target.URL), Password: weakshop.Password}
		judged := 0
		for _, f := range look(verified, target, local, protocol, customer) {
			if judged++; f.Outcome != want && !(f.Rule == "session.idle.ended" && target.Idle == 0) {
				t.Errorf("%s: %s: saw %s, want %s", f.Rule, f.Outcome, f.Saw, f.Want)
			}
		}
		if judged < len(verified) {
			t.Errorf("%d controls came to %d findings", len(verified), judged)
		}
	}
	t.Run("naked", func(t *testing.T) { outcomes(t, shop.Target(), "HTTP/1.1", pavise.Fail) })
	by := session.Vault{Idle: 2 * time.Second}
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0", "HTTP/3.0"} {
		behind, inside := behindProxy(t, by, shop, local), inProgram(t, by, shop, local)
		t.Run("proxy "+protocol, func(t *testing.T) { outcomes(t, behind, protocol, pavise.Pass) })
		t.Run("library "+protocol, func(t *testing.T) { outcomes(t, inside, protocol, pavise.Pass) })
	}
}

// failures returns every rule that fails on the naked shop. That TLS is spoken
// at all can only fail where the shop is addressed in the clear.
func failures(shop *weakshop.Shop, local *authority.Authority) map[string]bool {
	failed := map[string]bool{}
	inClear := shop.Target()
	inClear.URL, inClear.TLS = inClear.Clear, inClear.Clear[len("http://"):]
	for _, target := range []pavise.Target{patient(shop.Target()), inClear} {
		for _, f := range look(controls(), target, local, "HTTP/1.1") {
			failed[f.Rule] = failed[f.Rule] || f.Outcome == pavise.Fail
		}
	}
	return failed
}

// controls are those of the catalogue, but that what waits waits for a moment.
func controls() []pavise.Control {
	list := catalog.Controls()
	for i, c := range list {
		switch c.(type) {
		case transport.Patience:
			list[i] = transport.Patience{HeaderTime: time.Second}
		case session.Idle:
			list[i] = session.Idle{Most: time.Second}
		}
	}
	return list
}

func patient(t pavise.Target) pavise.Target {
	t.Patient = true
	return t
}

func shielded(t *testing.T, c pavise.Control, target pavise.Target, local *authority.Authority, protocol string) {
	passed := map[string]bool{}
	for _, f := range look([]pavise.Control{c}, patient(target), local, protocol) {
		if rule := c.Doc().Rule(f.Rule); !rule.Owner && f.Outcome != pavise.Pass {
			t.Errorf("%s: %s: saw %s, want %s", f.Rule, f.Outcome, f.Saw, f.Want)
		}
		passed[f.Rule] = true
	}
	for _, r := range c.Doc().Rules {
		if !passed[r.ID] {
			t.Errorf("%s was not judged", r.ID)
		}
	}
}

func look(controls []pavise.Control, target pavise.Target, local *authority.Authority, protocol string, accounts ...scan.Account) []pavise.Finding {
	target.Agreed = "the shop is ours"
	var protocols http.Protocols
	protocols.SetHTTP1(true) // in the clear nothing else is spoken
	protocols.SetHTTP2(protocol == "HTTP/2.0")
	e := scan.Collect(context.Background(), scan.Options{
		Target: target, Roots: local.Pool(), Protocols: &protocols, HTTP3: protocol == "HTTP/3.0", Timeout: 20 * time.Second, Accounts: accounts,
	}, controls)
	for _, a := range e.Site() {
		chosen := a.Probe.Request.Proto != "" || a.Probe.Request.Header["Upgrade"] != nil
		if target.Secure() && !chosen && a.Response.Proto != protocol {
			panic("asked over " + a.Response.Proto)
		}
	}
	return pavise.Judge(controls, e)
}

func behindProxy(t *testing.T, c pavise.Control, shop *weakshop.Shop, local *authority.Authority) pavise.Target {
	server := inFront(t, shop.Address(), local, c)
	return targetAt(server.HTTPS().Port, server.HTTP().Port)
}

// inFront starts a proxy with the controls in front of an app.
func inFront(t *testing.T, app string, local *authority.Authority, controls ...pavise.Control) *proxy.Server {
	up, err := proxy.ParseUpstream(app)
	if err != nil {
		t.Fatal(err)
	}
	hosts := []string{weakshop.Host}
	server, err := proxy.Start(proxy.Config{
		HTTPS: "127.0.0.1:0", HTTP: "127.0.0.1:0",
		Journal: proxy.NewJournal(slog.New(slog.DiscardHandler), nil),
		Sites: []proxy.Site{{Hosts: hosts, Upstream: up, Certificate: local.Leaf(hosts),
			Policy: pavise.Recommend(controls)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		server.Stop(ctx)
	})
	return server
}

// inProgram wraps the shop as a Go program wraps its handler.
func inProgram(t *testing.T, c pavise.Control, shop *weakshop.Shop, local *authority.Authority) pavise.Target {
	cert, err := local.Leaf([]string{weakshop.Host}).Certificate(time.Now(), (&pavise.Listener{}).Accepts)
	if err != nil {
		t.Fatal(err)
	}
	secure, packets := listenTwice(t)
	clear := listen(t)
	site := pavise.Site{Hosts: []string{weakshop.Host}, HTTPS: port(secure), HTTP: port(clear)}
	wrap, err := pavise.Protect(site, c)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: wrap(shop), ReadHeaderTimeout: 10 * time.Second,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{*cert}, NextProtos: []string{"h2", "http/1.1"}},
		ErrorLog:  slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	overQUIC := &http3.Server{Handler: server.Handler, TLSConfig: server.TLSConfig.Clone(), Logger: slog.New(slog.DiscardHandler)}
	go server.ServeTLS(secure, "", "")
	go server.Serve(clear)
	go overQUIC.Serve(packets)
	t.Cleanup(func() { server.Close(); overQUIC.Close(); packets.Close() })
	return targetAt(site.HTTPS, site.HTTP)
}

func listen(t *testing.T) net.Listener {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// listenTwice listens at a port of TCP and at the same of UDP.
func listenTwice(t *testing.T) (net.Listener, net.PacketConn) {
	for range 5 {
		l := listen(t)
		if packets, err := net.ListenPacket("udp", l.Addr().String()); err == nil {
			return l, packets
		}
		l.Close()
	}
	t.Fatal("no port is free for both")
	return nil, nil
}

func port(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }

func targetAt(https, http int) pavise.Target {
	secure := weakshop.Host + ":" + strconv.Itoa(https)
	return pavise.Target{URL: "https://" + secure, Start: "/", TLS: secure,
		Clear: "http://" + weakshop.Host + ":" + strconv.Itoa(http)}
}
