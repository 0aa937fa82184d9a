package http1

import (
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkKeepAlive asks for 1 KB again and again, of this server and of
// net/http's. The client is the same, and costs little.
func BenchmarkKeepAlive(b *testing.B) {
	page := []byte(strings.Repeat("x", 1024))
	html := []string{"text/html; charset=utf-8"}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Content-Type"] = html
		w.Write(page)
	})
	const request = browsers
	b.Run("ours", func(b *testing.B) {
		r := serve(b, handler)
		ask(b, r.addr, request)
	})
	b.Run("net-http", func(b *testing.B) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 75 * time.Second}
		go server.Serve(l)
		defer server.Close()
		ask(b, l.Addr().String(), request)
	})
}

func ask(b *testing.B, addr, request string) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	sent, answer := []byte(request), make([]byte, 4096)
	conn.Write(sent)
	n, err := conn.Read(answer) // all answers are as long
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	began := cpu()
	for b.Loop() {
		conn.Write(sent)
		if _, err := io.ReadFull(conn, answer[:n]); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(cpu()-began)/float64(b.N), "cpu-ns/op")
}

// cpu is what this process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
