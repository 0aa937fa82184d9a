package wires

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
)

// The opcodes of RFC 6455 5.2, and the bits beside them.
const (
	more, text, binaryData, closing, ping, pong = 0x0, 0x1, 0x2, 0x8, 0x9, 0xa

	fin, rsv1, rsv2, rsv3 = 0x80, 0x40, 0x20, 0x10
)

// frame is one of a client (RFC 6455 5.2), masked by a key that is no secret.
func frame(first byte, payload string) string {
	out := []byte{first}
	switch n := len(payload); {
	case n < 126:
		out = append(out, 0x80|byte(n))
	case n < 1<<16:
		out = binary.BigEndian.AppendUint16(append(out, 0x80|126), uint16(n))
	default:
		out = binary.BigEndian.AppendUint64(append(out, 0x80|127), uint64(n))
	}
	key := [4]byte{0x37, 0xfa, 0x21, 0x3d}
	out = append(out, key[:]...)
	for i := range len(payload) {
		out = append(out, payload[i]^key[i%4])
	}
	return string(out)
}

// closeFrame has a code and a reason (RFC 6455 5.5.1).
func closeFrame(code uint16, reason string) string {
	return frame(fin|closing, string(binary.BigEndian.AppendUint16(nil, code))+reason)
}

// conversations are what peers may say to each other, rightly or wrongly: that is theirs
// to judge, and nothing is ours to change.
func conversations() map[string]string {
	list := map[string]string{
		"fragments": frame(text, "a") + frame(more, "") + frame(more, strings.Repeat("b", 70_000)) + frame(fin|more, "c"),
		"control frames between fragments": frame(binaryData, "a") + frame(fin|ping, "still there?") + frame(more, "b") +
			frame(fin|pong, "unasked") + frame(fin|ping, "") + frame(fin|more, "c"),
		"control frames of full size":             frame(fin|ping, strings.Repeat("p", 125)) + frame(fin|pong, strings.Repeat("q", 125)),
		"text that is no UTF-8":                   frame(fin|text, "caf\xe9 \xed\xa0\x80 \xf8\x88"),
		"a character cut by fragments":            frame(text, "\xe2") + frame(more, "\x82") + frame(fin|more, "\xac"),
		"a byte order mark and a nil":             frame(fin|text, "\ufeff\x00"),
		"compressed":                              frame(fin|rsv1|text, "\xf2\x48\xcd\xc9\xc9\x07\x00"),
		"reserved bits":                           frame(fin|rsv2|text, "x") + frame(fin|rsv1|rsv2|rsv3|ping, "y"),
		"no mask":                                 "\x81\x02hi",
		"a length in more bytes than it needs":    "\x82\xfe\x00\x01abcdX" + "\x82\xff\x00\x00\x00\x00\x00\x00\x00\x01abcdX",
		"a length beyond all":                     "\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff" + "abcd",
		"a control frame in fragments":            frame(ping, "a") + frame(fin|more, "b"),
		"a control frame that is too long":        frame(fin|ping, strings.Repeat("p", 126)),
		"close without a code":                    frame(fin|closing, ""),
		"close with half a code":                  frame(fin|closing, "\x03"),
		"frames behind the close":                 closeFrame(1000, "bye") + frame(fin|text, "and another thing"),
		"what looks like a request":               "GET /admin HTTP/1.1\r\nHost: other\r\n\r\n",
		"what looks like the end of a TLS stream": "\x15\x03\x03\x00\x02\x01\x00",
	}
	for _, n := range []int{0, 1, 125, 126, 127, 128, 1023, 1024, 1025, 4096, 32 << 10, 65_535, 65_536, 3 << 20} {
		payload := strings.Repeat("0123456789abcdef!", n/17+1)[:n]
		list[fmt.Sprintf("text of %d bytes", n)] = frame(fin|text, payload)
		list[fmt.Sprintf("two of %d bytes", n)] = frame(fin|binaryData, payload) + frame(fin|binaryData, payload)
	}
	for op := byte(0x3); op <= 0xf; op++ {
		if op < closing || op > pong {
			list[fmt.Sprintf("opcode %x", op)] = frame(fin|op, "x")
		}
	}
	for _, code := range []uint16{0, 999, 1000, 1001, 1002, 1003, 1005, 1006, 1007, 1009, 1011, 1012, 1015, 2999, 3000, 4999, 65535} {
		list[fmt.Sprintf("close with code %d", code)] = closeFrame(code, "gr\u00fc\u00dfe")
	}
	return list
}

// TestFramesPassUnchanged: the proxy reads no frame, so that every byte comes as it was
// sent, in both directions, by each version of TLS, however it is cut.
func TestFramesPassUnchanged(t *testing.T) {
	w := behind(t, echo(t))
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		s := w.open(t, version, "/", "")
		for name, said := range conversations() {
			t.Run(tls.VersionName(version)+" "+name, func(t *testing.T) {
				writes := []io.Reader{strings.NewReader(said)}
				if len(said) < 200 {
					writes = append(writes, iotest.OneByteReader(strings.NewReader(said)))
				}
				for _, write := range writes {
					go io.Copy(s.Conn, onlyReader{write})
					s.expect(t, said)
				}
			})
		}
	}
}

// onlyReader keeps a reader from writing all of itself at once.
type onlyReader struct{ io.Reader }

// TestFirstFrames: what comes with the handshake is not lost, neither of the client nor of
// the app, even if it is more than a buffer holds.
func TestFirstFrames(t *testing.T) {
	first := frame(fin|binaryData, strings.Repeat("x", 20_000))
	w := behind(t, func(w http.ResponseWriter, r *http.Request) {
		conn, from := accepted(t, w, "Sec-WebSocket-Accept: of-the-app\r\n\r\n"+first)
		defer conn.Close()
		io.Copy(conn, from)
	})
	s := w.open(t, tls.VersionTLS13, "/", first)
	s.expect(t, first+"\r\n\r\n"+first)
}

// TestNegotiationIsTheApps: what the two agree on is between them.
func TestNegotiationIsTheApps(t *testing.T) {
	offered := "permessage-deflate; client_max_window_bits; server_no_context_takeover, x-own; a=\"b\""
	agreed := "permessage-deflate; server_no_context_takeover; client_max_window_bits=12"
	asked := make(chan http.Header, 1)
	w := behind(t, func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Header
		conn, _ := accepted(t, w, "Sec-WebSocket-Accept: jobnODD4U0V4ZSAhkZdB2Z8tWwI=", "Sec-WebSocket-Extensions: "+agreed, "Sec-WebSocket-Protocol: wamp.2.json")
		conn.Close()
	})
	s := w.open(t, tls.VersionTLS13, "/", "", "Sec-WebSocket-Extensions: "+offered, "Sec-WebSocket-Protocol: mqtt, wamp.2.json")
	got := <-asked
	for name, want := range map[string]string{"Sec-Websocket-Extensions": offered, "Sec-Websocket-Protocol": "mqtt, wamp.2.json",
		"Sec-Websocket-Key": "AQIDBAUGBwgJCgsMDQ4PEA==", "Sec-Websocket-Version": "13", "Upgrade": "websocket"} {
		if got.Get(name) != want || len(got[name]) != 1 {
			t.Errorf("the app was asked with %s: %q, want %q", name, got[name], want)
		}
	}
	for name, want := range map[string]string{"Sec-Websocket-Extensions": agreed, "Sec-Websocket-Protocol": "wamp.2.json",
		"Sec-Websocket-Accept": "jobnODD4U0V4ZSAhkZdB2Z8tWwI=", "Upgrade": "websocket"} {
		if s.answer.Get(name) != want || len(s.answer[name]) != 1 {
			t.Errorf("the client was told %s: %q, want %q", name, s.answer[name], want)
		}
	}
}

// TestRefusalIsTheApps: an app that will not have a WebSocket
// says so itself.
func TestRefusalIsTheApps(t *testing.T) {
	w := behind(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Sec-WebSocket-Version", "13, 8")
		http.Error(w, "another version, please", http.StatusUpgradeRequired)
	})
	conn, _ := w.dial(t, tls.VersionTLS13)
	fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: %s\r\nOrigin: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 99\r\nSec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==\r\n\r\n", w.origin()[8:], w.origin())
	var head bytes.Buffer
	io.CopyN(&head, conn, 60)
	if !strings.HasPrefix(head.String(), "HTTP/1.1 426 ") {
		t.Errorf("answered %q", head.String())
	}
}
