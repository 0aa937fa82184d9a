package scan

import (
	"bufio"
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"pavise"
)

func TestRaw(t *testing.T) {
	const answer = "HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\nMark: yes\r\n\r\nno"
	for _, tt := range []struct {
		name, answer, ended string
		status              int
		linger              time.Duration
	}{
		{"closed", answer, "closed", 400, 0},
		{"only the first counts", answer + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "open", 400, 0},
		{"left open", answer, "open", 400, 2 * closing},
		{"no answer", "", "closed", 0, 0},
		{"half an answer", "HTTP/1.1 400 Bad", "closed", 0, 0},
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		got := make(chan string, 1)
		go func() {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
			line, _ := bufio.NewReader(conn).ReadString('\n')
			got <- line
			io.WriteString(conn, tt.answer)
			time.Sleep(tt.linger)
		}()
		c := newClient(Options{})
		a := c.answer(context.Background(), pavise.Probe{Raw: &pavise.Raw{Address: l.Addr().String(), Sent: "GET  /\n"}})
		l.Close()
		if sent := <-got; sent != "GET  /\n" {
			t.Errorf("%s: sent %q", tt.name, sent)
		}
		status := 0
		if a.Response != nil {
			status = a.Response.Status
			if a.Response.Header.Get("Mark") != "yes" {
				t.Errorf("%s: %v", tt.name, a.Response.Header)
			}
		}
		if a.Ended != tt.ended || status != tt.status || a.Error != "" {
			t.Errorf("%s: %d, %s, %s", tt.name, status, a.Ended, a.Error)
		}
	}
}

func TestRawIsBounded(t *testing.T) {
	c := newClient(Options{})
	a := c.answer(context.Background(), pavise.Probe{Raw: &pavise.Raw{Address: "127.0.0.1:1", Sent: strings.Repeat("x", pavise.MaxRaw+1)}})
	if a.Error == "" || a.Closed || c.budget.connections.spent != 0 {
		t.Errorf("%+v", a)
	}
	a = c.answer(context.Background(), pavise.Probe{Raw: &pavise.Raw{Address: "127.0.0.1:1", Sent: "x"}})
	if a.Error == "" || !a.Closed {
		t.Errorf("%+v", a)
	}
	for _, wait := range []time.Duration{0, 20 * time.Millisecond} {
		silence(t, wait)
	}
}

// silence asks who never answers.
func silence(t *testing.T, wait time.Duration) {
	c := newClient(Options{})
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	a := c.answer(ctx, pavise.Probe{Raw: &pavise.Raw{Address: l.Addr().String(), Sent: "x", Wait: wait}})
	if told := a.Error == "" && a.Ended == "silent"; told != (wait > 0) || !told && (a.Error == "" || a.Ended != "") {
		t.Errorf("silence: %+v", a)
	}
}
