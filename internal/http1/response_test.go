package http1

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

var dated = regexp.MustCompile(`Date: [^\r]*GMT\r\n`)

// TestResponses compares what leaves, byte for byte but for the date.
func TestResponses(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	text := func(n int) string {
		return fmt.Sprintf("Content-Type: text/plain; charset=utf-8\r\nDATEContent-Length: %d\r\n", n)
	}
	big := strings.Repeat("x", 3*outSize)
	for _, tt := range []struct {
		name, sent string
		handler    func(w http.ResponseWriter, h http.Header)
		want       string
	}{
		{"nothing", get, func(http.ResponseWriter, http.Header) {}, ok + "DATEContent-Length: 0\r\n\r\n"},
		{"small", get, func(w http.ResponseWriter, h http.Header) { io.WriteString(w, "a"); io.WriteString(w, "b") }, ok + text(2) + "\r\nab"},
		{"html", get, func(w http.ResponseWriter, h http.Header) { io.WriteString(w, "<html>") },
			ok + "Content-Type: text/html; charset=utf-8\r\nDATEContent-Length: 6\r\n\r\n<html>"},
		{"coded is not sniffed", get, func(w http.ResponseWriter, h http.Header) {
			h.Set("Content-Encoding", "x")
			io.WriteString(w, "<html>")
		},
			ok + "Content-Encoding: x\r\nDATEContent-Length: 6\r\n\r\n<html>"},
		{"no type wanted, nor date", get, func(w http.ResponseWriter, h http.Header) {
			h["Content-Type"], h["Date"] = nil, nil
			io.WriteString(w, "<html>")
		}, ok + "Content-Length: 6\r\n\r\n<html>"},
		{"own date", get, func(w http.ResponseWriter, h http.Header) { h.Set("Date", "then") }, ok + "Date: then\r\nContent-Length: 0\r\n\r\n"},
		{"head is fixed", get, func(w http.ResponseWriter, h http.Header) {
			h.Set("A", "1")
			w.WriteHeader(404)
			h.Set("A", "2")
			w.WriteHeader(500)
		}, "HTTP/1.1 404 Not Found\r\nA: 1\r\nDATEContent-Length: 0\r\n\r\n"},
		{"odd status", get, func(w http.ResponseWriter, h http.Header) { w.WriteHeader(799) }, "HTTP/1.1 799 \r\nDATEContent-Length: 0\r\n\r\n"},
		{"values", get, func(w http.ResponseWriter, h http.Header) {
			h["X"] = []string{" a\r\nSet-Cookie: b\x00\t", "\r\n"}
			h["Bad Name"], h["Bad\r\nName"], h[""] = []string{"x"}, []string{"x"}, []string{"x"}
			h["Transfer-Encoding"] = []string{"gzip"}
			h["Content-Length"] = []string{"-1"}
		}, ok + "X: a  Set-Cookie: b \r\nX:   \r\nDATEContent-Length: 0\r\n\r\n"},
		{"flushed", get, func(w http.ResponseWriter, h http.Header) {
			io.WriteString(w, "abc")
			w.(http.Flusher).Flush()
			io.WriteString(w, "0123456789")
			w.Write(nil)
		}, ok + "Content-Type: text/plain; charset=utf-8\r\nDATETransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\na\r\n0123456789\r\n0\r\n\r\n"},
		{"flushed before all", get, func(w http.ResponseWriter, h http.Header) {
			w.(http.Flusher).Flush()
			io.WriteString(w, "abc")
		}, ok + "DATETransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"},
		{"large", get, func(w http.ResponseWriter, h http.Header) { io.WriteString(w, "a"); io.WriteString(w, big) },
			ok + "Content-Type: text/plain; charset=utf-8\r\nDATETransfer-Encoding: chunked\r\n\r\n1\r\na\r\n6000\r\n" + big + "\r\n0\r\n\r\n"},
		{"large of known length", get, func(w http.ResponseWriter, h http.Header) {
			h.Set("Content-Length", fmt.Sprint(len(big)))
			io.WriteString(w, big)
		}, ok + text(len(big)) + "\r\n" + big},
		{"large head", get, func(w http.ResponseWriter, h http.Header) { h.Set("X", big); io.WriteString(w, "a") }, ok + "X: " + big + "\r\n" + text(1) + "\r\na"},
		{"HEAD", "HEAD / HTTP/1.1\r\nHost: a\r\n", func(w http.ResponseWriter, h http.Header) { io.WriteString(w, "abc") }, ok + text(3) + "\r\n"},
		{"HEAD and nothing", "HEAD / HTTP/1.1\r\nHost: a\r\n", func(w http.ResponseWriter, h http.Header) {}, ok + "DATE\r\n"},
		{"HEAD of known length", "HEAD / HTTP/1.1\r\nHost: a\r\n", func(w http.ResponseWriter, h http.Header) { h.Set("Content-Length", "7") },
			ok + "DATEContent-Length: 7\r\n\r\n"},
		{"HEAD of much", "HEAD / HTTP/1.1\r\nHost: a\r\n", func(w http.ResponseWriter, h http.Header) { io.WriteString(w, big) },
			ok + "Content-Type: text/plain; charset=utf-8\r\nDATE\r\n"},
		{"204", get, func(w http.ResponseWriter, h http.Header) {
			h.Set("Content-Length", "3")
			w.WriteHeader(204)
			if _, err := io.WriteString(w, "abc"); err != http.ErrBodyNotAllowed {
				t.Error(err)
			}
		}, "HTTP/1.1 204 No Content\r\nDATE\r\n"},
		{"304", get, func(w http.ResponseWriter, h http.Header) {
			h.Set("Content-Length", "3")
			h.Set("Content-Type", "x/y")
			h.Set("Etag", "1")
			w.WriteHeader(304)
		}, "HTTP/1.1 304 Not Modified\r\nEtag: 1\r\nDATE\r\n"},
		{"hints", get, func(w http.ResponseWriter, h http.Header) {
			h.Set("Link", "</a>")
			h.Set("Content-Length", "0")
			w.WriteHeader(103)
			w.WriteHeader(102)
			w.WriteHeader(200)
		}, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\nLink: </a>\r\n\r\n" + ok + "Link: </a>\r\nDATEContent-Length: 0\r\n\r\n"},
		{"trailers", get, func(w http.ResponseWriter, h http.Header) {
			h.Set("Trailer", "Sum, Content-Length")
			io.WriteString(w, "abc")
			h.Set("Sum", "1\r\n2")
			h.Set(http.TrailerPrefix+"Late", "3")
			h.Set(http.TrailerPrefix+"Host", "b")
		}, ok + "Trailer: Sum, Content-Length\r\nContent-Type: text/plain; charset=utf-8\r\nDATETransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nSum: 1  2\r\nLate: 3\r\n\r\n"},
		{"trailers of nothing", get, func(w http.ResponseWriter, h http.Header) {
			h.Set("Trailer", "Sum")
			w.WriteHeader(200)
			h.Set("Sum", "1")
		}, ok + "Trailer: Sum\r\nDATETransfer-Encoding: chunked\r\n\r\n0\r\nSum: 1\r\n\r\n"},
		{"closed by the handler", get, func(w http.ResponseWriter, h http.Header) { h.Set("Connection", "close") }, ok + "DATEContent-Length: 0\r\nConnection: close\r\n\r\n"},
		{"upgrade required", get, func(w http.ResponseWriter, h http.Header) { h.Set("Connection", "Upgrade"); w.WriteHeader(426) },
			"HTTP/1.1 426 Upgrade Required\r\nConnection: Upgrade\r\nDATEContent-Length: 0\r\n\r\n"},
		{"switched without a tunnel", get, func(w http.ResponseWriter, h http.Header) { h.Set("Connection", "Upgrade"); w.WriteHeader(101) },
			"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nDATE\r\n"},
		{"closed by the client", get + "Connection: x, Close\r\n", func(w http.ResponseWriter, h http.Header) {}, ok + "DATEContent-Length: 0\r\nConnection: close\r\n\r\n"},
		{"too much", get, func(w http.ResponseWriter, h http.Header) {
			h.Set("Content-Length", "3")
			if n, err := io.WriteString(w, "abcd"); n != 0 || err != http.ErrContentLength {
				t.Error(n, err)
			}
			io.WriteString(w, "abc")
		}, ok + text(3) + "\r\nabc"},
		{"too little", get, func(w http.ResponseWriter, h http.Header) { h.Set("Content-Length", "3"); io.WriteString(w, "a") }, ok + text(3) + "\r\na"},
		{"1.0", "GET / HTTP/1.0\r\n", func(w http.ResponseWriter, h http.Header) { w.WriteHeader(103); io.WriteString(w, "a") }, "HTTP/1.0 200 OK\r\n" + text(1) + "\r\na"},
		{"1.0 kept", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n", func(w http.ResponseWriter, h http.Header) { io.WriteString(w, "a") },
			"HTTP/1.0 200 OK\r\n" + text(1) + "Connection: keep-alive\r\n\r\na"},
		{"1.0 of unknown length", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n", func(w http.ResponseWriter, h http.Header) {
			h.Set("Trailer", "X")
			w.(http.Flusher).Flush()
			io.WriteString(w, "a")
		}, "HTTP/1.0 200 OK\r\nTrailer: X\r\nDATE\r\na"},
	} {
		r := serve(t, func(w http.ResponseWriter, r *http.Request) { tt.handler(w, w.Header()) })
		conn := r.dial(t)
		io.WriteString(conn, tt.sent+"\r\n")
		conn.CloseWrite()
		got, err := io.ReadAll(conn)
		if got := dated.ReplaceAllString(string(got), "DATE"); got != tt.want || err != nil {
			t.Errorf("%s: %v\n got %.300q\nwant %.300q", tt.name, err, got, tt.want)
		}
		if log := r.logged(); log != "" {
			t.Errorf("%s: logged %s", tt.name, log)
		}
	}
}

// TestOwnLinesFit: whatever we add to a head must fit into the gap for it.
func TestOwnLinesFit(t *testing.T) {
	const longest = "Content-Type: application/vnd.ms-fontobject; charset=utf-8\r\nDate: Mon, 02 Jan 2006 15:04:05 GMT\r\n" +
		"Content-Length: 9223372036854775807\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n7fffffffffffffff\r\n"
	if len(longest) > gap {
		t.Errorf("%d bytes", len(longest))
	}
}

func TestShortResponseCloses(t *testing.T) {
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "3")
		io.WriteString(w, "a")
	})
	conn := r.dial(t)
	io.WriteString(conn, get+"\r\n"+get+"\r\n")
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(res.Body); err != io.ErrUnexpectedEOF {
		t.Errorf("%q, %v", b, err)
	}
}

func TestFilesAreSent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	data := strings.Repeat("0123456789", 100_000)
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
	r := serve(t, func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, path) })
	conn := r.dial(t)
	from := bufio.NewReader(conn)
	for _, asked := range []string{"", "Range: bytes=5-500004\r\n"} {
		io.WriteString(conn, get+asked+"\r\n")
		_, body := read(t, from, "GET")
		if want := map[bool]string{true: data, false: data[5:min(500005, len(data))]}[asked == ""]; body != want {
			t.Errorf("%q: %d bytes", asked, len(body))
		}
	}
}

func TestPanics(t *testing.T) {
	for _, tt := range []struct {
		path, answer, logs string
	}{{"/before", "", "panic serving"}, {"/streaming", "broken", "panic serving"}, {"/silent", "", ""}, {"/exit", "", ""}} {
		r := serve(t, func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "half")
			switch r.URL.Path {
			case "/streaming":
				w.(http.Flusher).Flush()
			case "/exit":
				runtime.Goexit()
			case "/silent":
				panic(http.ErrAbortHandler)
			}
			panic(errors.New("on purpose"))
		})
		got := r.ask(t, "GET "+tt.path+" HTTP/1.1\r\nHost: a\r\n\r\n"+get+"\r\n")
		if (got == "") != (tt.answer == "") || strings.Contains(got, "0\r\n\r\n") {
			t.Errorf("%s: %q", tt.path, got)
		}
		if log := r.logged(); (log == "") != (tt.logs == "") || !strings.Contains(log, tt.logs) || tt.logs != "" && !strings.Contains(log, "response_test.go") {
			t.Errorf("%s: logged %q", tt.path, log)
		}
	}
	// A body that the end of the connection ends must not look whole.
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		io.WriteString(w, strings.Repeat("x", 3*outSize))
		panic(http.ErrAbortHandler)
	})
	conn := r.dial(t)
	io.WriteString(conn, "GET / HTTP/1.0\r\n\r\n")
	if got, err := io.ReadAll(conn); err == nil {
		t.Errorf("%d bytes look whole", len(got))
	}
}

func TestWritesBehindTheHandler(t *testing.T) {
	var kept http.ResponseWriter
	r := serve(t, func(w http.ResponseWriter, r *http.Request) { kept = w })
	conn := r.dial(t)
	from := bufio.NewReader(conn)
	io.WriteString(conn, get+"\r\n")
	read(t, from, "GET")
	if _, err := io.WriteString(kept, "late"); err != errOver {
		t.Error(err)
	}
	io.WriteString(conn, get+"\r\n")
	if _, body := read(t, from, "GET"); body != "" {
		t.Errorf("%q", body)
	}
}
