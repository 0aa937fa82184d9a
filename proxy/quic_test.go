package proxy

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quic-go/quic-go"

	"pavise"
)

func hello(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") }

// eventually waits for what happens soon.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("in vain: ", what)
		}
	}
}

func TestUDPPortTaken(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	taken, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort(free.Addr().String())))
	free.Close()
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	w := behind(t, hello, false, func(cfg *Config) {
		cfg.HTTPS = "127.0.0.1:" + strconv.Itoa(taken.LocalAddr().(*net.UDPAddr).Port)
	})
	res, body := do(t, w, request("GET", w.base, nil))
	if body != "hello" || res.Header["Alt-Svc"] != nil || !strings.Contains(w.log.String(), "no HTTP/3") {
		t.Errorf("%q, Alt-Svc %q, logged %s", body, res.Header["Alt-Svc"], w.log)
	}
}

// Early data could be sent again by whoever overhears it (RFC 8446 8).
func TestNoEarlyData(t *testing.T) {
	w := behind(t, hello, false)
	sessions := toldOf{tls.NewLRUClientSessionCache(1), make(chan struct{}, 8)}
	cfg := &tls.Config{InsecureSkipVerify: true, ServerName: "shop.test", NextProtos: []string{"h3"}, ClientSessionCache: sessions}
	for again := range 2 {
		conn, err := quic.DialAddrEarly(t.Context(), w.server.HTTPS().String(), cfg, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.CloseWithError(0, "")
		for _, wait := range []<-chan struct{}{conn.HandshakeComplete(), sessions.put} {
			select {
			case <-wait:
			case <-time.After(rawTime):
				t.Fatal("no handshake, or no ticket")
			}
		}
		state := conn.ConnectionState()
		if state.TLS.DidResume != (again == 1) || state.Used0RTT {
			t.Errorf("connection %d: resumed %v, early data %v", again+1, state.TLS.DidResume, state.Used0RTT)
		}
	}
}

// toldOf tells when a session could be resumed.
type toldOf struct {
	tls.ClientSessionCache
	put chan struct{}
}

func (c toldOf) Put(key string, s *tls.ClientSessionState) {
	c.ClientSessionCache.Put(key, s)
	c.put <- struct{}{}
}

func TestQUICConnectionsOfOneClient(t *testing.T) {
	// From the third on the client must show where it is.
	w := behind(t, hello, false, limited(func(l *pavise.Listener) { l.ClientConns = 4 }))
	var conns []*quic.Conn
	for range 4 {
		conns = append(conns, dialQUIC(t, w, nil))
	}
	knock := func() error {
		ctx, cancel := context.WithTimeout(t.Context(), rawTime)
		defer cancel()
		conn, err := quic.DialAddr(ctx, w.server.HTTPS().String(), &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h3"}}, nil)
		if err == nil {
			conn.CloseWithError(0, "")
		}
		return err
	}
	var refused *quic.TransportError
	if err := knock(); !errors.As(err, &refused) || refused.ErrorCode != quic.ConnectionRefused {
		t.Errorf("one too many: %v", err)
	}
	conns[0].CloseWithError(0, "")
	eventually(t, "a place is free again", func() bool { return knock() == nil })
	for _, c := range conns {
		c.CloseWithError(0, "")
	}
	eventually(t, "all are forgotten", func() bool {
		g, c := w.server.quic.Load().guests, &w.server.clients
		g.mu.Lock()
		defer g.mu.Unlock()
		c.mu.Lock()
		defer c.mu.Unlock()
		return len(c.of) == 0 && g.knocking == 0
	})
}

func TestDoubt(t *testing.T) {
	g := guests{clients: &clients{most: 500}, of: new(connections)}
	stranger := &net.UDPAddr{IP: net.IPv4(192, 0, 2, 1)}
	for i := range quicHandshakes {
		if g.doubt(stranger) {
			t.Fatalf("doubted at %d handshakes", i)
		}
		g.knock(t.Context(), &quic.ClientInfo{RemoteAddr: &net.UDPAddr{IP: net.IPv4(198, 51, 100, byte(i))}})
	}
	if !g.doubt(stranger) {
		t.Error("not doubted")
	}
}

// A request that never becomes whole does not keep its connection, though the
// client shows that it is there.
func TestHalfARequest(t *testing.T) {
	w := behind(t, hello, false, limited(func(l *pavise.Listener) { l.Idle = shortPatience }))
	conn := dialQUIC(t, w, &quic.Config{KeepAlivePeriod: shortPatience / 3})
	stream, err := conn.OpenStream()
	if err != nil {
		t.Fatal(err)
	}
	stream.Write([]byte{1, 20, 0}) // HEADERS of 20 bytes, of which one comes
	select {
	case <-conn.Context().Done():
	case <-time.After(rawTime):
		t.Error("the connection is kept")
	}
}

// However fast a client opens streams and resets them, there is a bound to what is
// at work (CVE-2023-44487).
func TestRapidReset(t *testing.T) {
	w := behind(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, false)
	conn := dialQUIC(t, w, nil)
	get := headersFrame(nil, head(nil))
	var most int64
	open := func() (streams []*quic.Stream) {
		for {
			stream, err := conn.OpenStream()
			if err != nil {
				return streams // no more at a time
			}
			stream.Write(get)
			stream.Close()
			streams = append(streams, stream)
			most = max(most, w.server.quic.Load().running.Load())
		}
	}
	held := open()
	if len(held) != quicStreams {
		t.Errorf("%d streams at a time", len(held))
	}
	eventually(t, "all are at work", func() bool { return w.server.quic.Load().running.Load() == quicStreams })
	for range 10 {
		for _, stream := range held {
			stream.CancelRead(0x10c) // H3_REQUEST_CANCELLED
		}
		held = nil
		eventually(t, "the client may go on", func() bool { held = append(held, open()...); return len(held) == quicStreams })
	}
	if most > 2*quicStreams {
		t.Errorf("%d at work", most)
	}
	conn.CloseWithError(0, "")
	eventually(t, "none is at work", func() bool { return w.server.quic.Load().running.Load() == 0 })
}

func TestExchangesOfOneConnection(t *testing.T) {
	g := &guest{timer: time.AfterFunc(time.Hour, func() {})}
	for range 2 * quicStreams {
		if !g.begin() {
			t.Fatal("too few")
		}
	}
	if g.begin() {
		t.Error("one too many")
	}
	if g.end(); !g.begin() {
		t.Error("a place is free again")
	}
}

func TestFieldSections(t *testing.T) {
	w := behind(t, hello, false)
	bomb := []byte{0, 0} // each of these two bytes stands for over 100 (RFC 9204 appendix A, entry 85)
	for range 20_000 {
		bomb = append(bomb, 0xff, 85-63)
	}
	for what, out := range map[string][]byte{
		"long frame": headersFrame(nil, head(nil, field{"x", strings.Repeat("a", 80<<10)})),
		"bomb":       frame3(nil, 1, bomb),
	} {
		conn := dialQUIC(t, w, nil)
		defer conn.CloseWithError(0, "")
		stream, err := conn.OpenStream()
		if err != nil {
			t.Fatal(err)
		}
		stream.SetDeadline(time.Now().Add(rawTime))
		stream.Write(out)
		if status := status3(t, stream); status != "431" {
			t.Errorf("%s: %s", what, status)
		}
	}
}

// A client that lets nothing in holds neither the app nor its connection.
func TestClosedWindow(t *testing.T) {
	ended := make(chan struct{}, 2)
	w := behind(t, func(w http.ResponseWriter, r *http.Request) {
		for size := 1; r.URL.Path == "/large" && size < 1<<30; size += 1 << 16 {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				break
			}
		}
		ended <- struct{}{}
	}, false, limited(func(l *pavise.Listener) { l.Stall, l.Idle = shortPatience, shortPatience }))
	conn := dialQUIC(t, w, &quic.Config{InitialStreamReceiveWindow: 1, KeepAlivePeriod: shortPatience / 3})
	for _, path := range []string{"/large", "/small"} {
		stream, err := conn.OpenStream()
		if err != nil {
			t.Fatal(err)
		}
		stream.Write(headersFrame(nil, head(pseudo{":path": path})))
		stream.Close()
	}
	for _, done := range []<-chan struct{}{ended, ended, conn.Context().Done()} {
		select {
		case <-done:
		case <-time.After(rawTime):
			t.Fatal("it is still waited for the client")
		}
	}
}

func TestStreamOfHTTP3ThatStopsSending(t *testing.T) {
	app := func(w http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) }
	for _, method := range []string{"POST", "GET"} { // the end of a GET is waited for before the app hears of it
		w := behind(t, app, true, impatient)
		w.overHTTP3(t)
		body, in := io.Pipe()
		defer in.Close()
		if method == "POST" {
			go io.WriteString(in, "abc")
		}
		res, _ := do(t, w, request(method, w.base, body))
		if res.StatusCode != http.StatusRequestTimeout || res.Header.Get("Mark") != "shop.test" {
			t.Errorf("%s: answered %d, logged %s", method, res.StatusCode, w.log)
		}
	}
}

// HEAD says of the length what GET would, or nothing (RFC 9110 8.6).
func TestHeadWithoutLength(t *testing.T) {
	both(t, func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		io.WriteString(w, "some")
	}, func(t *testing.T, w *world) {
		if res, _ := do(t, w, request("HEAD", w.base, nil)); res.ContentLength > 0 || res.Header["Content-Length"] != nil {
			t.Errorf("length %q", res.Header["Content-Length"])
		}
	})
}

// A stop lets what runs end and takes nothing new; what is idle does not hold it.
func TestStopOfHTTP3(t *testing.T) {
	began, held := make(chan struct{}), make(chan struct{})
	release := sync.OnceFunc(func() { close(held) })
	w := behind(t, func(w http.ResponseWriter, r *http.Request) {
		close(began)
		<-held
		io.WriteString(w, strings.Repeat("x", 100_000))
	}, true)
	t.Cleanup(release) // else a failure waits for ever
	idle := dialQUIC(t, w, nil)
	defer idle.CloseWithError(0, "")
	w.overHTTP3(t)
	late := dialQUIC(t, w, nil)
	got := make(chan string, 1)
	go func() {
		res, err := w.client.Get(w.base)
		if err != nil {
			got <- err.Error()
			return
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil {
			b = []byte(err.Error())
		}
		got <- string(b)
	}()
	<-began
	stopped := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		stopped <- w.server.Stop(ctx)
	}()
	eventually(t, "a late request is rejected", func() bool {
		stream, err := late.OpenStream()
		if err != nil {
			return false
		}
		stream.SetDeadline(time.Now().Add(time.Second)) // one that came too early must not be the last
		stream.Write([]byte{1})                         // not yet a request: so it may come too early, too
		stream.CancelWrite(0x10c)
		var reset *quic.StreamError
		_, err = stream.Read(make([]byte, 1))
		return errors.As(err, &reset) && reset.ErrorCode == 0x10b // H3_REQUEST_REJECTED
	})
	release()
	if body := <-got; len(body) != 100_000 {
		t.Errorf("got %.100q", body)
	}
	if err := <-stopped; err != nil {
		t.Errorf("stop: %v", err)
	}
}

func TestQUICLog(t *testing.T) {
	var out logBuffer
	log := slog.New(quicLog{NewJournal(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})), nil)})
	log.Debug("handling request", "uri", "/?secret")
	log.Error("http3: panic serving", "arg", "oh", "trace", "here")
	if s := out.String(); strings.Contains(s, "secret") || !strings.Contains(s, "a mistake in Pavise") || !strings.Contains(s, "trace=here") {
		t.Error(s)
	}
}
