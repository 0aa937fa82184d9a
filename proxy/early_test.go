package proxy

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// refuser is an app that answers as soon as it has read the head of a request.
func refuser(t *testing.T, answer string) Upstream {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				from := bufio.NewReader(conn)
				for {
					if _, err := http.ReadRequest(from); err != nil {
						return
					}
					io.WriteString(conn, answer)
					io.Copy(io.Discard, from)
				}
			}()
		}
	}()
	return Upstream{Network: "tcp", Address: l.Addr().String()}
}

// TestEarlyAnswer: an answer does not wait for a body that it does not need, and
// whatever comes of that body harms no other request.
func TestEarlyAnswer(t *testing.T) {
	for _, length := range []int{1000, 1 << 20} {
		w := start(t, refuser(t, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 7\r\n\r\nnot you"), false)
		conn := rawConn(t, w)
		fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: shop.test\r\nContent-Length: %d\r\n\r\nabc", length)
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("%d bytes to come: %v", length, err)
		}
		if body, err := io.ReadAll(res.Body); res.StatusCode != 401 || string(body) != "not you" || err != nil || !res.Close {
			t.Errorf("%d %q, %v, close %v", res.StatusCode, body, err, res.Close)
		}
		io.WriteString(conn, strings.Repeat("x", length-3)) // the rest, and nobody stumbles over it
		io.Copy(io.Discard, conn)
		if log := w.log.String(); log != "" {
			t.Errorf("logged %s", log)
		}
	}
}

// TestOddStatus: what is no status is no answer.
func TestOddStatus(t *testing.T) {
	for _, status := range []string{"000", "042"} {
		w := start(t, refuser(t, "HTTP/1.1 "+status+" Odd\r\nContent-Length: 0\r\n\r\n"), true)
		if res, _ := do(t, w, request("GET", w.base+"/", nil)); res.StatusCode != 502 || !strings.Contains(w.log.String(), "the app answered with the status") {
			t.Errorf("%s: %d, logged %s", status, res.StatusCode, w.log)
		}
	}
}

// TestErrorsQuoteNothing: a line of the app's that cannot be read may hold a
// cookie, and be long.
func TestErrorsQuoteNothing(t *testing.T) {
	w := start(t, refuser(t, "HTTP/1.1 200 OK\r\nSet-Cookie sid=hush "+strings.Repeat("x", 4000)+"\r\n\r\n"), false)
	res, _ := do(t, w, request("GET", w.base+"/", nil))
	if log := w.log.String(); res.StatusCode != 502 || strings.Contains(log, "hush") || len(log) > 600 || !strings.Contains(log, "malformed") {
		t.Errorf("%d, logged %s", res.StatusCode, log)
	}
}
