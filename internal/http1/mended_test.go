package http1

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"testing"
)

// TestMended: what is refused by the strict server alone, and what a lenient one
// makes of it; what two readers could take for two things is refused by both.
func TestMended(t *testing.T) {
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %v %s", r.Host, r.URL.Path, r.Header, b)
	}, func(s *Server) { s.Strict = false })
	for sent, want := range map[string]string{
		"GET / HTTP/1.1\nHost: a\nX: y\n\n":                                               "a / map[X:[y]] ",
		with("X: y\r\n  z\r\n\tw \r\n"):                                                   "a.test / map[X:[y z w]] ",
		with("X_y: 1\r\n 2\r\nContent_Length: 3\r\n"):                                     "a.test / map[] ",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc": "a / map[Content-Length:[3]] abc",
		"GET http://b.test/ HTTP/1.1\r\nHost: a\r\n\r\n":                                  "b.test / map[] ",
		"GET /\xc3\xbc HTTP/1.1\r\nHost: a\r\n\r\n":                                       "a /ü map[] ",
	} {
		conn := r.dial(t)
		io.WriteString(conn, sent)
		if _, body := read(t, bufio.NewReader(conn), "GET"); body != want {
			t.Errorf("%q: %q, want %q", sent, body, want)
		}
	}
	lenient := func(s *Server) { s.Strict = false }
	refuses(t, []refused{
		{"length and coding", with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400, "framing"},
		{"lengths that differ", with("Content-Length: 5\r\nContent-Length: 6\r\n"), 400, "framing"},
		{"list of lengths", with("Content-Length: 5, 5\r\n"), 400, "framing"},
		{"folded coding", with("Transfer-Encoding: chunked\r\n x\r\n"), 400, "fields"},
		{"folded length", with("Content-Length: 1\r\n 2\r\n"), 400, "fields"},
		{"folded Host", "GET / HTTP/1.1\r\nHost: a\r\n .test\r\n\r\n", 400, "fields"},
		{"control in a fold", with("X: y\r\n \x00\r\n"), 400, "fields"},
		{"CR in a value", with("X: hush\ry\r\n"), 400, "fields"},
		{"two hosts", "GET / HTTP/1.1\nHost: a\nHost: b\n\n", 400, "host"},
		{"space before the colon", with("X : y\r\n"), 400, "fields"},
		{"space in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400, "request-line"},
	}, lenient)
}
