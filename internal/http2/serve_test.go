package http2

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// A rig is a server behind TLS on loopback, and what it has logged.
type rig struct {
	*Server
	addr string
	l    net.Listener
	mu   sync.Mutex
	log  strings.Builder
}

func (r *rig) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log.Write(b)
}

func (r *rig) logged() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log.String()
}

// certificate is one that nobody trusts.
var certificate = sync.OnceValue(func() tls.Certificate {
	s := httptest.NewTLSServer(http.NotFoundHandler())
	defer s.Close()
	return s.TLS.Certificates[0]
})

// serve starts a strict server.
func serve(t testing.TB, handler http.HandlerFunc, change ...func(*Server)) *rig {
	t.Helper()
	r := new(rig)
	r.Server = &Server{Handler: handler, Strict: true, ErrorLog: log.New(r, "", 0)}
	for _, c := range change {
		c(r.Server)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate()}, NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	r.l, r.addr = l, l.Addr().String()
	go func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			go r.accept(nc.(*tls.Conn))
		}
	}()
	t.Cleanup(func() { l.Close(); r.Close() })
	return r
}

func (r *rig) accept(nc *tls.Conn) {
	if nc.Handshake() != nil {
		nc.Close()
		return
	}
	state := nc.ConnectionState()
	r.ServeConn(nc, &state)
}

var insecure = &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}}

// client is net/http's, for one connection.
func client(t testing.TB) *http.Client {
	tr := &http.Transport{TLSClientConfig: insecure.Clone(), ForceAttemptHTTP2: true, DisableCompression: true, MaxConnsPerHost: 1}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: 20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func (r *rig) dial(t testing.TB) net.Conn {
	t.Helper()
	conn, err := tls.Dial("tcp", r.addr, insecure)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.NetConn().Close() })
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	return conn
}

func get(t testing.TB, c *http.Client, url string) (*http.Response, string) {
	t.Helper()
	res, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("%v behind %d bytes", err, len(body))
	}
	return res, string(body)
}

func within(t testing.TB, what string, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal(what)
	}
}

func TestManyRequests(t *testing.T) {
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Same", "always this")
		w.Header().Set("X-Path", r.URL.Path)
		fmt.Fprintf(w, "%s %d", r.URL.Path, len(b))
	})
	c := client(t)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 50 {
				path, size := fmt.Sprintf("/%d/%d", i, j), (j%5)*100_000
				res, err := c.Post("https://"+r.addr+path, "text/plain", strings.NewReader(strings.Repeat("x", size)))
				if err != nil {
					t.Error(err)
					return
				}
				body, err := io.ReadAll(res.Body)
				res.Body.Close()
				if want := fmt.Sprintf("%s %d", path, size); err != nil || string(body) != want || res.Header.Get("X-Same") != "always this" ||
					res.Header.Get("X-Path") != path || res.ContentLength != int64(len(want)) || res.Header.Get("Date") == "" {
					t.Errorf("%v %q, %v, want %q", res, body, err, want)
				}
			}
		})
	}
	all.Wait()
}

func TestLargeBodies(t *testing.T) {
	const size = 20 << 20
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(w, r.Body)
		if err != nil || n != size {
			t.Errorf("%d bytes, %v", n, err)
		}
	})
	res, err := client(t).Post("https://"+r.addr, "text/plain", io.LimitReader(pattern{}, size))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if n, err := io.Copy(&checker{t: t}, res.Body); n != size || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
}

// A pattern is bytes that tell where they stand.
type pattern struct{}

func (pattern) Read(p []byte) (int, error) {
	n := min(len(p)/251*251, 251*16)
	if n == 0 {
		n = len(p)
	}
	for i := range p[:n] {
		p[i] = byte(i % 251)
	}
	return n, nil
}

type checker struct {
	t *testing.T
	n int
}

func (c *checker) Write(p []byte) (int, error) {
	for i, b := range p {
		if b != byte((c.n+i)%251) {
			c.t.Fatalf("byte %d is another", c.n+i)
		}
	}
	c.n += len(p)
	return len(p), nil
}
