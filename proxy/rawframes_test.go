package proxy

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quic-go/qpack"
	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/quicvarint"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

type field struct{ name, value string }

// A message is what a client puts on a stream, right or not.
type message struct {
	fields   []field
	data     []string
	trailers []field
	headless bool // the body comes without a head
}

// A sender sends a message by hand. It returns the status of the answer, or
// "reset" if the stream or its connection was ended.
type sender func(*testing.T, *world, message) string

const rawTime = 5 * time.Second

// sendHTTP3 writes the frames of RFC 9114 7.2.
func sendHTTP3(t *testing.T, w *world, m message) string {
	t.Helper()
	conn := dialQUIC(t, w, &quic.Config{})
	defer conn.CloseWithError(0, "")
	stream, err := conn.OpenStream()
	if err != nil {
		t.Fatal(err)
	}
	stream.SetDeadline(time.Now().Add(rawTime))
	var out []byte
	if !m.headless {
		out = headersFrame(out, m.fields)
	}
	for _, d := range m.data {
		out = frame3(out, 0, []byte(d))
	}
	if m.trailers != nil {
		out = headersFrame(out, m.trailers)
	}
	stream.Write(out)
	stream.Close()
	return status3(t, stream)
}

// dialQUIC opens a connection with the control stream that every one needs.
func dialQUIC(t *testing.T, w *world, cfg *quic.Config) *quic.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), rawTime)
	defer cancel()
	conn, err := quic.DialAddr(ctx, w.server.HTTPS().String(),
		&tls.Config{InsecureSkipVerify: true, ServerName: "shop.test", NextProtos: []string{"h3"}}, cfg)
	if err != nil {
		t.Fatal(err)
	}
	control, err := conn.OpenUniStream()
	if err != nil {
		t.Fatal(err)
	}
	control.Write([]byte{0, 4, 0}) // the kind of stream, then SETTINGS of no length
	return conn
}

func frame3(out []byte, kind uint64, payload []byte) []byte {
	out = quicvarint.Append(out, kind)
	out = quicvarint.Append(out, uint64(len(payload)))
	return append(out, payload...)
}

func headersFrame(out []byte, fields []field) []byte {
	var block bytes.Buffer
	enc := qpack.NewEncoder(&block)
	for _, f := range fields {
		enc.WriteField(qpack.HeaderField{Name: f.name, Value: f.value})
	}
	return frame3(out, 1, block.Bytes())
}

func status3(t *testing.T, stream io.Reader) string {
	t.Helper()
	r := bufio.NewReader(stream)
	kind, err := quicvarint.Read(r)
	if err != nil || kind != 1 {
		return ended(t, err)
	}
	size, err := quicvarint.Read(r)
	if err != nil {
		return ended(t, err)
	}
	block := make([]byte, size)
	if _, err := io.ReadFull(r, block); err != nil {
		return ended(t, err)
	}
	f, err := qpack.NewDecoder().Decode(block)()
	if err != nil || f.Name != ":status" {
		t.Fatalf("the answer begins with %q, %v", f, err)
	}
	return f.Value
}

// ended tells the end of a stream from a silence.
func ended(t *testing.T, err error) string {
	t.Helper()
	if err == nil || strings.Contains(err.Error(), "deadline") || strings.Contains(err.Error(), "timeout") {
		t.Errorf("neither answered nor refused: %v", err)
	}
	return "reset"
}

// sendHTTP2 writes the frames of RFC 9113 6.
func sendHTTP2(t *testing.T, w *world, m message) string {
	t.Helper()
	conn, err := tls.Dial("tcp", w.server.HTTPS().String(), &tls.Config{InsecureSkipVerify: true, ServerName: "shop.test", NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(rawTime))
	io.WriteString(conn, http2.ClientPreface)
	framer := http2.NewFramer(conn, conn)
	framer.AllowIllegalWrites = true
	framer.WriteSettings()
	if !m.headless {
		framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: hpackBlock(m.fields), EndHeaders: true,
			EndStream: m.data == nil && m.trailers == nil})
	}
	for i, d := range m.data {
		framer.WriteData(1, i == len(m.data)-1 && m.trailers == nil, []byte(d))
	}
	if m.trailers != nil {
		framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: hpackBlock(m.trailers), EndHeaders: true, EndStream: true})
	}
	return status2(t, framer)
}

func hpackBlock(fields []field) []byte {
	var block bytes.Buffer
	enc := hpack.NewEncoder(&block)
	for _, f := range fields {
		enc.WriteField(hpack.HeaderField{Name: f.name, Value: f.value})
	}
	return block.Bytes()
}

func status2(t *testing.T, framer *http2.Framer) string {
	t.Helper()
	framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	for {
		f, err := framer.ReadFrame()
		if err != nil {
			return ended(t, err)
		}
		switch f := f.(type) {
		case *http2.MetaHeadersFrame:
			return f.PseudoValue("status")
		case *http2.RSTStreamFrame, *http2.GoAwayFrame:
			return "reset"
		}
	}
}

// head is the head of a GET, with some pseudo-headers changed, or left out where
// they are "-", and more fields.
func head(changes map[string]string, more ...field) []field {
	list := []field{{":method", "GET"}, {":scheme", "https"}, {":authority", "shop.test"}, {":path", "/"}}
	for i := range list {
		if v, ok := changes[list[i].name]; ok {
			list[i].value = v
		}
	}
	list = slices.DeleteFunc(list, func(f field) bool { return f.value == "-" })
	return append(list, more...)
}
