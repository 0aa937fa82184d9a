package wires

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

// An app3 answers what a journey asks of it.
type app3 struct{ running atomic.Int64 }

func (a *app3) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.running.Add(1)
	defer a.running.Add(-1)
	switch r.URL.Path {
	case "/trailers":
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Trailer", "Sum")
		fmt.Fprintf(w, "%s, and then %q", body, r.Trailer.Get("Checked"))
		w.Header().Set("Sum", "42")
	case "/echo":
		http.NewResponseController(w).EnableFullDuplex()
		io.Copy(w, r.Body)
	case "/length":
		w.Header().Set("Content-Length", "12345")
		if r.Method == http.MethodGet {
			io.WriteString(w, strings.Repeat("x", 12345))
		}
	case "/wait":
		http.NewResponseController(w).Flush()
		<-r.Context().Done()
	default:
		fmt.Fprintf(w, "%s %s over %s", r.Method, r.URL.Path, r.Header.Get("X-Forwarded-Proto"))
	}
}

// overHTTP3 is a client of quic-go, and how often it has dialled.
func (w *world) overHTTP3(t *testing.T) (*http.Client, *atomic.Int64) {
	t.Helper()
	dialled := new(atomic.Int64)
	transport := &http3.Transport{
		TLSClientConfig:    &tls.Config{RootCAs: w.roots, ServerName: host, ClientSessionCache: tls.NewLRUClientSessionCache(4)},
		DisableCompression: true,
		Dial: func(ctx context.Context, _ string, cfg *tls.Config, q *quic.Config) (*quic.Conn, error) {
			dialled.Add(1)
			return quic.DialAddrEarly(ctx, w.HTTPS().String(), cfg, q)
		},
	}
	t.Cleanup(func() { transport.Close() })
	return &http.Client{Transport: transport, Timeout: patience}, dialled
}

// TestJourneyOfHTTP3 is what a browser and a program do all day, before and after the
// policy has been loaded anew, over one connection.
func TestJourneyOfHTTP3(t *testing.T) {
	app := new(app3)
	w := behind(t, app.ServeHTTP)
	client, dialled := w.overHTTP3(t)
	for _, when := range []string{"at first", "after a reload"} {
		t.Run(when, func(t *testing.T) {
			t.Run("GET", func(t *testing.T) {
				res, body := w.ask(t, client, request(t, w, "GET", "/page", nil))
				if res.ProtoMajor != 3 || body != "GET /page over https" || res.Header.Get("Strict-Transport-Security") == "" {
					t.Errorf("%s %q %v", res.Proto, body, res.Header)
				}
			})
			t.Run("HEAD", func(t *testing.T) {
				res, body := w.ask(t, client, request(t, w, "HEAD", "/length", nil))
				if body != "" || res.ContentLength != 12345 {
					t.Errorf("%q, of length %d", body, res.ContentLength)
				}
			})
			t.Run("large", func(t *testing.T) { large(t, w, client) })
			t.Run("trailers", func(t *testing.T) {
				r := request(t, w, "POST", "/trailers", io.MultiReader(strings.NewReader("body")))
				r.Trailer = http.Header{"Checked": {"yes"}}
				res, body := w.ask(t, client, r)
				if body != `body, and then "yes"` || res.Trailer.Get("Sum") != "42" {
					t.Errorf("%q, %v", body, res.Trailer)
				}
			})
			t.Run("many", func(t *testing.T) { many(t, w, client) })
			t.Run("cancelled", func(t *testing.T) { cancelled(t, w, client, app) })
		})
		w.reload(t)
	}
	if n := dialled.Load(); n != 1 {
		t.Errorf("%d connections, want one", n)
	}
}

// large sends and takes megabytes at the same time, and none is missing.
func large(t *testing.T, w *world, client *http.Client) {
	const size = 2 << 20
	sent, got := sha256.New(), sha256.New()
	body := io.TeeReader(io.LimitReader(new(counting), size), sent)
	res, err := client.Do(request(t, w, "POST", "/echo", body))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if n, err := io.Copy(got, res.Body); err != nil || n != size || string(got.Sum(nil)) != string(sent.Sum(nil)) {
		t.Errorf("%d bytes, %v", n, err)
	}
}

// counting reads words that count themselves.
type counting struct{ n int }

func (c *counting) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(c.n >> (c.n % 3 * 8))
		c.n++
	}
	return len(b), nil
}

// many asks more at a time than there may be streams: the others wait for their turn.
func many(t *testing.T, w *world, client *http.Client) {
	var all sync.WaitGroup
	for i := range 150 {
		all.Go(func() {
			path := fmt.Sprint("/n/", i)
			res, err := client.Do(request(t, w, "GET", path, nil))
			if err != nil {
				t.Error(err)
				return
			}
			defer res.Body.Close()
			if body, err := io.ReadAll(res.Body); err != nil || string(body) != "GET "+path+" over https" {
				t.Errorf("%d: %q, %v", res.StatusCode, body, err)
			}
		})
	}
	all.Wait()
}

// cancelled leaves before the answers end: the app hears of it, and the connection serves on.
func cancelled(t *testing.T, w *world, client *http.Client, app *app3) {
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			res, err := client.Do(request(t, w, "GET", "/wait", nil).WithContext(ctx))
			if err != nil {
				t.Error(err)
				return
			}
			t.Cleanup(func() { res.Body.Close() })
		})
	}
	all.Wait()
	if n := app.running.Load(); n != 50 {
		t.Errorf("%d are at work, want 50", n)
	}
	cancel()
	eventually(t, "the app has heard of all", func() bool { return app.running.Load() == 0 })
	if _, body := w.ask(t, client, request(t, w, "GET", "/next", nil)); body != "GET /next over https" {
		t.Errorf("then: %q", body)
	}
}

// TestNoEarlyRequests: a client that comes back and would send its request ahead of the
// handshake is heard when it is over (RFC 8446 8).
func TestNoEarlyRequests(t *testing.T) {
	w := behind(t, new(app3).ServeHTTP)
	tickets := tls.NewLRUClientSessionCache(4)
	for visit := range 3 {
		conn, err := quic.DialAddrEarly(t.Context(), w.HTTPS().String(), &tls.Config{RootCAs: w.roots, ServerName: host,
			NextProtos: []string{"h3"}, ClientSessionCache: tickets}, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := (&http3.Transport{}).NewClientConn(conn).RoundTrip(request(t, w, "GET", "/", nil))
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, res.Body)
		res.Body.Close()
		if state := conn.ConnectionState(); state.Used0RTT || state.TLS.DidResume != (visit > 0) || res.StatusCode != 200 {
			t.Errorf("visit %d: answered %d, resumed %v, early data %v", visit+1, res.StatusCode, state.TLS.DidResume, state.Used0RTT)
		}
		conn.CloseWithError(0x100, "")
		w.reload(t)
	}
}

func request(t *testing.T, w *world, method, path string, body io.Reader) *http.Request {
	r, err := http.NewRequestWithContext(t.Context(), method, w.origin()+path, body)
	if err != nil {
		t.Error(err)
	}
	r.Header.Set("Origin", w.origin())
	return r
}

func (w *world) ask(t *testing.T, client *http.Client, r *http.Request) (*http.Response, string) {
	t.Helper()
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("answered %d, %v: %s", res.StatusCode, err, body)
	}
	return res, string(body)
}
