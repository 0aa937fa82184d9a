package proxy

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2/hpack"
)

// Types and flags of frames (RFC 9113 6).
const (
	frameData, frameHeaders, framePriority, frameReset, frameSettings = 0, 1, 2, 3, 4
	framePing, frameWindow, frameContinuation                         = 6, 8, 9
	endStream, endHeaders                                             = 1, 4
	initialWindow                                                     = 4 // a setting
)

// An attacker speaks HTTP/2 by single frames.
type attacker struct {
	net.Conn
	head []byte // of an ordinary request
	last uint32 // stream opened; -1 before the first
}

// attackOver2 opens a connection of HTTP/2 with an initial window for each stream,
// and reads what comes if asked to.
func attackOver2(t *testing.T, w *world, reads bool, window uint32) *attacker {
	t.Helper()
	a := &attacker{Conn: attackers(t, 1, func() net.Conn { return overTLS(t, w, "h2") })[0], last: ^uint32(0)}
	io.WriteString(a, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
	a.frame(frameSettings, 0, 0, binary.BigEndian.AppendUint32([]byte{0, initialWindow}, window))
	var b bytes.Buffer
	enc := hpack.NewEncoder(&b)
	for _, f := range [][2]string{{":method", "POST"}, {":scheme", "https"}, {":authority", "shop.test"}, {":path", "/"}} {
		enc.WriteField(hpack.HeaderField{Name: f[0], Value: f[1], Sensitive: true})
	}
	a.head = b.Bytes()
	if reads {
		go io.Copy(io.Discard, a)
	}
	return a
}

// frame sends one (RFC 9113 4.1).
func (a *attacker) frame(kind, flags byte, stream uint32, payload []byte) error {
	n := len(payload)
	b := append(make([]byte, 0, 9+n), byte(n>>16), byte(n>>8), byte(n), kind, flags)
	_, err := a.Write(append(binary.BigEndian.AppendUint32(b, stream), payload...))
	return err
}

// number sends a frame that holds one.
func (a *attacker) number(kind byte, stream, n uint32) error {
	return a.frame(kind, 0, stream, binary.BigEndian.AppendUint32(nil, n))
}

// open begins a request.
func (a *attacker) open(flags byte) error {
	a.last += 2
	return a.frame(frameHeaders, endHeaders|flags, a.last, a.head)
}

// repeat does so as often, or until the connection is closed.
func repeat(most int, do func(i int) error) (done int) {
	for i := range most {
		if do(i) != nil {
			return i
		}
	}
	return most
}

func TestHTTP2Floods(t *testing.T) {
	for name, attack := range map[string]func(*testing.T, *world){
		// CVE-2023-44487. At most 100 handlers run, and the budget of the connection ends.
		"rapid reset": func(t *testing.T, w *world) {
			a := attackOver2(t, w, true, 65535)
			repeat(20_000, func(int) error {
				a.open(endStream)
				return a.number(frameReset, a.last, 8) // CANCEL
			})
		},
		// As above, but it is the server that is made to reset (CVE-2025-8671, MadeYouReset).
		"made to reset": func(t *testing.T, w *world) {
			a := attackOver2(t, w, true, 65535)
			repeat(20_000, func(int) error {
				a.open(0)
				return a.number(frameWindow, a.last, 0)
			})
		},
		// CVE-2023-45288. What exceeds twice MaxHeaderBytes ends the connection.
		"CONTINUATION": func(t *testing.T, w *world) {
			a := attackOver2(t, w, true, 65535)
			a.frame(frameHeaders, 0, 1, a.head)
			var b bytes.Buffer
			hpack.NewEncoder(&b).WriteField(hpack.HeaderField{Name: "x", Value: strings.Repeat("~", 10_000), Sensitive: true})
			if n := repeat(5000, func(int) error { return a.frame(frameContinuation, 0, 1, b.Bytes()) }); n == 5000 {
				t.Error("50 MB of a head were taken")
			}
		},
		"empty CONTINUATION": func(t *testing.T, w *world) {
			a := attackOver2(t, w, true, 65535)
			a.frame(frameHeaders, 0, 1, a.head)
			repeat(50_000, func(int) error { return a.frame(frameContinuation, 0, 1, nil) })
		},
		// CVE-2019-9515, -9512. The budget ends them, and nothing is read while an answer
		// is not taken.
		"SETTINGS": func(t *testing.T, w *world) {
			a := attackOver2(t, w, false, 65535)
			repeat(300_000, func(int) error { return a.frame(frameSettings, 0, 0, nil) })
		},
		"PING": func(t *testing.T, w *world) {
			a := attackOver2(t, w, false, 65535)
			repeat(300_000, func(int) error { return a.frame(framePing, 0, 0, make([]byte, 8)) })
		},
		// CVE-2019-9518. They are no bytes: the budget ends the connection, and the pace
		// of the body the request.
		"empty DATA": func(t *testing.T, w *world) {
			a := attackOver2(t, w, true, 65535)
			a.open(0)
			repeat(50_000, func(int) error { return a.frame(frameData, 0, 1, nil) })
		},
		"empty HEADERS": func(t *testing.T, w *world) {
			a := attackOver2(t, w, true, 65535)
			repeat(20_000, func(i int) error {
				return a.frame(frameHeaders, endHeaders|endStream, uint32(2*i+1), nil)
			})
		},
		// CVE-2019-9513.
		"PRIORITY": func(t *testing.T, w *world) {
			a := attackOver2(t, w, true, 65535)
			repeat(50_000, func(i int) error {
				return a.frame(framePriority, 0, uint32(2*(i%20_000)+1), []byte{0, 0, byte(i >> 8), byte(i) &^ 1, byte(i)})
			})
		},
		// 16 KB of HPACK that stand for 64 MB: what exceeds MaxHeaderBytes is not kept.
		"HPACK bomb": func(t *testing.T, w *world) {
			a := attackOver2(t, w, true, 65535)
			var b bytes.Buffer
			b.Write(a.head)
			enc := hpack.NewEncoder(&b)
			enc.WriteField(hpack.HeaderField{Name: "x", Value: strings.Repeat("x", 4000)}) // of a table of 4 KiB
			bomb := append(b.Bytes(), bytes.Repeat([]byte{0x80 | 62}, 16_000-b.Len())...)
			repeat(50, func(i int) error {
				return a.frame(frameHeaders, endHeaders|endStream, uint32(2*i+1), bomb)
			})
		},
		// At most 100 streams; those that send nothing are ended by their pace.
		"many streams": func(t *testing.T, w *world) {
			a := attackOver2(t, w, true, 65535)
			repeat(5000, func(int) error { return a.open(0) })
			time.Sleep(1500 * time.Millisecond)
		},
		// CVE-2019-9511, -9517. Who opens no window, or one byte at a time, is ended by the
		// pace of the stream; who opens all and takes nothing, by that of the connection.
		"window of 0": func(t *testing.T, w *world) {
			a := attackOver2(t, w, true, 0)
			repeat(100, func(int) error { return a.open(endStream) })
			time.Sleep(1500 * time.Millisecond)
		},
		"windows of 1": func(t *testing.T, w *world) {
			a := attackOver2(t, w, true, 1)
			repeat(100, func(int) error { return a.open(endStream) })
			repeat(30, func(int) error {
				for id := uint32(1); id < a.last; id += 2 {
					a.number(frameWindow, id, 1)
				}
				time.Sleep(50 * time.Millisecond)
				return nil
			})
		},
		"takes nothing": func(t *testing.T, w *world) {
			a := attackOver2(t, w, false, 1<<31-1)
			a.number(frameWindow, 0, 1<<31-1-65535)
			repeat(100, func(int) error { return a.open(endStream) })
			time.Sleep(1500 * time.Millisecond)
			allClosed(t, []net.Conn{a})
		},
	} {
		t.Run(name, func(t *testing.T) { withstand(t, attack) })
	}
}

// TestSmallAnswerAndNoWindow: an answer that fits into the buffers leaves after the
// handler has returned, and must not keep the stream for ever.
func TestSmallAnswerAndNoWindow(t *testing.T) {
	w := startSaying(t, func(r *http.Request) string { return r.URL.Path }, impatient)
	a := attackOver2(t, w, false, 0)
	a.open(endStream)
	a.SetReadDeadline(time.Now().Add(10 * time.Second))
	head := make([]byte, 9)
	for {
		if _, err := io.ReadFull(a, head); err != nil {
			t.Fatal(err)
		}
		io.CopyN(io.Discard, a, int64(head[0])<<16|int64(head[1])<<8|int64(head[2]))
		if head[3] == frameReset && head[8] == 1 {
			return
		}
	}
}
