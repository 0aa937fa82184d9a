package http1

import (
	"bufio"
	"bytes"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// once is a connection that sends some bytes and takes whatever comes.
type once struct {
	net.Conn
	from *bytes.Reader
}

func (o *once) Read(p []byte) (int, error)       { return o.from.Read(p) }
func (o *once) Write(p []byte) (int, error)      { return len(p), nil }
func (o *once) Close() error                     { return nil }
func (o *once) LocalAddr() net.Addr              { return new(net.TCPAddr) }
func (o *once) RemoteAddr() net.Addr             { return new(net.TCPAddr) }
func (o *once) SetDeadline(time.Time) error      { return nil }
func (o *once) SetReadDeadline(time.Time) error  { return nil }
func (o *once) SetWriteDeadline(time.Time) error { return nil }

// before comes first on each connection: nothing of it may show behind it.
const before = "POST http://before.test/a%2Fb? HTTP/1.1\r\nHost: before.test\r\nCookie: before\r\nX-Before: 1\r\nX-Before: 2\r\n" +
	"Expect: 100-continue\r\nTransfer-Encoding: chunked\r\nTrailer: Before\r\n\r\n6;a\r\nbefore\r\n0\r\nBefore: 1\r\n\r\n"

// FuzzServe: whatever is served here net/http reads as the same requests, to the
// same ends of their bodies, whatever was served before.
func FuzzServe(f *testing.F) {
	for _, seed := range []string{
		get + "\r\n", get + "Content-Length: 3\r\n\r\nabc" + get + "\r\n", upload("3;a\r\nabc\r\n0\r\nSum: 1\r\n\r\n") + get + "\r\n",
		"\r\nGET http://a.test:80/x%20?y HTTP/1.0\r\nConnection: keep-alive\r\nX_y: z\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: [::1]:80\r\nExpect: 100-continue\r\n\r\n",
		"GET / HTTP/1.0\r\nUpgrade: x\r\n\r\n", get + "x:\t\xfc \r\nX: \r\nPragma: no-cache\r\n\r\n",
	} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	f.Fuzz(func(t *testing.T, sent []byte, strict bool) {
		sent = append([]byte(before), sent...)
		theirs := bufio.NewReader(bytes.NewReader(sent))
		server := &Server{Strict: strict, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer litter(w, r)
			if len(w.Header()) > 0 || r.RemoteAddr != ":0" || r.TLS != nil || r.Form != nil || r.Pattern+r.PathValue("id") != "" {
				t.Fatalf("left from before: %v %q %v %v %q", w.Header(), r.RemoteAddr, r.TLS, r.Form, r.Pattern)
			}
			announced := slices.Sorted(maps.Keys(r.Trailer))
			body, err := io.ReadAll(r.Body)
			if empty, _ := theirs.Peek(2); string(empty) == "\r\n" { // RFC 9112 2.2
				theirs.Discard(2)
			}
			want, wantErr := http.ReadRequest(theirs)
			if wantErr != nil {
				t.Fatalf("net/http reads none: %v: %s", wantErr, describe(r))
			}
			if names := slices.Sorted(maps.Keys(want.Trailer)); !slices.Equal(announced, names) {
				t.Fatalf("announced %q, net/http %q", announced, names)
			}
			wantBody, wantErr := io.ReadAll(want.Body)
			if err != nil { // the connection ends here
				return
			}
			if wantErr != nil || !bytes.Equal(body, wantBody) {
				t.Fatalf("body %q, net/http %q, %v", body, wantBody, wantErr)
			}
			same(r, want)
			if a, b := describe(r), describe(want); a != b {
				t.Fatalf("\n%s\nnet/http:\n%s", a, b)
			}
		})}
		server.ServeConn(&once{from: bytes.NewReader(sent)}, nil)
	})
}

// same takes the differences away that there are to be: net/http adds a field for
// caches of old, keeps names with underscores, a space behind an empty fold, and
// Upgrade in HTTP/1.0.
func same(ours, theirs *http.Request) {
	for _, h := range []http.Header{theirs.Header, theirs.Trailer} {
		maps.DeleteFunc(h, func(name string, _ []string) bool { return strings.Contains(name, "_") })
		for _, lines := range h {
			for i := range lines {
				lines[i] = trim(lines[i])
			}
		}
	}
	if ours.ProtoMinor == 0 {
		delete(theirs.Header, "Upgrade")
	}
	if p := ours.Header["Pragma"]; len(p) > 0 && p[0] == "no-cache" && ours.Header["Cache-Control"] == nil {
		delete(theirs.Header, "Cache-Control")
	}
}
