package wires

import (
	"crypto/tls"
	"errors"
	"flag"
	"io"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var sockets = flag.Int("sockets", 200, "WebSockets that are open at a time")

// TestLastWordsOfTheApp: the client has said that it will say no more, and the app has
// much to say yet, and says good-bye.
func TestLastWordsOfTheApp(t *testing.T) {
	last := frame(fin|binaryData, strings.Repeat("x", 4<<20)) + closeFrame(1000, "")
	w := behind(t, func(w http.ResponseWriter, r *http.Request) {
		conn, from := accepted(t, w)
		defer conn.Close()
		if said, err := io.ReadAll(from); err != nil || string(said) != closeFrame(1001, "going") {
			t.Errorf("the app heard %q, %v", said, err)
		}
		io.WriteString(conn, last)
	})
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		s := w.open(t, version, "/", "")
		io.WriteString(s, closeFrame(1001, "going"))
		s.CloseWrite()
		s.expect(t, last)
		if n, err := s.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("behind the end: %d, %v", n, err)
		}
	}
}

// TestLastWordsOfTheClient: the app ends first, and the client's answer still comes to it
// (RFC 6455 5.5.1).
func TestLastWordsOfTheClient(t *testing.T) {
	heard := make(chan string, 1)
	w := behind(t, func(w http.ResponseWriter, r *http.Request) {
		conn, from := accepted(t, w)
		defer conn.Close()
		io.WriteString(conn, closeFrame(1012, "restart"))
		conn.CloseWrite()
		said, _ := io.ReadAll(from)
		heard <- string(said)
	})
	s := w.open(t, tls.VersionTLS13, "/", "")
	s.expect(t, closeFrame(1012, "restart"))
	if _, err := s.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("behind the end: %v", err)
	}
	io.WriteString(s, closeFrame(1012, ""))
	s.Close()
	if said := <-heard; said != closeFrame(1012, "") {
		t.Errorf("the app heard %q", said)
	}
}

// TestRefusalInTheMiddle: an app that has had enough says why and goes, with bytes of the
// client unread, which resets its connection. The client, which is still sending, hears why.
func TestRefusalInTheMiddle(t *testing.T) {
	w := behind(t, func(w http.ResponseWriter, r *http.Request) {
		conn, from := accepted(t, w)
		io.CopyN(io.Discard, from, 1<<20)
		io.WriteString(conn, closeFrame(1009, "too much"))
		time.Sleep(20 * time.Millisecond) // else our kernel may forget it at the reset
		conn.Close()
	})
	s := w.open(t, tls.VersionTLS13, "/", "")
	go func() {
		for block := make([]byte, 64<<10); ; {
			if _, err := s.Write(block); err != nil {
				return
			}
		}
	}()
	s.expect(t, closeFrame(1009, "too much"))
}

// TestReset: who is cut off does not keep the other waiting.
func TestReset(t *testing.T) {
	heard := make(chan error, 1)
	w := behind(t, func(w http.ResponseWriter, r *http.Request) {
		conn, from := accepted(t, w)
		defer conn.Close()
		if r.URL.Path == "/cut" {
			conn.SetLinger(0)
			return
		}
		_, err := from.ReadByte()
		heard <- err
	})
	s := w.open(t, tls.VersionTLS13, "/stay", "")
	s.tcp.SetLinger(0)
	s.tcp.Close()
	select {
	case err := <-heard:
		if err == nil {
			t.Error("the app heard something")
		}
	case <-time.After(patience / 2):
		t.Error("the app still waits")
	}
	s = w.open(t, tls.VersionTLS13, "/cut", "")
	if _, err := s.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the client heard %v", err)
	}
}

// TestReaderThatStops: what nobody takes is not gathered, and nobody else waits for it;
// when it is taken again nothing is missing.
func TestReaderThatStops(t *testing.T) {
	const block, bound = 64 << 10, 64 << 20 // which is what kernels hold of four sockets, and then some
	var written atomic.Int64
	stop := make(chan struct{})
	pour := func(to io.Writer) {
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := io.WriteString(to, numbered(n, block)); err != nil {
				return
			}
			written.Add(block)
		}
	}
	w := behind(t, func(w http.ResponseWriter, r *http.Request) {
		conn, from := accepted(t, w)
		defer conn.Close()
		switch r.URL.Path {
		case "/pour":
			pour(conn)
		case "/stop":
			<-stop
			check(t, from, int(written.Load())/block)
			io.WriteString(conn, "whole")
		default:
			io.Copy(conn, from)
		}
	})
	lively := w.open(t, tls.VersionTLS13, "/", "")
	still := func() bool { // nothing moves any more
		before := written.Load()
		time.Sleep(50 * time.Millisecond)
		return before > 0 && written.Load() == before
	}
	for _, path := range []string{"/pour", "/stop"} {
		written.Store(0)
		stop = make(chan struct{})
		slow := w.open(t, tls.VersionTLS13, path, "")
		poured := make(chan struct{})
		go func() {
			defer close(poured)
			if path == "/stop" {
				pour(slow.Conn)
			}
		}()
		eventually(t, path+" is held back", still)
		if n := written.Load(); n > bound {
			t.Errorf("%s: %d MB are gathered for nobody", path, n>>20)
		}
		io.WriteString(lively, frame(fin|text, path))
		lively.expect(t, frame(fin|text, path))
		close(stop)
		if path == "/pour" {
			check(t, slow, int(written.Load())/block)
			continue
		}
		<-poured
		slow.CloseWrite()
		slow.expect(t, "whole")
	}
}

// numbered is a block that no other looks like.
func numbered(n, size int) string {
	return strings.Repeat(string([]byte{byte(n), byte(n >> 8), 'a', '\n'}), size/4)
}

func check(t *testing.T, from io.Reader, blocks int) {
	const size = 64 << 10
	for n, got := 0, make([]byte, size); n < blocks; n++ {
		if _, err := io.ReadFull(from, got); err != nil || string(got) != numbered(n, size) {
			t.Errorf("block %d of %d is not as it was sent: %v", n, blocks, err)
			return
		}
	}
}

// TestManyAcrossAReload: those that are open stay so, and talk on; when they have gone
// nothing of them is left.
func TestManyAcrossAReload(t *testing.T) {
	w := behind(t, echo(t))
	warm := w.open(t, tls.VersionTLS13, "/", "")
	before := runtime.NumGoroutine()
	open := make([]*socket, *sockets)
	for i := range open {
		open[i] = w.open(t, tls.VersionTLS13, "/", frame(fin|text, "early"))
		open[i].expect(t, frame(fin|text, "early"))
	}
	if n := w.Numbers().WebSockets; n != *sockets+1 {
		t.Errorf("%d are counted, want %d", n, *sockets+1)
	}
	w.reload(t)
	var all sync.WaitGroup
	for i, s := range open {
		all.Go(func() {
			said := frame(fin|binaryData, strings.Repeat("x", i%300)) + frame(fin|ping, "there?")
			io.WriteString(s, said)
			got := make([]byte, len(said))
			if _, err := io.ReadFull(s, got); err != nil || string(got) != said {
				t.Errorf("socket %d after a reload: %v", i, err)
			}
			s.Close()
		})
	}
	all.Wait()
	eventually(t, "all are over", func() bool { return w.Numbers().WebSockets == 1 })
	eventually(t, "no goroutine of theirs is left", func() bool { return runtime.NumGoroutine() < before+10 })
	io.WriteString(warm, "on")
	warm.expect(t, "on")
}
