package proxy

import (
	"context"
	"crypto/tls"
	"net/http"
	"strconv"
	"testing"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

// overHTTP3 gives the world a client that speaks it.
func (w *world) overHTTP3(t *testing.T) *http3.Transport {
	t.Helper()
	if w.server.quic == nil {
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
