package scan

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/quic-go/quic-go/http3"

	"pavise"
)

// overUDP serves over HTTP/3 alone, on loopback, and returns its port.
func overUDP(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	borrowed := httptest.NewTLSServer(nil)
	borrowed.Close()
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http3.Server{Handler: h, TLSConfig: borrowed.TLS, Logger: slog.New(slog.DiscardHandler)}
	go s.Serve(packets)
	t.Cleanup(func() { s.Close(); packets.Close() })
	_, port, _ := net.SplitHostPort(packets.LocalAddr().String())
	return port
}

func TestHTTP3(t *testing.T) {
	port := overUDP(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s|%s|%s|%s", r.Proto, r.Host, r.Header.Get("Cookie"), r.Header.Get("Authorization"), r.UserAgent())
	})
	for site, to := range map[string]string{"shop.test:" + port: "127.0.0.1", "shop.test:1": "127.0.0.1:" + port, "shop.localhost:" + port: ""} {
		opt := Options{Target: target(t, "https://"+site), HTTP3: true, Cookie: "of=user", Header: http.Header{"Authorization": {"Basic x"}}, Agent: "tester"}
		if to != "" {
			opt.Resolve = map[string]string{site: to}
		}
		e := collect(t, opt, nothing)
		home, why := e.Heard(e.Target.Home())
		if want := "HTTP/3.0 " + site + "|of=user|Basic x|tester"; home == nil || home.Response.Proto != "HTTP/3.0" || string(home.Response.Body) != want {
			t.Errorf("%s: %s %+v, want %s", site, why, home, want)
		}
		if e.Connections == 0 {
			t.Errorf("%s: no connection was counted", site)
		}
	}
}

func TestHostileHTTP3(t *testing.T) {
	port := overUDP(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/head":
			w.Header().Set("X", strings.Repeat("x", 2*maxHeader))
		case "/body":
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 1<<16)); err != nil {
					return
				}
			}
		case "/broken":
			w.Header().Set("Content-Length", "10")
			io.WriteString(w, "half")
		}
	})
	site := "https://shop.localhost:" + port
	ask := func(path string) pavise.Probe { return pavise.Ask(pavise.Request{URL: site + path}) }
	upgrade := pavise.Ask(pavise.Request{URL: site + "/chat", Header: http.Header{"Upgrade": {"websocket"}}})
	e := collect(t, Options{Target: target(t, site), HTTP3: true, Timeout: 20 * time.Second}, func(*pavise.Evidence) []pavise.Probe {
		return []pavise.Probe{ask("/head"), ask("/body"), ask("/broken"), upgrade}
	})
	if a := e.Answer(ask("/body")); a.Response == nil || len(a.Response.Body) != maxBody {
		t.Errorf("endless body: %s", a.Error)
	}
	for _, p := range []pavise.Probe{ask("/head"), ask("/broken"), upgrade} { // a WebSocket is asked for over TCP, where nobody is
		if a := e.Answer(p); a.Response != nil || a.Error == "" {
			t.Errorf("%s: %+v", p.Request.URL, a)
		}
	}
}
