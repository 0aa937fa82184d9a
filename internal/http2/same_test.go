package http2

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"strings"
	"testing"
	"time"
)

// theirs is the same handler behind net/http.
func theirs(t testing.TB, handler http.HandlerFunc) string {
	s := httptest.NewUnstartedServer(handler)
	s.EnableHTTP2 = true
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Config.DisableGeneralOptionsHandler = true
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}

// answer is all that a client sees of one.
func answer(c *http.Client, q *http.Request) string {
	var b strings.Builder
	trace := &httptrace.ClientTrace{Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
		if code != http.StatusContinue { // when that comes depends on the clock
			fmt.Fprintf(&b, "first %d %v\n", code, h)
		}
		return nil
	}}
	res, err := c.Do(q.WithContext(httptrace.WithClientTrace(context.Background(), trace)))
	if err != nil {
		return b.String() + "error"
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if res.Header.Get("Date") == "" {
		b.WriteString("no date\n")
	}
	res.Header.Del("Date")
	fmt.Fprintf(&b, "%d %d\n%v\n%.200q of %d, %v\n%v", res.StatusCode, res.ContentLength, res.Header, body, len(body), err != nil, res.Trailer)
	return b.String()
}

var long = strings.Repeat("0123456789abcdef", 10_000)

var handlers = map[string]http.HandlerFunc{
	"nothing": func(w http.ResponseWriter, r *http.Request) {},
	"text":    func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello") },
	"html":    func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "<html>hello") },
	"type": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "a/b")
		io.WriteString(w, "x")
	},
	"no type": func(w http.ResponseWriter, r *http.Request) { w.Header()["Content-Type"] = nil; io.WriteString(w, "x") },
	"coded": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "br")
		io.WriteString(w, "x")
	},
	"404":      func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) },
	"redirect": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/x", http.StatusFound) },
	"204":      func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(204) },
	"304":      func(w http.ResponseWriter, r *http.Request) { w.Header().Set("ETag", `"x"`); w.WriteHeader(304) },
	"299": func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(299)
		w.WriteHeader(404)
		io.WriteString(w, "x")
	},
	"204 body": func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(204)
		_, err := w.Write([]byte("x"))
		fail(w, r, err == http.ErrBodyNotAllowed)
	},
	"long": func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, long) },
	"long, told": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "160000")
		io.WriteString(w, long)
	},
	"in pieces": func(w http.ResponseWriter, r *http.Request) {
		for i := range 100 {
			io.WriteString(w, long[:i*97])
		}
	},
	"flushed": func(w http.ResponseWriter, r *http.Request) {
		for range 5 {
			io.WriteString(w, "piece")
			w.(http.Flusher).Flush()
		}
	},
	"flush first": func(w http.ResponseWriter, r *http.Request) { w.(http.Flusher).Flush(); io.WriteString(w, "late") },
	"flush only":  func(w http.ResponseWriter, r *http.Request) { w.(http.Flusher).Flush() },
	"many fields": func(w http.ResponseWriter, r *http.Request) {
		for i := range 100 {
			w.Header().Add("Set-Cookie", fmt.Sprint("c", i, "=", i))
			w.Header().Set(fmt.Sprint("X-", i), strings.Repeat("v", i*20))
		}
	},
	"large head": func(w http.ResponseWriter, r *http.Request) {
		for i := range 9 {
			w.Header().Set(fmt.Sprint("X-", i), strings.Repeat(fmt.Sprint(i), 9000))
		}
		io.WriteString(w, "x")
	},
	"odd fields": func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["X-A"] = []string{"a", "b", ""}
		h["Transfer-Encoding"] = []string{"chunked"}
		h["x-lower"], h["X-None"] = []string{"1"}, nil
	},
	"hints": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</x>; rel=preload")
		w.WriteHeader(103)
		w.Header().Set("Link", "</y>; rel=preload")
		w.WriteHeader(103)
		w.Header().Del("Link")
		io.WriteString(w, "x")
	},
	"trailers": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "X-Sum, Content-Length")
		io.WriteString(w, "body")
		w.Header().Set("X-Sum", "1")
		w.Header().Set(http.TrailerPrefix+"X-Late", "2")
	},
	"trailers, no body": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		w.WriteHeader(200)
		w.Header().Set("X-Sum", "1")
	},
	"changed late": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X", "1")
		w.WriteHeader(200)
		w.Header().Set("X", "2")
		w.Header().Set("Y", "2")
		io.WriteString(w, "x")
	},
	"echo":   func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) },
	"unread": func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "no, thanks") },
	"read and trailers": func(w http.ResponseWriter, r *http.Request) {
		announced := slices.Sorted(maps.Keys(r.Trailer))
		n, err := io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, n, err, announced, r.Trailer, r.Header["Trailer"])
	},
	"panic": func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) },
	"panic later": func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, long)
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	},
	"read twice": func(w http.ResponseWriter, r *http.Request) {
		io.ReadAll(r.Body)
		r.Body.Close()
		_, err := r.Body.Read(make([]byte, 1))
		fmt.Fprint(w, err != nil)
	},
	"request": func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		fmt.Fprint(w, describe(r), " ", len(b), err)
	},
	"file": func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "x.txt", time.Unix(1, 0), strings.NewReader(long))
	},
	"max bytes": func(w http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 10))
		fmt.Fprint(w, err)
	},
	"context ended": func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Context().Err()) },
}

func fail(w http.ResponseWriter, r *http.Request, ok bool) {
	if !ok {
		panic(http.ErrAbortHandler)
	}
}

// describe is all of a request but its body and where it came from.
func describe(r *http.Request) string {
	return fmt.Sprintf("%s %q %#v %s %d.%d %v %d %v %q close=%v trailer=%v", r.Method, r.RequestURI, *r.URL, r.Proto, r.ProtoMajor,
		r.ProtoMinor, r.Header, r.ContentLength, r.TransferEncoding, r.Host, r.Close, r.Trailer)
}

type unknown struct{ io.Reader } // of no length that is known

// TestSame: a client sees of each of the handlers what it sees behind net/http.
func TestSame(t *testing.T) {
	requests := map[string]func(url string) *http.Request{
		"GET":  func(url string) *http.Request { q, _ := http.NewRequest("GET", url+"/a%2Fb?c=d;e", nil); return q },
		"HEAD": func(url string) *http.Request { q, _ := http.NewRequest("HEAD", url, nil); return q },
		"POST": func(url string) *http.Request {
			q, _ := http.NewRequest("POST", url, strings.NewReader("some body"))
			return q
		},
		"empty POST": func(url string) *http.Request { q, _ := http.NewRequest("POST", url, nil); return q },
		"large POST": func(url string) *http.Request {
			q, _ := http.NewRequest("POST", url, bytes.NewReader(make([]byte, 1<<20)))
			return q
		},
		"unknown length": func(url string) *http.Request {
			q, _ := http.NewRequest("PUT", url, unknown{strings.NewReader(long)})
			q.Trailer = http.Header{"X-Sum": {"1"}}
			return q
		},
		"expects": func(url string) *http.Request {
			q, _ := http.NewRequest("POST", url, strings.NewReader("some body"))
			q.Header.Set("Expect", "100-continue")
			return q
		},
		"fields": func(url string) *http.Request {
			q, _ := http.NewRequest("OPTIONS", url+"//x/../?", nil)
			q.Header = http.Header{"X-A": {"1", "2"}, "Cookie": {"a=1; b=2", "c=3"}, "Te": {"trailers"}, "Pragma": {"no-cache"}, "Range": {"bytes=5-9"}}
			return q
		},
	}
	for name, handler := range handlers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ours, reference := "https://"+serve(t, handler).addr, theirs(t, handler)
			one, other := client(t), client(t)
			for what, make := range requests {
				if strings.HasPrefix(name, "unread") && what == "large POST" { // which the client may see end either way
					continue
				}
				a, b := make(ours), make(reference)
				b.Host = a.URL.Host
				if got, want := answer(one, a), answer(other, b); got != want {
					t.Errorf("%s\n got %s\nwant %s", what, got, want)
				}
			}
		})
	}
}

// TestNoServerSeesMore: net/http agrees about what became of the exchange.
func TestClientLeaves(t *testing.T) {
	began, left := make(chan struct{}), make(chan error, 1)
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		close(began)
		<-r.Context().Done()
		_, err := io.WriteString(w, long)
		left <- errors.Join(err, r.Context().Err())
	})
	ctx, cancel := context.WithCancel(t.Context())
	q, _ := http.NewRequestWithContext(ctx, "GET", "https://"+r.addr, nil)
	res, err := client(t).Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	within(t, "the handler did not begin", began)
	cancel()
	select {
	case err := <-left:
		if !errors.Is(err, context.Canceled) || !errors.Is(err, errGone) {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("it did not hear of that")
	}
}
