package http2

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A feed is a connection that sends some bytes, takes whatever comes, and ends when
// the server is quiet: when what it has to answer was answered.
type feed struct {
	net.Conn
	from  *bytes.Reader
	quiet <-chan struct{}
	mu    sync.Mutex
	until time.Time // the deadline of the reader
	ended chan struct{}
	once  sync.Once
	out   bytes.Buffer
}

func newFeed(sent []byte, quiet <-chan struct{}) *feed {
	return &feed{from: bytes.NewReader(sent), quiet: quiet, ended: make(chan struct{})}
}

func (f *feed) Read(p []byte) (int, error) {
	if n, err := f.from.Read(p); n > 0 {
		return n, err
	}
	f.mu.Lock()
	over := !f.until.IsZero() && time.Now().After(f.until)
	f.mu.Unlock()
	if over {
		return 0, os.ErrDeadlineExceeded
	}
	select {
	case <-f.quiet:
	case <-f.ended:
	}
	return 0, io.EOF
}

func (f *feed) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.out.Len() < 1<<20 {
		f.out.Write(p)
	}
	return len(p), nil
}

func (f *feed) Close() error                     { f.once.Do(func() { close(f.ended) }); return nil }
func (f *feed) LocalAddr() net.Addr              { return new(net.TCPAddr) }
func (f *feed) RemoteAddr() net.Addr             { return new(net.TCPAddr) }
func (f *feed) SetDeadline(t time.Time) error    { return nil }
func (f *feed) SetWriteDeadline(time.Time) error { return nil }
func (f *feed) SetReadDeadline(t time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.until = t
	return nil
}

// A witness is a handler that takes down what it sees.
type witness struct {
	mu    sync.Mutex
	heads []string
	whole []string // with their bodies and trailers
	busy  atomic.Int32
}

func (s *witness) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.busy.Add(1)
	defer s.busy.Add(-1)
	mended(r)
	announced := slices.Sorted(maps.Keys(r.Trailer))
	head := fmt.Sprint(describe(r), announced)
	s.mu.Lock()
	s.heads = append(s.heads, head)
	s.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err == nil {
		s.mu.Lock()
		s.whole = append(s.whole, fmt.Sprintf("%s %q %v", head, body, r.Trailer))
		s.mu.Unlock()
	}
	w.Header().Set("X-Saw", "it")
	w.Write(body)
}

// saw is what it saw, and what of that to the end.
func (s *witness) saw() (heads, whole []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.heads), slices.Clone(s.whole)
}

// idle waits until no handler is at work, but not for ever.
func (s *witness) idle(most time.Duration) {
	for end := time.Now().Add(most); s.busy.Load() > 0 && time.Now().Before(end); {
		time.Sleep(200 * time.Microsecond)
	}
}

// mended takes the differences away that there are to be: net/http keeps names with
// underscores, white space around values, Host, and what it says of caches of old.
func mended(r *http.Request) {
	maps.DeleteFunc(r.Header, func(name string, _ []string) bool { return strings.Contains(name, "_") })
	delete(r.Header, "Host")
	for _, lines := range r.Header {
		for i := range lines {
			lines[i] = strings.Trim(lines[i], " \t")
		}
	}
	if lines := r.Header["Content-Length"]; len(lines) > 1 {
		r.Header["Content-Length"] = lines[:1]
	}
}

// seed is a connection from its preface on.
func seed(frames ...[]byte) []byte {
	return slices.Concat(append([][]byte{[]byte(preface), frame(frameSettings, 0, 0)}, frames...)...)
}

func frame(kind, flags byte, stream uint32, payload ...byte) []byte {
	return append(appendHeader(nil, len(payload), kind, flags, stream), payload...)
}

// words are what heads are made of.
var words = func() (list [][]byte) {
	for _, f := range [][2]string{{":method", "GET"}, {":method", "POST"}, {":scheme", "https"}, {":authority", "a.test"}, {":path", "/"},
		{":path", "/x?y=%20"}, {":path", "*"}, {":method", "OPTIONS"}, {":method", "CONNECT"}, {"content-length", "3"}, {"content-length", "0"},
		{"cookie", "a=1"}, {"cookie", "b=2"}, {"host", "a.test"}, {"trailer", "x, y"}, {"x", "1"}, {"y", " 2"}, {"te", "trailers"},
		{"expect", "100-continue"}, {"x_y", "1"}, {"X", "1"}, {"connection", "close"}, {":protocol", "x"}, {"", ""}, {"accept", "\x00"}} {
		list = append(list, lines(f[0], f[1]))
	}
	return append(list, []byte{0x82}, []byte{0x84}, []byte{0x87}, []byte{0x41, 1, 'a'}, []byte{0xbe}, []byte{0x20}, []byte{0x3f, 0xe1, 0x1f}, []byte{0xff})
}()

// shaped makes frames of what would else hardly ever be any: four bytes are a type,
// flags, a stream and a size; then comes the payload, of words if it is a head.
func shaped(ops []byte) []byte {
	out := seed()
	for len(ops) >= 4 {
		kind, flags, stream, n := ops[0]%11, ops[1], uint32(ops[2]%8), min(int(ops[3]), len(ops)-4)
		payload := ops[4 : 4+n]
		ops = ops[4+n:]
		if kind == frameHeaders || kind == frameContinuation {
			var block []byte
			for _, b := range payload {
				block = append(block, words[int(b)%len(words)]...)
			}
			if kind == frameHeaders {
				flags &^= flagPadded | flagPriority
			}
			payload = block
		}
		out = append(out, frame(kind, flags, stream, payload...)...)
	}
	return out
}

// FuzzServe: whatever comes, the server does not panic, hang or grow, it answers or
// ends each stream that it has opened, and a handler sees nothing that it would not
// have seen behind net/http.
func FuzzServe(f *testing.F) {
	const open, whole = flagEndHeaders, flagEndHeaders | flagEndStream
	f.Add(seed(frame(frameHeaders, whole, 1, headOf("GET")...), frame(frameHeaders, whole, 3, headOf("HEAD", "cookie", "a", "cookie", "b")...)), true, false)
	f.Add(seed(frame(frameHeaders, open, 1, headOf("POST", "trailer", "x", "content-length", "3")...), frame(frameData, 0, 1, 'a', 'b'),
		frame(frameData, 8, 1, 2, 'c', 0, 0), frame(frameHeaders, whole, 1, lines("x", "1")...), frame(framePing, 0, 0, make([]byte, 8)...)), false, false)
	f.Add(seed(frame(frameHeaders, flagEndStream, 1, headOf("GET")[:9]...), frame(frameContinuation, open, 1, headOf("GET")[9:]...),
		frame(frameReset, 0, 1, 0, 0, 0, 8), frame(frameWindow, 0, 0, 0, 0, 0, 9), frame(framePriority, 0, 9, 0, 0, 0, 7, 1)), true, false)
	f.Add(seed(frame(frameSettings, 0, 0, 0, 4, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0), frame(frameHeaders, whole|flagPriority|flagPadded, 1, append([]byte{1, 0, 0, 0, 0, 9}, append(headOf("OPTIONS", "x_y", "z"), 0)...)...),
		frame(frameWindow, 0, 1, 0, 0, 1, 0), frame(frameGoAway, 0, 0, make([]byte, 8)...)), false, false)
	get := []byte{1, whole, 1, 4, 0, 2, 3, 4}
	post := []byte{1, open, 3, 6, 1, 2, 3, 5, 9, 14, 0, 0, 3, 2, 'a', 'b', 0, 1, 3, 1, 'c'}
	f.Add(slices.Concat(get, post), true, true)
	f.Add(slices.Concat(post[:13], []byte{8, 0, 3, 4, 0, 0, 0, 9}, post[13:20], []byte{1, whole, 3, 2, 15, 16}, get), false, true)
	f.Fuzz(func(t *testing.T, sent []byte, strict, frames bool) {
		if len(sent) > 1<<14 {
			return
		}
		if frames {
			sent = shaped(sent)
		}
		before := runtime.NumGoroutine()
		var ours, reference witness
		settle(t, &ours, sent, func(nc net.Conn) {
			s := &Server{Handler: &ours, Strict: strict, ErrorLog: log.New(panics{t}, "", 0)}
			s.ServeConn(nc, nil)
			s.Close()
		})
		settle(t, &reference, sent, func(nc net.Conn) { byNetHTTP(&reference, nc) })
		heads, all := ours.saw()
		theirHeads, theirs := reference.saw()
		for range 20 {
			if len(theirHeads) >= len(heads) {
				break
			}
			time.Sleep(5 * time.Millisecond) // its handlers may begin late
			theirHeads, theirs = reference.saw()
		}
		for _, head := range heads {
			if !slices.Contains(theirHeads, head) {
				t.Errorf("seen %s\nnot by net/http: %q", head, theirHeads)
			}
		}
		if len(theirs) == len(theirHeads) {
			for _, one := range all {
				if !slices.Contains(theirs, one) {
					t.Errorf("seen %s\nby net/http: %q", one, theirs)
				}
			}
		}
		for end := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before+20; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%d goroutines stay", runtime.NumGoroutine()-before)
			}
		}
	})
}

// byNetHTTP serves one connection as net/http does.
func byNetHTTP(handler http.Handler, nc net.Conn) {
	one := &single{nc: nc}
	s := &http.Server{Handler: handler, Protocols: new(http.Protocols), ErrorLog: log.New(io.Discard, "", 0),
		HTTP2: &http.HTTP2Config{MaxConcurrentStreams: 10_000, MaxReceiveBufferPerConnection: connWindow, MaxReceiveBufferPerStream: streamWindow}}
	s.Protocols.SetUnencryptedHTTP2(true)
	s.DisableGeneralOptionsHandler = true
	done := make(chan struct{})
	s.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			close(done)
		}
	}
	s.Serve(one)
	<-done
}

// A single is a listener at which one connection arrives.
type single struct{ nc net.Conn }

func (l *single) Accept() (net.Conn, error) {
	if nc := l.nc; nc != nil {
		l.nc = nil
		return nc, nil
	}
	return nil, net.ErrClosed
}

func (l *single) Close() error   { return nil }
func (l *single) Addr() net.Addr { return new(net.TCPAddr) }

// panics fails a test whose server has something to log.
type panics struct{ t *testing.T }

func (p panics) Write(b []byte) (int, error) {
	p.t.Errorf("%s", b)
	return len(b), nil
}

// settle serves what was sent, and ends the connection when the handlers have had
// time for what is there.
func settle(t *testing.T, s *witness, sent []byte, serve func(net.Conn)) {
	quiet, done := make(chan struct{}), make(chan struct{})
	nc := newFeed(sent, quiet)
	go func() {
		defer close(done)
		serve(nc)
	}()
	go func() {
		time.Sleep(2 * time.Millisecond)
		s.idle(5 * time.Millisecond)
		close(quiet)
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		stacks := make([]byte, 1<<20)
		t.Fatalf("the connection hangs\n%s", stacks[:runtime.Stack(stacks, true)])
	}
	s.idle(10 * time.Second)
}
