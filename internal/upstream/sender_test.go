package upstream

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// until is a body that comes to an end when the channel does.
type until struct {
	io.Reader
	end chan error
}

func (u *until) Read(p []byte) (int, error) {
	if n, _ := u.Reader.Read(p); n > 0 {
		return n, nil
	}
	return 0, <-u.end
}

func (u *until) Close() error { u.end <- io.ErrClosedPipe; return nil }

func streams(begins string) (*http.Request, *until) {
	body := &until{strings.NewReader(begins), make(chan error, 10)}
	r := question1()
	r.Method, r.Body, r.ContentLength = "POST", body, -1
	return r, body
}

// TestEarlyAnswers: an answer that does not wait for the body comes, even if the
// server closes the connection at once with bytes unread, which resets it.
func TestEarlyAnswers(t *testing.T) {
	for _, rest := range []func(*net.TCPConn){
		func(conn *net.TCPConn) { time.Sleep(time.Second) },
		func(conn *net.TCPConn) { conn.SetLinger(0) },
	} {
		a := plays(t, func(n int, conn *net.TCPConn, from *bufio.Reader) {
			r, err := http.ReadRequest(from)
			if err != nil || r.Method != "POST" {
				t.Error(err)
				return
			}
			io.WriteString(conn, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 4\r\n\r\nmuch")
			time.Sleep(50 * time.Millisecond)
			rest(conn)
		})
		for range 2 {
			r, _ := streams(strings.Repeat("x", 100<<10))
			if status, body, err := a.get(r); status != 413 || body != "much" || err != nil {
				t.Errorf("%d %q, %v", status, body, err)
			}
		}
		if n := a.conns.Load(); n != 2 {
			t.Errorf("%d connections: half a request stands on the first", n)
		}
	}
}

// TestBrokenBodies: the server must not take one for whole, and the asker hears
// what was wrong with it.
func TestBrokenBodies(t *testing.T) {
	broken := errors.New("broken")
	got := make(chan error, 10)
	a := plays(t, func(n int, conn *net.TCPConn, from *bufio.Reader) {
		if r, err := http.ReadRequest(from); err == nil {
			_, err := io.Copy(io.Discard, r.Body)
			got <- err
		}
	})
	for _, length := range []int64{-1, 50_000} {
		r, body := streams("abc")
		r.ContentLength = length
		body.end <- broken
		if _, _, err := a.get(r); err != broken {
			t.Errorf("%d: %v", length, err)
		}
		if err := <-got; err == nil {
			t.Errorf("%d: the server took half a body for whole", length)
		}
	}
	r, body := streams("abc")
	r.ContentLength = 5
	body.end <- io.EOF
	if _, _, err := a.get(r); err != io.ErrUnexpectedEOF {
		t.Errorf("shorter than announced: %v", err)
	}
}

// TestExpectations: a body that waits to be wanted is sent when the server says so,
// or nothing for a while, and not when it has answered.
func TestExpectations(t *testing.T) {
	for says, want := range map[string]string{
		"HTTP/1.1 100 Continue\r\n\r\n": "abc",
		"":                              "abc",
		"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n": "",
	} {
		got := make(chan string, 1)
		a := plays(t, func(n int, conn *net.TCPConn, from *bufio.Reader) {
			r, err := http.ReadRequest(from)
			if err != nil || r.Header.Get("Expect") != "100-continue" {
				t.Error(r, err)
				return
			}
			if from.Buffered() > 0 {
				t.Error("the body has come with the head")
			}
			io.WriteString(conn, says)
			body, _ := io.ReadAll(r.Body)
			got <- string(body)
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		})
		r := question1()
		posts(r, "abc", 3)
		r.Header["Expect"] = []string{"100-continue"}
		if _, _, err := a.get(r); err != nil {
			t.Errorf("%q: %v", says, err)
		}
		if body := <-got; body != want {
			t.Errorf("%q: sent %q", says, body)
		}
	}
}

// TestUploadLeavesNoDeadline: what bounded one request does not end a later one.
func TestUploadLeavesNoDeadline(t *testing.T) {
	a := plays(t, answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
	a.Patience = 100 * time.Millisecond
	r, body := streams("abc")
	body.end <- io.EOF
	for _, r := range []*http.Request{r, question1()} {
		if _, _, err := a.get(r); err != nil {
			t.Error(err)
		}
		time.Sleep(200 * time.Millisecond)
	}
	if n := a.conns.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

// TestServerThatTakesNothing: a body is not sent for ever.
func TestServerThatTakesNothing(t *testing.T) {
	a := plays(t, func(n int, conn *net.TCPConn, from *bufio.Reader) { time.Sleep(2 * time.Second) })
	a.Patience = 200 * time.Millisecond
	r, _ := streams(strings.Repeat("x", 16<<20))
	began := time.Now()
	if _, _, err := a.get(r); err == nil {
		t.Error("an answer")
	}
	if took := time.Since(began); took > 1500*time.Millisecond {
		t.Errorf("after %v", took)
	}
}
