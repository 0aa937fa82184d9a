package http2

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// BenchmarkServe answers one request after the other, of a page of 1 KB with twenty
// fields, in the clear: what is counted is the server's, for the client allocates
// nothing.
func BenchmarkServe(b *testing.B) {
	page := []byte(strings.Repeat("p", 1024))
	fields := http.Header{}
	for i := range 20 {
		fields["X-Field-"+string(rune('A'+i))] = []string{strings.Repeat("v", 10+5*i)}
	}
	ask, done := exchanges(b, func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		for name, lines := range fields {
			h[name] = lines
		}
		w.Write(page)
	})
	defer done()
	b.ReportAllocs()
	for b.Loop() {
		ask()
	}
}

// exchanges returns what asks once and reads the answer to its end.
func exchanges(t testing.TB, handler http.HandlerFunc) (ask, done func()) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Handler: handler, Strict: true}
	go func() {
		nc, err := l.Accept()
		if err == nil {
			s.ServeConn(nc, nil)
		}
	}()
	nc, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(nc, preface)
	nc.Write(appendNumber(appendHeader(nil, 0, frameSettings, 0, 0), frameWindow, 0, maxWindow-firstWindow))
	block := headOf("GET", "user-agent", "Mozilla/5.0", "accept", "*/*", "accept-encoding", "gzip", "cookie", "id=0123456789abcdef")
	frame := append(appendHeader(nil, len(block), frameHeaders, flagEndHeaders|flagEndStream, 0), block...)
	from, head, id := bufio.NewReaderSize(nc, 64<<10), make([]byte, headSize), ^uint32(0)
	ask = func() {
		id += 2
		binary.BigEndian.PutUint32(frame[5:], id)
		nc.Write(frame)
		for {
			if _, err := io.ReadFull(from, head); err != nil {
				t.Fatal(err)
			}
			h := parseHeader(head)
			from.Discard(h.length)
			if h.stream == id && h.has(flagEndStream) && h.kind <= frameHeaders {
				return
			}
		}
	}
	return ask, func() { nc.Close(); l.Close(); s.Close() }
}
