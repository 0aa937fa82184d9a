package http1

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// upload is a chunked request with so much behind its head.
func upload(body string) string {
	return "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: Sum\r\n\r\n" + body
}

// TestChunks sends bodies whose framing is wrong: reading must fail by the rule,
// and nothing behind them is a request.
func TestChunks(t *testing.T) {
	came := make(chan error, 10)
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			came <- fmt.Errorf("smuggled: %s", r.URL)
		}
		_, err := io.Copy(io.Discard, r.Body)
		came <- err
	}, func(s *Server) { s.MaxTrailerBytes, s.MaxChunkExtensions, s.MaxFields = 500, 100, 5 })
	long := strings.Repeat("x", 600)
	for sent, want := range map[string]string{
		"0\r\n\r\n":                                "",
		"3\r\nabc\r\n0\r\n\r\n":                    "",
		"00000003\r\nabc\r\n000\r\n\r\n":           "",
		"A\r\n0123456789\r\n0\r\nSum: 1\r\n\r\n":   "",
		"3;a=b;c=\"d\"\r\nabc\r\n0;x\r\n\r\n":      "",
		"3\nabc\r\n0\r\n\r\n":                      "line-endings",
		"3\r\nabc\n0\r\n\r\n":                      "line-endings",
		"3\r\nabc\r\n0\n\r\n":                      "line-endings",
		"3\r\nabc\r\n0\r\n\n":                      "line-endings",
		"3\r\nabc\r\n0\r\nSum: 1\n\r\n":            "line-endings",
		"3;a\nb\r\nabc\r\n0\r\n\r\n":               "line-endings",
		"3\r\nabcd\r\n0\r\n\r\n":                   "framing",
		"3\r\nabc0\r\n\r\n":                        "framing",
		"\r\n0\r\n\r\n":                            "framing",
		"+3\r\nabc\r\n0\r\n\r\n":                   "framing",
		"-3\r\nabc\r\n0\r\n\r\n":                   "framing",
		"0x3\r\nabc\r\n0\r\n\r\n":                  "framing",
		"0_3\r\nabc\r\n0\r\n\r\n":                  "framing",
		" 3\r\nabc\r\n0\r\n\r\n":                   "framing",
		"3 \r\nabc\r\n0\r\n\r\n":                   "framing",
		"3 ;a\r\nabc\r\n0\r\n\r\n":                 "framing",
		"3\t\r\nabc\r\n0\r\n\r\n":                  "framing",
		"3\r\r\nabc\r\n0\r\n\r\n":                  "framing",
		"g\r\nabc\r\n0\r\n\r\n":                    "framing",
		";a\r\nabc\r\n0\r\n\r\n":                   "framing",
		"10000000000000003\r\nabc\r\n":             "framing",
		"00000000000000003\r\nabc\r\n":             "framing",
		"ffffffffffffffff\r\nabc\r\n":              "framing",
		"7fffffffffffffff\r\nabc\r\n":              "framing",
		"3;a\x00\r\nabc\r\n0\r\n\r\n":              "framing",
		"3;a\rb\r\nabc\r\n0\r\n\r\n":               "framing",
		"3;" + long[:99] + "\r\nabc\r\n0\r\n\r\n":  "",
		"3;" + long[:100] + "\r\nabc\r\n0\r\n\r\n": "framing",
		"1;" + long[:60] + "\r\na\r\n1;" + long[:60] + "\r\na\r\n0\r\n\r\n": "framing",
		"3;" + long + long + "\r\nabc\r\n":                                  "framing",
		strings.Repeat("0", 2000):                                           "framing",
		"0\r\nSum: " + long + "\r\n\r\n":                                    "size",
		"0\r\n" + strings.Repeat("Sum: 1\r\n", 5) + "\r\n":                  "",
		"0\r\n" + strings.Repeat("Sum: 1\r\n", 6) + "\r\n":                  "size",
		"0\r\nContent-Length: 1\r\n\r\n":                                    "framing",
		"0\r\nTransfer-Encoding: chunked\r\n\r\n":                           "framing",
		"0\r\nhost: b\r\n\r\n":                                              "framing",
		"0\r\nTrailer: x\r\n\r\n":                                           "framing",
		"0\r\nSum : 1\r\n\r\n":                                              "fields",
		"0\r\nSum\r\n\r\n":                                                  "fields",
		"0\r\nSum: 1\r\n 2\r\n\r\n":                                         "fields",
		"0\r\n Sum: 1\r\n\r\n":                                              "fields",
		"0\r\nSum: \x00\r\n\r\n":                                            "fields",
		"0\r\nX_Forwarded_For: 1\r\n\r\n":                                   "fields",
	} {
		conn := r.dial(t)
		io.WriteString(conn, upload(sent)+"GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
		err := <-came
		var fault *Fault
		switch {
		case want == "" && err != nil, want != "" && !errors.As(err, &fault), fault != nil && fault.Rule != want:
			t.Errorf("%.60q: %v, want %q", sent, err, want)
		}
		if want == "" {
			<-came
			<-came
			continue
		}
		answer, _ := io.ReadAll(conn)
		if strings.Count(string(answer), "HTTP/1.1") != 1 || !strings.Contains(string(answer), "Connection: close") {
			t.Errorf("%.60q: answered %q", sent, answer)
		}
	}
}

func TestBodiesEnd(t *testing.T) {
	for _, sent := range []string{"Content-Length: 5\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n5\r\nabc", "Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n", "Transfer-Encoding: chunked\r\n\r\n0\r\n"} {
		came := make(chan error, 1)
		r := serve(t, func(w http.ResponseWriter, r *http.Request) {
			_, err := io.Copy(io.Discard, r.Body)
			if r.Context().Err() == nil {
				t.Error("the client has gone, and nobody says so")
			}
			came <- err
		})
		conn := r.dial(t)
		io.WriteString(conn, "POST / HTTP/1.1\r\nHost: a\r\n"+sent)
		conn.CloseWrite()
		if err := <-came; err != io.ErrUnexpectedEOF {
			t.Errorf("%q: %v", sent, err)
		}
	}
}

func TestTrailersOfRequests(t *testing.T) {
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if v, ok := r.Trailer["Sum"]; !ok || v != nil {
			t.Errorf("announced %v", r.Trailer)
		}
		io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, r.Trailer)
	})
	conn := r.dial(t)
	io.WriteString(conn, upload("1\r\nx\r\n0\r\nsum: 7\r\nx_y: dropped\r\n\r\n"))
	if _, body := read(t, bufio.NewReader(conn), "POST"); body != "map[Sum:[7]]" {
		t.Error(body)
	}
}

func TestContinue(t *testing.T) {
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/no" {
			w.WriteHeader(403)
			return
		}
		w.Write([]byte("got "))
		io.Copy(w, r.Body)
	})
	conn := r.dial(t)
	from := bufio.NewReader(conn)
	for range 2 {
		io.WriteString(conn, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 3\r\n\r\n")
		if res, err := http.ReadResponse(from, nil); err != nil || res.StatusCode != 100 {
			t.Fatal(res, err)
		}
		io.WriteString(conn, "abc")
		if res, body := read(t, from, "POST"); res.StatusCode != 200 || body != "got abc" {
			t.Error(res, body)
		}
	}
	io.WriteString(conn, "POST /no HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
	if res, _ := read(t, from, "POST"); res.StatusCode != 403 || !res.Close {
		t.Error(res)
	}
	got := r.ask(t, "POST / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc")
	if strings.Contains(got, " 100 ") || !strings.HasSuffix(got, "got abc") {
		t.Errorf("HTTP/1.0: %q", got)
	}
}

// TestUnreadBodies: what has come of a body that nobody read is passed over; an
// answer does not wait for what has not, and is not lost by a reset.
func TestUnreadBodies(t *testing.T) {
	r := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "early") })
	conn := r.dial(t)
	from := bufio.NewReader(conn)
	for _, body := range []string{"Content-Length: 3000\r\n\r\n" + strings.Repeat("x", 3000), "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"} {
		io.WriteString(conn, "POST / HTTP/1.1\r\nHost: a\r\n"+body)
		if res, text := read(t, from, "POST"); text != "early" || res.Close {
			t.Errorf("%v %q", res, text)
		}
	}
	for _, fields := range []string{"Content-Length: 10\r\n\r\nabc", "Content-Length: 10000000\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n5\r\nabc"} {
		conn := r.dial(t)
		io.WriteString(conn, "POST / HTTP/1.1\r\nHost: a\r\n"+fields)
		from := bufio.NewReader(conn)
		if res, text := read(t, from, "POST"); text != "early" || !res.Close {
			t.Errorf("%q: %v %q", fields, res, text)
		}
		if _, err := from.ReadByte(); err != io.EOF {
			t.Errorf("%q: %v", fields, err)
		}
	}
	// A large upload to somebody who answers at once and closes.
	conn = r.dial(t)
	go func() {
		io.WriteString(conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000000\r\n\r\n")
		for range 3 {
			conn.Write(make([]byte, 10000))
		}
	}()
	if res, text := read(t, bufio.NewReader(conn), "POST"); text != "early" || !res.Close {
		t.Errorf("%v %q", res, text)
	}
}

// TestFullDuplex: a handler answers while the body still comes.
func TestFullDuplex(t *testing.T) {
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		b := make([]byte, 10)
		for {
			n, err := r.Body.Read(b)
			w.Write(b[:n])
			http.NewResponseController(w).Flush()
			if err != nil {
				return
			}
		}
	})
	conn := r.dial(t)
	io.WriteString(conn, upload("1\r\na\r\n"))
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || !res.Close {
		t.Fatal(res, err)
	}
	b := make([]byte, 1)
	for _, c := range "abc" {
		if _, err := io.ReadFull(res.Body, b); err != nil || b[0] != byte(c) {
			t.Fatal(b, err)
		}
		if c < 'c' {
			fmt.Fprintf(conn, "1\r\n%c\r\n", c+1)
		}
	}
	io.WriteString(conn, "0\r\n\r\n")
	if rest, err := io.ReadAll(res.Body); err != nil || len(rest) > 0 {
		t.Error(rest, err)
	}
}

// TestBodyBehindTheHandler: whoever still reads when the handler has returned is
// told so, and the connection goes on as if nobody had.
func TestBodyBehindTheHandler(t *testing.T) {
	errs := make(chan error, 1)
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		begun := make(chan struct{})
		go func() {
			close(begun)
			_, err := io.Copy(io.Discard, r.Body)
			errs <- err
		}()
		<-begun
		time.Sleep(20 * time.Millisecond) // so that it waits in Read
	})
	conn := r.dial(t)
	io.WriteString(conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
	if res, _ := read(t, bufio.NewReader(conn), "POST"); res.StatusCode != 200 || !res.Close {
		t.Error(res)
	}
	if err := <-errs; err != http.ErrBodyReadAfterClose {
		t.Error(err)
	}
}
