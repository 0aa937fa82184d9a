package proxy

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

	"pavise"
)

// shouting switches protocols and answers every line in capitals.
func shouting(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Upgrade") != "websocket" {
		fmt.Fprintf(w, "no upgrade: %q", r.Header.Get("Upgrade"))
		return
	}
	if r.URL.Path == "/refuse" {
		http.Error(w, "not here", http.StatusForbidden)
		return
	}
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nApp: yes\r\n\r\nhello\n")
	for {
		line, err := rw.ReadString('\n')
		if err != nil {
			return
		}
		io.WriteString(conn, strings.ToUpper(line))
	}
}

// dialUpgrade asks for an upgrade with a first message in the same packet.
func dialUpgrade(t *testing.T, w *world, path, protocol string) (net.Conn, *bufio.Reader, *http.Response) {
	t.Helper()
	conn := rawConn(t, w)
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: shop.test\r\nConnection: keep-alive, Upgrade\r\nUpgrade: %s\r\n\r\n", path, protocol)
	if protocol == "websocket" && path == "/" {
		io.WriteString(conn, "early\n")
	}
	from := bufio.NewReader(conn)
	res, err := http.ReadResponse(from, nil)
	if err != nil {
		t.Fatal(err)
	}
	return conn, from, res
}

func TestTunnel(t *testing.T) {
	w := behind(t, shouting, false)
	conn, from, res := dialUpgrade(t, w, "/", "websocket")
	if res.StatusCode != 101 || res.Header.Get("Mark") != "shop.test" || res.Header.Get("App") != "yes" {
		t.Fatalf("%d %v", res.StatusCode, res.Header)
	}
	io.WriteString(conn, "late\n")
	for _, want := range []string{"hello\n", "EARLY\n", "LATE\n"} {
		if line, err := from.ReadString('\n'); err != nil || line != want {
			t.Errorf("%q, %v, want %q", line, err, want)
		}
	}
}

func TestTunnelEndsWithTheServer(t *testing.T) {
	w := behind(t, shouting, false)
	_, from, _ := dialUpgrade(t, w, "/", "websocket")
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := w.server.Stop(ctx); err != nil {
		t.Error(err)
	}
	if _, err := io.ReadAll(from); err != nil && strings.Contains(err.Error(), "timeout") {
		t.Error("the tunnel outlived the server")
	}
}

func TestRefusedUpgradeIsPassedOn(t *testing.T) {
	_, _, res := dialUpgrade(t, behind(t, shouting, false), "/refuse", "websocket")
	body, _ := io.ReadAll(res.Body)
	if res.StatusCode != 403 || string(body) != "not here\n" || res.Header.Get("Mark") != "shop.test" {
		t.Errorf("%d %q", res.StatusCode, body)
	}
}

// An h2c upgrade would be a tunnel past every control.
func TestOtherUpgradesAreTakenAway(t *testing.T) {
	_, _, res := dialUpgrade(t, behind(t, shouting, false), "/", "h2c")
	body := make([]byte, 14)
	io.ReadFull(res.Body, body)
	if res.StatusCode != 200 || string(body) != `no upgrade: ""` {
		t.Errorf("%d %q", res.StatusCode, body)
	}
}

func TestUpgradeEndsWithTheClient(t *testing.T) {
	for _, path := range []string{"/silent", "/open"} {
		begun, ended := make(chan bool), make(chan bool, 1)
		app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if path == "/open" { // answers, but does not switch protocols, and keeps silent
				w.Header().Set("Content-Type", "text/event-stream")
				http.NewResponseController(w).Flush()
			}
			begun <- true
			<-r.Context().Done()
			ended <- true
		})
		w := behind(t, app, false)
		conn := rawConn(t, w)
		fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: shop.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", path)
		<-begun
		time.Sleep(50 * time.Millisecond) // let the head of the answer pass
		conn.Close()
		select {
		case <-ended:
		case <-time.After(2 * time.Second):
			t.Fatalf("%s: the client has gone, and the app is still being listened to", path)
		}
	}
}

func TestAnswerToAnUpgradeIsNotBuffered(t *testing.T) {
	app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(w, "data: 1\n\n")
		http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	conn, _, res := dialUpgrade(t, behind(t, app, false), "/events", "websocket")
	conn.SetDeadline(time.Now().Add(2 * time.Second))
	b := make([]byte, 9)
	if _, err := io.ReadFull(res.Body, b); err != nil || string(b) != "data: 1\n\n" {
		t.Errorf("%q, %v", b, err)
	}
	conn.Close()
}

// A WebSocket may be silent for longer than any time that holds for requests, also behind
// a burst.
func TestSilentTunnel(t *testing.T) {
	w := behind(t, shouting, false, limited(func(l *pavise.Listener) {
		l.HeaderTime, l.Idle, l.Stall, l.Grace = shortPatience, shortPatience, shortPatience, shortPatience
	}))
	conn, from, _ := dialUpgrade(t, w, "/", "websocket")
	expectLine(t, from, "hello")
	expectLine(t, from, "EARLY")
	burst := strings.Repeat("A", 100_000)
	io.WriteString(conn, strings.ToLower(burst)+"\n")
	expectLine(t, from, burst)
	time.Sleep(burstPause + shortPatience) // longer than each of them
	io.WriteString(conn, "later\n")
	expectLine(t, from, "LATER")
}

// One side that has ended does not hold the other for ever, whatever that does.
func TestFarewellIsBounded(t *testing.T) {
	client, ours := tcpPair(t)
	theirs, app := tcpPair(t)
	go func() { // it never ends, and takes its time
		for block := make([]byte, 1<<16); ; {
			if _, err := app.Write(block); err != nil {
				return
			}
		}
	}()
	client.Write([]byte("last words"))
	client.CloseWrite()
	received, sent := join(side{ours, nil}, side{theirs, nil}, shortPatience)
	if received != 10 || sent == 0 {
		t.Errorf("%d bytes received, %d sent", received, sent)
	}
	if heard, _ := bufio.NewReader(app).Peek(10); string(heard) != "last words" {
		t.Errorf("the app heard %q", heard)
	}
}

// tcpPair is both ends of a connection.
func tcpPair(t *testing.T) (dialled, accepted *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	near, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	far, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { near.Close(); far.Close() })
	return near.(*net.TCPConn), far.(*net.TCPConn)
}
