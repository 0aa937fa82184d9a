package scan

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"pavise/test/servers"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pavise"
)

// letting is a server that treats half a message in one way.
func letting(t *testing.T, secure bool, treat func(net.Conn)) string {
	t.Helper()
	l := servers.Listen(t)
	if secure {
		s := httptest.NewUnstartedServer(http.NotFoundHandler())
		s.StartTLS()
		t.Cleanup(s.Close)
		l = tls.NewListener(l, &tls.Config{Certificates: s.TLS.Certificates})
	}
	return servers.SpeakAt(l, func(conn net.Conn) {
		if line, _ := bufio.NewReader(conn).ReadString('\n'); line == "half\n" {
			treat(conn)
		}
	})
}

func TestHold(t *testing.T) {
	wait := func(conn net.Conn) { io.Copy(io.Discard, conn) }
	for name, tt := range map[string]struct {
		treat func(net.Conn)
		open  bool
	}{
		"lets go":         {func(net.Conn) {}, false},
		"answers":         {func(c net.Conn) { io.WriteString(c, "HTTP/1.1 408 Request Timeout\r\n\r\n") }, false},
		"waits":           {wait, true},
		"talks and waits": {func(c net.Conn) { io.WriteString(c, "hello"); wait(c) }, true},
		"talks for ever": {func(c net.Conn) {
			for err := error(nil); err == nil; {
				_, err = c.Write(make([]byte, 1000))
			}
		}, false},
	} {
		for _, secure := range []bool{false, true} {
			p := pavise.Slow{Address: letting(t, secure, tt.treat), Sent: "half\n", Wait: 300 * time.Millisecond}
			if secure {
				p.Name = "a.test"
			}
			held, err := newClient(Options{}).hold(t.Context(), p)
			if err != nil || held.Open != tt.open || held.For < 0 {
				t.Errorf("%s, TLS %v: %+v, %v", name, secure, held, err)
			}
		}
	}
	if held, err := newClient(Options{}).hold(t.Context(), pavise.Slow{Address: letting(t, false, wait), Name: "a.test", Sent: "x"}); err == nil {
		t.Errorf("TLS with nobody who speaks it: %+v", held)
	}
}

// TestSlowProbesRunBeside: they are few, whatever is wanted, and the rounds do not
// wait for them.
func TestSlowProbesRunBeside(t *testing.T) {
	var held atomic.Int32
	address := letting(t, false, func(c net.Conn) { held.Add(1); io.Copy(io.Discard, c) })
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	var probes []pavise.Probe
	for i := range 20 {
		probes = append(probes, pavise.Probe{Slow: &pavise.Slow{Address: address, Sent: "half\n" + strings.Repeat("x", i), Wait: time.Second}})
	}
	rounds := 0
	e := collect(t, Options{Target: target(t, s.URL)}, func(e *pavise.Evidence) []pavise.Probe {
		if rounds++; rounds > 1 && e.Answer(probes[0]) != nil {
			t.Error("the rounds wait")
		}
		return probes
	})
	if n := held.Load(); n != maxSlow {
		t.Errorf("%d connections were left hanging", n)
	}
	for i, p := range probes {
		if a, why := e.Heard(p); (a != nil) != (i < maxSlow) {
			t.Errorf("%d: %+v, %s", i, a, why)
		}
	}
}
