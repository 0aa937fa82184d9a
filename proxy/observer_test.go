package proxy

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"pavise/internal/meter"
)

// watcher keeps what it is told.
type watcher struct {
	mu   sync.Mutex
	told []meter.Exchange
}

func (w *watcher) Begins(r *http.Request, e *meter.Exchange) {
	r.Header["Traceparent"] = []string{"from the observer"}
	if e.Begun.IsZero() || !e.Client.IsLoopback() {
		panic("a begin without a client")
	}
}

func (w *watcher) Over(e *meter.Exchange) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := *e
	c.Path, c.Query, c.Host = strings.Clone(e.Path), strings.Clone(e.Query), strings.Clone(e.Host)
	c.UserAgent, c.Referer, c.Method = strings.Clone(e.UserAgent), strings.Clone(e.Referer), strings.Clone(e.Method)
	w.told = append(w.told, c)
}

// last waits for the nth exchange to be told of.
func (w *watcher) last(t *testing.T, n int) meter.Exchange {
	t.Helper()
	for range 500 {
		w.mu.Lock()
		if len(w.told) >= n {
			defer w.mu.Unlock()
			return w.told[n-1]
		}
		w.mu.Unlock()
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("exchange %d is not told of", n)
	return meter.Exchange{}
}

func TestWatch(t *testing.T) {
	seen := new(watcher)
	app := func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/gone":
			panic(http.ErrAbortHandler)
		case "/breaks":
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "half")
			http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, r.Header.Get("Traceparent"))
	}
	both(t, app, func(t *testing.T, w *world) {
		seen.mu.Lock()
		seen.told = nil
		seen.mu.Unlock()
		proto := map[string]int{"1.1": 1, "2.0": 2, "3.0": 3}[path.Base(t.Name())]
		r := request("POST", w.base+"/a/b?q=1", strings.NewReader("four"))
		r.Header.Set("User-Agent", "ua")
		r.Header.Set("Referer", "https://shop.test/x?y")
		if _, body := do(t, w, r); body != "from the observer" {
			t.Errorf("the app was told %q", body)
		}
		e := seen.last(t, 1)
		if e.Site != "shop" || e.Method != "POST" || e.Path != "/a/b" || e.Query != "q=1" || e.Status != 200 || e.Sent != 17 || e.Received != 4 ||
			e.Proto != proto || !e.Secure || e.UserAgent != "ua" || e.Referer != "https://shop.test/x?y" || e.ID == "" || e.Failed ||
			!strings.HasPrefix(e.Backend, "http://127.0.0.1:") || e.Waited <= 0 || e.Took < e.Waited || e.Asked.Before(e.Begun) {
			t.Errorf("%+v", e)
		}
		do(t, w, request("GET", w.base+"/gone", nil))
		if e := seen.last(t, 2); e.Status != 502 || !e.Failed || e.Action != "" {
			t.Errorf("%+v", e)
		}
		if res, err := w.client.Do(request("GET", w.base+"/breaks", nil)); err == nil {
			io.Copy(io.Discard, res.Body)
			res.Body.Close()
		}
		if e := seen.last(t, 3); e.Status != 200 || !e.Failed {
			t.Errorf("%+v", e)
		}
		eventually(t, "nothing runs", func() bool { return w.server.Numbers().Running == 0 })
		if n := w.server.Numbers(); n.Opened < 1 || n.Opened < n.Connections || n.WebSockets != 0 {
			t.Errorf("%+v", n)
		}
	}, func(c *Config) { c.Observer, c.Sites[0].Name = seen, "shop" })
}

// TestWatchTunnel: a WebSocket is counted while it lasts and told of when it is over.
func TestWatchTunnel(t *testing.T) {
	seen := new(watcher)
	w := behind(t, shouting, false, func(c *Config) { c.Observer = seen })
	conn, from, _ := dialUpgrade(t, w, "/", "websocket")
	for range 2 {
		if _, err := from.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.server.Numbers(); n.WebSockets != 1 || n.Running != 1 || n.Connections != 1 {
		t.Errorf("%+v", n)
	}
	conn.Close()
	e := seen.last(t, 1)
	if !e.Upgraded || e.Status != 101 || e.Received != 6 || e.Sent != 12 || e.Site != "shop.test" {
		t.Errorf("%+v", e)
	}
	eventually(t, "the connection counts no more", func() bool { n := w.server.Numbers(); return n.WebSockets == 0 && n.Connections == 0 })
}

// TestWatchRefused: what is no request is told of too, with who refused it, and so is a
// connection without a handshake.
func TestWatchRefused(t *testing.T) {
	seen := new(watcher)
	w := behind(t, hello, false, func(c *Config) { c.Observer = seen })
	conn := rawConn(t, w)
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n")
	io.Copy(io.Discard, conn)
	if e := seen.last(t, 1); e.Action != "refused" || e.Control != strictID || e.Status != 400 || e.Backend != "" {
		t.Errorf("%+v", e)
	}
	before := w.server.Numbers().Refused
	raw, err := net.Dial("tcp", w.server.HTTPS().String())
	if err != nil {
		t.Fatal(err)
	}
	raw.Write([]byte{0, 0, 0})
	raw.Close()
	eventually(t, "the connection is refused", func() bool { return w.server.Numbers().Refused == before+1 })
}

// fallible panics at some paths.
type fallible struct{ watcher }

func (f *fallible) Over(e *meter.Exchange) {
	if e.Path == "/fall" {
		panic("out of range")
	}
	f.watcher.Over(e)
}

// TestObserverPanics: the client has its answer and its connection, and the mistake is said.
func TestObserverPanics(t *testing.T) {
	seen := new(fallible)
	w := behind(t, hello, false, func(c *Config) { c.Observer = seen })
	conn := rawConn(t, w)
	from := bufio.NewReader(conn)
	for _, path := range []string{"/fall", "/stand"} {
		io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: shop.test\r\n\r\n")
		res, err := http.ReadResponse(from, nil)
		if err != nil {
			t.Fatal(path, err)
		}
		io.Copy(io.Discard, res.Body)
	}
	if e := seen.last(t, 1); e.Path != "/stand" {
		t.Errorf("%+v", e)
	}
	if log := w.log.String(); strings.Count(log, "a mistake in Pavise") != 1 || !strings.Contains(log, "out of range") {
		t.Error(log)
	}
}
