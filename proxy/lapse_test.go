package proxy

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/controls/transport"
	"pavise/test/setclock"
)

// excepted has every site do without a control for an hour.
func excepted(clock *setclock.Clock, c pavise.Control) func(*Config) {
	return func(cfg *Config) {
		cfg.Now = clock.Now
		until := clock.Now().Round(0).Add(time.Hour) // by the clock, as a date is
		for i := range cfg.Sites {
			cfg.Sites[i].Policy = pavise.Policy{{Control: c}, {Control: c, Mode: pavise.Off, Reason: "test", Until: until}}
		}
	}
}

const afterExceptions = 2 * time.Hour

// TestListenersAreTunedWhenAnExceptionEnds: also where nobody reloads.
func TestListenersAreTunedWhenAnExceptionEnds(t *testing.T) {
	var clock setclock.Clock
	w := behind(t, hello, false, excepted(&clock, transport.Strict{}))
	first := w.server.now.Load()
	folded := "GET / HTTP/1.1\r\nHost: shop.test\r\nX: a\r\n b\r\nConnection: close\r\n\r\n"
	for _, tt := range []struct {
		ahead time.Duration
		want  string
	}{{0, "HTTP/1.1 200 "}, {afterExceptions, "HTTP/1.1 400 "}} {
		clock.Set(tt.ahead)
		if answer := rawRequest(t, w, folded); !strings.HasPrefix(answer, tt.want) {
			t.Errorf("after %s: %q, want %s", tt.ahead, answer, tt.want)
		}
		if same := w.server.now.Load() == first; same != (tt.ahead == 0) {
			t.Errorf("after %s: compiled anew: %v", tt.ahead, !same)
		}
	}
	second := w.server.now.Load()
	if rawRequest(t, w, folded); w.server.now.Load() != second {
		t.Error("it is compiled for every connection")
	}
}

// TestHandshakesAreTunedWhenAnExceptionEnds: over TCP and QUIC.
func TestHandshakesAreTunedWhenAnExceptionEnds(t *testing.T) {
	var clock setclock.Clock
	shake := func(w *world) error {
		conn, err := tls.Dial("tcp", w.server.HTTPS().String(), &tls.Config{InsecureSkipVerify: true, ServerName: "shop.test", MaxVersion: tls.VersionTLS12})
		if err == nil {
			conn.Close()
		}
		return err
	}
	w := behind(t, hello, false, excepted(&clock, transport.TLS{Profile: "modern"}))
	if err := shake(w); err != nil {
		t.Error(err)
	}
	if clock.Set(afterExceptions); shake(w) == nil {
		t.Error("TLS 1.2 is still spoken")
	}
	clock.Set(0)
	w = behind(t, hello, false, excepted(&clock, narrow{}))
	clock.Set(afterExceptions)
	w.overHTTP3(t)
	do(t, w, request("GET", w.base, nil))
	if groups := w.server.now.Load().tls("shop.test").CurvePreferences; len(groups) != 1 {
		t.Errorf("HTTP/3 still speaks %v", groups)
	}
}

// picky has no certificate shown.
type picky struct{ marking }

func (picky) Tune(l *pavise.Listener) error {
	l.CheckCertificate = func(*x509.Certificate, time.Time) error { return errors.New("it is weak") }
	return nil
}

// TestExceptionThatCannotEnd: what was before goes on, and the log says so, not at each connection.
func TestExceptionThatCannotEnd(t *testing.T) {
	var clock setclock.Clock
	w := behind(t, hello, false, excepted(&clock, picky{}))
	for _, tt := range []struct {
		ahead time.Duration
		said  int
	}{{0, 0}, {afterExceptions, 1}, {afterExceptions, 1}} {
		clock.Set(tt.ahead)
		w.client.CloseIdleConnections()
		if _, body := do(t, w, request("GET", w.base, nil)); body != "hello" {
			t.Errorf("after %s: %q", tt.ahead, body)
		}
		if said := strings.Count(w.log.String(), "cannot be enforced"); said != tt.said {
			t.Errorf("after %s it is said %d times, want %d: %s", tt.ahead, said, tt.said, w.log)
		}
	}
}
