package proxy

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"crypto/tls"

	"pavise"
)

// A labelled control tells by which policy an answer was judged, and how many requests it
// has in memory.
type labelled struct{ label string }

func (labelled) Doc() pavise.Doc { return pavise.Doc{ID: "test.label"} }
func (l labelled) Validate() error {
	if l.label == "" {
		return fmt.Errorf("test.label: what is it called?")
	}
	return nil
}

func (l labelled) Enforce(env pavise.Env) (pavise.Hooks, error) {
	seen := pavise.Kept(env, "test.label", func() *atomic.Int64 { return new(atomic.Int64) })
	return pavise.Hooks{
		Admit: func(*pavise.Exchange) error { seen.Add(1); return nil },
		Amend: func(x *pavise.Exchange) {
			x.Header.Set("Policy", l.label)
			x.Header.Set("Seen", fmt.Sprint(seen.Load()))
		},
	}, nil
}

// under has every site judged by the policy of the label.
func under(cfg Config, label string) Config {
	cfg.Sites = append([]Site(nil), cfg.Sites...)
	for i := range cfg.Sites {
		cfg.Sites[i].Policy = pavise.Recommend([]pavise.Control{labelled{label}})
	}
	return cfg
}

// countDials counts the connections that the client of a world opens.
func countDials(w *world) *atomic.Int64 {
	n := new(atomic.Int64)
	switch t := w.client.Transport.(type) {
	case *http.Transport:
		dial := t.DialContext
		t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			n.Add(1)
			return dial(ctx, network, address)
		}
	case *http3.Transport:
		dial := t.Dial
		t.Dial = func(ctx context.Context, address string, tlsConfig *tls.Config, q *quic.Config) (*quic.Conn, error) {
			n.Add(1)
			return dial(ctx, address, tlsConfig, q)
		}
	}
	return n
}

// TestReloadUnderLoad: what began under a policy ends under it, and the next request, on
// the same connection, has the new one. Nothing is dropped.
func TestReloadUnderLoad(t *testing.T) {
	begun, release := make(chan bool), make(chan bool)
	app := func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/slow":
			begun <- true
			<-release
		case "/events":
			for event := range 2 {
				fmt.Fprintln(w, "event", event)
				http.NewResponseController(w).Flush()
				begun <- true
				<-release
			}
		case "/":
			if r.Header.Get("Upgrade") != "" {
				shouting(w, r)
				return
			}
		}
		io.WriteString(w, "done")
	}
	var cfg Config
	both(t, app, func(t *testing.T, w *world) {
		dials := countDials(w)
		socket, heard, _ := dialUpgrade(t, w, "/", "websocket")
		expectLine(t, heard, "hello")
		expectLine(t, heard, "EARLY")
		policies := make(chan string, 2)
		for _, path := range []string{"/slow", "/events"} {
			go func() {
				res, err := w.client.Do(request("GET", w.base+path, nil))
				if err != nil {
					policies <- err.Error()
					return
				}
				body, err := io.ReadAll(res.Body)
				res.Body.Close()
				policies <- fmt.Sprint(res.Header.Get("Policy"), " ", strings.HasSuffix(string(body), "done"), " ", err)
			}()
			<-begun
		}
		opened := dials.Load()
		if err := w.server.Reload(under(cfg, "two")); err != nil {
			t.Fatal(err)
		}
		if res, _ := do(t, w, request("GET", w.base+"/other", nil)); res.Header.Get("Policy") != "two" {
			t.Errorf("the next request is judged by %q", res.Header.Get("Policy"))
		}
		fmt.Fprintln(socket, "still here")
		expectLine(t, heard, "STILL HERE")
		release <- true
		release <- true
		<-begun // of the second event
		release <- true
		for range 2 {
			if got := <-policies; got != "one true <nil>" {
				t.Errorf("what began under the old policy: %s", got)
			}
		}
		for _, label := range []string{"three", "four", "five"} { // on connections that are there
			if err := w.server.Reload(under(cfg, label)); err != nil {
				t.Fatal(err)
			}
			if res, _ := do(t, w, request("GET", w.base+"/other", nil)); res.Header.Get("Policy") != label {
				t.Errorf("%q in place of %s", res.Header.Get("Policy"), label)
			}
		}
		most := opened
		if !w.h2 {
			most++ // both of those were busy
		}
		if n := dials.Load(); n > most {
			t.Errorf("%d connections, and %d before the reloads", n, opened)
		}
	}, func(c *Config) {
		*c = under(*c, "one")
		cfg = *c
	})
}

func expectLine(t *testing.T, from *bufio.Reader, want string) {
	t.Helper()
	if line, err := from.ReadString('\n'); strings.TrimSpace(line) != want {
		t.Fatalf("%q %v, want %q", line, err, want)
	}
}

// TestReloadsInARow: many askers meet no failure while one policy follows another.
func TestReloadsInARow(t *testing.T) {
	var cfg Config
	both(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "done") }, func(t *testing.T, w *world) {
		var asking sync.WaitGroup
		ctx, over := context.WithCancel(t.Context())
		for range 4 {
			asking.Go(func() {
				for ctx.Err() == nil {
					res, err := w.client.Do(request("GET", w.base, nil))
					if err != nil {
						t.Error(err)
						return
					}
					body, err := io.ReadAll(res.Body)
					res.Body.Close()
					if err != nil || res.StatusCode != http.StatusOK || string(body) != "done" || res.Header.Get("Policy") == "" {
						t.Error(res.StatusCode, string(body), err, res.Header)
						return
					}
				}
			})
		}
		for i := range 50 {
			if err := w.server.Reload(under(cfg, fmt.Sprint("policy ", i))); err != nil {
				t.Error(err)
			}
			time.Sleep(2 * time.Millisecond) // for the askers
		}
		over()
		asking.Wait()
	}, func(c *Config) {
		*c = under(*c, "first")
		cfg = *c
	})
}

// TestReloadRefused: a configuration that cannot be leaves everything as it was.
func TestReloadRefused(t *testing.T) {
	var cfg Config
	w := behind(t, hello, false, func(c *Config) {
		*c = under(*c, "old")
		cfg = *c
	})
	if err := w.server.Reload(under(cfg, "")); err == nil {
		t.Error("it is taken")
	}
	if res, body := do(t, w, request("GET", w.base, nil)); res.Header.Get("Policy") != "old" || body != "hello" {
		t.Error(res.Header, body)
	}
}

// TestMemoryOverReloads: settings change and what is remembered stays; that of a site that
// went, or of a control that is off, is let go.
func TestMemoryOverReloads(t *testing.T) {
	var cfg Config
	w := behind(t, hello, false, func(c *Config) {
		*c = under(*c, "one")
		cfg = *c
	})
	seen := func(want string) {
		t.Helper()
		if res, _ := do(t, w, request("GET", w.base, nil)); res.Header.Get("Seen") != want {
			t.Errorf("%s requests are remembered, want %s", res.Header.Get("Seen"), want)
		}
	}
	reload := func(cfg Config) {
		t.Helper()
		if err := w.server.Reload(cfg); err != nil {
			t.Fatal(err)
		}
	}
	seen("1")
	reload(under(cfg, "two"))
	seen("2")
	if err := w.server.Reload(under(cfg, "")); err == nil { // which changes no memory either
		t.Error("it is taken")
	}
	seen("3")
	other := under(cfg, "three")
	other.Sites = other.Sites[1:]
	reload(other)
	reload(under(cfg, "four"))
	seen("1")
	off := under(cfg, "five")
	off.Sites[0].Policy = pavise.Recommend([]pavise.Control{marking{}})
	reload(off)
	reload(under(cfg, "six"))
	seen("1")
}
