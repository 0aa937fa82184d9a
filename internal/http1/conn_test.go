package http1

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func short(s *Server) {
	s.HeaderTime, s.Idle, s.Stall = 100*time.Millisecond, 100*time.Millisecond, 100*time.Millisecond
}

// TestSlowHeads: a head that does not come in time is answered, silence is not.
func TestSlowHeads(t *testing.T) {
	r := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("called") }, short)
	if got := r.ask(t, ""); got != "" {
		t.Errorf("silence is answered %q", got)
	}
	conn := r.dial(t)
	done := make(chan struct{})
	go func() { // a byte now and then does not help
		for range 1000 {
			if _, err := conn.Write([]byte("G")); err != nil {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		close(done)
	}()
	if got, _ := io.ReadAll(conn); !strings.HasPrefix(string(got), "HTTP/1.1 408") {
		t.Errorf("%q", got)
	}
	within(t, "the connection stays open", done)
}

func TestIdleConnectionsEnd(t *testing.T) {
	for _, wait := range []time.Duration{100 * time.Millisecond, warmTime + 300*time.Millisecond} {
		r := serve(t, func(http.ResponseWriter, *http.Request) {}, func(s *Server) { s.Idle = wait })
		if got := r.ask(t, get+"\r\n"); strings.Count(got, "HTTP/1.1") != 1 {
			t.Errorf("%q", got)
		}
	}
}

// TestIdleConnectionsHoldNoBuffer: after a while, and they serve again.
func TestIdleConnectionsHoldNoBuffer(t *testing.T) {
	r := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Header.Get("X")) })
	conn := r.dial(t)
	from := bufio.NewReader(conn)
	for range 2 {
		io.WriteString(conn, with("X: "+strings.Repeat("y", 20000)+"\r\n"))
		if _, body := read(t, from, "GET"); len(body) != 20000 {
			t.Fatalf("%q", body)
		}
		time.Sleep(warmTime + 200*time.Millisecond)
	}
}

// TestIdleConnectionsRest: the goroutine of one ends, and yet it is served and stopped.
func TestIdleConnectionsRest(t *testing.T) {
	server := &Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.URL.Path) })}
	ours, theirs := net.Pipe()
	defer ours.Close()
	ours.SetDeadline(time.Now().Add(10 * time.Second))
	rests := make(chan struct{})
	go func() { server.ServeConn(theirs, nil); close(rests) }()
	from := bufio.NewReader(ours)
	for _, path := range []string{"/1", "/2", "/3"} {
		io.WriteString(ours, "GET "+path+" HTTP/1.1\r\nHost: a\r\n\r\n")
		if _, body := read(t, from, "GET"); body != path {
			t.Errorf("%q", body)
		}
		within(t, "it does not rest", rests)
	}
	if err := server.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := from.ReadByte(); err == nil {
		t.Error("it is open")
	}
}

// trickle sends a byte now and then until nobody takes it.
func trickle(conn net.Conn, every time.Duration, most int) (sent int) {
	for sent < most {
		if _, err := conn.Write([]byte("x")); err != nil {
			break
		}
		sent++
		time.Sleep(every)
	}
	return sent
}

func TestBodiesThatStall(t *testing.T) {
	came := make(chan error, 1)
	handler := func(w http.ResponseWriter, r *http.Request) { _, err := io.Copy(io.Discard, r.Body); came <- err }
	const head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n"
	slow := func(err error) bool { f, ok := err.(*Fault); return ok && f.Status == 408 }

	r := serve(t, handler, short)
	conn := r.dial(t)
	io.WriteString(conn, head+"abc")
	if err := <-came; !slow(err) {
		t.Errorf("a body that stops: %v", err)
	}
	conn = r.dial(t) // it takes longer than Stall and HeaderTime, and never stops
	io.WriteString(conn, head)
	trickle(conn, 15*time.Millisecond, 20)
	if err := <-came; err != nil {
		t.Errorf("a slow body: %v", err)
	}
	r = serve(t, handler, func(s *Server) { s.MinRate, s.Grace = 1000, 100*time.Millisecond })
	conn = r.dial(t)
	io.WriteString(conn, head)
	go trickle(conn, 30*time.Millisecond, 20)
	if err := <-came; !slow(err) {
		t.Errorf("a body below the rate: %v", err)
	}
	r = serve(t, func(w http.ResponseWriter, r *http.Request) { time.Sleep(300 * time.Millisecond); handler(w, r) }, // the app is slow, not the client
		short, func(s *Server) { s.MinRate, s.Grace = 10, 100*time.Millisecond })
	conn = r.dial(t)
	io.WriteString(conn, head+strings.Repeat("x", 20))
	if err := <-came; err != nil {
		t.Errorf("a slow app: %v", err)
	}
}

// TestClientsThatDoNotRead cannot hold a handler.
func TestClientsThatDoNotRead(t *testing.T) {
	for name, change := range map[string]func(*Server){
		"stall": short,
		"rate":  func(s *Server) { s.MinRate, s.Grace = 1<<30, 100*time.Millisecond },
	} {
		ended := make(chan struct{})
		r := serve(t, func(w http.ResponseWriter, r *http.Request) {
			defer close(ended)
			b := make([]byte, 1<<20)
			for range 100 {
				if _, err := w.Write(b); err != nil {
					if r.Context().Err() == nil {
						t.Error("the context does not know")
					}
					return
				}
			}
			t.Error("all was taken")
		}, change)
		conn := r.dial(t)
		conn.SetReadBuffer(4096)
		io.WriteString(conn, get+"\r\n")
		within(t, name, ended)
	}
}

func TestClientGone(t *testing.T) {
	for _, body := range []string{"", "Content-Length: 3\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n0\r\n"} {
		gone := make(chan struct{})
		begun := make(chan struct{})
		r := serve(t, func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			ctx, cancel := context.WithCancel(r.Context()) // as clients of the app do
			defer cancel()
			close(begun)
			<-ctx.Done()
			close(gone)
		})
		conn := r.dial(t)
		io.WriteString(conn, get+body+"\r\n")
		<-begun
		conn.Close()
		within(t, "nobody noticed that the client has gone: "+body, gone)
	}
}

// TestWatchKeepsWhatItReads: a request that comes while another is served is
// served next, and contexts end with their handlers.
func TestWatchKeepsWhatItReads(t *testing.T) {
	var last context.Context
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		last = r.Context()
		select {
		case <-last.Done():
			t.Error("gone")
		case <-time.After(5 * watchAfter):
		}
		io.WriteString(w, r.URL.Path)
	})
	conn := r.dial(t)
	from := bufio.NewReader(conn)
	io.WriteString(conn, "GET /0 HTTP/1.1\r\nHost: a\r\n\r\n")
	for i := range 5 {
		time.Sleep(2 * watchAfter)
		fmt.Fprintf(conn, "GET /%d HTTP/1.1\r\nHost: a\r\n\r\n", i+1)
		if _, body := read(t, from, "GET"); body != fmt.Sprintf("/%d", i) {
			t.Errorf("%q", body)
		}
	}
	read(t, from, "GET")
	time.Sleep(time.Millisecond)
	if last.Err() == nil {
		t.Error("the context outlives its handler")
	}
}

func TestHijack(t *testing.T) {
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			if _, _, err := w.(http.Hijacker).Hijack(); err == nil {
				t.Error("a body became a tunnel")
			}
			return
		}
		if r.URL.Path == "/slow" {
			select {
			case <-r.Context().Done():
			case <-time.After(3 * watchAfter):
			}
		}
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Upgrade", "echo")
		w.WriteHeader(101)
		conn, rw, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		if _, err := w.Write([]byte("x")); err != http.ErrHijacked {
			t.Error(err)
		}
		go func() {
			defer conn.Close()
			time.Sleep(200 * time.Millisecond) // longer than every deadline of ours
			fmt.Fprintf(conn, "%d", rw.Reader.Buffered())
			io.Copy(conn, rw)
		}()
	}, short)
	for _, path := range []string{"/", "/slow"} {
		conn := r.dial(t)
		fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nGET /", path)
		from := bufio.NewReader(conn)
		if res, err := http.ReadResponse(from, nil); err != nil || res.StatusCode != 101 {
			t.Fatal(res, err)
		}
		io.WriteString(conn, "more")
		conn.CloseWrite()
		if got, err := io.ReadAll(from); err != nil || string(got[1:]) != "GET /more" {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}
	conn := r.dial(t)
	io.WriteString(conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nGET /")
	if res, _ := read(t, bufio.NewReader(conn), "POST"); res.StatusCode != 200 {
		t.Error(res)
	}
}

func TestDeadlinesOfTheHandler(t *testing.T) {
	errs := make(chan error, 2)
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		if err := control.EnableFullDuplex(); err != nil {
			t.Error(err)
		}
		control.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		_, err := io.Copy(io.Discard, r.Body)
		errs <- err
		control.SetReadDeadline(time.Time{}) // and the rest can be read all the same
		_, err = io.Copy(io.Discard, r.Body)
		errs <- err
	})
	conn := r.dial(t)
	io.WriteString(conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc")
	if err := <-errs; err == nil || !timedOut(err) {
		t.Error(err)
	}
	io.WriteString(conn, "def")
	if err := <-errs; err != nil {
		t.Error(err)
	}
	if res, _ := read(t, bufio.NewReader(conn), "POST"); res.Close {
		t.Error(res)
	}
}

// TestDeadlinesEndWithTheRequest: what one handler has set is not the next one's.
func TestDeadlinesEndWithTheRequest(t *testing.T) {
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		io.WriteString(w, "once")
		control.Flush()
		control.SetReadDeadline(time.Now().Add(-time.Second))
		if r.URL.Path == "/never" {
			control.SetWriteDeadline(time.Now().Add(-time.Second))
			if err := control.Flush(); err != nil {
				t.Error(err) // there is nothing to send
			}
			io.WriteString(w, strings.Repeat("x", 3*outSize))
			return
		}
		control.SetWriteDeadline(time.Now().Add(-time.Second))
		control.SetWriteDeadline(time.Time{})
		io.WriteString(w, " and again")
	})
	conn := r.dial(t)
	from := bufio.NewReader(conn)
	for range 3 {
		io.WriteString(conn, get+"\r\n")
		if res, body := read(t, from, "GET"); body != "once and again" || res.Close {
			t.Errorf("%v %q", res, body)
		}
	}
	if got := r.ask(t, "GET /never HTTP/1.1\r\nHost: a\r\n\r\n"); strings.Contains(got, "xx") || !strings.HasSuffix(got, "once\r\n") {
		t.Errorf("%q", got)
	}
}

func TestShutdown(t *testing.T) {
	begun, release := make(chan struct{}), make(chan struct{})
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/busy" {
			close(begun)
			<-release
		}
		io.WriteString(w, "done")
	})
	fresh, idle, busy := r.dial(t), r.dial(t), r.dial(t)
	io.WriteString(idle, get+"\r\n")
	from := bufio.NewReader(idle)
	read(t, from, "GET")
	io.WriteString(busy, "GET /busy HTTP/1.1\r\nHost: a\r\n\r\n")
	<-begun
	soon, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := r.Shutdown(soon); err != context.DeadlineExceeded {
		t.Errorf("there is a request, and %v", err)
	}
	for _, conn := range []io.Reader{from, fresh} {
		if _, err := conn.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("an idle connection: %v", err)
		}
	}
	close(release)
	if res, body := read(t, bufio.NewReader(busy), "GET"); body != "done" || !res.Close {
		t.Errorf("%v %q", res, body)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := r.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	if n, err := r.dial(t).Read(make([]byte, 1)); n > 0 || err == nil {
		t.Error("served after the end")
	}
}

// TestOverPipe: nothing depends on TCP, nor on how the bytes come.
func TestOverPipe(t *testing.T) {
	server := &Server{Strict: true, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %v", r.URL, b, err)
	})}
	ours, theirs := net.Pipe()
	done := make(chan struct{})
	go func() { server.ServeConn(theirs, nil); close(done) }()
	go func() {
		text := "\r\nGET /1 HTTP/1.1\r\nHost: a\r\n\r\n" + strings.Replace(upload("3\r\nabc\r\n0\r\nSum: 1\r\n\r\n"), "/", "/2", 1) + "GET /3 HTTP/1.0\r\n\r\n"
		for i := range text {
			if _, err := io.WriteString(ours, text[i:i+1]); err != nil {
				return
			}
		}
	}()
	ours.SetDeadline(time.Now().Add(10 * time.Second))
	from := bufio.NewReader(ours)
	for _, want := range []string{"/1  <nil>", "/2 abc <nil>", "/3  <nil>"} {
		if _, body := read(t, from, "GET"); body != want {
			t.Errorf("%q, want %q", body, want)
		}
	}
	within(t, "still serving", done)
}
