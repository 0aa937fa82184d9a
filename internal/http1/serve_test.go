package http1

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// A rig is a server on loopback, and what it has logged.
type rig struct {
	*Server
	addr string
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

// serve starts a strict server.
func serve(t testing.TB, handler http.HandlerFunc, change ...func(*Server)) *rig {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{addr: l.Addr().String()}
	r.Server = &Server{Handler: handler, Strict: true, ErrorLog: log.New(r, "", 0)}
	for _, c := range change {
		c(r.Server)
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go r.ServeConn(conn, nil)
		}
	}()
	t.Cleanup(func() { l.Close(); r.Close() })
	return r
}

// dial opens a connection that ends by itself.
func (r *rig) dial(t testing.TB) *net.TCPConn {
	t.Helper()
	conn, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	return conn.(*net.TCPConn)
}

// ask sends bytes and returns all that comes back.
func (r *rig) ask(t testing.TB, sent string) string {
	t.Helper()
	conn := r.dial(t)
	go io.WriteString(conn, sent)
	got, err := io.ReadAll(conn)
	if err != nil {
		t.Errorf("%.60q: %v after %q", sent, err, got)
	}
	return string(got)
}

func read(t testing.TB, from *bufio.Reader, method string) (*http.Response, string) {
	t.Helper()
	res, err := http.ReadResponse(from, &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("%v after %q", err, body)
	}
	return res, string(body)
}

const get = "GET / HTTP/1.1\r\nHost: a.test\r\n"

func within(t testing.TB, what string, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Fatal(what)
	}
}

func TestKeepAliveAndPipelining(t *testing.T) {
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s", r.URL.Path, b)
	})
	got := r.ask(t, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"+
		"POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"+
		"POST /3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ndef\r\n1;x=\"y\"\r\n!\r\n0\r\n\r\n"+
		"\r\nGET /4 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /5 HTTP/1.1\r\nHost: a\r\n\r\n")
	from := bufio.NewReader(strings.NewReader(got))
	for _, want := range []string{"/1 ", "/2 abc", "/3 def!", "/4 "} {
		res, body := read(t, from, "GET")
		if body != want || res.StatusCode != 200 || res.ContentLength != int64(len(want)) || res.Header.Get("Date") == "" || res.Close != (want == "/4 ") {
			t.Errorf("%v %q, want %q", res, body, want)
		}
	}
	if rest, _ := io.ReadAll(from); len(rest) > 0 {
		t.Errorf("and %q", rest)
	}
}

// TestRequest compares with what net/http hands to a handler.
func TestRequest(t *testing.T) {
	type from struct{}
	seen := make(chan *http.Request, 1)
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		seen <- r.Clone(r.Context())
	},
		func(s *Server) {
			s.ConnContext = func(ctx context.Context, nc net.Conn) context.Context {
				return context.WithValue(ctx, from{}, nc.RemoteAddr().String())
			}
		})
	for _, text := range []string{
		get + "\r\n",
		"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET http://a.test:80/x?y HTTP/1.1\r\nHost: a.test:80\r\n\r\n",
		"GET /a%2Fb/../c;d?x=1;y=2&z=%zz HTTP/1.1\r\nhOST: a\r\nX-a: 1\r\nx-A:\t2 \r\nempty:\r\n\r\n",
		"GET //double//x? HTTP/1.0\r\n\r\n",
		"GET /x|y?{} HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\nTrailer: Sum, x-y\r\n\r\n1\r\nx\r\n0\r\nSum: 1\r\nOther: 2\r\n\r\n",
		"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: Close\r\nX-A: \xfc\r\n\r\n",
	} {
		want, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, want.Body)
		conn := r.dial(t)
		io.WriteString(conn, text)
		read(t, bufio.NewReader(conn), want.Method)
		got := <-seen
		if got.TLS != nil || got.RemoteAddr != conn.LocalAddr().String() || got.Context().Value(from{}) != got.RemoteAddr ||
			got.Context().Value(http.LocalAddrContextKey).(net.Addr).String() != r.addr {
			t.Errorf("%q: from %s at %v", text, got.RemoteAddr, got.Context().Value(http.LocalAddrContextKey))
		}
		if (got.Body == http.NoBody) != (want.Body == http.NoBody) {
			t.Errorf("%q: body %v, want %v", text, got.Body, want.Body)
		}
		if a, b := describe(got), describe(want); a != b {
			t.Errorf("%q:\n got %s\nwant %s", text, a, b)
		}
	}
}

// describe is all of a request but its body and where it came from.
func describe(r *http.Request) string {
	return fmt.Sprintf("%s %q %#v %s %d.%d %v %d %v %q close=%v trailer=%v", r.Method, r.RequestURI, *r.URL, r.Proto, r.ProtoMajor,
		r.ProtoMinor, r.Header, r.ContentLength, r.TransferEncoding, r.Host, r.Close, r.Trailer)
}
