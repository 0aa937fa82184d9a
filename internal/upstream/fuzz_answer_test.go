package upstream

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pavise/internal/http1"
)

// hears asks a server that answers with some bytes, so many at a time, and closes.
func hears(method, says string, atOnce int) (head *Answer, told, body string, err error) {
	client := &Client{Dial: func(context.Context) (net.Conn, error) {
		return &slowly{once{from: bytes.NewReader([]byte(says))}, atOnce}, nil
	}}
	h := http.Header{}
	answer, err := client.Ask(httptest.NewRequest(method, "/", nil), h, nil)
	if err != nil {
		return nil, "", "", err
	}
	defer answer.Close()
	var read []byte
	for {
		piece, err := answer.Next()
		read = append(read, piece...)
		if err == io.EOF {
			kept := *answer
			delete(h, "Trailer") // net/http keeps that elsewhere
			return &kept, tells(answer.Status, h, answer.Trailer), string(read), nil
		}
		if err != nil {
			return nil, "", string(read), err
		}
	}
}

type slowly struct {
	once
	atOnce int
}

func (s *slowly) Read(p []byte) (int, error) { return s.from.Read(p[:min(len(p), s.atOnce)]) }

// tells is an answer as text.
func tells(status int, header, trailer http.Header) string {
	var b strings.Builder
	fmt.Fprintln(&b, status)
	for i, h := range []http.Header{header, trailer} {
		for _, name := range slices.Sorted(maps.Keys(h)) {
			if i == 1 { // net/http keeps blanks before the colon apart there, and so no order
				slices.Sort(h[name])
			}
			fmt.Fprintf(&b, "%s: %q\n", name, h[name])
		}
		b.WriteString("--\n")
	}
	return b.String()
}

// FuzzAnswer: whatever is taken for an answer here is the same one to net/http, to
// the same end of its body.
func FuzzAnswer(f *testing.F) {
	const ok = "HTTP/1.1 200 OK\r\n"
	for _, seed := range []string{
		ok + "Content-Length: 3\r\n\r\nabc", ok + "\r\nuntil the end", "HTTP/1.0 404 Not\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n",
		ok + "Transfer-Encoding: chunked\r\nTrailer: Sum\r\n\r\n3;x=y\r\nabc\r\n0a  \r\n0123456789\r\n0\r\nSum: 1\r\nLate: 2\r\n\r\n",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + ok + "Content-Length: 1\r\n\r\nx",
		ok + "A : b\r\nSet-Cookie: a=b\r\nset-cookie: c=d\r\n folded\r\nConnection: close, X-Y\r\nX-Y: z\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab",
		"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 204 \nX:\xfc\nContent-Length: 5\n\n", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nx",
	} {
		f.Add([]byte(seed), false)
		f.Add([]byte(seed), true)
	}
	f.Fuzz(func(t *testing.T, says []byte, head bool) {
		method := map[bool]string{false: "GET", true: "HEAD"}[head]
		answer, told, body, err := hears(method, string(says), 1<<20)
		_, toldSlowly, bodySlowly, errSlowly := hears(method, string(says), 1)
		if told != toldSlowly || body != bodySlowly || (err == nil) != (errSlowly == nil) {
			t.Fatalf("at once:\n%s%q %v\nbyte by byte:\n%s%q %v", told, body, err, toldSlowly, bodySlowly, errSlowly)
		}
		if err != nil {
			return
		}
		want, wantBody, err := reference(method, says)
		if err != nil {
			t.Fatalf("net/http reads none: %v: %s", err, told)
		}
		if folded.Match(says) { // into how many blanks is for each to choose
			told, want = blanks.ReplaceAllString(told, " "), blanks.ReplaceAllString(want, " ")
		}
		if told != want || body != wantBody {
			t.Fatalf("\n%s%q\nnet/http:\n%s%q", told, body, want, wantBody)
		}
		if answer.keep && answer.Length < 0 && answer.left != 0 {
			t.Fatal("the connection is kept though its end ends the body")
		}
	})
}

// What RFC 9112 5.1 has a proxy take away, and net/http takes for no answer.
var beforeColon = regexp.MustCompile(`(?m)^([!#-'*+.^_|~0-9A-Za-z` + "`" + `-]+)[ \t]+:`)

var (
	folded = regexp.MustCompile(`\n[ \t]`)
	blanks = regexp.MustCompile(`(\\t| )+`)
)

var headEnd = regexp.MustCompile(`\n\r?\n`)

func reference(method string, says []byte) (told, body string, err error) {
	for {
		var rest []byte
		if end := headEnd.FindIndex(says); end != nil {
			rest = says[end[1]:]
			says = slices.Concat(beforeColon.ReplaceAll(says[:end[0]], []byte("$1:")), says[end[0]:])
		}
		res, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(says)), &http.Request{Method: method})
		if err != nil {
			return "", "", err
		}
		if res.StatusCode < 200 && res.StatusCode != 101 {
			says = rest
			continue
		}
		var read []byte
		if res.StatusCode != 101 {
			if read, err = io.ReadAll(res.Body); err != nil {
				return "", "", err
			}
		}
		raw := textproto.NewReader(bufio.NewReader(bytes.NewReader(says)))
		raw.ReadLine()
		fields, _ := raw.ReadMIMEHeader()
		return tells(res.StatusCode, passedOn(res, fields["Connection"]), passedTrailer(res)), string(read), nil
	}
}

// passedOn are the fields that a proxy hands on; connection is what net/http has
// taken out.
func passedOn(res *http.Response, connection []string) http.Header {
	h := res.Header
	for _, lines := range h {
		for i := range lines {
			lines[i] = http1.Trim(lines[i])
		}
	}
	upgrade := h["Upgrade"]
	(&hop{connection: connection}).dropNamed(h)
	maps.DeleteFunc(h, func(name string, _ []string) bool { return hopByHop(name) })
	if res.StatusCode == 204 {
		delete(h, "Content-Length")
	}
	if res.StatusCode == 101 {
		h["Connection"], h["Upgrade"] = []string{"Upgrade"}, upgrade
	}
	return h
}

func passedTrailer(res *http.Response) http.Header {
	h := http.Header{}
	for name, lines := range res.Trailer {
		if name = strings.TrimRight(name, " \t"); lines != nil && http1.MayTrail(name) {
			h[name] = append(h[name], lines...)
		}
	}

	return h
}
