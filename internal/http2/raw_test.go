package http2

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"pavise/internal/http1"
)

// A raw client speaks by single frames.
type raw struct {
	net.Conn
	t      testing.TB
	framer *http2.Framer // to read by
	last   uint32
	ended  map[uint32]bool // streams that the server has ended
	status map[uint32]string
	bodies map[uint32]int
}

// speak opens a connection, with settings if there are any.
func (r *rig) speak(t testing.TB, settings ...uint32) *raw {
	t.Helper()
	conn := r.dial(t)
	io.WriteString(conn, preface)
	a := newRaw(t, conn)
	a.settings(settings...)
	return a
}

func newRaw(t testing.TB, conn net.Conn) *raw {
	framer := http2.NewFramer(io.Discard, conn)
	framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	return &raw{Conn: conn, t: t, framer: framer, last: ^uint32(0), ended: map[uint32]bool{}, status: map[uint32]string{}, bodies: map[uint32]int{}}
}

func (a *raw) frame(kind, flags byte, stream uint32, payload []byte) error {
	_, err := a.Write(append(appendHeader(nil, len(payload), kind, flags, stream), payload...))
	return err
}

func (a *raw) number(kind byte, stream, n uint32) error {
	return a.frame(kind, 0, stream, binary.BigEndian.AppendUint32(nil, n))
}

// settings sends pairs of them.
func (a *raw) settings(list ...uint32) {
	var p []byte
	for i := 0; i < len(list); i += 2 {
		p = binary.BigEndian.AppendUint16(p, uint16(list[i]))
		p = binary.BigEndian.AppendUint32(p, list[i+1])
	}
	a.frame(frameSettings, 0, 0, p)
}

// lines is a block of fields as name, value, ..., none of which is remembered.
func lines(list ...string) []byte {
	var b bytes.Buffer
	enc := hpack.NewEncoder(&b)
	for i := 0; i < len(list); i += 2 {
		enc.WriteField(hpack.HeaderField{Name: list[i], Value: list[i+1], Sensitive: true})
	}
	return b.Bytes()
}

// headOf is the head of a request with more fields.
func headOf(method string, more ...string) []byte {
	return lines(append([]string{":method", method, ":scheme", "https", ":authority", "a.test", ":path", "/"}, more...)...)
}

// open begins a request.
func (a *raw) open(flags byte, block []byte) uint32 {
	a.last += 2
	a.frame(frameHeaders, flagEndHeaders|flags, a.last, block)
	return a.last
}

// next reads one frame; nil is the end of the connection.
func (a *raw) next() http2.Frame {
	a.t.Helper()
	f, err := a.framer.ReadFrame()
	if err != nil {
		if timedOut(err) {
			a.t.Error("nothing came, and the connection is open")
		}
		return nil
	}
	id := f.Header().StreamID
	switch f := f.(type) {
	case *http2.MetaHeadersFrame:
		a.status[id] += f.PseudoValue("status")
		a.ended[id] = f.StreamEnded()
	case *http2.DataFrame:
		a.bodies[id] += len(f.Data())
		a.ended[id] = f.StreamEnded()
	case *http2.RSTStreamFrame:
		a.status[id] += fmt.Sprint(" reset ", uint32(f.ErrCode))
		a.ended[id] = true
	}
	return f
}

// outcome is what becomes of what was sent: what was answered on stream 1, and how
// the connection ended if it did before a PING was answered.
func (a *raw) outcome() string {
	a.t.Helper()
	a.frame(framePing, 0, 0, []byte("outcome?"))
	ponged := false
	for !ponged || a.last == 1 && !a.ended[1] && a.status[1] != "" {
		switch f := a.next().(type) {
		case nil:
			return strings.TrimSpace(a.status[1] + " closed")
		case *http2.GoAwayFrame:
			return strings.TrimSpace(fmt.Sprint(a.status[1], " goaway ", uint32(f.ErrCode)))
		case *http2.PingFrame:
			ponged = ponged || f.IsAck()
			for ponged && a.last == 1 && a.status[1] == "" {
				if a.next() == nil {
					break
				}
			}
		}
	}
	for a.ended[1] && strings.HasPrefix(a.status[1], "400") && !strings.Contains(a.status[1], "reset") {
		a.next()
	}
	return a.status[1]
}

// TestFrames: each of these is what a client must not do, or may.
func TestFrames(t *testing.T) {
	get := headOf("GET")
	post := headOf("POST")
	const open, whole = flagEndHeaders, flagEndHeaders | flagEndStream
	type frames = func(a *raw)
	for name, tt := range map[string]struct {
		send frames
		want string
	}{
		"a request":   {func(a *raw) { a.open(flagEndStream, get) }, "200"},
		"a body":      {func(a *raw) { a.open(0, post); a.frame(frameData, 1, 1, []byte("abc")) }, "200"},
		"padding":     {func(a *raw) { a.open(flagEndStream|flagPadded, append(append([]byte{9}, get...), make([]byte, 9)...)) }, "200"},
		"padded body": {func(a *raw) { a.open(0, post); a.frame(frameData, 1|flagPadded, 1, []byte("\x02abc__")) }, "200"},
		"padding alone": {func(a *raw) {
			a.open(0, post)
			a.frame(frameData, 1|flagPadded, 1, append([]byte{255}, make([]byte, 255)...))
		}, "200"},
		"too much padding":       {func(a *raw) { a.open(0, post); a.frame(frameData, 1|flagPadded, 1, []byte("\x04abc")) }, "goaway 1"},
		"too much padding, head": {func(a *raw) { a.open(flagEndStream|flagPadded, append([]byte{255}, get...)) }, "goaway 1"},
		"no room for padding":    {func(a *raw) { a.open(0, post); a.frame(frameData, 1|flagPadded, 1, nil) }, "goaway 6"},
		"no room for padding, h": {func(a *raw) { a.open(flagEndStream|flagPadded, nil) }, "goaway 6"},
		"priority":               {func(a *raw) { a.open(flagEndStream|flagPriority, append([]byte{0, 0, 0, 0, 9}, get...)) }, "200"},
		"no room for priority":   {func(a *raw) { a.open(flagEndStream|flagPriority, []byte{0, 0}) }, "goaway 6"},
		"depends on itself":      {func(a *raw) { a.open(flagEndStream|flagPriority, append([]byte{0, 0, 0, 1, 9}, get...)) }, "reset 1"},
		"CONTINUATION": {func(a *raw) {
			a.last = 1
			a.frame(frameHeaders, flagEndStream, 1, get[:3])
			a.frame(frameContinuation, 0, 1, nil)
			a.frame(frameContinuation, flagEndHeaders, 1, get[3:])
		}, "200"},
		"CONTINUATION of another": {func(a *raw) { a.frame(frameHeaders, flagEndStream, 1, get); a.frame(frameContinuation, open, 3, nil) }, "goaway 1"},
		"CONTINUATION of none":    {func(a *raw) { a.frame(frameContinuation, open, 1, get) }, "goaway 1"},
		"PING in a head":          {func(a *raw) { a.frame(frameHeaders, flagEndStream, 1, get) }, "goaway 1"},
		"unknown frame in a head": {func(a *raw) { a.frame(frameHeaders, flagEndStream, 1, get); a.frame(99, 0, 1, nil) }, "goaway 1"},
		"unknown frame":           {func(a *raw) { a.frame(99, 255, 77, []byte("x")); a.open(flagEndStream, get) }, "200"},
		"PRIORITY_UPDATE":         {func(a *raw) { a.frame(16, 0, 0, []byte("\x00\x00\x00\x01u=1")); a.open(flagEndStream, get) }, "200"},
		"broken compression":      {func(a *raw) { a.open(flagEndStream, []byte{0xff, 0xff, 0xff}) }, "goaway 9"},
		"half a field":            {func(a *raw) { a.open(flagEndStream, get[:len(get)-1]) }, "goaway 9"},
		"table too large":         {func(a *raw) { a.open(flagEndStream, append([]byte{0x3f, 0xe2, 0x1f}, get...)) }, "goaway 9"},
		"table of no size":        {func(a *raw) { a.open(flagEndStream, append([]byte{0x20}, get...)) }, "200"},
		"HEADERS on 0":            {func(a *raw) { a.frame(frameHeaders, whole, 0, get) }, "goaway 1"},
		"HEADERS on 2":            {func(a *raw) { a.frame(frameHeaders, whole, 2, get) }, "goaway 1"},
		"HEADERS backwards":       {func(a *raw) { a.frame(frameHeaders, whole, 5, get); a.frame(frameHeaders, whole, 3, get) }, "goaway 5"},
		"DATA on 0":               {func(a *raw) { a.frame(frameData, 0, 0, []byte("x")) }, "goaway 1"},
		"DATA on none":            {func(a *raw) { a.frame(frameData, 0, 1, []byte("x")) }, "goaway 1"},
		"DATA behind the end": {func(a *raw) {
			a.open(flagEndStream, headOf("GET", "x-slow", "1"))
			a.frame(frameData, 0, 1, []byte("x"))
		}, "reset 5"},
		"trailers behind the end": {func(a *raw) {
			a.open(flagEndStream, headOf("GET", "x-slow", "1"))
			a.frame(frameHeaders, whole, 1, lines("x", "1"))
		}, "reset 5"},
		"trailers":                {func(a *raw) { a.open(0, post); a.frame(frameHeaders, whole, 1, lines("x", "1")) }, "200"},
		"trailers without an end": {func(a *raw) { a.open(0, post); a.frame(frameHeaders, open, 1, lines("x", "1")) }, "reset 1"},
		"trailers with a path":    {func(a *raw) { a.open(0, post); a.frame(frameHeaders, whole, 1, lines(":path", "/")) }, "reset 1"},
		"trailers with a length":  {func(a *raw) { a.open(0, post); a.frame(frameHeaders, whole, 1, lines("content-length", "0")) }, "reset 1"},
		"too many trailers":       {func(a *raw) { a.open(0, post); a.frame(frameHeaders, whole, 1, lines("x", strings.Repeat("x", 9000))) }, "reset 1"},
		"longer than announced": {func(a *raw) {
			a.open(0, headOf("POST", "content-length", "2"))
			a.frame(frameData, 1, 1, []byte("abc"))
		}, "reset 1"},
		"shorter than announced": {func(a *raw) {
			a.open(0, headOf("POST", "content-length", "4"))
			a.frame(frameData, 1, 1, []byte("abc"))
		}, "reset 1"},
		"RST_STREAM on 0":          {func(a *raw) { a.number(frameReset, 0, 8) }, "goaway 1"},
		"RST_STREAM on none":       {func(a *raw) { a.number(frameReset, 1, 8) }, "goaway 1"},
		"RST_STREAM of 3 bytes":    {func(a *raw) { a.open(0, post); a.frame(frameReset, 0, 1, []byte("abc")) }, "goaway 6"},
		"SETTINGS on a stream":     {func(a *raw) { a.frame(frameSettings, 0, 1, nil) }, "goaway 1"},
		"SETTINGS of 5 bytes":      {func(a *raw) { a.frame(frameSettings, 0, 0, []byte("12345")) }, "goaway 6"},
		"SETTINGS ack with more":   {func(a *raw) { a.frame(frameSettings, flagAck, 0, make([]byte, 6)) }, "goaway 6"},
		"push of 2":                {func(a *raw) { a.settings(settingPush, 2) }, "goaway 1"},
		"window of 2^31":           {func(a *raw) { a.settings(settingWindow, 1<<31) }, "goaway 3"},
		"frames of 16383":          {func(a *raw) { a.settings(settingFrame, 16383) }, "goaway 1"},
		"frames of 2^24":           {func(a *raw) { a.settings(settingFrame, 1<<24) }, "goaway 1"},
		"unknown setting":          {func(a *raw) { a.settings(0xfefe, 1<<32-1); a.open(flagEndStream, get) }, "200"},
		"PING on a stream":         {func(a *raw) { a.frame(framePing, 0, 1, make([]byte, 8)) }, "goaway 1"},
		"PING of 7 bytes":          {func(a *raw) { a.frame(framePing, 0, 0, make([]byte, 7)) }, "goaway 6"},
		"GOAWAY":                   {func(a *raw) { a.frame(frameGoAway, 0, 0, make([]byte, 8)); a.open(flagEndStream, get) }, "200"},
		"GOAWAY on a stream":       {func(a *raw) { a.frame(frameGoAway, 0, 1, make([]byte, 8)) }, "goaway 1"},
		"PUSH_PROMISE":             {func(a *raw) { a.frame(framePush, 4, 1, make([]byte, 8)) }, "goaway 1"},
		"PRIORITY of 4 bytes":      {func(a *raw) { a.open(0, post); a.frame(framePriority, 0, 1, make([]byte, 4)) }, "reset 6"},
		"PRIORITY on 0":            {func(a *raw) { a.frame(framePriority, 0, 0, make([]byte, 5)) }, "goaway 1"},
		"WINDOW_UPDATE of 0":       {func(a *raw) { a.number(frameWindow, 0, 0) }, "goaway 1"},
		"WINDOW_UPDATE of 0 on 1":  {func(a *raw) { a.open(0, post); a.number(frameWindow, 1, 0) }, "reset 1"},
		"WINDOW_UPDATE on none":    {func(a *raw) { a.number(frameWindow, 1, 1) }, "goaway 1"},
		"WINDOW_UPDATE of 3 bytes": {func(a *raw) { a.frame(frameWindow, 0, 0, make([]byte, 3)) }, "goaway 6"},
		"window overflow":          {func(a *raw) { a.number(frameWindow, 0, maxWindow) }, "goaway 3"},
		"window overflow on 1":     {func(a *raw) { a.open(0, post); a.number(frameWindow, 1, maxWindow) }, "reset 3"},
		"window overflow by both":  {func(a *raw) { a.open(0, post); a.number(frameWindow, 1, 1<<30); a.settings(settingWindow, maxWindow) }, "goaway 3"},
		"frame too long":           {func(a *raw) { a.frame(99, 0, 0, make([]byte, maxFrame+1)) }, "goaway 6"},
		"DATA past the windows": {func(a *raw) {
			a.open(0, headOf("POST", "x-slow", "1"))
			for range streamWindow/maxFrame + 1 {
				a.frame(frameData, 0, 1, make([]byte, maxFrame))
			}
		}, "reset 3"},
		"DATA past the connection's": {func(a *raw) {
			for range 3 {
				a.open(0, headOf("POST", "x-slow", "1"))
			}
			for i := range uint32(connWindow/maxFrame + 1) {
				a.frame(frameData, 0, 1+i%3*2, make([]byte, maxFrame))
			}
		}, "goaway 3"},
	} {
		t.Run(name, func(t *testing.T) {
			r := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("X-Slow") != "" {
					<-r.Context().Done()
				}
				io.Copy(io.Discard, r.Body)
			})
			a := r.speak(t)
			tt.send(a)
			if got := strings.TrimSpace(a.outcome()); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestBeginnings(t *testing.T) {
	r := serve(t, func(http.ResponseWriter, *http.Request) {})
	for sent, want := range map[string]string{
		"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n":                 "goaway 1",
		preface + "\x00\x00\x08\x06\x00\x00\x00\x00\x0012345678": "goaway 1", // PING comes before SETTINGS
	} {
		a := newRaw(t, r.dial(t))
		io.WriteString(a, sent)
		if got := a.outcome(); got != want {
			t.Errorf("%q: %q, want %q", sent, got, want)
		}
	}
}

// TestRefused: what is no request is answered on its stream, by our own hand, and
// the connection goes on.
func TestRefused(t *testing.T) {
	reached := make(chan string, 100)
	faults := make(chan *http1.Fault, 100)
	r := serve(t, func(w http.ResponseWriter, r *http.Request) { reached <- r.Host }, func(s *Server) {
		s.Refuse = func(w http.ResponseWriter, r *http.Request, f *http1.Fault) {
			faults <- f
			http1.PlainRefusal(w, r, f)
			if n, err := r.Body.Read(make([]byte, 1)); n != 0 || err != io.EOF || r.URL == nil || r.Header == nil {
				t.Errorf("%v: body of %d, %v", f, n, err)
			}
		}
	})
	head := func(list ...string) []byte { return lines(list...) }
	std := []string{":method", "GET", ":scheme", "https", ":authority", "a.test", ":path", "/"}
	with := func(more ...string) []byte { return head(append(std[:len(std):len(std)], more...)...) }
	change := func(name, value string) []byte {
		list := append([]string{}, std...)
		for i := 0; i < len(list); i += 2 {
			if list[i] == name {
				list[i+1] = value
			}
		}
		return head(list...)
	}
	for name, tt := range map[string]struct {
		block []byte
		want  string
		rule  string
	}{
		"upper case":            {with("X", "1"), "400 reset 1", "fields"},
		"no token":              {with("x y", "1"), "400 reset 1", "fields"},
		"no name":               {with("", "1"), "400 reset 1", "fields"},
		"line feed":             {with("x", "a\nb"), "400 reset 1", "fields"},
		"white space":           {with("x", " a"), "400 reset 1", "fields"},
		"underscores":           {with("content_length", "1"), "400 reset 1", "fields"},
		"connection":            {with("connection", "close"), "400 reset 1", "framing"},
		"transfer-encoding":     {with("transfer-encoding", "chunked"), "400 reset 1", "framing"},
		"te":                    {with("te", "gzip"), "400 reset 1", "framing"},
		"length and no body":    {with("content-length", "1"), "400 reset 1", "framing"},
		"no length":             {with("content-length", "x"), "400 reset 1", "framing"},
		"two lengths":           {with("content-length", "0", "content-length", "0"), "400 reset 1", "framing"},
		"trailer that may not":  {with("trailer", "content-length"), "400 reset 1", "framing"},
		"expectation":           {with("expect", "more"), "417", "expect"},
		"two hosts":             {with("host", "b.test"), "400 reset 1", "host"},
		"no host name":          {change(":authority", "a b"), "400 reset 1", "host"},
		"no host":               {head(":method", "GET", ":scheme", "https", ":path", "/"), "400 reset 1", "host"},
		"no method":             {head(":scheme", "https", ":path", "/", ":authority", "a.test"), "400 reset 1", "request-line"},
		"no path":               {change(":path", ""), "400 reset 1", "request-line"},
		"path without a slash":  {change(":path", "x"), "400 reset 1", "request-line"},
		"fragment":              {change(":path", "/#x"), "400 reset 1", "request-line"},
		"address for a path":    {change(":path", "https://a.test/"), "400 reset 1", "request-line"},
		"asterisk":              {change(":path", "*"), "400 reset 1", "request-line"},
		"odd scheme":            {change(":scheme", "ftp"), "400 reset 1", "request-line"},
		"tunnel":                {change(":method", "CONNECT"), "501", "request-line"},
		"path twice":            {with(":path", "/x"), "400 reset 1", "request-line"},
		"path at the end":       {head(append(std[:6:6], "x", "1", ":path", "/")...), "400 reset 1", "request-line"},
		"unknown pseudo-header": {head(append([]string{":protocol", "x"}, std...)...), "400 reset 1", "request-line"},
		"too long":              {with("x", strings.Repeat("~", 70_000)), "431", "size"},
		"too many":              {with(strings.Split(strings.Repeat("x,,", 201), ",")[:402]...), "431", "size"},
		"path too long":         {change(":path", "/"+strings.Repeat("~", 70_000)), "431", "size"},
	} {
		t.Run(name, func(t *testing.T) {
			a := r.speak(t)
			a.last = 1
			b := tt.block
			for kind := byte(frameHeaders); len(b) > 0; kind = frameContinuation {
				n := min(len(b), maxFrame)
				flags := byte(flagEndStream)
				if kind == frameContinuation {
					flags = 0
				}
				if n == len(b) {
					flags |= flagEndHeaders
				}
				a.frame(kind, flags, 1, b[:n])
				b = b[n:]
			}
			if got, fault := a.outcome(), <-faults; got != tt.want || fault.Rule != tt.rule {
				t.Errorf("%q, want %q: %v", got, tt.want, fault)
			}
			if a.bodies[1] == 0 {
				t.Error("without a page")
			}
			a.open(flagEndStream, headOf("GET"))
			for a.status[3] == "" {
				if a.next() == nil {
					t.Fatal("the connection is over")
				}
			}
			if host := <-reached; a.status[3] != "200" || host != "a.test" {
				t.Errorf("then %q to %q", a.status[3], host)
			}
		})
	}
}

func TestLenient(t *testing.T) {
	seen := make(chan *http.Request, 1)
	r := serve(t, func(w http.ResponseWriter, r *http.Request) { seen <- r }, func(s *Server) { s.Strict = false })
	a := r.speak(t)
	a.open(flagEndStream, lines(":method", "GET", ":scheme", "http", ":authority", "a.test", ":path", "/\xfc", "host", "b.test",
		"content-length", "0", "content-length", "0", "x", " 1\t", "x_y", "1", "content_length", "7", "cookie", "a=1", "cookie", "b=2"))
	if got := a.outcome(); got != "200" {
		t.Fatal(got)
	}
	q := <-seen
	want := "map[Content-Length:[0] Cookie:[a=1; b=2] X:[1]]"
	if got := fmt.Sprint(q.Header); got != want || q.Host != "a.test" || q.URL.Path != "/\xfc" {
		t.Errorf("%s %s %q", got, q.Host, q.URL.Path)
	}
	select {
	case <-q.Context().Done():
	case <-time.After(10 * time.Second):
		t.Error("its context goes on")
	}
}
