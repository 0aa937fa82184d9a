package proxy

import (
	"context"
	"crypto/tls"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"pavise"
)

// overHTTP3 gives the world a client that speaks it.
func (w *world) overHTTP3(t *testing.T) *http3.Transport {
	t.Helper()
	if w.server.quic.Load() == nil {
		t.Fatalf("there is no HTTP/3: %s", w.log)
	}
	transport := &http3.Transport{
		TLSClientConfig:    w.trusting(),
		DisableCompression: true,
		Dial: func(ctx context.Context, _ string, cfg *tls.Config, q *quic.Config) (*quic.Conn, error) {
			return quic.DialAddr(ctx, w.server.HTTPS().String(), cfg, q)
		},
	}
	t.Cleanup(func() { transport.Close() })
	w.client.Transport = transport
	return transport
}

func (w *world) trusting() *tls.Config {
	return w.client.Transport.(*http.Transport).TLSClientConfig.Clone()
}

func TestAltSvc(t *testing.T) {
	app := func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Alt-Svc", `h2="elsewhere.test:443"`)
		if r.URL.Path == "/gone" {
			rw.WriteHeader(http.StatusNotFound)
		}
	}
	alone := func(cfg *Config) { cfg.TCPAlone = true }
	for _, h2 := range []bool{false, true} {
		w := behind(t, app, h2)
		own := strconv.Itoa(w.server.HTTPS().Port)
		for url, want := range map[string]string{
			"https://shop.test/":           `h3=":443"; ma=86400`, // the standard port is mapped to ours
			"https://shop.test/gone":       `h3=":443"; ma=86400`,
			"https://shop.test:" + own:     `h3=":` + own + `"; ma=86400`,
			"https://shop.test:443/":       `h3=":443"; ma=86400`,
			"https://shop.test:9/":         "",
			"https://stranger.test:" + own: `h3=":` + own + `"; ma=86400`,
		} {
			w.client.Transport.(*http.Transport).TLSClientConfig.ServerName = "shop.test"
			res, _ := do(t, w, request("GET", url, nil))
			if got := res.Header.Values("Alt-Svc"); len(got) > 1 || res.Header.Get("Alt-Svc") != want {
				t.Errorf("h2 %v, %s: Alt-Svc %q, want %q", h2, url, got, want)
			}
		}
		w = behind(t, app, h2, alone)
		if res, _ := do(t, w, request("GET", w.base, nil)); res.Header["Alt-Svc"] != nil {
			t.Errorf("without HTTP/3: Alt-Svc %q", res.Header["Alt-Svc"])
		}
	}
	w := behind(t, app, false)
	res, err := http.Get("http://" + w.server.HTTP().String())
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.Header["Alt-Svc"] != nil {
		t.Errorf("in the clear: Alt-Svc %q", res.Header["Alt-Svc"])
	}
	w.overHTTP3(t)
	if res, _ := do(t, w, request("GET", w.base, nil)); res.ProtoMajor != 3 || res.Header["Alt-Svc"] != nil {
		t.Errorf("over %s: Alt-Svc %q", res.Proto, res.Header["Alt-Svc"])
	}
}

// asked counts how often a certificate was asked for.
type asked struct {
	Certificates
	times *atomic.Int64
}

func (a asked) Certificate(now time.Time, check Check) (*tls.Certificate, error) {
	a.times.Add(1)
	return a.Certificates.Certificate(now, check)
}

// narrow is a policy that speaks one group alone.
type narrow struct{ marking }

func (narrow) Tune(l *pavise.Listener) error {
	l.Groups = []tls.CurveID{tls.CurveP384}
	return nil
}

// Names, certificates and groups are those of TLS over TCP, at every handshake.
func TestHandshakeOfHTTP3(t *testing.T) {
	certPEM, keyPEM, leaf := newPair(t, "other.test")
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		t.Fatal(err)
	}
	var times atomic.Int64
	w := behind(t, hello, false, func(cfg *Config) {
		cfg.Sites[1].Certificate = asked{fixed{&pair}, &times}
		cfg.Sites[1].Policy = pavise.Recommend([]pavise.Control{narrow{}})
	})
	times.Store(0)
	shake := func(name string, groups ...tls.CurveID) (*quic.Conn, error) {
		ctx, cancel := context.WithTimeout(t.Context(), rawTime)
		defer cancel()
		return quic.DialAddr(ctx, w.server.HTTPS().String(),
			&tls.Config{InsecureSkipVerify: true, ServerName: name, NextProtos: []string{"h3"}, CurvePreferences: groups}, nil)
	}
	for range 2 {
		conn, err := shake("other.test")
		if err != nil {
			t.Fatal(err)
		}
		defer conn.CloseWithError(0, "")
		if state := conn.ConnectionState().TLS; !state.PeerCertificates[0].Equal(leaf) || state.CurveID != tls.CurveP384 {
			t.Errorf("shown %v, by %v", state.PeerCertificates[0].DNSNames, state.CurveID)
		}
	}
	if times.Load() != 2 {
		t.Errorf("asked %d times for the certificate", times.Load())
	}
	if conn, err := shake("shop.test"); err != nil || conn.ConnectionState().TLS.PeerCertificates[0].Equal(leaf) {
		t.Errorf("shop.test: %v, or the certificate of the other", err)
	}
	if _, err := shake("other.test", tls.X25519); err == nil {
		t.Error("the policy's groups do not hold")
	}
}

// TestBoundsOfHTTP3: a connection has those of the site that is named in its handshake, as
// they are when it is opened.
func TestBoundsOfHTTP3(t *testing.T) {
	const small, large = 16 << 10, 256 << 10
	bounded := func(cfg Config, ours, others int) Config {
		cfg.Sites = slices.Clone(cfg.Sites)
		for i, most := range []int{ours, others} {
			cfg.Sites[i].Policy = pavise.Recommend([]pavise.Control{limiting(func(l *pavise.Listener) { l.MaxHeaderBytes = most })})
		}
		return cfg
	}
	var cfg Config
	w := behind(t, hello, false, func(c *Config) { *c = bounded(*c, small, large); cfg = *c })
	w.overHTTP3(t)
	status := func(host string) int {
		w.client.CloseIdleConnections()
		req := request("GET", "https://"+host, nil)
		req.Header.Set("X", strings.Repeat("x", 150<<10))
		res, _ := do(t, w, req)
		return res.StatusCode
	}
	for _, tt := range []struct{ ours, others int }{{small, large}, {large, small}, {small, large}} {
		if err := w.server.Reload(bounded(cfg, tt.ours, tt.others)); err != nil {
			t.Fatal(err)
		}
		for host, most := range map[string]int{"shop.test": tt.ours, "other.test": tt.others} {
			want := map[int]int{small: http.StatusRequestHeaderFieldsTooLarge, large: http.StatusOK}[most]
			if got := status(host); got != want {
				t.Errorf("%s, within %d bytes: %d, want %d", host, most, got, want)
			}
		}
	}
}

func BenchmarkAnnounceAndCheck(b *testing.B) {
	q := &quicServer{altSvc: [2][]string{{"own"}, {"standard"}}, port: 8443}
	r := request("POST", "https://shop.test/", nil)
	r.TLS, r.ProtoMajor, r.RequestURI, r.ContentLength = &tls.ConnectionState{}, 2, "/", 12345
	r.Header["Content-Length"] = []string{"12345"}
	h := http.Header{}
	b.ReportAllocs()
	for b.Loop() {
		q.announce(h, r)
		if malformed(r) != nil || h["Alt-Svc"] == nil {
			b.Fatal("refused, or not announced")
		}
	}
}

// What an app says of its connection is not passed on, and no answer lacks a date.
func TestOddAnswers(t *testing.T) {
	both(t, func(w http.ResponseWriter, r *http.Request) {
		conn, out, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		out.WriteString("HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nKeep-Alive: 5\r\nProxy-Connection: close\r\nUpgrade: h2c\r\n" +
			"X-Hop: 1\r\nX-Latin: caf\xe9\r\nX-Kept: yes\r\nContent-Length: 2\r\n\r\nok")
		out.Flush()
	}, func(t *testing.T, w *world) {
		res, body := do(t, w, request("GET", w.base, nil))
		if res.StatusCode != 200 || body != "ok" || res.Header.Get("X-Kept") != "yes" || res.Header.Get("Date") == "" {
			t.Errorf("%d %q %v", res.StatusCode, body, res.Header)
		}
		for _, name := range []string{"Connection", "Keep-Alive", "Proxy-Connection", "Upgrade", "X-Hop"} {
			if res.Header[name] != nil {
				t.Errorf("%s: %q", name, res.Header[name])
			}
		}
	})
}

// TestNoContentHasNoLength: what an app says of it would be waited for in HTTP/2.
func TestNoContentHasNoLength(t *testing.T) {
	says := "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n"
	for _, overHTTP3 := range []bool{false, true} {
		w := start(t, refuser(t, says), true)
		if overHTTP3 {
			w.overHTTP3(t)
		}
		if res, body := do(t, w, request("GET", w.base, nil)); res.StatusCode != 204 || body != "" || res.Header["Content-Length"] != nil {
			t.Errorf("%d %q %v", res.StatusCode, body, res.Header)
		}
	}
}
