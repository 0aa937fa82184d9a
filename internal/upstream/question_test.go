package upstream

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// asks writes a request to a server that closes behind an answer, and returns what
// that has read.
func asks(t *testing.T, r *http.Request) (sent string, err error) {
	t.Helper()
	ours, theirs := net.Pipe()
	read := make(chan string, 1)
	go func() {
		defer theirs.Close()
		b := make([]byte, 64<<10)
		theirs.SetDeadline(time.Now().Add(5 * time.Second))
		got := ""
		for {
			n, err := theirs.Read(b)
			got += string(b[:n])
			head, body, whole := strings.Cut(got, "\r\n\r\n")
			switch {
			case err != nil:
			case !whole, strings.Contains(head, "chunked") && !strings.HasSuffix(body, "\r\n\r\n") && body != "0\r\n\r\n",
				!strings.Contains(head, "chunked") && int64(len(body)) < r.ContentLength:
				continue
			}
			read <- got
			io.WriteString(theirs, "HTTP/1.1 204 No Content\r\n\r\n")
			return
		}
	}()
	client := &Client{Dial: func(context.Context) (net.Conn, error) { return ours, nil }}
	answer, err := client.Ask(r, http.Header{}, nil)
	if err != nil {
		ours.Close()
		return <-read, err
	}
	answer.Close()
	return <-read, nil
}

// TestQuestions compares what is sent, byte for byte but for the order of fields.
func TestQuestions(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(r *http.Request)
		want   string
	}{
		{"plain", func(r *http.Request) {}, "GET /a?b HTTP/1.1\r\nHost: a.test\r\n\r\n"},
		{"as it was sent", func(r *http.Request) { r.URL.Path, r.URL.RawPath, r.URL.RawQuery = "/a/b c", "/a%2Fb%20c", "q=%zz;&" },
			"GET /a%2Fb%20c?q=%zz;& HTTP/1.1\r\nHost: a.test\r\n\r\n"},
		{"escaped where it must", func(r *http.Request) { r.URL.Path, r.URL.RawQuery, r.URL.ForceQuery = "/ü \r\n", "", true },
			"GET /%C3%BC%20%0D%0A? HTTP/1.1\r\nHost: a.test\r\n\r\n"},
		{"asterisk", func(r *http.Request) { r.Method, r.URL.Path, r.URL.RawQuery = "OPTIONS", "*", "" }, "OPTIONS * HTTP/1.1\r\nHost: a.test\r\n\r\n"},
		{"fields of the connection stay", func(r *http.Request) {
			for _, name := range []string{"Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "Te", "Trailer",
				"Transfer-Encoding", "Host", "Content-Length"} {
				r.Header[name] = []string{"x"}
			}
			r.Header["Cookie"] = []string{"a=b", "c=d"}
		}, "GET /a?b HTTP/1.1\r\nHost: a.test\r\nCookie: a=b\r\nCookie: c=d\r\n\r\n"},
		{"trailers are taken", func(r *http.Request) { r.Header["Te"] = []string{"gzip, trailers"} },
			"GET /a?b HTTP/1.1\r\nHost: a.test\r\nConnection: TE\r\nTE: trailers\r\n\r\n"},
		{"an upgrade", func(r *http.Request) {
			r.Header["Upgrade"], r.Header["Connection"] = []string{"websocket"}, []string{"x, upgrade"}
		},
			"GET /a?b HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"},
		{"a body that is none", func(r *http.Request) { r.Method = "POST" }, "POST /a?b HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0\r\n\r\n"},
		{"a short body", func(r *http.Request) { posts(r, "abc", 3) }, "POST /a?b HTTP/1.1\r\nHost: a.test\r\nContent-Length: 3\r\n\r\nabc"},
		{"no more than was announced", func(r *http.Request) { posts(r, "abcdef", 3) }, "POST /a?b HTTP/1.1\r\nHost: a.test\r\nContent-Length: 3\r\n\r\nabc"},
		{"a long body", func(r *http.Request) { posts(r, strings.Repeat("x", 20<<10), 20<<10) },
			"POST /a?b HTTP/1.1\r\nHost: a.test\r\nContent-Length: 20480\r\n\r\n" + strings.Repeat("x", 20<<10)},
		{"chunks and trailers", func(r *http.Request) {
			posts(r, "abc", -1)
			r.Trailer = http.Header{"Sum": {"1"}}
		}, "POST /a?b HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\nTrailer: Sum\r\n\r\n3\r\nabc\r\n0\r\nSum: 1\r\n\r\n"},
		{"chunks of nothing", func(r *http.Request) { posts(r, "", -1) }, "POST /a?b HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
	} {
		r := httptest.NewRequest("GET", "http://a.test/a?b", nil)
		tt.change(r)
		if got, err := asks(t, r); got != tt.want || err != nil {
			t.Errorf("%s: %v\n got %.200q\nwant %.200q", tt.name, err, got, tt.want)
		}
	}
}

func posts(r *http.Request, body string, length int64) {
	r.Method, r.Body, r.ContentLength = "POST", io.NopCloser(strings.NewReader(body)), length
}

// TestQuestionsThatAreNone: nothing that has come to stand in a request ends a line
// of it, or the request (CWE-93).
func TestQuestionsThatAreNone(t *testing.T) {
	for name, change := range map[string]func(r *http.Request){
		"method":          func(r *http.Request) { r.Method = "GET / HTTP/1.1\r\n" },
		"query":           func(r *http.Request) { r.URL.RawQuery = "a HTTP/1.1\r\nX: y\r\n\r\n" },
		"blank in query":  func(r *http.Request) { r.URL.RawQuery = "a HTTP/1.0" },
		"host":            func(r *http.Request) { r.Host = "a.test\r\nX: y" },
		"name":            func(r *http.Request) { r.Header["X: y\r\nZ"] = []string{"x"} },
		"value":           func(r *http.Request) { r.Header["X"] = []string{"x\r\n\r\nGET /admin HTTP/1.1"} },
		"bare LF":         func(r *http.Request) { r.Header["X"] = []string{"x\ny: z"} },
		"bare CR":         func(r *http.Request) { r.Header["X"] = []string{"x\ry: z"} },
		"NUL":             func(r *http.Request) { r.Header["X"] = []string{"x\x00"} },
		"upgrade":         func(r *http.Request) { r.Header["Upgrade"] = []string{"x\r\ny: z"} },
		"name of trailer": func(r *http.Request) { posts(r, "", -1); r.Trailer = http.Header{"X\r\ny: z": nil} },
	} {
		r := httptest.NewRequest("GET", "http://a.test/", nil)
		change(r)
		client := &Client{Dial: func(context.Context) (net.Conn, error) { t.Errorf("%s is sent", name); return nil, io.EOF }}
		if _, err := client.Ask(r, http.Header{}, nil); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// TestTrailersOfQuestions: a value of one cannot end its line either.
func TestTrailersOfQuestions(t *testing.T) {
	r := httptest.NewRequest("GET", "http://a.test/", nil)
	posts(r, "", -1)
	r.Trailer = http.Header{"Sum": {"1\r\n\r\nGET /admin HTTP/1.1"}}
	got, err := asks(t, r)
	if err != nil || slices.Index(strings.Split(got, "\r\n"), "GET /admin HTTP/1.1") >= 0 {
		t.Errorf("%q, %v", got, err)
	}
}
