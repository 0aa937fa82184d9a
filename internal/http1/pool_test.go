package http1

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pavise/internal/poison"
)

// A loop is a connection that asks the same again whenever it is told to.
type loop struct {
	once
	request []byte
	ask     chan struct{}
	answers chan struct{}
}

func newLoop(request string) *loop {
	return &loop{request: []byte(request), ask: make(chan struct{}), answers: make(chan struct{})}
}

func (l *loop) Read(p []byte) (int, error) {
	if _, more := <-l.ask; !more {
		return 0, io.EOF
	}
	return copy(p, l.request), nil
}

func (l *loop) Write(p []byte) (int, error) {
	l.answers <- struct{}{}
	return len(p), nil
}

func (l *loop) run() {
	l.ask <- struct{}{}
	<-l.answers
}

const browsers = "GET /products/shield?size=2 HTTP/1.1\r\nHost: shop.test\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n" +
	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n" +
	"Connection: keep-alive\r\nCookie: sid=0123456789abcdef\r\nSec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Site: none\r\n\r\n"

// TestAllocations: a request needs memory for its text alone, for that may be kept.
func TestAllocations(t *testing.T) {
	if poison.On {
		t.Skip("the race detector takes things out of pools")
	}
	page := []byte(strings.Repeat("x", 1024))
	html := []string{"text/html; charset=utf-8"}
	server := &Server{Strict: true, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Content-Type"] = html
		w.Write(page)
	})}
	for _, tt := range []struct {
		name, request string
		most          float64
	}{
		{"GET", browsers, 1},
		{"POST", strings.Replace(upload("3\r\nabc\r\n0\r\n\r\n"), "Trailer: Sum\r\n", "", 1), 2},
	} {
		l := newLoop(tt.request)
		done := make(chan struct{})
		go func() { server.ServeConn(l, nil); close(done) }()
		for range 2 * mostTurns {
			l.run()
		}
		if got := testing.AllocsPerRun(500, l.run); got > tt.most {
			t.Errorf("%s: %v allocations, want %v", tt.name, got, tt.most)
		}
		close(l.ask)
		<-done
	}
}

// TestNothingIsLeft: a request shows nothing of the one before it on its connection.
func TestNothingIsLeft(t *testing.T) {
	texts := []string{
		"GET /a%2Fb? HTTP/1.1\r\nHost: first.test\r\nCookie: a=b\r\nX-A: 1\r\nX-A: 2\r\nReferer: x\r\n\r\n",
		get + "\r\n",
		strings.Replace(upload("3\r\nabc\r\n0\r\nSum: 1\r\nOther: 2\r\n\r\n"), "/ ", "/x?y ", 1),
		get + "\r\n",
		"POST http://second.test/z? HTTP/1.1\r\nHost: second.test\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
		get + "X: y\r\n\r\n",
		"OPTIONS * HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
		"GET / HTTP/1.0\r\nConnection: close\r\n\r\n",
	}
	seen := make(chan string, len(texts))
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if len(w.Header()) > 0 {
			t.Errorf("the response begins with %v", w.Header())
		}
		io.Copy(io.Discard, r.Body)
		seen <- describe(r) + r.PathValue("id") + fmt.Sprint(r.Form, r.Pattern)
		litter(w, r)
	})
	conn := r.dial(t)
	var answers bytes.Buffer
	go io.WriteString(conn, strings.Join(texts, ""))
	io.Copy(&answers, conn)
	for _, text := range texts {
		want, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, want.Body)
		if len(seen) == 0 {
			t.Fatalf("%q was not served: %s", text, &answers)
		}
		if got, want := <-seen, describe(want)+"map[]"; got != want {
			t.Errorf("%q:\n got %s\nwant %s", text, got, want)
		}
	}
}

// litter leaves what the next request must not find.
func litter(w http.ResponseWriter, r *http.Request) {
	r.SetPathValue("id", "left")
	r.ParseForm()
	r.TLS, r.Trailer, r.TransferEncoding, r.ContentLength, r.Close = new(tls.ConnectionState), http.Header{"Left": nil}, []string{"left"}, 7, true
	for _, text := range []*string{&r.Pattern, &r.Host, &r.RemoteAddr, &r.Method, &r.Proto, &r.URL.Path, &r.URL.RawPath, &r.URL.Host, &r.URL.Fragment} {
		*text = "left"
	}
	r.URL.ForceQuery = true
	for _, h := range []http.Header{r.Header, w.Header()} {
		h["Left"], h["Trailer"] = []string{"left"}, []string{"Left"}
	}
}

// keeps serves two requests on one connection. keep is called by the first; then
// while the second is served, with its response writer.
func keeps(t *testing.T, first string, keep func(http.ResponseWriter, *http.Request), then func(http.ResponseWriter, *http.Request)) (second string) {
	t.Helper()
	var asked atomic.Int32
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			keep(w, r)
			return
		}
		then(w, r)
	})
	conn := r.dial(t)
	from := bufio.NewReader(conn)
	io.WriteString(conn, first)
	read(t, from, "GET")
	io.WriteString(conn, "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nX: second\r\n\r\nsecond")
	res, body := read(t, from, "POST")
	return fmt.Sprint(body, len(res.Header)) // Date, Content-Type and Content-Length
}

// TestKeptContexts: they are over for ever, whatever was asked of them before.
func TestKeptContexts(t *testing.T) {
	type key struct{}
	for name, derive := range map[string]func(context.Context) (context.Context, context.CancelFunc){
		"never asked": func(ctx context.Context) (context.Context, context.CancelFunc) { return ctx, func() {} },
		"asked":       func(ctx context.Context) (context.Context, context.CancelFunc) { ctx.Done(); return ctx, func() {} },
		"with a value": func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithValue(ctx, key{}, 1), func() {}
		},
		"its child": context.WithCancel,
		"with limit": func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, time.Hour)
		},
	} {
		var kept context.Context
		told := make(chan struct{})
		keeps(t, get+"\r\n", func(w http.ResponseWriter, r *http.Request) {
			kept, _ = derive(r.Context())
			context.AfterFunc(kept, func() { close(told) })
			if name == "never asked" {
				kept = r.Context()
			}
		}, func(w http.ResponseWriter, r *http.Request) {
			within(t, name+": nobody is told", told)
			within(t, name+": Done is open", kept.Done())
			if kept.Err() != context.Canceled || context.Cause(kept) != context.Canceled || kept.Value(http.ServerContextKey) == nil {
				t.Errorf("%s: %v, because of %v", name, kept.Err(), context.Cause(kept))
			}
			late, cancel := context.WithCancel(kept)
			defer cancel()
			if late.Err() != context.Canceled {
				t.Errorf("%s: a late child is %v", name, late.Err())
			}
			toldLate := make(chan struct{})
			context.AfterFunc(kept, func() { close(toldLate) })
			within(t, name+": whoever comes late is not told", toldLate)
			if r.Context().Err() != nil {
				t.Errorf("%s: the next request is over, too", name)
			}
		})
	}
}

// TestHeirs: those who stop in time are not told, and stopping twice is nothing.
func TestHeirs(t *testing.T) {
	var told [5]atomic.Bool
	keeps(t, get+"\r\n", func(w http.ResponseWriter, r *http.Request) {
		var stops [5]func() bool
		for i := range stops {
			stops[i] = r.Context().(interface{ AfterFunc(func()) func() bool }).AfterFunc(func() { told[i].Store(true) })
		}
		for _, i := range []int{2, 0, 4} {
			if !stops[i]() || stops[i]() {
				t.Errorf("%d: stop does not tell", i)
			}
		}
		if _, ok := r.Context().Deadline(); ok {
			t.Error("there is a deadline")
		}
	}, func(w http.ResponseWriter, r *http.Request) {
		for i := range told {
			if told[i].Load() != (i == 1 || i == 3) {
				t.Errorf("%d: told %v", i, told[i].Load())
			}
		}
	})
}

// TestKeptWriters write into nobody's response, while another is being written.
func TestKeptWriters(t *testing.T) {
	var kept http.ResponseWriter
	second := keeps(t, get+"\r\n", func(w http.ResponseWriter, r *http.Request) { kept = w; io.WriteString(w, "first") },
		func(w http.ResponseWriter, r *http.Request) {
			kept.Header().Set("Late", "1")
			kept.WriteHeader(500)
			control := http.NewResponseController(kept)
			_, wrote := kept.Write([]byte("late"))
			_, copied := io.Copy(kept, strings.NewReader("late"))
			_, _, hijacked := control.Hijack()
			for i, err := range []error{wrote, copied, hijacked, control.Flush(), control.SetReadDeadline(past), control.SetWriteDeadline(past)} {
				if err != errOver {
					t.Errorf("%d: %v", i, err)
				}
			}
			io.Copy(w, r.Body)
		})
	if second != "second3" {
		t.Errorf("%q", second)
	}
}

// TestKeptBodies read nothing of the next request's.
func TestKeptBodies(t *testing.T) {
	for _, first := range []string{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nfirst", upload("5\r\nfirst\r\n0\r\n\r\n")} {
		var kept io.ReadCloser
		second := keeps(t, first, func(w http.ResponseWriter, r *http.Request) { kept = r.Body }, func(w http.ResponseWriter, r *http.Request) {
			if n, err := kept.Read(make([]byte, 10)); n > 0 || err != http.ErrBodyReadAfterClose {
				t.Errorf("%d bytes, %v", n, err)
			}
			kept.Close()
			io.Copy(w, r.Body)
		})
		if second != "second3" {
			t.Errorf("%q", second)
		}
	}
}

// TestKeptText lasts, when the memory it was read into serves others.
func TestKeptText(t *testing.T) {
	var kept []string
	keeps(t, "GET /first HTTP/1.1\r\nHost: a\r\nX: first\r\n\r\n", func(w http.ResponseWriter, r *http.Request) {
		kept = []string{r.URL.Path, r.Header.Get("X"), r.Method}
	}, func(w http.ResponseWriter, r *http.Request) {
		if got := fmt.Sprint(kept); got != "[/first first GET]" {
			t.Error(got)
		}
	})
}

// TestSpoilt: under the race detector a request that was kept against the rule is
// nonsense. The first connection ends, so that nobody uses it meanwhile.
func TestSpoilt(t *testing.T) {
	if !poison.On {
		t.Skip("nothing is spoilt without the race detector")
	}
	var r *http.Request
	var values []string
	var answer http.Header
	server := &Server{Strict: true, Handler: http.HandlerFunc(func(w http.ResponseWriter, asked *http.Request) {
		r, values, answer = asked, asked.Header["X"], w.Header()
		answer.Set("Y", "z")
	})}
	server.ServeConn(&once{from: bytes.NewReader([]byte("GET /path HTTP/1.1\r\nHost: a\r\nX: y\r\nConnection: close\r\n\r\n"))}, nil)
	for i, got := range []string{r.Method, r.Host, r.URL.Path, r.RequestURI, r.RemoteAddr, r.Header.Get("X"), values[0], answer.Get("Y")} {
		if got != spoilt {
			t.Errorf("%d: %q", i, got)
		}
	}
	if _, err := r.Body.Read(make([]byte, 1)); err != http.ErrBodyReadAfterClose {
		t.Error(err)
	}
}

// TestHeldBack: what handlers still hold that panic or take the connection over is
// nobody else's.
func TestHeldBack(t *testing.T) {
	held := map[*http.Request]bool{}
	server := &Server{Strict: true, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if held[r] {
			t.Errorf("%s: given to another", r.URL.Path)
		}
		switch r.URL.Path {
		case "/panic":
			held[r] = true
			panic(http.ErrAbortHandler)
		case "/hijack":
			held[r] = true
			http.NewResponseController(w).Hijack()
		}
	})}
	for _, path := range []string{"/panic", "/hijack"} {
		for range 20 {
			server.ServeConn(&once{from: bytes.NewReader([]byte("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n"))}, nil)
			server.ServeConn(&once{from: bytes.NewReader([]byte(strings.Repeat(get+"\r\n", 3)))}, nil)
		}
	}
	if len(held) != 40 {
		t.Errorf("%d were held", len(held))
	}
}

var _ net.Conn = (*loop)(nil)

// TestOrder: the fields leave sorted, whatever was remembered of others as many.
func TestOrder(t *testing.T) {
	var o orders
	sets := [][]string{{"B", "A", "Trailer:C"}, {"D", "A", "Bad Name"}, {"Content-Length", "Date", "Connection"}, {"x", "X", "Transfer-Encoding"}}
	var many []string
	for i := range 2 * mostFields {
		many = append(many, fmt.Sprintf("N%03d", i))
	}
	for i := range 50 {
		set := append(sets, many[:mostFields-1], many[:mostFields], many)[i*3%(len(sets)+3)]
		h := http.Header{}
		for at, name := range set {
			h[name] = []string{fmt.Sprint(i, at)}
		}
		list := o.sort(nil, h)
		var came []string
		for _, l := range list {
			came = append(came, l.name)
			if !slices.Equal(l.values, h[l.name]) || l.kind != kindOf(l.name) {
				t.Errorf("%q: %v", set, l)
			}
		}
		if !slices.Equal(came, slices.Sorted(maps.Keys(h))) {
			t.Errorf("%q came as %q", set, came)
		}
	}
}
