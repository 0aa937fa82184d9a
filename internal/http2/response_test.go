package http2

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2/hpack"

	"pavise/internal/poison"
)

func TestBrokenOff(t *testing.T) {
	for name, tt := range map[string]struct {
		handler http.HandlerFunc
		want    string
		logs    bool
	}{
		"panic":            {func(http.ResponseWriter, *http.Request) { panic("why not") }, " reset 2", true},
		"abort":            {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, " reset 2", false},
		"goexit":           {func(http.ResponseWriter, *http.Request) { runtime.Goexit() }, " reset 2", false},
		"panic in between": {func(w http.ResponseWriter, _ *http.Request) { w.(http.Flusher).Flush(); panic(1) }, "200 reset 2", true},
		"panic behind":     {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "x"); panic(1) }, " reset 2", true},
		"less than said": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9")
			io.WriteString(w, "x")
		}, "200 reset 2", false},
		"no status": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(99) }, " reset 2", true},
		"more than said": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1")
			if _, err := io.WriteString(w, "xy"); err != http.ErrContentLength {
				panic(err)
			}
			io.WriteString(w, "x")
		}, "200", false},
	} {
		t.Run(name, func(t *testing.T) {
			r := serve(t, tt.handler)
			a := r.speak(t)
			a.open(flagEndStream, headOf("GET"))
			for !a.ended[1] {
				a.next()
			}
			if a.status[1] != tt.want || strings.Contains(r.logged(), "panic serving") != tt.logs {
				t.Errorf("%q, logged %.100q", a.status[1], r.logged())
			}
			a.open(flagEndStream, headOf("GET"))
			for a.status[3] == "" {
				if a.next() == nil {
					t.Fatal("the connection is over")
				}
			}
		})
	}
}

// TestLateWrites: what a handler has started writes nothing into what others send.
func TestLateWrites(t *testing.T) {
	late := make(chan http.ResponseWriter, 1)
	bodies := make(chan io.Reader, 1)
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "x")
		if r.Method == "POST" {
			late <- w
			bodies <- r.Body
		}
	})
	a := r.speak(t)
	a.open(0, headOf("POST"))
	a.frame(frameData, 0, 1, []byte("body"))
	w, body := <-late, <-bodies
	for !a.ended[1] {
		a.next()
	}
	for a.status[1] == "200" { // it need not send the rest
		a.next()
	}
	w.WriteHeader(500)
	_, err := io.WriteString(w, long)
	_, readErr := body.Read(make([]byte, 9))
	flushErr := http.NewResponseController(w).Flush()
	if !errors.Is(err, errOver) || !errors.Is(flushErr, errOver) || readErr != http.ErrBodyReadAfterClose || a.status[1] != "200 reset 0" {
		t.Errorf("%v, %v, %v, %q", err, flushErr, readErr, a.status[1])
	}
	a.frame(frameData, flagEndStream, 1, []byte("was on its way"))
	if a.open(flagEndStream, headOf("GET")); !a.ended[3] {
		for !a.ended[3] {
			a.next()
		}
	}
	if a.status[3] != "200" || a.bodies[3] != 1 {
		t.Errorf("then %q, %d", a.status[3], a.bodies[3])
	}
}

// TestNothingBehindTheEnd: a goroutine of the handler's that writes while the stream is
// being closed sends no DATA behind its end.
func TestNothingBehindTheEnd(t *testing.T) {
	wrote := make(chan error, 1)
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		r.Context().(interface{ AfterFunc(func()) func() bool }).AfterFunc(func() {
			go func() { _, err := io.WriteString(w, long); wrote <- err }()
			wrote <- <-wrote // the stream is closed behind it
		})
	})
	a := r.speak(t)
	a.open(flagEndStream, headOf("GET"))
	for !a.ended[1] {
		a.next()
	}
	if err := <-wrote; !errors.Is(err, errOver) || a.bodies[1] != 0 {
		t.Errorf("%v, and %d bytes", err, a.bodies[1])
	}
}

// TestOddFields: no field of a response can be another, or two.
func TestOddFields(t *testing.T) {
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["X-A"] = []string{" a\t", "b\r\nInjected: 1", "c\x00"}
		h["Bad Name"], h[""], h["X:"] = []string{"1"}, []string{"1"}, []string{"1"}
		h["Connection"], h["Keep-Alive"], h["Proxy-Connection"], h["Upgrade"] = []string{"close"}, []string{"5"}, []string{"x"}, []string{"x"}
		w.WriteHeader(101) // which HTTP/2 does not have
		w.WriteHeader(200)
	})
	res, _ := get(t, client(t), "https://"+r.addr)
	res.Header.Del("Date")
	want := http.Header{"X-A": {"a", "b  Injected: 1", "c "}, "Content-Length": {"0"}}
	if got := res.Header; len(got) != len(want) || strings.Join(got["X-A"], "|") != strings.Join(want["X-A"], "|") {
		t.Errorf("%v", got)
	}
}

// TestContext: it can be waited for in each of the ways there are.
func TestContext(t *testing.T) {
	type key struct{}
	ended := make(chan error, 3)
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		if ctx.Value(key{}) != "value" || ctx.Err() != nil || ctx.Value(http.ServerContextKey) == nil {
			t.Error("it is not that of the connection")
		}
		child, cancel := context.WithCancel(ctx)
		context.AfterFunc(ctx, func() { ended <- ctx.Err() })
		go func() { <-child.Done(); cancel(); ended <- child.Err() }()
		go func() { <-ctx.Done(); ended <- ctx.Err() }()
	}, func(s *Server) {
		s.ConnContext = func(ctx context.Context, _ net.Conn) context.Context { return context.WithValue(ctx, key{}, "value") }
	})
	get(t, client(t), "https://"+r.addr)
	for range 3 {
		select {
		case err := <-ended:
			if err != context.Canceled {
				t.Error(err)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("it does not end with the handler")
		}
	}
}

// TestEncoder: whatever the table of the client holds, it decodes what was meant.
func TestEncoder(t *testing.T) {
	var e encoder
	e.begin()
	var got []field
	dec := hpack.NewDecoder(tableSize, func(f hpack.HeaderField) { got = append(got, field{http.CanonicalHeaderKey(f.Name), f.Value}) })
	names := []string{"Date", "Etag", "Set-Cookie", "Www-Authenticate", "Refresh", "Retry-After", "Server", "Expires"}
	for name := range staticNames {
		names = append(names, name)
	}
	for i := range 40 {
		names = append(names, http.CanonicalHeaderKey("x-"+strings.Repeat(string(rune('a'+i%26)), 1+i)))
	}
	for round := range 2000 {
		var b []byte
		if round%97 == 96 { // 0 in the end
			e.limitTo(uint32(max(0, 5000-3*round)))
			e.limitTo(65536)
		}
		if e.resized {
			b = e.resize(b)
		}
		b = e.status(b, 200+round%300)
		var want []field
		for i := range 12 {
			f := field{names[(round*i+i)%len(names)], strings.Repeat("v", (round/50+i*i*i)%1900)}
			if i == 3 {
				f.value = "changes" + strings.Repeat("y", round%300)
			}
			want = append(want, f)
			b = e.field(b, f.name, f.value)
		}
		b = e.length(b, []byte("12345678901234567890"))
		got = got[:0]
		if _, err := dec.Write(b); err != nil || dec.Close() != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		status := field{":status", string(append([]byte{}, byte('0'+(200+round%300)/100), byte('0'+round%300/10%10), byte('0'+round%300%10)))}
		want = append(append([]field{status}, want...), field{"Content-Length", "12345678901234567890"})
		if len(got) != len(want) {
			t.Fatalf("round %d: %v, want %v", round, got, want)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("round %d: %.99v, want %.99v", round, got[i], want[i])
			}
		}
	}
	e = encoder{}
	e.begin()
	var second []byte
	for range 2 {
		second = e.field(e.field(nil, "X-Again", "the same"), "Server", "none")
	}
	if len(second) > 4 {
		t.Errorf("what comes again takes %d bytes", len(second))
	}
	if cookie := e.field(nil, "Set-Cookie", "a=b"); cookie[0]&0xf0 != 0x10 || bytes.Contains(e.field(nil, "Set-Cookie", "a=b"), []byte{0x80}) {
		t.Error("a cookie is remembered")
	}
}

// TestWorkersForget: nothing of a response is found in the next that the same worker
// writes.
func TestWorkersForget(t *testing.T) {
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if len(w.Header()) > 0 {
			t.Errorf("begins with %v", w.Header())
		}
		if r.URL.Path == "/secret" {
			w.Header().Set("X-Secret", "1")
			w.Header().Set("Trailer", "X-Sum")
			w.WriteHeader(404)
			io.WriteString(w, strings.Repeat("s", 5000))
			w.Header().Set("X-Sum", "1")
		}
	})
	c := client(t)
	for range 20 {
		get(t, c, "https://"+r.addr+"/secret")
		res, body := get(t, c, "https://"+r.addr)
		res.Header.Del("Date")
		if res.StatusCode != 200 || body != "" || len(res.Header) != 1 || len(res.Trailer) > 0 {
			t.Fatalf("%v %q", res, body)
		}
	}
}

// TestSomeLeave: clients that give up in between spoil nothing for the others.
func TestSomeLeave(t *testing.T) {
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		sent, _ := io.ReadAll(r.Body)
		for range 10 {
			w.Write(sent)
		}
	})
	c := client(t)
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			for j := range 60 {
				ctx, cancel := context.WithCancel(t.Context())
				body := strings.Repeat(string(rune('a'+i)), 1+(i*j*331)%40_000)
				q, _ := http.NewRequestWithContext(ctx, "POST", "https://"+r.addr, strings.NewReader(body))
				leaves := (i+j)%5 == 0
				if leaves {
					time.AfterFunc(time.Duration(j*40)*time.Microsecond, cancel)
				}
				res, err := c.Do(q)
				var got []byte
				if err == nil {
					got, err = io.ReadAll(res.Body)
					res.Body.Close()
				}
				if !leaves && (err != nil || string(got) != strings.Repeat(body, 10)) {
					t.Errorf("%d bytes of %d, %v", len(got), 10*len(body), err)
				}
				cancel()
			}
		})
	}
	all.Wait()
}

// TestAllocations: what one exchange allocates is its request, which a handler may
// keep, and nothing for the response. Some more is allowed for the strings of its
// fields, which the client does not have remembered here.
func TestAllocations(t *testing.T) {
	if poison.On {
		t.Skip("what is spoilt is not used again")
	}
	page := []byte(strings.Repeat("p", 1024))
	html := []string{"text/html"}
	ask, done := exchanges(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Content-Type"] = html
		w.Write(page)
	})
	defer done()
	ask()
	if n := testing.AllocsPerRun(500, ask); n > 14 {
		t.Errorf("%v allocations", n)
	}
}
