// Package attack_test is an attacker's afternoon: each kind of attack against a
// shop that defends itself with nothing, behind the recommended policy. Raw sockets
// and a real browser do what no well-behaved client would.
package attack_test

import (
	"context"
	"crypto/sha1"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pavise"
	"pavise/catalog"
	"pavise/internal/authority"
	"pavise/proxy"
	"pavise/test/servers"
)

const (
	shopHost     = "shop.localhost"
	siblingHost  = "evil.shop.localhost"
	attackerHost = "attacker.localhost"
)

// A shop is the victim: it believes whoever has its cookie.
type shop struct {
	transfers, sockets, guesses atomic.Int64
	app                         *httptest.Server
}

func newShop(t *testing.T) *shop {
	s := new(shop)
	s.app = httptest.NewServer(s)
	t.Cleanup(s.app.Close)
	return s
}

const session = "connect.sid=s%3Ahonest; Path=/; Secure; SameSite=None" // what a shop sets that is shown in frames elsewhere

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	known := strings.Contains(r.Header.Get("Cookie"), "connect.sid=s%3Ahonest")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	switch {
	case r.URL.Path == "/login" && r.Method == http.MethodGet:
		w.Header().Set("Set-Cookie", session)
		io.WriteString(w, `<!doctype html><form method="post"><input name="username"><input name="password" type="password"></form>`)
	case r.URL.Path == "/login":
		s.guess(w, r)
	case r.URL.Path == "/form":
		io.WriteString(w, `<!doctype html><form method="post" action="/transfer"><input name="to" value="ada"></form><script>document.forms[0].submit()</script>`)
	case r.URL.Path == "/transfer" && !known:
		http.Error(w, "who are you?", http.StatusUnauthorized)
	case r.URL.Path == "/transfer" && r.Method == http.MethodPost:
		s.transfers.Add(1)
		io.WriteString(w, "sent")
	case r.URL.Path == "/ws" && known:
		s.socket(w, r)
	case r.URL.Path == "/account":
		io.WriteString(w, "<!doctype html><button>Transfer</button>")
	case r.URL.Path == "/go":
		http.Redirect(w, r, r.FormValue("to"), http.StatusFound)
	case r.URL.Path == "/crash":
		http.Error(w, "TypeError: no price\n    at Object.<anonymous> (/srv/shop/routes/products.js:42:17)\n    at next (/srv/shop/node_modules/express/lib/router/route.js:144:13)", http.StatusInternalServerError)
	default:
		io.WriteString(w, "<!doctype html><p>Shop of "+r.Host)
	}
}

// guess knows one password.
func (s *shop) guess(w http.ResponseWriter, r *http.Request) {
	s.guesses.Add(1)
	if r.FormValue("password") == "correct horse" {
		w.Header().Set("Set-Cookie", "connect.sid=s%3Aother; Path=/; Secure")
		http.Redirect(w, r, "/account", http.StatusSeeOther)
		return
	}
	http.Error(w, "wrong name or password", http.StatusUnauthorized)
}

func (s *shop) socket(w http.ResponseWriter, r *http.Request) {
	s.sockets.Add(1)
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	sum := sha1.Sum([]byte(r.Header.Get("Sec-Websocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		base64.StdEncoding.EncodeToString(sum[:]))
	io.Copy(io.Discard, conn)
}

// authorityOf makes certificates for the hosts of a test.
func authorityOf(t *testing.T) *authority.Authority {
	t.Helper()
	a, err := authority.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// serveTLS serves a handler for the hosts, and returns its port.
func serveTLS(t *testing.T, h http.Handler, hosts ...string) int {
	t.Helper()
	cert, err := authorityOf(t).Leaf(hosts).Certificate(time.Now(), (&pavise.Listener{}).Accepts)
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{*cert}})
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	return l.Addr().(*net.TCPAddr).Port
}

func origin(host string, port int) string { return pavise.Origin("https", host, port) }

// A shielded shop is behind Pavise as recommended, without one setting.
type shielded struct {
	secure, clear string // origins
	port          int    // of https
	said          *servers.Record
}

func shield(t *testing.T, s *shop) shielded {
	t.Helper()
	up, err := proxy.ParseUpstream(s.app.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	said, hosts := new(servers.Record), []string{shopHost}
	server, err := proxy.Start(proxy.Config{HTTPS: "127.0.0.1:0", HTTP: "127.0.0.1:0",
		Journal: proxy.NewJournal(slog.New(slog.NewTextHandler(said, nil)), nil),
		Sites: []proxy.Site{{Hosts: hosts, Upstream: up, Certificate: authorityOf(t).Leaf(hosts),
			Policy: pavise.Recommend(catalog.Controls())}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		server.Stop(ctx)
	})
	return shielded{origin(shopHost, server.HTTPS().Port), pavise.Origin("http", shopHost, server.HTTP().Port), server.HTTPS().Port, said}
}
